"""The process of the temporary Prefect server: what it serves, what it repeats, and that it ends."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from mailroom.orchestration import ephemeral_server_process
from mailroom.orchestration.ephemeral_server_process import patient
from tests.waiting import until


def test_the_server_ends_with_the_process_that_started_it() -> None:
    """When standard input closes, as at the parent's death, the process ends."""
    code = "from mailroom.orchestration.ephemeral_server_process import _end_with_parent; _end_with_parent()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(timeout=30) == 0


def asked(app: Any, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a client of the application gets for one request."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def call() -> None:
        await patient(app)({"type": "http"}, receive, send)

    asyncio.run(call())
    return sent


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two repeats without waiting."""
    monkeypatch.setattr(ephemeral_server_process, "PAUSES", (0.0, 0.0, None))


def answering(statuses: list[int], bodies: list[bytes], failing: bool = False) -> Any:
    """An application that answers with these statuses in turn, and notes each body that it was asked with."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert "routed" not in scope
        scope["routed"] = True
        bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": statuses.pop(0), "headers": []})
        await send({"type": "http.response.body", "body": b"done"})
        if failing:
            raise RuntimeError("database is locked")

    return app


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(
    ("statuses", "answer"), [([503, 201], 201), ([200], 200), ([423], 423), ([503, 503, 503], 503)]
)
def test_a_busy_server_tries_again_itself(statuses: list[int], answer: int) -> None:
    """A 503 is tried again with the whole body, a last one goes out; other answers go out at once."""
    bodies: list[bytes] = []
    tries = len(statuses)
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"b"},
    ]
    sent = asked(answering(statuses, bodies), messages)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == answer
    assert bodies == [b"ab"] * tries


@pytest.mark.usefixtures("no_pauses")
def test_the_error_behind_a_503_is_the_servers_own() -> None:
    """What is raised behind a 503 that was held back is dropped; behind the answer that goes out it is
    not.
    """
    sent: list[dict[str, Any]] = []
    with pytest.raises(RuntimeError, match="locked"):
        sent = asked(answering([503, 503, 503], [], failing=True), [{"type": "http.request", "body": b""}])
    assert not sent


def test_other_than_http_passes_through() -> None:
    """Websockets and the lifespan reach the application untouched."""
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    async def call() -> None:
        await patient(app)({"type": "lifespan"}, None, None)

    asyncio.run(call())
    assert seen == ["lifespan"]


@pytest.mark.e2e
def test_its_process_serves_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's process runs Prefect's own application on loopback, and sends no telemetry."""
    import uvicorn  # noqa: PLC0415 - replaced for this test only

    served: dict[str, Any] = {}

    def run(server: uvicorn.Server) -> None:
        served.update(app=server.config.app, host=server.config.host, port=server.config.port)
        assert not served["aside"]()
        server.started = True
        assert served["aside"]()

    monkeypatch.setattr(uvicorn.Server, "run", run)
    monkeypatch.setattr(ephemeral_server_process, "_end_with_parent", lambda: None)
    monkeypatch.setattr(ephemeral_server_process, "shorten_lock_waits", lambda: served.update(waits="short"))
    monkeypatch.setattr(
        ephemeral_server_process, "collect_garbage_aside", lambda is_serving: served.update(aside=is_serving)
    )
    for name in ("PREFECT_UI_ENABLED", "PREFECT__SERVER_EPHEMERAL", "PREFECT__SERVER_FINAL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "")
    monkeypatch.setenv("PREFECT_API_URL", "")
    ephemeral_server_process.main(4711)
    gc.enable()
    assert (served["host"], served["port"]) == ("127.0.0.1", 4711)
    assert served["waits"] == "short"
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_no_statement_waits_a_minute_for_a_lock(tmp_path: Path) -> None:
    """Two requests that wait for each other stand still for seconds; Prefect's own limit is 60 s."""
    from prefect.server.database.configurations import AioSqliteConfiguration  # noqa: PLC0415 - takes seconds

    async def ask() -> int:
        engine = await AioSqliteConfiguration(f"sqlite+aiosqlite:///{tmp_path / 'prefect.db'}").engine()
        async with engine.connect() as connection:
            return int((await connection.exec_driver_sql("PRAGMA busy_timeout")).scalar_one())

    with mock.patch.object(AioSqliteConfiguration, "setup_sqlite", AioSqliteConfiguration.setup_sqlite):
        ephemeral_server_process.shorten_lock_waits()
        assert asyncio.run(ask()) == 3000


def test_garbage_is_collected_in_a_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that serves never collects: there a cursor in the garbage stopped the server for 60 s."""
    collected_in: list[str] = []
    ended = threading.Event()

    class Cursor:
        """What is left of a refused request: it is in a cycle, and says where it is collected."""

        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            collected_in.append(threading.current_thread().name)

    def sleep(_seconds: float) -> None:
        if ended.wait(0.001):
            raise SystemExit

    monkeypatch.setattr(ephemeral_server_process, "time", SimpleNamespace(sleep=sleep))
    before = gc.get_freeze_count()
    is_serving = False
    ephemeral_server_process.collect_garbage_aside(lambda: is_serving)
    try:
        Cursor()
        allocated: list[list[int]] = [[] for _ in range(10_000)]
        assert not gc.isenabled()
        until(lambda: bool(collected_in))
        # A frozen object of another test may have ended meanwhile.
        assert gc.get_freeze_count() <= before
        is_serving = True
        until(lambda: gc.get_freeze_count() > before)
    finally:
        ended.set()
        gc.enable()
    assert len(allocated) == 10_000
    assert collected_in == ["garbage"]
