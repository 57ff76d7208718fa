"""Child processes that take questions and give answers as lines of JSON, with limits and without secrets.

A pool of them starts each when it is needed, and replaces it. What it is asked, and what happens
when it dies, is up to the code that starts it.
"""

from __future__ import annotations

import json
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
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
# By the clock: the libraries of one that reads images load for seconds, and longer on a busy machine.
START_SECONDS = 300.0
# A process that has just closed its pipes has ended so many seconds later.
END_SECONDS = 10.0


class ChildDied(Exception):
    """The child ended before it answered; ``seconds`` is how long it had worked on the question."""

    seconds = 0.0


class ChildTimedOut(Exception):
    """The child did not answer in time, or took all the processor time that it may for one question."""


class ChildProcess:
    """One process that runs a module of this program; used by one thread at a time.

    ``questions`` counts what it was asked, and the last one ended at ``idle_since`` (monotonic seconds).
    Whoever asks sets ``is_spent`` when it must not be asked again.

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
        self.idle_since = time.monotonic()
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
            ChildTimedOut: its processor time has.
        """
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - opened as a pipe
        try:
            stdin.write(json.dumps(message).encode() + b"\n" + data)
            stdin.flush()
        except BrokenPipeError:
            raise self._find_end() from None

    def _find_end(self) -> ChildDied | ChildTimedOut:
        """Return how a process that takes or gives nothing any more has ended."""
        with suppress(subprocess.TimeoutExpired):
            if self._process.wait(END_SECONDS) == -signal.SIGXCPU:
                return ChildTimedOut()
        return ChildDied()

    def read_line(self, seconds: float) -> dict[str, Any]:
        """Return its next line.

        Raises:
            ChildDied: it ended without one.
            ChildTimedOut: none came within ``seconds`` by the clock, or within its processor time.
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
            raise self._find_end()
        self._pending += read

    def kill(self) -> None:
        """End it at once, from any thread; who waits for its answer gets `ChildDied`."""
        self._process.kill()

    def close(self) -> None:
        """End it and close its pipes, from the thread that uses it, or when none does."""
        self.kill()
        # Nobody is left to read what is still in the buffer.
        with suppress(BrokenPipeError), self._process:
            pass


class ChildPool:
    """A number of processes of one kind, for any number of threads; each is used by one thread at a time.

    Args:
        module: the module that they run.
        workers: processes at most; each starts when it is first needed.
        memory_mb: the address space of each in MB.
        cpu_seconds: the processor time that each may take for one question.
        most_questions: a process is replaced after so many, since libraries leak.
        arguments: further words of their command lines.
    """

    def __init__(
        self,
        module: str,
        workers: int,
        memory_mb: int,
        cpu_seconds: int,
        most_questions: int,
        *arguments: str,
    ) -> None:
        self._start_one = partial(ChildProcess, module, memory_mb, cpu_seconds, *arguments)
        self._most_questions = most_questions
        # None means a process that is not running yet; last in, first out keeps warm ones busy.
        self._free: queue.LifoQueue[ChildProcess | None] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._all: set[ChildProcess] = set()
        self.closed = False
        for _ in range(workers):
            self._free.put(None)

    def start(self) -> None:
        """Start every process that is not running, so that the first question does not wait for it."""
        for child in self._take_idle():
            self._free.put(child or self._new())

    @contextmanager
    def lend(self) -> Iterator[ChildProcess]:
        """Yield a process for one question; waits until one is free and ready.

        It is ended, and replaced when it is needed, where the block raises or finds that it ``is_spent``.

        Raises:
            ChildDied: they were closed, or it ended before it was ready.
            ChildTimedOut: it was not ready in time.
            OSError: the system starts no more processes.
        """
        child, is_fit = self._free.get(), False
        try:
            child = child or self._new()
            child.wait_until_ready()
            child.questions += 1
            yield child
            is_fit = not child.is_spent and child.questions < self._most_questions
        finally:
            if child is not None and not is_fit:
                self._discard(child)
            elif child is not None:
                child.idle_since = time.monotonic()
            self._free.put(child if is_fit else None)

    def end_idle(self, seconds: float) -> None:
        """End each process that was not asked for so many seconds; another starts when one is needed."""
        kept = []
        for child in reversed(self._take_idle()):
            if child is not None and time.monotonic() - child.idle_since < seconds:
                kept.append(child)
                continue
            if child is not None:
                self._discard(child)
            self._free.put(None)
        # Those that run are asked first.
        for child in kept:
            self._free.put(child)

    def pids(self) -> list[int]:
        """Return the ids of the processes that run now."""
        with self._lock:
            return sorted(child.pid for child in self._all)

    def close(self) -> None:
        """End every process; who waits for an answer gets `ChildDied`."""
        with self._lock:
            self.closed = True
            for child in self._all:
                child.kill()
        for idle in self._take_idle():
            if idle is not None:
                self._discard(idle)
            # Who asks for a process now must not wait for one.
            self._free.put(None)

    def _take_idle(self) -> list[ChildProcess | None]:
        """Take every process that has no question now out of the queue."""
        idle: list[ChildProcess | None] = []
        with suppress(queue.Empty):
            while True:
                idle.append(self._free.get_nowait())
        return idle

    def _new(self) -> ChildProcess:
        with self._lock:
            if self.closed:
                raise ChildDied
            child = self._start_one()
            self._all.add(child)
            return child

    def _discard(self, child: ChildProcess) -> None:
        with self._lock:
            self._all.discard(child)
        child.close()
