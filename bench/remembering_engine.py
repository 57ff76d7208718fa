"""The OCR engine in this process, which reads each image once: for files that are judged several times."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from mailroom.document.ocr.corrections import Corrector
from mailroom.document.ocr.tesseract import read_with_tesseract
from mailroom.notices.extraction.labels import OCR_VOCABULARY

if TYPE_CHECKING:
    from mailroom.document.ocr.engine import OcrPage, PageImage, Region
    from mailroom.document.ocr.page_reader import PageReader


class RememberingEngine:
    """The engine in this process, which reads each image once."""

    def __init__(self, *, has_second: bool) -> None:
        self.has_second = has_second
        self._seen: dict[tuple[bytes, Region], OcrPage] = {}
        self._again: dict[bytes, OcrPage] = {}

    def recognize(self, image: PageImage, region: Region) -> OcrPage:
        """Return what the engine reads, or has read."""
        key = hashlib.sha256(image.pixels).digest(), region
        if key not in self._seen:
            self._seen[key] = _engine().read(image, region)
        return self._seen[key]

    def recognize_again(self, image: PageImage) -> OcrPage | None:
        """Return what Tesseract reads, where it is installed and wanted."""
        if not self.has_second:
            return None
        key = hashlib.sha256(image.pixels).digest()
        if key not in self._again:
            self._again[key] = read_with_tesseract(image, Corrector(OCR_VOCABULARY))
        return self._again[key]


@cache
def _engine() -> PageReader:
    # Not before the number of threads is set.
    from mailroom.document.ocr.page_reader import PageReader  # noqa: PLC0415 - as said

    return PageReader(OCR_VOCABULARY)
