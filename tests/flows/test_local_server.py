"""The temporary Prefect server: when it is needed, that it ends, and what it says when it cannot start."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flows import local_server
from flows.local_server import LocalServer, asks_again_soon, server_is_configured
from mailroom.errors import ConfigError


@pytest.fixture(autouse=True)
def empty_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Prefect home, a working directory and an environment with nothing in them."""
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PREFECT_CLIENT_MAX_RETRIES", "5")
    monkeypatch.chdir(tmp_path)


def test_a_server_named_anywhere_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment, the profile and files of the folder may name a server; else there is none."""
    assert not server_is_configured()
    (tmp_path / "home").mkdir()
    profiles = tmp_path / "home" / "profiles.toml"
    profiles.write_text('[profiles.firm]\nPREFECT_API_URL = "http://127.0.0.1:4200/api"\n')
    assert server_is_configured()
    profiles.unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.prefect]\napi.url = "http://127.0.0.1:4200/api"\n')
    assert server_is_configured()
    (tmp_path / "pyproject.toml").unlink()
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    assert server_is_configured()


def test_a_server_that_ends_at_once_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The message names the file with the server's own words."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setenv("PREFECT_API_URL", "")
    server = LocalServer(tmp_path / "log" / "server.log")
    with server, pytest.raises(ConfigError, match=r"server\.log"):
        server.wait_until_ready()


def test_only_the_first_of_two_runs_is_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Slots may be cleared by a run that is alone on the Prefect home, and by no other."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setenv("PREFECT_API_URL", "")
    with LocalServer(tmp_path / "1.log") as first:
        assert first.alone
        with LocalServer(tmp_path / "2.log") as second:
            assert not second.alone
    with LocalServer(tmp_path / "3.log") as third:
        assert third.alone


def test_the_server_ends_with_the_process_that_started_it() -> None:
    """When standard input closes, as at the parent's death, the process ends."""
    code = "from flows.local_server import _end_with_parent; _end_with_parent()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(("status", "told"), [(503, True), (200, False), (423, False)])
def test_a_busy_server_says_when_to_ask_again(status: int, told: bool) -> None:  # noqa: FBT001
    """Only a 503 gets the header; Prefect's own waiting times for slots stay as they are."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b""})

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(asks_again_soon(app)({}, None, send))
    assert ((b"retry-after", b"0.2") in sent[0]["headers"]) is told
    assert sent[1]["type"] == "http.response.body"


def test_its_process_serves_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's process runs Prefect's own application on loopback, and sends no telemetry."""
    import uvicorn  # noqa: PLC0415 - replaced for this test only

    served: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: served.update(app=app, **options))
    monkeypatch.setattr(local_server.threading.Thread, "start", lambda _self: None)
    for name in ("PREFECT_UI_ENABLED", "PREFECT__SERVER_EPHEMERAL", "PREFECT__SERVER_FINAL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "")
    local_server.main(4711)
    assert (served["host"], served["port"]) == ("127.0.0.1", 4711)
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
