"""A temporary Prefect server for `python flows/daily.py` where no Prefect server is configured.

Prefect would start one itself, but only after it is imported, and it lets the server write to the terminal.
This one is the same application with the same settings, started at once, so that it comes up while Prefect is
imported; it writes to a file, and it ends with the process that started it, also when that is killed.

Run as a module it is the server's process; imported, it starts and stops one.
"""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from mailroom.errors import ConfigError

Application = Callable[[Any, Any, Any], Awaitable[None]]

READY_SECONDS = 90.0


def prefect_home() -> Path:
    """Where Prefect keeps its database and profiles."""
    return Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()


def server_is_configured() -> bool:
    """Whether a person named a Prefect server: in the environment, a profile, or a file in this folder.

    Read as text, since importing Prefect's settings takes longer than all the rest of the start.
    """
    if os.environ.get("PREFECT_API_URL"):
        return True
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH", prefect_home() / "profiles.toml")).expanduser()
    places = (profiles, Path("prefect.toml"), Path(".env"))
    return any("PREFECT_API_URL" in _text(place) for place in places) or "[tool.prefect" in _text(
        Path("pyproject.toml")
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


class LocalServer:
    """The server's process. `start` returns at once; `wait_until_ready` when it answers."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._lock: IO[bytes] | None = None
        self.port = 0
        self.alone = False
        self.makes_database = not (prefect_home() / "prefect.db").exists()

    def start(self) -> None:
        """Start the process and point Prefect, not yet imported, at it."""
        self._note_whether_alone()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._output = self._log.open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "flows.local_server", str(self.port)],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            # A Ctrl-C in the terminal is for the run, which still needs its server to end well.
            start_new_session=True,
        )
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{self.port}/api"
        # This server says when to ask again, which is soon; so more often before giving up.
        os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", "50")

    def _note_whether_alone(self) -> None:
        """Find out whether another run on this machine uses the same Prefect database right now.

        Each run holds a shared lock while it lives; who gets the exclusive one is alone. Slots that a killed
        run left in the database may be cleared then, and only then.
        """
        prefect_home().mkdir(parents=True, exist_ok=True)
        self._lock = (prefect_home() / "mailroom.lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.alone = True
        except BlockingIOError:
            self.alone = False
        fcntl.flock(self._lock, fcntl.LOCK_SH)

    def wait_until_ready(self) -> None:
        """Block until the server answers.

        Raises:
            ConfigError: it ended, or did not answer within 90 s; names the file with what it wrote.
        """
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/health", timeout=5):
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.05)
        raise ConfigError(
            "prefect_server_did_not_start",
            what="Prefect's temporary server did not start.",
            mend=f"Its own words are in {self._log}; or set PREFECT_API_URL to a server that runs.",
        )

    def stop(self) -> None:
        """End the process; it is killed when it does not end by itself within 5 s."""
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _end_with_parent() -> None:
    """End this process when its standard input closes: the parent holds the other end while it lives."""
    sys.stdin.buffer.read()
    os._exit(0)


def asks_again_soon(app: Application) -> Application:
    """The same server, which adds ``Retry-After: 0.2`` to its 503 answers.

    On SQLite, writes that meet are answered with 503 at once, and Prefect's client waits 2 s before it asks
    again unless it is told when: of ten batches that took their slots, each lost 2 s to that.
    """

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        async def told(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 503:
                message["headers"] = [*message["headers"], (b"retry-after", b"0.2")]
            await send(message)

        await app(scope, receive, told)

    return answer


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
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Only the server's process needs these, and they take seconds.
    import uvicorn  # noqa: PLC0415
    from prefect.server.api.server import create_app  # noqa: PLC0415

    uvicorn.run(asks_again_soon(create_app()), host="127.0.0.1", port=port, log_level="error", lifespan="on")


if __name__ == "__main__":
    main(int(sys.argv[1]))
