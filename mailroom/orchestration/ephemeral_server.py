"""A temporary Prefect server for `python flows/daily.py` where no Prefect server is configured.

Prefect would start one itself, but only after it is imported, and it lets the server write to the terminal.
This one is the same application with the same settings, started at once, so that it comes up while Prefect is
imported; it writes to a file, and it ends with the process that started it, also when that is killed.

The server's own process is in `mailroom.orchestration.ephemeral_server_process`.
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
from collections.abc import Callable, Iterator
from itertools import count, takewhile
from pathlib import Path
from typing import IO, Self

from mailroom.errors import ConfigError
from mailroom.orchestration.prefect_profile import prefect_home

READY_SECONDS = 90.0


class EphemeralServer:
    """The server's process. `start` returns at once; `wait_until_ready` when it answers."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._lock: IO[bytes] | None = None
        self._database_lock: IO[bytes] | None = None
        self._stopping = False
        self.port = 0
        self.makes_database = not (prefect_home() / "prefect.db").exists()

    def start(self) -> None:
        """Start the process and point Prefect, not yet imported, at it.

        Raises:
            ConfigError: there is no place for Prefect's database or the server's log.
        """
        self._register()
        self._lock_new_database()
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
            [sys.executable, "-m", "mailroom.orchestration.ephemeral_server_process", str(self.port)],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            # A Ctrl-C in the terminal is for the run, which still needs its server to end well.
            start_new_session=True,
        )
        os.environ.update(
            PREFECT_API_URL=f"http://127.0.0.1:{self.port}/api",
            # It is of this Prefect's version, and gives out no CSRF tokens: each client would ask for both.
            PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED="false",
            PREFECT_CLIENT_CSRF_SUPPORT_ENABLED="false",
        )

    def _register(self) -> None:
        """Each run holds the lock of a file of its own beside Prefect's database while it lives."""
        home = prefect_home()
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._lock = next(filter(None, map(_lock, _list_lock_files(home))))
        except OSError as error:
            raise _unusable(f"Prefect's folder {home} cannot be used", error) from None

    def _lock_new_database(self) -> None:
        """Let one server at a time make the database: of two that make it at once, one fails."""
        path = prefect_home() / "mailroom-database.lock"
        deadline = time.monotonic() + READY_SECONDS
        while (lock := _lock(path)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        self._database_lock = lock
        if (prefect_home() / "prefect.db").exists():
            self._unlock_database()

    def _unlock_database(self) -> None:
        if self._database_lock is not None:
            self._database_lock.close()
            self._database_lock = None

    def is_alone(self) -> bool:
        """Whether no other run on this machine uses the same Prefect database right now.

        Slots that a killed run left in the database may be freed then, and only then. The own file is not
        locked again: on Linux a lock is lost when its change is refused.
        """
        if self._lock is None:
            return False
        for path in takewhile(Path.exists, _list_lock_files(prefect_home())):
            if str(path) == self._lock.name:
                continue
            if (free := _lock(path)) is None:
                return False
            free.close()
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
                    self._unlock_database()
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.05)
        raise ConfigError(
            "prefect_server_did_not_start",
            what="Prefect's temporary server did not start.",
            fix=f"Look for the cause in {self._log}, or set PREFECT_API_URL to a server that is running.",
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
        self._unlock_database()
        for file in (self._output, self._lock):
            if file is not None:
                file.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _list_lock_files(home: Path) -> Iterator[Path]:
    """The files of the first, second, ... run at one time; they stay, a new run takes the first free one."""
    return (home / f"mailroom-{number}.lock" for number in count())


def _lock(path: Path) -> IO[bytes] | None:
    """Lock a file, which is made if it is not there; None if another run holds it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _unusable(what: str, error: OSError) -> ConfigError:
    return ConfigError(
        "prefect_home",
        what=f"{what}: {error.strerror}.",
        fix="Free some space there, or set PREFECT_HOME and MAILROOM_STATE_DIR to folders that you can write to.",
    )
