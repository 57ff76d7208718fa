"""A child process that takes questions and gives answers as lines of JSON, with limits and without secrets.

What it is asked, and what happens when it dies, is up to the code that starts it.
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

# The environment variables that a child gets: it needs no others to start, and none of these is a secret.
PASSED_ON = frozenset(
    {
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "TMP", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH",
        "PYTHONPATH", "VIRTUAL_ENV", "TESSDATA_PREFIX",
    }
)  # fmt: skip
# Each process has one core; numeric libraries would start a thread for every core, each with memory of its
# own.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
START_SECONDS = 60.0


class ChildDied(Exception):
    """The child ended before it answered; ``seconds`` is how long it had worked on the question."""

    seconds = 0.0


class ChildTimedOut(Exception):
    """The child did not answer in time."""


class ChildProcess:
    """One process that runs a module of this program; used by one thread at a time.

    ``questions`` counts what it was asked; whoever asks sets ``is_spent`` when it must not be asked again.

    Args:
        module: the module that it runs, with the limits and ``arguments`` on its command line.
        memory_mb: its address space in MB.
        cpu_seconds: the processor time that it may take for one question.
        arguments: further words of its command line.
    """

    def __init__(self, module: str, memory_mb: int, cpu_seconds: int, *arguments: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this program's own module
            [sys.executable, "-m", module, str(memory_mb), str(cpu_seconds), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in PASSED_ON} | ONE_THREAD,
            start_new_session=True,
        )
        self._ready = False
        self._pending = b""
        self.questions = 0
        self.is_spent = False

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Return when it has loaded everything; it may be asked earlier too. Raises as `read_line`."""
        if not self._ready:
            self.read_line(START_SECONDS)
            self._ready = True

    def send(self, message: dict[str, Any], data: bytes = b"") -> None:
        """Write a line, and bytes after it.

        Raises:
            ChildDied: it has ended.
        """
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - opened as a pipe
        try:
            stdin.write(json.dumps(message).encode() + b"\n" + data)
            stdin.flush()
        except BrokenPipeError:
            raise ChildDied from None

    def read_line(self, seconds: float) -> dict[str, Any]:
        """Return its next line.

        Raises:
            ChildDied: it ended without one.
            ChildTimedOut: none came within ``seconds``.
        """
        until = time.monotonic() + seconds
        while b"\n" not in self._pending:
            self._read_more(until)
        line, _, self._pending = self._pending.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def read_bytes(self, count: int, seconds: float) -> bytes:
        """Return the next ``count`` bytes; raises as `read_line`."""
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
                raise ChildTimedOut
        read = os.read(stdout.fileno(), 1 << 20)
        if not read:
            raise ChildDied
        self._pending += read

    def kill(self) -> None:
        """End it at once, from any thread; who waits for its answer gets `ChildDied`."""
        self._process.kill()

    def close(self) -> None:
        """End it and close its pipes, from the thread that uses it, or when none does."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                # Nobody is left to read what is still in the buffer.
                with suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()
