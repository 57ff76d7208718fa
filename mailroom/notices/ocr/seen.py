"""What the engine saw on a page: words with places and doubts, in the form in which they pass between processes.

Plain values. Places are points from the upright page's top left corner, as the text layer's are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from mailroom.privacy.client_data import ClientData


@dataclass(frozen=True, repr=False)
class SeenWord(ClientData):
    """A word, its box, and the probability of its least sure letter (0 where two looks at it differ)."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    sure: float


@dataclass(frozen=True, repr=False)
class SeenPage(ClientData):
    """An upright page: its size in points, by how much it was turned to stand upright, and its words.

    ``turn`` is 0, 90, 180 or 270 degrees counter-clockwise; ``skew`` the few degrees that are left after it.
    """

    width: float
    height: float
    turn: int
    words: tuple[SeenWord, ...]
    skew: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """As JSON takes it."""
        words = [[each.text, each.x0, each.top, each.x1, each.bottom, each.sure] for each in self.words]
        return {
            "width": self.width,
            "height": self.height,
            "turn": self.turn,
            "words": words,
            "skew": self.skew,
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The reverse of `as_json`; raises KeyError, TypeError or ValueError on anything else."""
        words = tuple(SeenWord(*each) for each in plain["words"])
        return cls(plain["width"], plain["height"], plain["turn"], words, plain["skew"])


@dataclass(frozen=True)
class Part:
    """Which part of a page is to be read: a share of the upright page's height from its top.

    ``names``: lines in capitals are read twice. ``prose``: also the lines wider than half the page in its lower part, which seldom hold a field.
    """

    until: float = 1.0
    prose: bool = True
    names: bool = True
