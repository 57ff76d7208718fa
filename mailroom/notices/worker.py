"""The reading child: ``python -m mailroom.notices.worker MEMORY_MB CPU_SECONDS``.

Takes a JSON line ``{"path": …, "confidence": …, "images": …}`` on standard input and answers the reading as a JSON
line on standard output, one after the other, until the input ends: so it dies with its parent. For a page that is a
picture it first asks its parent, ``{"look": …}`` and the pixels, and is told the words. Asked with ``"explain": true``
it sends, before the reading, ``{"picture": bytes}`` and a PNG of page 1 with what it found, if there is one. It limits
itself before it opens anything. Says nothing anywhere else, since whatever it could say is about a client's document.
"""

from __future__ import annotations

import json
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from mailroom.notices.eyes import CannotSee, Eyes
from mailroom.notices.findings import Findings
from mailroom.notices.limits import allow_cpu, limit
from mailroom.notices.ocr.seen import Part, SeenPage
from mailroom.notices.ocr.tesseract import tesseract
from mailroom.notices.pictures import Picture
from mailroom.notices.reader import Witness, read_pdf
from mailroom.notices.reading import Reading
from mailroom.notices.scores import CONFIDENCE


class ParentsEyes:
    """Shows pictures to the parent, who has another process read them."""

    def __init__(self, requests: IO[str], replies: TextIOWrapper) -> None:
        self._requests = requests
        self._replies = replies
        self._has_second = tesseract() is not None

    def look(self, picture: Picture, part: Part) -> SeenPage:
        """The words of the part of the page.

        Raises:
            CannotSee: there is no engine, or it failed.
        """
        seen = self._shown(picture, {"until": part.until, "prose": part.prose, "names": part.names})
        if "error" in seen:
            raise CannotSee(seen["error"])
        return SeenPage.from_json(seen)

    def look_again(self, picture: Picture) -> SeenPage | None:
        """The words of an upright picture by another engine; None where there is none, or it failed."""
        seen = self._shown(picture, {"second": True}) if self._has_second else {"error": "no_second_reader"}
        return None if "error" in seen else SeenPage.from_json(seen)

    def _shown(self, picture: Picture, how: dict[str, Any]) -> dict[str, Any]:
        size = {"width": picture.width, "height": picture.height, "scale": picture.scale}
        self._replies.write(json.dumps({"look": size | how}) + "\n")
        self._replies.flush()
        self._replies.buffer.write(picture.pixels)
        self._replies.buffer.flush()
        answer: dict[str, Any] = json.loads(self._requests.readline())
        return answer


def answer(asked: dict[str, Any], eyes: Eyes | None = None, witness: Witness | None = None) -> Reading:
    """Read the file that the question names."""
    confidence, images = asked.get("confidence", CONFIDENCE), asked.get("images", False)
    try:
        return read_pdf(Path(asked["path"]), eyes, confidence, images=images, witness=witness)
    except MemoryError:
        return Reading("rejected", needs_review=True, error="too_much_memory")
    except Exception:  # noqa: BLE001 - the outermost edge: no file, however odd, may take its neighbours down,
        # and a traceback of it could hold a client's data.
        return Reading("rejected", needs_review=True, error="reader_failed")


def serve(requests: IO[str], replies: IO[str], cpu_seconds: int, eyes: Eyes | None = None) -> None:
    """Answer until the requests end; a child that ran out of memory is not trusted with another file."""
    for request in requests:
        allow_cpu(cpu_seconds)
        asked = json.loads(request)
        reading = answer(asked, eyes, _shown_to(replies) if asked.get("explain") else None)
        replies.write(json.dumps(reading.as_json()) + "\n")
        replies.flush()
        if reading.error == "too_much_memory":
            return


def _shown_to(replies: IO[str]) -> Witness:
    """Has the picture drawn and sends it; what a run never asks for is loaded only now."""
    from mailroom.notices.explained_picture import draw_explanation  # noqa: PLC0415 - as said

    def show(findings: Findings, reading: Reading) -> None:
        png = draw_explanation(findings, reading)
        replies.write(json.dumps({"picture": len(png)}) + "\n")
        replies.flush()
        assert isinstance(replies, TextIOWrapper)  # noqa: S101 - the pipe to the parent
        replies.buffer.write(png)
        replies.buffer.flush()

    return show


def main(memory_mb: int, cpu_seconds: int) -> None:
    """Keep standard output for the answers alone, whatever a library prints, say that all is loaded, and serve."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit(memory_mb)
    replies.write('{"ready": true}\n')
    replies.flush()
    serve(sys.stdin, replies, cpu_seconds, ParentsEyes(sys.stdin, replies))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
