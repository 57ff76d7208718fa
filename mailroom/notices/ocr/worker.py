"""The process that reads pictures: ``python -m mailroom.notices.ocr.worker MEMORY_MB CPU_SECONDS``.

Takes a line of JSON (width, height, scale, part) and the pixels behind it, and answers with the words as a line of
JSON. It opens no file but the engine's own, and says nothing anywhere else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import IO, Any

from mailroom.notices.limits import allow_cpu, limit
from mailroom.notices.ocr.seen import Part, SeenPage
from mailroom.notices.ocr.tesseract import seen_by_tesseract

Read = Callable[[bytes, dict[str, Any]], SeenPage]


def reader() -> Read:
    """The engine, loaded.

    Raises:
        EngineMissing: there is none, or no model for it.
    """
    import numpy as np  # noqa: PLC0415 - limits are set before anything is loaded

    from mailroom.notices.ocr.page_reader import PageReader  # noqa: PLC0415 - likewise

    pages = PageReader()

    def read(pixels: bytes, question: dict[str, Any]) -> SeenPage:
        if question.get("second"):
            return seen_by_tesseract(pixels, question["width"], question["height"], question["scale"])
        picture = np.frombuffer(pixels, np.uint8).reshape(question["height"], question["width"])
        return pages.read(
            picture, question["scale"], Part(question["until"], question["prose"], question["names"])
        )

    return read


def answer(read: Read, question: dict[str, Any], pixels: bytes) -> dict[str, Any]:
    """The words of the picture, or the code of why there are none."""
    try:
        return read(pixels, question).as_json()
    except MemoryError:
        return {"error": "too_much_memory"}
    except Exception:  # noqa: BLE001 - the outermost edge: a traceback could hold a client's data, and the
        # engine's own errors are of no common kind.
        return {"error": "ocr_failed"}


def serve(read: Read, questions: IO[bytes], replies: IO[bytes], cpu_seconds: int) -> None:
    """Answer until the questions end, so that it dies with its parent."""
    for line in questions:
        question = json.loads(line)
        pixels = questions.read(question["width"] * question["height"])
        allow_cpu(cpu_seconds)
        replies.write(json.dumps(answer(read, question, pixels)).encode() + b"\n")
        replies.flush()


def main(memory_mb: int, cpu_seconds: int) -> None:
    """Keep standard output for the answers alone, load the engine, say so, and serve."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit(memory_mb)
    read = reader()
    replies.write(b'{"ready": true}\n')
    replies.flush()
    serve(read, sys.stdin.buffer, replies, cpu_seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
