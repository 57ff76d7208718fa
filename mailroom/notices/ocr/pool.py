"""Processes that read pictures, started with the first one; they are given pixels and no file.

One that dies or takes too long is replaced, and the page's file gets a code. Nothing is looked at here.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from mailroom.notices.process import Child, ChildDied, Children, TooSlow

MODULE = "mailroom.notices.ocr.worker"
NEEDED = ("cv2", "numpy", "onnxruntime", "rapidocr")
# onnxruntime keeps memory for every shape that it has seen; after so many pictures a process is replaced.
PICTURES_PER_CHILD = 3_000
MEMORY_MB, CPU_SECONDS = 1536, 30


def engine_installed() -> bool:
    """Whether everything that reads pictures is installed; loads nothing."""
    return all(find_spec(name) is not None for name in NEEDED)


def engine_loads() -> bool:
    """Whether a process can load the engine and its models, within the memory that it has; takes some seconds."""
    if not engine_installed():
        return False
    child = Child(MODULE, MEMORY_MB, CPU_SECONDS)
    try:
        child.wait_until_ready()
    except (ChildDied, TooSlow):
        return False
    finally:
        child.close()
    return True


class OcrPool:
    """``workers`` processes at most, for any number of threads; a picture waits for the next free one."""

    def __init__(self, workers: int, memory_mb: int = MEMORY_MB, cpu_seconds: int = CPU_SECONDS) -> None:
        self._children = Children(MODULE, workers, memory_mb, cpu_seconds)
        self._usable = engine_installed()

    def look(self, question: dict[str, Any], pixels: bytes, seconds: float) -> dict[str, Any]:
        """What a process answers: a page, or ``{"error": code}``."""
        if not self._usable:
            return {"error": "no_ocr_engine"}
        try:
            child = self._children.take()
        except ChildDied:
            return {"error": "ocr_failed"}
        fit = False
        try:
            child.wait_until_ready()
            child.files += 1
            child.send(question, pixels)
            answer = child.line(seconds)
            fit = "error" not in answer and child.files < PICTURES_PER_CHILD
        except TooSlow:
            answer = {"error": "ocr_timed_out"}
        except ChildDied:
            answer = {"error": "ocr_failed"}
        finally:
            self._children.give_back(child, fit=fit)
        return answer

    def processes(self) -> list[int]:
        """The ids of the processes that run now."""
        return self._children.pids()

    def close(self) -> None:
        """End every process."""
        self._children.close()
