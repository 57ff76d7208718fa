"""A child process that is asked by lines of JSON and answers by lines of JSON, with limits and without secrets.

What it is asked, and what becomes of one that dies, is for those who start it.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

# What a child gets of this environment: it needs no more to start, and no secret is among it.
PASSED_ON = frozenset(
    "PATH HOME LANG LC_ALL LC_CTYPE TMPDIR TEMP TMP TZ SYSTEMROOT LD_LIBRARY_PATH PYTHONPATH VIRTUAL_ENV".split()  # noqa: SIM905 - a list to be read
)
# Each process has one core; numeric libraries would start a thread, with its memory, for every core there is.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
START_SECONDS = 60.0


class ChildDied(Exception):
    """The child ended before it answered; ``seconds`` is how long it worked on the file."""

    seconds = 0.0


class TooSlow(Exception):
    """The child did not answer in time."""


class Child:
    """One process running a module of this program; used by one thread at a time."""

    def __init__(self, module: str, memory_mb: int, cpu_seconds: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this program's own module
            [sys.executable, "-m", module, str(memory_mb), str(cpu_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in PASSED_ON} | ONE_THREAD,
            start_new_session=True,
        )
        self._ready = False
        self._pending = b""
        self.files = 0

    @property
    def pid(self) -> int:
        """The process's."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Return when it has loaded everything; it may be asked before that too."""
        if not self._ready:
            self.line(START_SECONDS)
            self._ready = True

    def send(self, message: dict[str, Any], data: bytes = b"") -> None:
        """Write a line, and bytes behind it.

        Raises:
            ChildDied: it reads no more.
        """
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - opened as a pipe
        try:
            stdin.write(json.dumps(message).encode() + b"\n" + data)
            stdin.flush()
        except BrokenPipeError:
            raise ChildDied from None

    def line(self, seconds: float) -> dict[str, Any]:
        """Its next line.

        Raises:
            ChildDied: it ended without one.
            TooSlow: none came within ``seconds``.
        """
        until = time.monotonic() + seconds
        while b"\n" not in self._pending:
            self._read_more(until)
        line, _, self._pending = self._pending.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def bytes(self, count: int, seconds: float) -> bytes:
        """The next ``count`` bytes; raises as `line` does."""
        until = time.monotonic() + seconds
        while len(self._pending) < count:
            self._read_more(until)
        data, self._pending = self._pending[:count], self._pending[count:]
        return data

    def _read_more(self, until: float) -> None:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - opened as a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if not selector.select(max(0.0, until - time.monotonic())):
                raise TooSlow
        read = os.read(stdout.fileno(), 1 << 20)
        if not read:
            raise ChildDied
        self._pending += read

    def kill(self) -> None:
        """End it at once; whoever waits for its answer learns that it died. For any thread."""
        self._process.kill()

    def close(self) -> None:
        """End it and let go of its pipes. For the thread that uses it, or when none does."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                # What is still in the buffer has nobody left to go to.
                with suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()
