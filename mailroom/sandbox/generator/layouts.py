"""The layouts of a CP2000 over the years: what is where, under which label, in which font.

A new layout is a new row of ``resources/layouts.toml``; `header` and `first_page` draw it. Labels and their
order follow IRS specimens where those are public (the 2004 to 2011 form, the grey box of 2020) and sibling
letters of the same template where they are not.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic.dataclasses import dataclass

from mailroom.sandbox.generator.canvas import Chunking
from mailroom.sandbox.generator.resources import read_table

Entry = tuple[str, str]
"""A label (may contain a line break) and the key of its value."""

LABELS = read_table("labels.toml", dict[str, tuple[Entry, ...]])
Entries = Annotated[
    tuple[Entry, ...], BeforeValidator(lambda given: LABELS[given] if isinstance(given, str) else given)
]
"""The rows of a block, or their name in ``labels.toml``."""

Shape = Literal["side", "stacked", "strip"]
Dates = Literal["long", "padded", "upper", "short", "slash", "dash"]
Money = Literal["joined", "detached", "gapped"]


@dataclass(frozen=True, config={"extra": "forbid"})
class Block:
    """The table of labels and values on page 1: its shape, place (x, y of the first baseline), and rows."""

    shape: Shape
    entries: Entries
    x: float
    y: float
    width: float
    label_width: float = 0
    columns: int = 1
    right: bool = False
    boxed: bool = False
    shaded: bool = False
    bold_labels: bool = True
    beside: Literal["first", "last"] = "first"


@dataclass(frozen=True, config={"extra": "forbid"})
class Layout:
    """One layout. ``years``: first and last year of use; each notice chooses at random from the tuples of
    options.
    """

    name: str
    years: tuple[int, int]
    block: Block
    headline: Literal["return by", "changes", "box", "mismatch"]
    summary: Literal["lines", "columns", "table"]
    body: Literal["plain", "sections", "columns"]
    running: Literal["line", "block", "corner", "none"]
    address: tuple[float, float]
    footer: str = ""
    families: tuple[str, ...] = ("helvetica",)
    sizes: tuple[float, ...] = (9, 9.5, 10)
    chunkings: tuple[Chunking, ...] = ("line", "line", "line", "words", "spaced", "chars")
    dates: tuple[Dates, ...] = ("long",)
    spellings: tuple[str, ...] = ("CP2000",)
    money: tuple[Money, ...] = ("joined",)
    whole: bool = False
    coupon: bool = True
    mailing: tuple[Literal["none", "digits", "presort"], ...] = ("none", "digits", "presort")
    crowded: bool = False
    """Whether text runs beside the block on the same baselines, so that flat text mixes the two."""
    numbered: bool = True
    """Whether page 1 prints its number, in the block or at the foot."""


LAYOUTS = read_table("layouts.toml", dict[str, tuple[Layout, ...]])["layouts"]
BY_NAME = {layout.name: layout for layout in LAYOUTS}
