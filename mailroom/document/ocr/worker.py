"""The process that reads images: ``python -m mailroom.document.ocr.worker MEMORY_MB CPU_SECONDS [WORD…]``.

Takes a line of JSON (width, height, scale, region) and the pixels after it, and answers with the words as a
line of JSON. The WORDs are the vocabulary that it corrects by. It opens no file but the engine's own, and
prints nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from mailroom.document.ocr.corrections import Corrector
from mailroom.document.ocr.engine import OcrPage, PageImage, Region
from mailroom.document.ocr.tesseract import read_with_tesseract
from mailroom.workers.child_side import allow_cpu, measure_cpu, send, set_up

Read = Callable[[PageImage, dict[str, Any]], OcrPage]


def load_engine(vocabulary: Sequence[str] = ()) -> Read:
    """Load the engine, and return what reads with it.

    Raises:
        FileNotFoundError: there is none, or no model for it.
    """
    from mailroom.document.ocr.page_reader import PageReader  # noqa: PLC0415 - limits are set before it is loaded

    pages, corrector = PageReader(vocabulary), Corrector(vocabulary)

    def read(image: PageImage, question: dict[str, Any]) -> OcrPage:
        if question.get("second"):
            return read_with_tesseract(image, corrector)
        return pages.read(image, Region(**question["region"]))

    return read


def answer(read: Read, question: dict[str, Any], pixels: bytes) -> dict[str, Any]:
    """Return the words of the image, or the code of why there are none."""
    try:
        image = PageImage(question["width"], question["height"], question["scale"], pixels)
        return read(image, question).as_json()
    except MemoryError:
        return {"error": "too_much_memory"}
    except Exception:  # noqa: BLE001 - the outermost edge: a traceback could hold a client's data, and the
        # engine's own errors are of no common kind.
        return {"error": "ocr_failed"}


def main(memory_mb: int, cpu_seconds: int, vocabulary: Sequence[str]) -> None:
    """Load the engine, say that it is ready, and answer until the questions end, with the parent."""
    replies, questions = set_up(memory_mb), sys.stdin.buffer
    read = load_engine(vocabulary)
    send(replies, {"ready": True})
    for line in questions:
        question = json.loads(line)
        pixels = questions.read(question["width"] * question["height"])
        allow_cpu(min(cpu_seconds, question.get("cpu_seconds", cpu_seconds)))
        before = measure_cpu()
        answered = answer(read, question, pixels)
        send(replies, {**answered, "cpu": measure_cpu() - before})


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
