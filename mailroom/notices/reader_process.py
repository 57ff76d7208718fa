"""The reading child: ``python -m mailroom.notices.reader_process MEMORY_MB CPU_SECONDS``.

Takes a JSON line ``{"path": …, "confidence": …, "images": …}`` on standard input and answers the reading as a
JSON line on standard output, one after the other, until the input ends: so it dies with its parent. For a
page that is a scan it first asks its parent, ``{"recognize": …}`` and the pixels, and gets the words.
Asked with ``"explain": true`` it sends, before the reading, ``{"image": bytes}`` and a PNG of page 1 with
what it found, if there is one. It limits itself before it opens anything. It prints nothing else, since
whatever it could print is about a client's document. Its limits of time and memory are in
`mailroom.document.reader_limits`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, Any

from mailroom.config.ocr_threshold import READING_CONFIDENCE
from mailroom.document.ocr.engine import OcrEngine, OcrError, OcrPage, PageImage, Region
from mailroom.document.ocr.tesseract import find_tesseract
from mailroom.notices.reader import Observer, read_file
from mailroom.notices.reading import Reading
from mailroom.notices.stages import Findings
from mailroom.workers.child_side import allow_cpu, measure_cpu, send, set_up


class ParentEngine:
    """Sends images to the parent, which has another process read them."""

    def __init__(self, requests: IO[bytes], replies: IO[bytes]) -> None:
        self._requests = requests
        self._replies = replies
        self._cpu_before = 0.0
        self._has_second = find_tesseract() is not None

    def begin_file(self) -> None:
        """Count the processor time of the next file from here."""
        self._cpu_before = measure_cpu()

    def recognize(self, image: PageImage, region: Region) -> OcrPage:
        """Return the words of the region of the page.

        Raises:
            OcrError: there is no engine, or it failed.
        """
        wanted = {"until": region.until, "sentences": region.sentences, "values": region.values}
        answer = self._ask(image, {"region": wanted})
        if "error" in answer:
            raise OcrError(answer["error"])
        return OcrPage.from_json(answer)

    def recognize_again(self, image: PageImage) -> OcrPage | None:
        """Return the words of an upright image by a second engine; None where there is none, or it failed."""
        answer = self._ask(image, {"second": True}) if self._has_second else {"error": "no_second_engine"}
        return None if "error" in answer else OcrPage.from_json(answer)

    def _ask(self, image: PageImage, how: dict[str, Any]) -> dict[str, Any]:
        size = {"width": image.width, "height": image.height, "scale": image.scale}
        used = measure_cpu() - self._cpu_before
        send(self._replies, {"recognize": size | how, "cpu": used}, image.pixels)
        answer: dict[str, Any] = json.loads(self._requests.readline())
        # What reading the image took is not there for the rest of the file.
        allow_cpu(answer.pop("cpu_left"))
        return answer


def answer(
    asked: dict[str, Any], engine: OcrEngine | None = None, observer: Observer | None = None
) -> Reading:
    """Return the reading of the file that the question names."""
    confidence, images = asked.get("confidence", READING_CONFIDENCE), asked.get("images", False)
    try:
        return read_file(Path(asked["path"]), engine, confidence, images=images, observer=observer)
    except MemoryError:
        return Reading("rejected", needs_review=True, error="too_much_memory")
    except Exception:  # noqa: BLE001 - the outermost edge: no file, however odd, may take its neighbours down,
        # and a traceback of it could hold a client's data.
        return Reading("rejected", needs_review=True, error="reader_failed")


def serve(
    requests: IO[bytes], replies: IO[bytes], cpu_seconds: int, engine: ParentEngine | None = None
) -> None:
    """Answer until the requests end; a child that ran out of memory does not get another file."""
    for request in requests:
        allow_cpu(cpu_seconds)
        if engine is not None:
            engine.begin_file()
        asked = json.loads(request)
        reading = answer(asked, engine, _send_image_to(replies) if asked.get("explain") else None)
        send(replies, reading.as_json())
        if reading.error == "too_much_memory":
            return


def _send_image_to(replies: IO[bytes]) -> Observer:
    """Return an observer that draws what was found and sends the image; runs do not load what that needs."""
    from mailroom.notices.explain.explained_image import draw_explanation  # noqa: PLC0415 - as said

    def show(findings: Findings, reading: Reading) -> None:
        png = draw_explanation(findings, reading)
        send(replies, {"image": len(png)}, png)

    return show


def main(memory_mb: int, cpu_seconds: int) -> None:
    """Say that it is ready, and serve."""
    replies, requests = set_up(memory_mb), sys.stdin.buffer
    send(replies, {"ready": True})
    serve(requests, replies, cpu_seconds, ParentEngine(requests, replies))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
