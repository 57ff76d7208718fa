"""Reading processes: files from outside are opened in these only, and one bad file costs only itself.

Each worker is a plain child process (`mailroom.notices.worker`) with limits on memory and CPU time and without
this process's secrets. Over its deadline it is killed and replaced. Not `multiprocessing`: its spawn imports the
main module again, which is all of Prefect. What is in a file is not looked at here.
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
from pathlib import Path
from types import TracebackType
from typing import Self

from mailroom.notices.fields import Reading
from mailroom.privacy.known import noted

# What a child gets of this environment: it needs no more to start, and no secret is among it.
PASSED_ON = frozenset(
    "PATH HOME LANG LC_ALL LC_CTYPE TMPDIR TEMP TMP TZ SYSTEMROOT LD_LIBRARY_PATH PYTHONPATH VIRTUAL_ENV".split()  # noqa: SIM905 - a list to be read
)
# Libraries leak; after so many files a child is replaced.
FILES_PER_CHILD = 2_000
START_SECONDS = 60.0


class _ChildDied(Exception):
    """The child ended before it answered."""


class _TooSlow(Exception):
    """The child did not answer in time."""


class _Child:
    """One process; used by one thread at a time."""

    def __init__(self, memory_mb: int, cpu_seconds: int) -> None:
        self.files = 0
        self._process = subprocess.Popen(  # noqa: S603 - this program's own module
            [sys.executable, "-m", "mailroom.notices.worker", str(memory_mb), str(cpu_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in PASSED_ON},
            start_new_session=True,
        )
        self._ready = False
        self._pending = b""

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Return when it has loaded everything; it may be asked before that too."""
        if not self._ready:
            self._line(START_SECONDS)
            self._ready = True

    def ask(self, path: Path, deadline: float) -> Reading:
        """Have the file read.

        Raises:
            _ChildDied: it ended without an answer.
            _TooSlow: no answer within ``deadline`` seconds.
        """
        self.wait_until_ready()
        self.files += 1
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - opened as a pipe
        try:
            stdin.write(json.dumps({"path": str(path.absolute())}).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            raise _ChildDied from None
        return noted(Reading.from_json(json.loads(self._line(deadline))))

    def _line(self, seconds: float) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - opened as a pipe
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(max(0.0, until - time.monotonic())):
                    raise _TooSlow
                read = os.read(stdout.fileno(), 65_536)
                if not read:
                    raise _ChildDied
                self._pending += read
        line, _, self._pending = self._pending.partition(b"\n")
        return line

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


class ReaderPool:
    """``workers`` reading processes, for any number of threads; a file waits for the next free one.

    Args:
        workers: processes at most.
        deadline: seconds that one file may take.
        memory_mb: address space of each process in MiB.

    Processes start when they are first needed, or all at once, without waiting, with `start`.
    """

    def __init__(self, workers: int, deadline: float = 30, memory_mb: int = 600) -> None:
        self._deadline = deadline
        self._memory_mb = memory_mb
        # None stands for a process that is not running yet; last in, first out keeps warm ones busy.
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._all: set[_Child] = set()
        self._closed = False
        for _ in range(workers):
            self._free.put(None)

    def start(self) -> None:
        """Start every process that is not running, so that the first files need not wait for it."""
        for child in self._taken_from_rest():
            self._free.put(child or self._new())

    def _taken_from_rest(self) -> list[_Child | None]:
        """Every process that reads nothing now, taken out of the queue."""
        idle: list[_Child | None] = []
        with suppress(queue.Empty):
            while True:
                idle.append(self._free.get_nowait())
        return idle

    def read(self, path: Path) -> Reading:
        """What is in the file. Never raises for a bad one.

        ``reading_timed_out``, ``too_much_memory`` and ``reader_died`` (twice in a row, in fresh processes) are
        outcomes ``rejected`` like the reader's own.
        """
        if self._closed:
            raise RuntimeError("the reader pool is closed")
        began = time.monotonic()
        try:
            return self._read_once(path)
        except _TooSlow:
            return _rejected("reading_timed_out", began)
        except _ChildDied:
            pass
        # Something else may have killed it (the machine's memory ran out); once more, with a new one.
        try:
            return self._read_once(path)
        except _TooSlow:
            return _rejected("reading_timed_out", began)
        except _ChildDied:
            return _rejected("reader_died", began)

    def _read_once(self, path: Path) -> Reading:
        child = self._free.get()
        fit = False
        try:
            if child is None:
                child = self._new()
            reading = child.ask(path, self._deadline)
            fit = reading.error != "too_much_memory" and child.files < FILES_PER_CHILD
            return reading
        finally:
            if child is not None and not fit:
                self._discard(child)
            self._free.put(child if fit else None)

    def _new(self) -> _Child:
        with self._lock:
            if self._closed:
                raise _ChildDied
            child = _Child(self._memory_mb, int(self._deadline))
            self._all.add(child)
            return child

    def _discard(self, child: _Child) -> None:
        with self._lock:
            self._all.discard(child)
        child.close()

    def close(self) -> None:
        """End every process; files being read come back as ``reader_died``, nothing can be read any more."""
        with self._lock:
            self._closed = True
            for child in self._all:
                child.kill()
        for idle in self._taken_from_rest():
            if idle is not None:
                self._discard(idle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _rejected(code: str, began: float) -> Reading:
    return Reading("rejected", needs_review=True, error=code, seconds=round(time.monotonic() - began, 4))
