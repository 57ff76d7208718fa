"""Reading processes: files from outside are opened in these only, and one bad file costs only itself.

Each worker is a plain child process (`mailroom.notices.worker`) with limits on memory and CPU time and without
this process's secrets. Over its deadline it is killed and replaced. Pictures of pages are read by processes of
another kind (`mailroom.notices.ocr.pool`). Not `multiprocessing`: its spawn imports the
main module again, which is all of Prefect. What is in a file is not looked at here.
"""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from mailroom.notices.ocr.pool import OcrPool
from mailroom.notices.process import Child, ChildDied, Children, TooSlow
from mailroom.notices.reading import Reading
from mailroom.notices.scores import CONFIDENCE
from mailroom.privacy.redaction.client_values import register

# Libraries leak; after so many files a child is replaced.
FILES_PER_CHILD = 2_000
MODULE = "mailroom.notices.worker"


class ReaderPool:
    """``workers`` reading processes, for any number of threads; a file waits for the next free one.

    Args:
        workers: processes at most.
        deadline: seconds that one file may take, both tries together.
        memory_mb: address space of each process in MB.
        confidence: how sure the least clear letter of a scan's value must be (`mailroom.notices.confirmed`).
        images: whether image files are read like scans.

    Processes start when they are first needed, or all at once, without waiting, with `start`.
    """

    def __init__(
        self,
        workers: int,
        deadline: float = 28,
        memory_mb: int = 600,
        confidence: float = CONFIDENCE,
        *,
        images: bool = False,
    ) -> None:
        self._images = images
        self._deadline = deadline
        self._confidence = confidence
        self._children = Children(MODULE, workers, memory_mb, int(deadline))
        self._ocr = OcrPool(workers)

    def start(self) -> None:
        """Start every process that is not running, so that the first files need not wait for it."""
        self._children.start()

    def read(self, path: Path) -> Reading:
        """What is in the file. Never raises for a bad one.

        ``reading_timed_out``, ``too_much_memory`` and ``reader_died`` (twice in a row, in fresh processes) are
        outcomes ``rejected`` like the reader's own.
        """
        return self._read(path, None)

    def explain(self, path: Path) -> tuple[Reading, bytes | None]:
        """What is in the file, and a PNG that shows where on the first page; None where no page could be opened.

        It holds personal data. Never raises for a bad file, as `read`.
        """
        pictures: list[bytes] = []
        reading = self._read(path, pictures)
        return reading, pictures[-1] if pictures else None

    def _read(self, path: Path, pictures: list[bytes] | None) -> Reading:
        """Read; ``pictures`` takes the explaining one, None asks for none."""
        if self._children.closed:
            raise RuntimeError("the reader pool is closed")
        began, left = time.monotonic(), self._deadline
        # Something else may have killed it (the machine's memory ran out): once more, with a new one.
        for _ in range(2):
            try:
                return self._read_once(path, left, pictures)
            except TooSlow:
                return _rejected("reading_timed_out", began)
            except ChildDied as died:
                left -= died.seconds
        return _rejected("reader_died", began)

    def _read_once(self, path: Path, seconds: float, pictures: list[bytes] | None) -> Reading:
        child = self._children.take()
        fit = False
        try:
            reading = self._asked(child, path, seconds, pictures)
            fit = reading.error != "too_much_memory" and child.files < FILES_PER_CHILD
            return reading
        finally:
            self._children.give_back(child, fit=fit)

    def _asked(self, child: Child, path: Path, seconds: float, pictures: list[bytes] | None) -> Reading:
        """Have the file read, and say for how long when the child dies of it."""
        child.wait_until_ready()
        child.files += 1
        began = time.monotonic()
        question = {"path": str(path.absolute()), "confidence": self._confidence, "images": self._images}
        try:
            child.send({**question, "explain": pictures is not None})
            return self._answer(child, began + seconds, pictures)
        except ChildDied as died:
            died.seconds = time.monotonic() - began
            raise

    def _answer(self, child: Child, until: float, pictures: list[bytes] | None) -> Reading:
        """The child's reading; the pictures that it shows meanwhile go to another process."""
        while "outcome" not in (answer := child.line(until - time.monotonic())):
            if "look" in answer:
                look = answer["look"]
                pixels = child.bytes(look["width"] * look["height"], until - time.monotonic())
                child.send(self._ocr.look(look, pixels, until - time.monotonic()))
            elif pictures is not None:
                pictures.append(child.bytes(answer["picture"], until - time.monotonic()))
        return register(Reading.from_json(answer))

    def processes(self) -> list[int]:
        """The ids of the reading processes that run now."""
        return self._children.pids()

    def ocr_processes(self) -> list[int]:
        """Likewise of those that read pictures."""
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


def _rejected(code: str, began: float) -> Reading:
    return Reading("rejected", needs_review=True, error=code, seconds=round(time.monotonic() - began, 4))
