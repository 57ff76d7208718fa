"""Processes that read images, started with the first one; they are given pixels and no file.

One that dies or takes too long is replaced, and the page's file gets a code.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing, suppress
from importlib.util import find_spec
from typing import Any

from mailroom.document.reader_limits import IMAGES_PER_CHILD, OCR_CPU_SECONDS, OCR_MEMORY_MB
from mailroom.workers.child_process import ChildDied, ChildPool, ChildProcess, ChildTimedOut

MODULE = "mailroom.document.ocr.worker"
# A process has 130 to 300 MB, and loads for two seconds. In a day of texts it is needed once in a while.
IDLE_SECONDS = 60.0
NEEDED = ("cv2", "numpy", "onnxruntime", "rapidocr")


def is_engine_installed() -> bool:
    """Return whether everything that reads images is installed; loads nothing."""
    return all(find_spec(name) is not None for name in NEEDED)


def does_engine_load() -> bool:
    """Return whether a process can load the engine and its models within its memory; takes some seconds."""
    if not is_engine_installed():
        return False
    child = ChildProcess(MODULE, OCR_MEMORY_MB, OCR_CPU_SECONDS)
    with closing(child), suppress(ChildDied, ChildTimedOut):
        child.wait_until_ready()
        return True
    return False


class OcrPool:
    """``workers`` processes at most, for any number of threads; an image waits for the next free one.

    Words are corrected by ``vocabulary``.
    """

    def __init__(
        self, workers: int, vocabulary: Iterable[str] = (), *, memory_mb: int = OCR_MEMORY_MB
    ) -> None:
        limits = (memory_mb, OCR_CPU_SECONDS, IMAGES_PER_CHILD)
        self._children = ChildPool(MODULE, workers, *limits, *sorted(vocabulary))
        self._usable = is_engine_installed()

    def recognize(self, question: dict[str, Any], pixels: bytes, seconds: float) -> dict[str, Any]:
        """Return what a process answers within ``seconds`` by the clock: a page, or ``{"error": code}``.

        A page has the processor seconds that it took in "cpu"; "cpu_seconds" of the question are what it may
        take, where that is less than `OCR_CPU_SECONDS`.
        """
        if not self._usable:
            return {"error": "no_ocr_engine"}
        try:
            with self._children.lend() as child:
                child.send(question, pixels)
                answer = child.read_line(seconds)
                child.is_spent = "error" in answer
                return answer
        except ChildTimedOut:
            return {"error": "ocr_timed_out"}
        except ChildDied:
            return {"error": "ocr_failed"}

    def end_idle(self) -> None:
        """End processes that have had no image for a minute."""
        self._children.end_idle(IDLE_SECONDS)

    def processes(self) -> list[int]:
        """Return the ids of the processes that run now."""
        return self._children.pids()

    def close(self) -> None:
        """End every process; a page that is being read is given up."""
        self._children.close()
