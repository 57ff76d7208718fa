"""The protocol of an OCR engine, as whoever reads pages uses it: what it is given, and what it reads.

The reading process asks its parent, which has a process of another kind do it (`mailroom.document.ocr.pool`).
Places are points (1/72 inch) from the upright page's top left corner, as those of a text layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self

from mailroom.document.words import Word
from mailroom.privacy.client_data import ClientData


class OcrError(Exception):
    """Images cannot be read: ``code`` is ``no_ocr_engine``, ``ocr_timed_out`` or ``ocr_failed``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, repr=False)
class PageImage(ClientData):
    """A grey image of a page or of its upper share: pixels row by row, one byte each.

    ``scale`` is dots per point.
    """

    width: int
    height: int
    scale: float
    pixels: bytes


@dataclass(frozen=True)
class Region:
    """Which share of a page is read: ``until`` is the share of the upright page's height from its top.

    ``values``: lines in capitals and those with an SSN or the like are read twice. ``sentences``: in the
    lower half, lines wider than half the page are read too, which seldom hold a field.
    """

    until: float = 1.0
    sentences: bool = True
    values: bool = True


@dataclass(frozen=True, repr=False)
class OcrPage(ClientData):
    """An upright page: its size in points, by how much it was turned to stand upright, and its words.

    ``turn`` is 0, 90, 180 or 270 degrees counter-clockwise; ``skew`` the few degrees that are left after it.
    A word's confidence is 0 where two readings of a char differ.
    """

    width: float
    height: float
    turn: int
    words: tuple[Word, ...]
    skew: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the page as JSON takes it; a word is a list."""
        words = [[each.x0, each.top, each.x1, each.bottom, each.text, each.confidence] for each in self.words]
        size = {"width": self.width, "height": self.height}
        return {**size, "turn": self.turn, "words": words, "skew": self.skew}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """Return the page that `as_json` gave; raises KeyError or TypeError on anything else."""
        return cls(**{**plain, "words": tuple(Word(*each) for each in plain["words"])})


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
