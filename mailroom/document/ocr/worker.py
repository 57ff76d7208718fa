"""The process that reads images: ``python -m mailroom.document.ocr.worker MEMORY_MB CPU_SECONDS [WORD…]``.

Takes a line of JSON (width, height, scale, region) and the pixels after it, and answers with the words as a
line of JSON. The WORDs are the vocabulary that it corrects by. It opens no file but the engine's own, and
prints nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import IO, Any

from mailroom.document.ocr.corrections import Corrector
from mailroom.document.ocr.results import OcrPage, Region
from mailroom.document.ocr.tesseract import read_with_tesseract
from mailroom.workers.resource_limits import allow_cpu, limit_memory

Read = Callable[[bytes, dict[str, Any]], OcrPage]


def load_engine(vocabulary: Sequence[str] = ()) -> Read:
    """Load the engine, and return what reads with it.

    Raises:
        EngineMissing: there is none, or no model for it.
    """
    import numpy as np  # noqa: PLC0415 - limits are set before anything is loaded

    from mailroom.document.ocr.page_reader import PageReader  # noqa: PLC0415 - likewise

    pages, corrector = PageReader(vocabulary), Corrector(vocabulary)

    def read(pixels: bytes, question: dict[str, Any]) -> OcrPage:
        width, height, scale = question["width"], question["height"], question["scale"]
        if question.get("second"):
            return read_with_tesseract(pixels, width, height, scale, corrector)
        image = np.frombuffer(pixels, np.uint8).reshape(height, width)
        return pages.read(image, scale, Region(**question["region"]))

    return read


def answer(read: Read, question: dict[str, Any], pixels: bytes) -> dict[str, Any]:
    """Return the words of the image, or the code of why there are none."""
    try:
        return read(pixels, question).as_json()
    except MemoryError:
        return {"error": "too_much_memory"}
    except Exception:  # noqa: BLE001 - the outermost edge: a traceback could hold a client's data, and the
        # engine's own errors are of no common kind.
        return {"error": "ocr_failed"}


def serve(read: Read, questions: IO[bytes], replies: IO[bytes], cpu_seconds: int) -> None:
    """Answer until the questions end, so that the process ends with its parent."""
    for line in questions:
        question = json.loads(line)
        pixels = questions.read(question["width"] * question["height"])
        allow_cpu(cpu_seconds)
        replies.write(json.dumps(answer(read, question, pixels)).encode() + b"\n")
        replies.flush()


def main(memory_mb: int, cpu_seconds: int, vocabulary: Sequence[str]) -> None:
    """Keep standard output for the answers alone, load the engine, say that it is ready, and serve."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit_memory(memory_mb)
    read = load_engine(vocabulary)
    replies.write(b'{"ready": true}\n')
    replies.flush()
    serve(read, sys.stdin.buffer, replies, cpu_seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
