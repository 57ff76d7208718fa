"""What an OCR engine reads on a page, in the form that is sent between processes.

Plain values. Places are points (1/72 inch) from the upright page's top left corner, as those of a text layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from mailroom.privacy.client_data import ClientData


@dataclass(frozen=True, repr=False)
class OcrWord(ClientData):
    """A word, its box in points, and the probability of its least certain char.

    That is 0 where two readings of a char differ.
    """

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    confidence: float


@dataclass(frozen=True, repr=False)
class OcrPage(ClientData):
    """An upright page: its size in points, by how much it was turned to stand upright, and its words.

    ``turn`` is 0, 90, 180 or 270 degrees counter-clockwise; ``skew`` the few degrees that are left after it.
    """

    width: float
    height: float
    turn: int
    words: tuple[OcrWord, ...]
    skew: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the page as JSON takes it; a word is a list."""
        words = [[each.text, each.x0, each.top, each.x1, each.bottom, each.confidence] for each in self.words]
        return {
            "width": self.width,
            "height": self.height,
            "turn": self.turn,
            "words": words,
            "skew": self.skew,
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """Return the page that `as_json` gave; raises KeyError, TypeError or ValueError on anything else."""
        words = tuple(OcrWord(*each) for each in plain["words"])
        return cls(plain["width"], plain["height"], plain["turn"], words, plain["skew"])


@dataclass(frozen=True)
class Region:
    """Which share of a page is read: ``until`` is the share of the upright page's height from its top.

    ``names``: lines in capitals are read twice. ``sentences``: in the lower half, lines wider than half the
    page are read too, which seldom hold a field.
    """

    until: float = 1.0
    sentences: bool = True
    names: bool = True
