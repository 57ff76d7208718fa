"""OCR engines for the reader's tests: the real one in this process, and a fake that reads what it is told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

from mailroom.document.ocr.engine import OcrPage, PageImage, Region
from mailroom.document.ocr.page_reader import PageReader
from mailroom.document.words import Word
from mailroom.notices.extraction.labels import OCR_VOCABULARY


@cache
def _engine() -> PageReader:
    return PageReader(OCR_VOCABULARY)


READ: dict[tuple[bytes, int, int, float, Region], OcrPage] = {}


class InProcessEngine:
    """The real engine, loaded once for all tests of a process.

    Tests that make scans of the same notices have pages in common, and each costs up to a second of CPU time:
    what was read on an image in a region is not read again.
    """

    def recognize(self, image: PageImage, region: Region) -> OcrPage:
        """Return what the engine reads."""
        digest = hashlib.blake2b(image.pixels).digest()
        key = (digest, image.width, image.height, image.scale, region)
        if key not in READ:
            READ[key] = _engine().read(image, region)
        return READ[key]

    def recognize_again(self, _image: PageImage) -> OcrPage | None:
        """Return None: what these tests expect must not depend on what else is installed."""
        return None


# A line of text: its share of the page's height, where it begins in points, what it says, its confidence.
Row = tuple[float, float, str, float]


class FakeEngine:
    """An engine that reads on any image what it is told, of the region that it is asked for.

    ``asked`` has the regions.

    ``again`` is what a second engine reads, None where there is none.
    """

    def __init__(self, rows: Sequence[Row], again: Sequence[Row] | None = None) -> None:
        self.rows, self.again = rows, again
        self.asked: list[Region] = []
        self.asked_again = 0

    def recognize(self, image: PageImage, region: Region) -> OcrPage:
        """Return the rows of the region."""
        self.asked.append(region)
        return _page(image, [row for row in self.rows if row[0] <= region.until])

    def recognize_again(self, image: PageImage) -> OcrPage | None:
        """Return the rows of the second engine."""
        self.asked_again += 1
        return None if self.again is None else _page(image, self.again)


def _page(image: PageImage, rows: Sequence[Row]) -> OcrPage:
    words = []
    for share, left, text, confidence in rows:
        at = left
        for word in text.split():
            words.append(Word(at, 792 * share, at + 6 * len(word), 792 * share + 10, word, confidence))
            at += 6 * len(word) + 4
    return OcrPage(image.width / image.scale, image.height / image.scale, 0, tuple(words))
