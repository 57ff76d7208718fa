"""The protocol of an OCR engine, as whoever reads pages uses it.

The reading process asks its parent, which has a process of another kind do it (`mailroom.document.ocr.pool`).
"""

from __future__ import annotations

from typing import Protocol

from mailroom.document.ocr.results import OcrPage, Region
from mailroom.document.rendering import PageImage


class OcrError(Exception):
    """Images cannot be read: ``code`` is ``no_ocr_engine``, ``ocr_timed_out`` or ``ocr_failed``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OcrEngine(Protocol):
    """Reads images of pages."""

    def recognize(self, image: PageImage, region: Region) -> OcrPage:
        """Return the words of the region of the page.

        Raises:
            OcrError: there is no engine, or it failed.
        """
        ...

    def recognize_again(self, image: PageImage) -> OcrPage | None:
        """Return the words of an upright image as a second engine reads them.

        None where there is none, or it failed.
        """
        ...
