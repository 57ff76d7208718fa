"""The temporary Prefect server: when it is needed, that it ends, and what it says when it cannot start."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from prefect.settings.models.root import Settings as PrefectSettings
from pydantic import SecretStr

from mailroom.errors import ConfigError
from mailroom.orchestration import ephemeral_server as local_server
from mailroom.orchestration.ephemeral_server import (
    EphemeralServer,
    patient,
    server_is_configured,
    use_own_prefect,
)


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path) -> Iterator[None]:
    """A Prefect home, a working directory and an environment with nothing in them."""
    with mock.patch.dict(os.environ), chdir(tmp_path):
        for name in [name for name in os.environ if name.startswith("PREFECT_")]:
            del os.environ[name]
        os.environ["PREFECT_HOME"] = str(tmp_path / "home")
        yield


URL = '"http://127.0.0.1:4200/api"'
FIRM = f"[profiles.firm]\nPREFECT_API_URL = {URL}\n"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("home/profiles.toml", f'active = "firm"\n{FIRM}'),
        ("prefect.toml", f"[api]\nurl = {URL}\n"),
        ("prefect.toml", f"api.url = {URL}\n"),
        ("pyproject.toml", f"[tool.prefect.api]\nurl = {URL}\n"),
        (".env", f"export PREFECT_API_URL={URL}\n"),
        (".env", f"prefect_api_url={URL}\n"),
        (".env", "PREFECT_PROFILES_PATH=profiles/firm.toml\n"),
        ("prefect.toml", 'profiles_path = "profiles/firm.toml"\n'),
        ("pyproject.toml", '[tool.prefect]\nprofiles_path = "profiles/firm.toml"\n'),
    ],
)
def test_a_server_named_in_a_file_is_used(tmp_path: Path, file: str, text: str) -> None:
    """The active profile and files of the folder may name one; Prefect itself reads the same."""
    for folder in ("home", "profiles"):
        (tmp_path / folder).mkdir()
    (tmp_path / "profiles" / "firm.toml").write_text(f'active = "firm"\n{FIRM}')
    assert (server_is_configured(), PrefectSettings().api.url) == (False, None)
    (tmp_path / file).write_text(text)
    assert (server_is_configured(), PrefectSettings().api.url) == (True, URL.strip('"'))


def test_a_sandbox_run_has_a_prefect_password_of_its_own(tmp_path: Path) -> None:
    """A password of the user's own server, in a file, once made a sandbox run fail."""
    (tmp_path / ".env").write_text("PREFECT_SERVER_API_AUTH_STRING=made-up\nPREFECT_API_KEY=made-up\n")
    use_own_prefect(tmp_path / "own")
    settings = PrefectSettings()
    assert settings.api.auth_string == settings.server.api.auth_string
    assert settings.api.auth_string not in (None, SecretStr("made-up"))


def test_a_server_named_in_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Itself, or by the name of a profile, or of the file with the profiles."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "profiles.toml").write_text(f'active = "other"\n{FIRM}')
    assert not server_is_configured()
    monkeypatch.setenv("PREFECT_PROFILE", "firm")
    assert server_is_configured()
    monkeypatch.setenv("PREFECT_PROFILE", "")
    (tmp_path / "elsewhere").write_text(f'active = "firm"\n{FIRM}')
    (tmp_path / ".env").write_text("PREFECT_PROFILES_PATH=elsewhere\n")
    assert server_is_configured()
    (tmp_path / ".env").unlink()
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    assert server_is_configured()
    monkeypatch.setenv("PREFECT_API_URL", "")
    (tmp_path / ".env").write_text(f"PREFECT_API_URL={URL}\n")
    assert not server_is_configured()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("home/profiles.toml", FIRM),
        ("home/profiles.toml", f'active = "gone"\n{FIRM}'),
        ("home/profiles.toml", f'active = "mine"\n[profiles.mine]\n# PREFECT_API_URL = {URL}\n{FIRM}'),
        ("home/profiles.toml", 'active = "firm"\n[profiles.firm]\nPREFECT_API_URL = ""\n'),
        ("home/profiles.toml", 'active = "firm"\nprofiles = ["PREFECT_API_URL"]\n'),
        ("home/profiles.toml", f"no toml, {FIRM}"),
        ("prefect.toml", f"[server.api]\n# PREFECT_API_URL = {URL}\nport = 4200\n"),
        ("prefect.toml", "api = 7\n"),
        ("pyproject.toml", "[tool.prefect.logging]\nlevel = 'INFO'\n"),
        (".env", f"# PREFECT_API_URL={URL}\nPREFECT_API_URL=\n"),
    ],
)
def test_a_name_that_does_not_count_names_no_server(tmp_path: Path, file: str, text: str) -> None:
    """Inactive profiles, comments, blanks, and what is not TOML."""
    (tmp_path / "home").mkdir()
    (tmp_path / file).write_text(text)
    assert not server_is_configured()


def test_a_prefect_home_that_is_not_a_folder_is_a_clear_error(tmp_path: Path) -> None:
    """And so is a folder in the place of the server's own log."""
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ConfigError, match=r"Prefect's folder .*home cannot be used"):
        EphemeralServer(tmp_path / "server.log").start()
    (tmp_path / "home").unlink()
    server = EphemeralServer(tmp_path)
    with pytest.raises(ConfigError, match="log of Prefect's temporary server"):
        server.start()
    server.stop()


def test_a_server_that_ends_at_once_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The message names the file with the server's own words."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setenv("PREFECT_API_URL", "")
    server = EphemeralServer(tmp_path / "log" / "server.log")
    with server, pytest.raises(ConfigError, match=r"server\.log"):
        server.wait_until_ready()


def test_only_the_first_of_two_runs_is_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Slots may be cleared by a run that is alone on the Prefect home, and by no other."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setenv("PREFECT_API_URL", "")
    with EphemeralServer(tmp_path / "1.log") as first:
        assert first.is_alone()
        with EphemeralServer(tmp_path / "2.log") as second:
            assert not second.is_alone()
    with EphemeralServer(tmp_path / "3.log") as third:
        assert third.is_alone()


def test_the_server_ends_with_the_process_that_started_it() -> None:
    """When standard input closes, as at the parent's death, the process ends."""
    code = "from mailroom.orchestration.ephemeral_server import _end_with_parent; _end_with_parent()"
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
    monkeypatch.setattr(local_server, "PAUSES", (0.0, 0.0, None))


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


def test_its_process_serves_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's process runs Prefect's own application on loopback, and sends no telemetry."""
    import uvicorn  # noqa: PLC0415 - replaced for this test only

    served: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: served.update(app=app, **options))
    monkeypatch.setattr(threading.Thread, "start", lambda _self: None)
    for name in ("PREFECT_UI_ENABLED", "PREFECT__SERVER_EPHEMERAL", "PREFECT__SERVER_FINAL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "")
    local_server.main(4711)
    assert (served["host"], served["port"]) == ("127.0.0.1", 4711)
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
