"""A pool of child processes of one kind, which start when they are needed and are replaced."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from mailroom.workers.child_process import ChildDied, ChildProcess


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
            self._free.put(child if is_fit else None)

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
