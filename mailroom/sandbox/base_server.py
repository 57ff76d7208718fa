"""What both servers do: checks before each call, faults, admin routes for tests, and a page for people."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mailroom.document.file_type import PDF, find_image_type
from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.store import TABLES, Store

Handler = Callable[[Request], Awaitable[Response]]
# Where a message for people begins in a response.
MESSAGE_START = re.compile(rb'"(?:message|detail)": ?"|<(?:html|body)>', re.IGNORECASE)


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


def make_trickling_response(byte_seconds: float) -> Response:
    """Return a response that comes one byte at a time, and does not end while the client listens."""

    async def body() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(byte_seconds)

    return StreamingResponse(body())


class BaseServer(ABC):
    """One of the two systems on a store. ``links``: the URLs of both, for its web page."""

    def __init__(self, store: Store, behaviour: Behaviour, links: dict[str, str], admin_token: str) -> None:
        self.store, self.behaviour, self.links, self.admin_token = store, behaviour, links, admin_token

    @abstractmethod
    def refuse(self, request: Request, kind: str, *, over: bool) -> Response | None:
        """Return the response that refuses a call; None if its handler may answer it.

        Args:
            request: the call.
            kind: which call it is, as in the log of calls.
            over: whether the call is over the quota.
        """

    @abstractmethod
    def render_page(self) -> str:
        """Return the web page for people."""

    def respond_with_blob(self, sha256: str | None, media_type: str | None = None) -> Response:
        """Return a file's bytes, for a link of a web page; ``sha256`` None: there is no such file."""
        if sha256 is None:
            return Response("There is no such file.", 404)
        content = self.store.read_blob(sha256)
        if content is None:
            return Response("The content was deleted when the run ended.", 404)
        return Response(content, media_type=media_type or (find_image_type(content) or PDF).media_type)

    def guard(self, kind: str, handle: Handler) -> Handler:
        """Return a handler that checks token and quota and applies latency and faults first."""

        async def answer(request: Request) -> Response:
            named = self.name_call(kind, request)
            over = self.behaviour.record_call(named)
            if seconds := self.behaviour.draw_latency():
                await asyncio.sleep(seconds)
            refused = self.refuse(request, named, over=over)
            return self.add_gossip(refused or await self.spoil_response(named, await handle(request)))

        return answer

    def name_call(self, kind: str, _request: Request) -> str:
        """Return the name under which a call is counted and meets faults."""
        return kind

    async def spoil_response(self, _kind: str, done: Response) -> Response:
        """Return the response that is sent once a handler has carried out its call: mostly its own."""
        return done

    def add_gossip(self, response: Response) -> Response:
        """Return a JSON or HTML response with the behaviour's ``gossip`` in its message.

        Real systems put client data there.
        """
        if not self.behaviour.gossip or response.media_type is None:
            return response
        gossip = json.dumps(self.behaviour.gossip)[1:-1].encode() + b" "
        body = MESSAGE_START.sub(lambda match: match[0] + gossip, bytes(response.body))
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Response(body, response.status_code, headers)

    def make_common_routes(self, **more: Callable[[Any], Any]) -> list[Route]:
        """Return the web page's route, and those for faults, calls and state, with the admin token.

        Each of ``more`` is a route too, and gets the JSON that is posted to it.
        """
        posted = {"faults": self.behaviour.configure, **more}
        shown = {"calls": self._list_calls, "state": self._describe_state}
        return [
            Route("/", self._show_page),
            *(
                Route(f"/_sandbox/{name}", self._guard_admin(tell), methods=["POST"])
                for name, tell in posted.items()
            ),
            *(Route(f"/_sandbox/{name}", self._guard_admin(show)) for name, show in shown.items()),
        ]

    async def _show_page(self, _request: Request) -> Response:
        return HTMLResponse(self.render_page())

    def _guard_admin(self, answer: Callable[[Any], Any]) -> Handler:
        async def check(request: Request) -> Response:
            if not hmac.compare_digest(request.headers.get("X-Sandbox-Token", ""), self.admin_token):
                return JSONResponse({"error": "X-Sandbox-Token is missing or wrong"}, 403)
            return JSONResponse(answer(await request.json() if request.method == "POST" else None))

        return check

    def _list_calls(self, _asked: None) -> dict[str, Any]:
        return {"calls": self.behaviour.calls, "unspent": self.behaviour.unspent()}

    def _describe_state(self, _asked: None) -> dict[str, Any]:
        return {
            "files": list(self.store.list_files()),
            **{name: self.store.list_rows(name) for name in TABLES},
        }
