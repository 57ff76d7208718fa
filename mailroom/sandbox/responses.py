"""Answers that both servers give: broken ones, and the admin's."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.store import Store


class ConnectionBroken(Exception):
    """Raised in a body: the server closes the connection in the middle of an answer."""


def broken(content: bytes = b"", length: int = 64, status: int = 200) -> Response:
    """An answer that ends before its Content-Length does."""

    async def body() -> AsyncIterator[bytes]:
        yield content
        # What was sent so far is to be on its way before the connection closes.
        await asyncio.sleep(0.02)
        raise ConnectionBroken

    return StreamingResponse(body(), status, headers={"Content-Length": str(length)})


def gossiping(answer: Response, gossip: str) -> Response:
    """The answer to a failed call as real systems give it, whose texts name whom the call was about."""
    body = getattr(answer, "body", b"")
    said = SAYING.sub(lambda match: match[0] + json.dumps(gossip)[1:-1].encode() + b" ", body)
    if not gossip or said == body:
        return answer
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return Response(said, answer.status_code, headers)


# Where a text for people begins in an answer.
SAYING = re.compile(rb'"(?:message|detail)": ?"|<(?:html|body)>', re.IGNORECASE)


def admin_routes(
    behaviour: Behaviour, store: Store, token: str, more: Mapping[str, Callable[[Any], None]] | None = None
) -> list[Route]:
    """Faults, calls and state, for whoever has the sandbox's token; ``more`` is told the JSON posted to it."""

    def guarded(answer: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def check(request: Request) -> Response:
            given = request.headers.get("X-Sandbox-Token", "")
            if not hmac.compare_digest(given, token):
                return JSONResponse({"error": "X-Sandbox-Token is missing or wrong"}, 403)
            return JSONResponse(await answer(request))

        return check

    async def faults(request: Request) -> Any:
        behaviour.set(await request.json())
        return {"faults": len(behaviour.faults)}

    async def calls(_request: Request) -> Any:
        return {"calls": behaviour.calls, "unspent": behaviour.unspent()}

    async def state(_request: Request) -> Any:
        tables = ("cases", "documents", "tasks", "activities")
        return {"files": list(store.files()), **{name: store.rows(name) for name in tables}}

    def told(tell: Callable[[Any], None]) -> Callable[[Request], Awaitable[Any]]:
        async def answer(request: Request) -> Any:
            tell(await request.json())
            return {}

        return answer

    return [
        *(
            Route(f"/_sandbox/{name}", guarded(told(tell)), methods=["POST"])
            for name, tell in (more or {}).items()
        ),
        Route("/_sandbox/faults", guarded(faults), methods=["POST"]),
        Route("/_sandbox/calls", guarded(calls)),
        Route("/_sandbox/state", guarded(state)),
    ]
