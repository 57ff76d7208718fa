"""A temporary Prefect server for `python flows/daily.py` where no Prefect server is configured.

Prefect would start one itself, but only after it is imported, and it lets the server write to the terminal.
This one is the same application with the same settings, started at once, so that it comes up while Prefect is
imported; it writes to a file, and it ends with the process that started it, also when that is killed.

Run as a module it is the server's process; imported, it starts and stops one.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import IO, Any, Self

from dotenv import dotenv_values

from mailroom.errors import ConfigError
from mailroom.privacy.error_boundary import guard_process

Application = Callable[[Any, Any, Any], Awaitable[None]]

READY_SECONDS = 90.0


def prefect_home() -> Path:
    """Where Prefect keeps its database and profiles."""
    return Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()


def server_is_configured() -> bool:
    """Whether a person named a Prefect server: in the environment, the active profile, or a file in this
    folder.

    Read as Prefect reads them, but without it: importing its settings takes longer than the rest of the
    start.
    """
    nearest = {**_named(_dotenv()), **_named(os.environ)}
    if "PREFECT_API_URL" in nearest:
        # A blank one names none, whatever stands farther away.
        return bool(nearest["PREFECT_API_URL"])
    files = [_toml(Path("prefect.toml")), _inside(_toml(Path("pyproject.toml")), "tool", "prefect")]
    paths = [nearest.get("PREFECT_PROFILES_PATH"), *(_inside(file, "profiles_path") for file in files)]
    path = str(next(filter(None, paths), prefect_home() / "profiles.toml"))
    profiles = _toml(Path(path).expanduser())
    # Of Prefect's own profiles none is taken before a person has written it into this file.
    active = os.environ.get("PREFECT_PROFILE") or str(profiles.get("active"))
    named = [_inside(profiles, "profiles", active, "PREFECT_API_URL")]
    return any([*named, *(_inside(file, "api", "url") for file in files)])


def _named(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Prefect takes its names in either case."""
    return {name.upper(): value for name, value in values.items()}


def _dotenv() -> dict[str, str | None]:
    try:
        return dotenv_values(".env") if Path(".env").is_file() else {}
    except (OSError, UnicodeDecodeError):
        return {}


def _toml(path: Path) -> dict[str, Any]:
    """What is in the file; nothing where Prefect cannot read it either, which it says itself."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def _inside(table: Any, *names: str) -> Any:
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table


# Settings of Prefect's that would lead a sandbox run away from its own home.
ELSEWHERE = (
    "PREFECT_PROFILE",
    "PREFECT_API_KEY",
    "PREFECT_API_DATABASE_",
    "PREFECT_SERVER_DATABASE_",
)


def use_own_prefect(home: Path) -> None:
    """Keep this process, and the temporary server it starts, away from the user's Prefect server and profile.

    Call it before Prefect is imported. What is in the environment wins over profiles and files.

    Args:
        home: the Prefect home of sandbox runs; kept between runs, since making its database takes seconds.
    """
    for name in [name for name in os.environ if name.upper().startswith(ELSEWHERE)]:
        del os.environ[name]
    # It replaces a password of a file in this folder, which a blank value would not.
    password = secrets.token_urlsafe()
    own = {
        "PREFECT_API_AUTH_STRING": password,
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
    }
    for name in [name for name in os.environ if name.upper() in {*own, "PREFECT_API_URL"}]:
        del os.environ[name]
    os.environ.update(own)


class EphemeralServer:
    """The server's process. `start` returns at once; `wait_until_ready` when it answers."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._lock: IO[bytes] | None = None
        self._stopping = False
        self.port = 0
        self.makes_database = not (prefect_home() / "prefect.db").exists()

    def start(self) -> None:
        """Start the process and point Prefect, not yet imported, at it.

        Raises:
            ConfigError: there is no place for Prefect's database or the server's log.
        """
        self._register()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._output = self._log.open("ab")
        except OSError as error:
            raise _unusable(
                f"The log of Prefect's temporary server, {self._log}, cannot be written", error
            ) from None
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "mailroom.orchestration.ephemeral_server", str(self.port)],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            # A Ctrl-C in the terminal is for the run, which still needs its server to end well.
            start_new_session=True,
        )
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{self.port}/api"

    def _register(self) -> None:
        """Each run holds a shared lock beside Prefect's database while it lives."""
        home = prefect_home()
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._lock = (home / "mailroom.lock").open("ab")
        except OSError as error:
            raise _unusable(f"Prefect's folder {home} cannot be used", error) from None
        fcntl.flock(self._lock, fcntl.LOCK_SH)

    def is_alone(self) -> bool:
        """Whether no other run on this machine uses the same Prefect database right now.

        Who gets the exclusive lock is alone. Slots that a killed run left in the database may be freed then,
        and only then.
        """
        if self._lock is None:
            return False
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        return True

    def wait_until_ready(self, check: Callable[[], None] = lambda: None) -> None:
        """Block until the server answers; ``check`` is called meanwhile, and may raise.

        Raises:
            ConfigError: it ended, or did not answer within 90 s; names the file with what it wrote.
        """
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            check()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/health", timeout=5):
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.05)
        raise ConfigError(
            "prefect_server_did_not_start",
            what="Prefect's temporary server did not start.",
            fix=f"Its output is in {self._log}; or set PREFECT_API_URL to a server that runs.",
        )

    def watch(self, on_end: Callable[[], None]) -> None:
        """Call ``on_end``, from another thread, when the server ends without having been stopped."""

        def wait(process: subprocess.Popen[bytes]) -> None:
            process.wait()
            if not self._stopping:
                on_end()

        assert self._process is not None, "it is checked while it runs"  # noqa: S101 - a mistake of ours
        threading.Thread(target=wait, args=[self._process], name="server", daemon=True).start()

    def stop(self) -> None:
        """End the process; it is killed when it does not end by itself within 5 s."""
        self._stopping = True
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None
        for file in (self._output, self._lock):
            if file is not None:
                file.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _unusable(what: str, error: OSError) -> ConfigError:
    return ConfigError(
        "prefect_home",
        what=f"{what}: {error.strerror}.",
        fix="Free some space there, or set PREFECT_HOME and MAILROOM_STATE_DIR to folders that you can write to.",
    )


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


def main(port: int) -> None:
    """Serve Prefect's API on loopback, with what Prefect sets for its own temporary server."""
    # The interface is not served, services that a temporary server has no use for stay off.
    os.environ.update(
        PREFECT_UI_ENABLED="0",
        PREFECT__SERVER_EPHEMERAL="1",
        PREFECT__SERVER_FINAL="1",
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
    )
    os.environ.pop("PREFECT_API_URL", None)
    guard_process()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Only the server's process needs these, and they take seconds.
    import uvicorn  # noqa: PLC0415
    from prefect.logging.configuration import setup_logging  # noqa: PLC0415
    from prefect.server.api.server import create_app  # noqa: PLC0415

    # uvicorn's own configuration would put handlers that redact nothing in the place of Prefect's.
    setup_logging()
    uvicorn.run(
        patient(create_app()), host="127.0.0.1", port=port, log_level="error", log_config=None, lifespan="on"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
