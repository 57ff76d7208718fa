"""The layouts of a CP2000 over the years, as rows: what is where, under which label, in which font.

Rows only; `header` and `first_page` draw them. A new layout is a new row. Labels and their order
follow IRS specimens where those are public (the 2004 to 2011 form, the grey box of 2020) and sibling letters
of the same template where they are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mailroom.sandbox.generator.canvas import Chunking

Entry = tuple[str, str]
"""A label (may contain a line break) and the key of its value."""

Shape = Literal["side", "stacked", "strip"]
Dates = Literal["long", "padded", "upper", "short", "slash", "dash"]
Money = Literal["joined", "detached", "gapped"]


@dataclass(frozen=True)
class Block:
    """The table of labels and values on page 1: its shape, place (x, y of the first baseline), and rows."""

    shape: Shape
    entries: tuple[Entry, ...]
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


@dataclass(frozen=True)
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


_CLASSIC = (
    ("AUR Control:", "aur"), ("Notice:", "notice"), ("Notice Date:", "date"),
    ("Social Security Number:", "ssn"), ("Form:", "form"), ("Tax Year:", "year"),
    ("To call for assistance:", "phone"), ("To FAX information:", "fax"),
)  # fmt: skip
_MODERN = (
    ("Notice", "notice"), ("Tax year", "year"), ("Notice date", "date"), ("Social Security number", "ssn"),
    ("AUR control number", "aur"), ("To contact us", "phone"), ("Your caller ID", "caller"),
)  # fmt: skip
_BROKEN = (
    ("Notice", "notice"), ("Tax year", "year"), ("Notice date", "date"), ("Social Security\nnumber", "ssn"),
    ("AUR control\nnumber", "aur"), ("To contact us\nby telephone", "phone"), ("Page", "of"),
)  # fmt: skip
_FAR = (
    ("Notice number", "notice"), ("Date of notice", "date"), ("Taxpayer identification number", "ssn"),
    ("Tax year ended December 31", "year"), ("AUR Control Number", "aur"), ("Telephone", "phone"),
    ("Please respond by", "due"), ("Page", "of"),
)  # fmt: skip
_BOX = (
    ("Notice name", "notice"), ("Notice date", "date"), ("Tax year", "year"), ("Your SSN", "ssn"),
    ("AUR control number", "aur"), ("Your caller ID", "caller"), ("Phone", "phone"),
)  # fmt: skip
_NEW = (
    ("Notice", "notice"), ("Date of this notice", "date"), ("Tax year", "year"),
    ("Social Security number", "ssn"), ("AUR control number", "aur"), ("Call us at", "phone"),
    ("Respond by", "due"), ("Page", "of"),
)  # fmt: skip
_STRIP = (
    ("Notice", "notice"), ("Tax year", "year"), ("Notice date", "date"), ("Your SSN", "ssn"),
    ("AUR control number", "aur"), ("Page", "of"),
)  # fmt: skip

LAYOUTS = (
    Layout(
        "classic-2004", (2005, 2011),
        Block("side", _CLASSIC, 330, 48, 240, 130, bold_labels=False),
        "return by", "lines", "plain", "corner", (72, 176), footer="CP2000 (Rev.11/2004)",
        families=("helvetica", "times"), sizes=(9.5, 10), dates=("padded",), money=("detached", "gapped"),
        whole=True, coupon=False, mailing=("none",),
    ),
    Layout(
        "block-2011", (2012, 2025),
        Block("side", (*_MODERN, ("", "page")), 380, 44, 192, 106),
        "changes", "columns", "sections", "block", (66, 152),
        families=("helvetica", "helvetica", "times"), spellings=("CP2000", "CP2000", "CP-2000"),
    ),
    Layout(
        "box-2020", (2020, 2026),
        Block("stacked", _BOX, 420, 62, 152, boxed=True, shaded=True),
        "box", "table", "sections", "line", (66, 142),
        dates=("slash", "long", "short"), spellings=("CP2000", "CP 2000"),
    ),
    Layout(
        "redesign-2024", (2024, 2026),
        Block("stacked", _NEW, 320, 62, 250, columns=2, boxed=True, shaded=True),
        "mismatch", "table", "sections", "line", (60, 176),
        sizes=(10, 11, 12), dates=("long", "slash"),
    ),
    Layout(
        "typewriter-2006", (2004, 2010),
        Block("side", _CLASSIC, 40, 112, 300, 150, bold_labels=False),
        "return by", "lines", "plain", "none", (60, 248), footer="CP2000 (Rev.11/2004)",
        families=("courier",), sizes=(9, 9.5, 10), dates=("padded", "upper"), money=("gapped", "joined"),
        whole=True, coupon=False, mailing=("none", "digits"),
    ),
    Layout(
        "broken-labels", (2012, 2022),
        Block("side", _BROKEN, 390, 44, 182, right=True, beside="last"),
        "changes", "table", "plain", "block", (66, 176),
        families=("helvetica", "times"), sizes=(8, 9, 10), dates=("long", "dash", "upper"),
    ),
    Layout(
        "far-values", (2014, 2024),
        Block("side", _FAR, 330, 48, 240, right=True, boxed=True, bold_labels=False),
        "mismatch", "columns", "plain", "corner", (60, 178),
        families=("times", "helvetica"), sizes=(9, 10, 11), dates=("dash", "slash", "upper", "short"),
        spellings=("CP-2000", "CP 2000", "CP\u20132000"),
    ),
    Layout(
        "two-columns", (2012, 2023),
        Block("side", _MODERN, 372, 104, 200),
        "changes", "table", "columns", "line", (66, 236),
        families=("helvetica", "times"), sizes=(8, 8.5, 9),
        spellings=("CP2000", "CP\u20132000"), crowded=True,
    ),
    Layout(
        "strip-2016", (2015, 2024),
        Block("strip", _STRIP, 40, 110, 532, boxed=True),
        "box", "columns", "columns", "corner", (66, 170),
        sizes=(8.5, 9, 9.5), dates=("long", "slash", "short"), spellings=("CP2000", "CP 2000"),
    ),
    Layout(
        "typed-2012", (2012, 2019),
        Block("side", _MODERN, 322, 44, 250, bold_labels=False),
        "changes", "lines", "plain", "line", (60, 160),
        families=("courier",), sizes=(8, 9), dates=("long", "upper"), spellings=("CP2000", "CP 2000"),
    ),
)  # fmt: skip
BY_NAME = {layout.name: layout for layout in LAYOUTS}
