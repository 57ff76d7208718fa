"""A child process that is asked by lines of JSON and answers by lines of JSON, with limits and without secrets.

What it is asked, and what becomes of one that dies, is for those who start it.
"""

from __future__ import annotations

import json
import os
import queue
import selectors
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

# What a child gets of this environment: it needs no more to start, and no secret is among it.
PASSED_ON = frozenset(
    {
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "TMP", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH",
        "PYTHONPATH", "VIRTUAL_ENV", "TESSDATA_PREFIX",
    }
)  # fmt: skip
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


class Children:
    """At most so many processes of one kind, for any number of threads; each is used by one thread at a time.

    Args:
        module: what they run.
        most: processes at most; each starts when it is first needed.
        memory_mb: address space of each in MB.
        cpu_seconds: processor time that each may take for one question.
    """

    def __init__(self, module: str, most: int, memory_mb: int, cpu_seconds: int) -> None:
        self._module, self._memory_mb, self._cpu_seconds = module, memory_mb, cpu_seconds
        # None stands for a process that is not running yet; last in, first out keeps warm ones busy.
        self._free: queue.LifoQueue[Child | None] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._all: set[Child] = set()
        self.closed = False
        for _ in range(most):
            self._free.put(None)

    def start(self) -> None:
        """Start every process that is not running, so that the first question need not wait for it."""
        for child in self._taken_from_rest():
            self._free.put(child or self._new())

    def take(self) -> Child:
        """A process for one question; waits until one is free. Give it back whatever becomes of the question.

        Raises:
            ChildDied: they were closed.
            OSError: the system starts no more processes.
        """
        child = self._free.get()
        try:
            return child or self._new()
        except (ChildDied, OSError):
            self._free.put(None)
            raise

    def give_back(self, child: Child, *, fit: bool) -> None:
        """Let the next thread have it; one that is not fit is ended, and replaced when it is needed."""
        if not fit:
            self._discard(child)
        self._free.put(child if fit else None)

    def pids(self) -> list[int]:
        """The ids of the processes that run now."""
        with self._lock:
            return sorted(child.pid for child in self._all)

    def close(self) -> None:
        """End every process; whoever waits for an answer learns that it died."""
        with self._lock:
            self.closed = True
            for child in self._all:
                child.kill()
        for idle in self._taken_from_rest():
            if idle is not None:
                self._discard(idle)

    def _taken_from_rest(self) -> list[Child | None]:
        """Every process that is asked nothing now, taken out of the queue."""
        idle: list[Child | None] = []
        with suppress(queue.Empty):
            while True:
                idle.append(self._free.get_nowait())
        return idle

    def _new(self) -> Child:
        with self._lock:
            if self.closed:
                raise ChildDied
            child = Child(self._module, self._memory_mb, self._cpu_seconds)
            self._all.add(child)
            return child

    def _discard(self, child: Child) -> None:
        with self._lock:
            self._all.discard(child)
        child.close()
