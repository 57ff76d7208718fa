"""Reading processes: files from outside are opened in these only, and one bad file costs only itself.

Each worker is a plain child process (`mailroom.notices.reader_process`) with limits on memory and CPU time
and without this process's secrets. Over its deadline it is killed and replaced. Images of pages are read by
processes of another kind (`mailroom.document.ocr.pool`). Not `multiprocessing`: its spawn imports the main
module again, which is all of Prefect.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from mailroom.config.defaults import READING_CONFIDENCE
from mailroom.document.limits import READING_MEMORY_MB, READING_SECONDS
from mailroom.document.ocr.pool import OcrPool
from mailroom.notices.extraction.ocr_vocabulary import OCR_VOCABULARY
from mailroom.notices.reading import Reading
from mailroom.privacy.client_data import ClientData
from mailroom.privacy.redaction.client_values import register
from mailroom.workers.child_pool import ChildPool
from mailroom.workers.child_process import ChildDied, ChildProcess, ChildTimedOut

# Libraries leak; after so many files a child is replaced.
FILES_PER_CHILD = 2_000
MODULE = "mailroom.notices.reader_process"


@dataclass(frozen=True, repr=False)
class _Answer(ClientData):
    """A reading, and the PNG that explains it, if there is one."""

    reading: Reading
    image: bytes | None = None


class ReaderPool:
    """``workers`` reading processes, for any number of threads; a file waits for the next free one.

    Args:
        workers: processes at most.
        deadline: seconds that one file may take, both tries together.
        memory_mb: address space of each process in MB.
        confidence: how clear the least clear char of a scan's value must be
            (`mailroom.notices.confidence.ocr_confidence`).
        images: whether image files are read like scans.

    Processes start when they are first needed, or all at once, without waiting, with `start`.
    """

    def __init__(
        self,
        workers: int,
        deadline: float = READING_SECONDS,
        memory_mb: int = READING_MEMORY_MB,
        confidence: float = READING_CONFIDENCE,
        *,
        images: bool = False,
    ) -> None:
        self._images = images
        self._deadline = deadline
        self._confidence = confidence
        self._children = ChildPool(MODULE, workers, memory_mb, int(deadline))
        self._ocr = OcrPool(workers, OCR_VOCABULARY)

    def start(self) -> None:
        """Start every process that is not running, so that the first files do not wait for it."""
        self._children.start()

    def read(self, path: Path) -> Reading:
        """Return what is in the file. Never raises for a bad one.

        ``reading_timed_out``, ``too_much_memory`` and ``reader_died`` (twice in a row, in fresh processes)
        are outcomes ``rejected`` like the reader's own.
        """
        return self._read(path, explain=False).reading

    def explain(self, path: Path) -> tuple[Reading, bytes | None]:
        """Return what is in the file, and a PNG that shows where on the first page.

        None where no page could be opened.

        It holds personal data. Never raises for a bad file, as `read`.
        """
        answer = self._read(path, explain=True)
        return answer.reading, answer.image

    def _read(self, path: Path, *, explain: bool) -> _Answer:
        if self._children.closed:
            raise RuntimeError("the reader pool is closed")
        began, left = time.monotonic(), self._deadline
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
        child = self._children.take()
        fit = False
        try:
            answer = self._ask(child, path, seconds, explain=explain)
            fit = answer.reading.error != "too_much_memory" and child.questions < FILES_PER_CHILD
            return answer
        finally:
            self._children.give_back(child, fit=fit)

    def _ask(self, child: ChildProcess, path: Path, seconds: float, *, explain: bool) -> _Answer:
        """Have the file read; when the child dies of it, its error says after how many seconds."""
        child.wait_until_ready()
        child.questions += 1
        began = time.monotonic()
        question = {"path": str(path.absolute()), "confidence": self._confidence, "images": self._images}
        try:
            child.send({**question, "explain": explain})
            return self._receive(child, began + seconds)
        except ChildDied as died:
            died.seconds = time.monotonic() - began
            raise

    def _receive(self, child: ChildProcess, until: float) -> _Answer:
        """Return the child's answer; images of pages that it sends meanwhile go to another process."""
        explained: bytes | None = None
        while "outcome" not in (message := child.read_line(until - time.monotonic())):
            if "recognize" in message:
                question = message["recognize"]
                size = question["width"] * question["height"]
                pixels = child.read_bytes(size, until - time.monotonic())
                child.send(self._ocr.recognize(question, pixels, until - time.monotonic()))
            else:
                explained = child.read_bytes(message["image"], until - time.monotonic())
        return _Answer(register(Reading.from_json(message)), explained)

    def processes(self) -> list[int]:
        """Return the ids of the reading processes that run now."""
        return self._children.pids()

    def ocr_processes(self) -> list[int]:
        """Return the ids of the processes that run now and read images of pages."""
        return self._ocr.processes()

    def close(self) -> None:
        """End every process; files being read come back as ``reader_died``, nothing can be read any more."""
        self._children.close()
        self._ocr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _rejected(code: str, began: float) -> _Answer:
    seconds = round(time.monotonic() - began, 4)
    return _Answer(Reading("rejected", needs_review=True, error=code, seconds=seconds))
