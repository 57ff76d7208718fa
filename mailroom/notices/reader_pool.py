"""Reading processes: files from outside are opened in these only, and one bad file costs only itself.

Each worker is a plain child process (`mailroom.notices.reader_process`) with limits on memory and CPU time
and without this process's secrets. Over its deadline it is ended and replaced. Images of pages are read by
processes of another kind (`mailroom.document.ocr.pool`). Not `multiprocessing`: its spawn imports the main
module again, which is all of Prefect.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Self

from mailroom.config.ocr_threshold import READING_CONFIDENCE
from mailroom.document.ocr.pool import OcrPool
from mailroom.document.reader_limits import (
    CLOCK_PER_CPU_SECOND,
    FILES_PER_CHILD,
    READING_CPU_SECONDS,
    READING_MEMORY_MB,
)
from mailroom.notices.extraction.labels import OCR_VOCABULARY
from mailroom.notices.reading import Reading
from mailroom.privacy.redaction.client_values import register
from mailroom.time_spent import TimeSpent
from mailroom.workers.child_process import ChildDied, ChildPool, ChildProcess, ChildTimedOut

MODULE = "mailroom.notices.reader_process"
# A reading, and the PNG that explains it, if there is one.
_Answer = tuple[Reading, bytes | None]


class ReaderPool:
    """``workers`` reading processes, for any number of threads; a file waits for the next free one.

    Args:
        workers: processes at most.
        deadline: processor seconds that one file may take, OCR included; by the clock it may take
            `CLOCK_PER_CPU_SECOND` times as long, both tries together.
        memory_mb: address space of each process in MB.
        confidence: probability that the least clear char of a scanned value must reach
            (`mailroom.notices.confidence.ocr_confidence`).
        images: whether image files are read like scans.

    Processes start when they are first needed, or all at once, without waiting, with `start`. ``busy`` is
    the time of all processes with a file, ``waited`` that of the threads until they had a process.
    """

    def __init__(
        self,
        workers: int,
        deadline: float = READING_CPU_SECONDS,
        memory_mb: int = READING_MEMORY_MB,
        confidence: float = READING_CONFIDENCE,
        *,
        images: bool = False,
    ) -> None:
        self._images = images
        self._deadline = deadline
        self._is_given_up = False
        self._confidence = confidence
        self.workers = workers
        self.busy = TimeSpent()
        self.waited = TimeSpent()
        self._children = ChildPool(MODULE, workers, memory_mb, int(deadline), FILES_PER_CHILD)
        self._ocr = OcrPool(workers, OCR_VOCABULARY)

    def start(self) -> None:
        """Start every process that is not running, so that the first files do not wait for it."""
        self._children.start()

    def read(self, path: Path) -> Reading:
        """Return what is in the file. Never raises for a bad one.

        ``reading_timed_out``, ``too_much_memory`` and ``reader_died`` (twice in a row, in fresh processes)
        are outcomes ``rejected`` like the reader's own.
        """
        return self._read(path, explain=False)[0]

    def explain(self, path: Path) -> tuple[Reading, bytes | None]:
        """Return what is in the file, and a PNG that shows where on page 1.

        The PNG holds personal data; it is None where no page could be opened. Never raises for a bad file, as
        `read`.
        """
        return self._read(path, explain=True)

    def read_in_order(
        self, paths: Iterable[Path], threads: ThreadPoolExecutor, ahead: int
    ) -> Iterator[Reading]:
        """Yield the reading of each file; so many ``ahead`` are begun before the first one is waited for."""
        waiting: deque[Future[Reading]] = deque()
        for path in paths:
            waiting.append(threads.submit(self._read_existing, path))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        yield from (each.result() for each in waiting)

    def _read_existing(self, path: Path) -> Reading:
        """Return the reading; a file that vanished since it was found is not one that cannot be opened."""
        reading = self.read(path)
        is_gone = reading.error == "cannot_be_opened" and not os.path.lexists(path)
        return replace(reading, outcome="unreadable", error="vanished") if is_gone else reading

    def _read(self, path: Path, *, explain: bool) -> _Answer:
        if self._children.closed and not self._is_given_up:
            raise RuntimeError("the reader pool is closed")
        self._ocr.end_idle()
        began, left = time.monotonic(), self._deadline * CLOCK_PER_CPU_SECOND
        # Something else may have killed it (the machine's memory ran out): once more, with a new one.
        for _ in range(2):
            try:
                return self._read_once(path, left, explain=explain)
            except ChildTimedOut:
                return _rejected("reading_timed_out", began)
            except ChildDied as died:
                left -= died.seconds
        return _rejected("reader_died", began)

    def _read_once(self, path: Path, seconds: float, *, explain: bool) -> _Answer:
        """Have the file read; when the child dies of it, its error says after how many seconds."""
        question = {"path": str(path.absolute()), "confidence": self._confidence, "images": self._images}
        asked = time.monotonic()
        with self._children.lend() as child, self.busy.measure():
            began = time.monotonic()
            self.waited.add(began - asked)
            try:
                child.send({**question, "explain": explain})
                answer = self._receive(child, began + seconds)
            except ChildDied as died:
                died.seconds = time.monotonic() - began
                raise
            child.is_spent = answer[0].error == "too_much_memory"
            return answer

    def _receive(self, child: ChildProcess, until: float) -> _Answer:
        """Return the child's answer; images of pages that it sends meanwhile go to another process.

        What that process takes is subtracted from the processor time that the file has.
        """
        explained: bytes | None = None
        cpu_left = float(self._deadline)
        while "outcome" not in (message := child.read_line(until - time.monotonic())):
            if "recognize" in message:
                question = message["recognize"]
                size = question["width"] * question["height"]
                pixels = child.read_bytes(size, until - time.monotonic())
                question["cpu_seconds"] = cpu_left - message["cpu"]
                answer = self._ocr.recognize(question, pixels, until - time.monotonic())
                cpu_left -= answer.pop("cpu", 0.0)
                child.send({**answer, "cpu_left": cpu_left - message["cpu"]})
            else:
                explained = child.read_bytes(message["image"], until - time.monotonic())
        return register(Reading.from_json(message)), explained

    def processes(self) -> list[int]:
        """Return the ids of the reading processes that run now."""
        return self._children.pids()

    def ocr_processes(self) -> list[int]:
        """Return the ids of the processes that run now and read images of pages."""
        return self._ocr.processes()

    def give_up(self) -> None:
        """End every process while files wait to be read: these, and all later ones, are ``reader_died``."""
        self._is_given_up = True
        self.close()

    def close(self) -> None:
        """End every process; files being read come back as ``reader_died``, nothing can be read any more."""
        self._children.close()
        self._ocr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _rejected(code: str, began: float) -> _Answer:
    seconds = round(time.monotonic() - began, 4)
    return Reading("rejected", needs_review=True, error=code, seconds=seconds), None
