"""Responses that both servers give: broken ones, and those of the admin routes."""

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
    """Raised in a body: the server closes the connection in the middle of a response."""


def make_truncated_response(content: bytes = b"", length: int = 64, status: int = 200) -> Response:
    """Return a response that ends before its Content-Length."""

    async def body() -> AsyncIterator[bytes]:
        yield content
        # What was sent so far must leave before the connection closes.
        await asyncio.sleep(0.02)
        raise ConnectionBroken

    return StreamingResponse(body(), status, headers={"Content-Length": str(length)})


def add_gossip(response: Response, gossip: str) -> Response:
    """Return the response to a failed call with ``gossip`` in its message, as real systems put client data
    there.
    """
    body = getattr(response, "body", b"")
    body_with_gossip = MESSAGE_START.sub(
        lambda match: match[0] + json.dumps(gossip)[1:-1].encode() + b" ", body
    )
    if not gossip or body_with_gossip == body:
        return response
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body_with_gossip, response.status_code, headers)


# Where a message for people begins in a response.
MESSAGE_START = re.compile(rb'"(?:message|detail)": ?"|<(?:html|body)>', re.IGNORECASE)


def make_admin_routes(
    behaviour: Behaviour, store: Store, token: str, more: Mapping[str, Callable[[Any], None]] | None = None
) -> list[Route]:
    """Return routes for faults, calls and state, protected by ``token``; each of ``more`` gets the JSON
    posted to it.
    """

    def guarded(response: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def check(request: Request) -> Response:
            given = request.headers.get("X-Sandbox-Token", "")
            if not hmac.compare_digest(given, token):
                return JSONResponse({"error": "X-Sandbox-Token is missing or wrong"}, 403)
            return JSONResponse(await response(request))

        return check

    async def faults(request: Request) -> Any:
        behaviour.configure(await request.json())
        return {"faults": len(behaviour.faults)}

    async def calls(_request: Request) -> Any:
        return {"calls": behaviour.calls, "unspent": behaviour.unspent()}

    async def state(_request: Request) -> Any:
        tables = ("cases", "documents", "tasks", "activities")
        return {"files": list(store.list_files()), **{name: store.list_rows(name) for name in tables}}

    def told(tell: Callable[[Any], None]) -> Callable[[Request], Awaitable[Any]]:
        async def response(request: Request) -> Any:
            tell(await request.json())
            return {}

        return response

    return [
        *(
            Route(f"/_sandbox/{name}", guarded(told(tell)), methods=["POST"])
            for name, tell in (more or {}).items()
        ),
        Route("/_sandbox/faults", guarded(faults), methods=["POST"]),
        Route("/_sandbox/calls", guarded(calls)),
        Route("/_sandbox/state", guarded(state)),
    ]
