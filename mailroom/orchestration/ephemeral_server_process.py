"""The process of the temporary Prefect server, which `mailroom.orchestration.ephemeral_server` starts.

It serves Prefect's own application, repeats requests that SQLite refused, and ends with its parent.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from mailroom.privacy.error_boundary import guard_process

Application = Callable[[Any, Any, Any], Awaitable[None]]


def _end_with_parent() -> None:
    """End this process when its standard input closes: the parent holds the other end while it lives."""
    sys.stdin.buffer.read()
    os._exit(0)


def patient(app: Application) -> Application:
    """The same server, which carries a request out again instead of answering 503.

    On SQLite, writes that meet are rolled back and answered with 503 at once, and Prefect's client waits 2 s
    before it asks again: ten tagged tasks of 3 s in five slots took 24 s, and 12 s with this.
    """

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body = await _body(receive)
        for pause in PAUSES:
            if not await _answered(app, scope, body, receive, send, last=pause is None):
                await asyncio.sleep(pause or 0)
                continue
            return

    return answer


# Seconds before a request that was answered with 503 is carried out again; None: the answer goes out.
PAUSES: tuple[float | None, ...] = (*(0.05 * (n + 1) for n in range(12)), None)


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _answered(
    app: Application, scope: Any, body: bytes, receive: Any, send: Any, *, last: bool
) -> bool:
    """Carry the request out; False when the answer was 503 and was held back."""
    handed_over = held_back = False

    async def replay() -> Any:
        nonlocal handed_over
        if handed_over:
            return await receive()
        handed_over = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def pass_on(message: dict[str, Any]) -> None:
        nonlocal held_back
        if message["type"] == "http.response.start":
            held_back = message["status"] == 503 and not last
        if not held_back:
            await send(message)

    try:
        # Routing writes into the scope, so each try gets one of its own.
        await app({**scope}, replay, pass_on)
    except Exception:
        # Starlette raises the error once more behind the 503, for the server's log; any other is the
        # server's.
        if not held_back:
            raise
    return not held_back


# Prefect (3.8) lets a statement wait 60 s for SQLite's lock. A request that is refused is repeated
# (`patient`), so a short wait costs nothing.
LOCK_SECONDS = 3.0
GARBAGE_SECONDS = 5.0


def shorten_lock_waits() -> None:
    """Let no statement wait longer than `LOCK_SECONDS` for SQLite's lock; no setting of Prefect's does it."""
    from prefect.server.database.configurations import AioSqliteConfiguration  # noqa: PLC0415

    set_up = AioSqliteConfiguration.setup_sqlite

    def set_up_shorter(configuration: Any, connection: Any, record: Any) -> None:
        set_up(configuration, connection, record)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000:.0f}")
        cursor.close()

    AioSqliteConfiguration.setup_sqlite = set_up_shorter  # type: ignore[method-assign, assignment]


def collect_garbage_aside(is_serving: Callable[[], bool]) -> None:
    """Search for garbage in a thread of its own, never in the one that serves.

    What was loaded until the server serves is left out: it stays until the end, and each search through all
    of it takes a third of a second of CPU time.

    A cursor of a request that SQLite refused ("database is locked") stays in a cycle of references. Whoever
    collects it waits for its connection's mutex, and the connection may wait for SQLite's lock by then. Done
    in the thread that serves, that stopped the whole server for 60 s: the request that held the lock could
    not continue either (seen with Prefect 3.8.8, SQLAlchemy 2.0.58 and aiosqlite 0.22.1).
    """
    gc.disable()

    def collect() -> None:
        is_frozen = False
        while True:
            time.sleep(GARBAGE_SECONDS)
            gc.collect()
            if not is_frozen and is_serving():
                gc.freeze()
                is_frozen = True

    threading.Thread(target=collect, name="garbage", daemon=True).start()


def main(port: int) -> None:
    """Serve Prefect's API on loopback, with what Prefect sets for its own temporary server."""
    # The interface is not served, services that a temporary server has no use for stay off.
    os.environ.update(
        PREFECT_UI_ENABLED="0",
        PREFECT__SERVER_EPHEMERAL="1",
        PREFECT__SERVER_FINAL="1",
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        # Nobody looks at the events of a temporary server, and they were most of what it kept of a run.
        PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED="false",
    )
    os.environ.pop("PREFECT_API_URL", None)
    guard_process()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Only the server's process needs these, and they take seconds; a tenth of that is the search for garbage,
    # of which an import makes none.
    gc.disable()
    import uvicorn  # noqa: PLC0415
    from prefect.logging.configuration import setup_logging  # noqa: PLC0415
    from prefect.server.api.server import create_app  # noqa: PLC0415

    # uvicorn's own configuration would put handlers that redact nothing in the place of Prefect's.
    setup_logging()
    shorten_lock_waits()
    app = patient(create_app())
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", log_config=None, lifespan="on")
    )
    collect_garbage_aside(lambda: server.started)
    server.run()
    if not server.started:
        raise SystemExit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
