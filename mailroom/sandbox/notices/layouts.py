"""The looks of a CP2000 through its eras, as rows: what stands where, under which label, in which type.

Rows only; ``header.py`` and ``first_page.py`` draw them. A new look is a new row. Labels and their order follow
IRS specimens where those are public (the 2004 to 2011 form, the grey box of 2020) and sibling letters of the
same template where they are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mailroom.sandbox.notices.sheet import Stroke

Entry = tuple[str, str]
"""A label (a line break in it breaks it on paper) and the key of its value."""

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
    """One look. ``years`` is its era; tuples of several are chosen from by chance, notice by notice."""

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
    strokes: tuple[Stroke, ...] = ("line", "line", "words", "spaced")
    dates: tuple[Dates, ...] = ("long",)
    spellings: tuple[str, ...] = ("CP2000",)
    money: tuple[Money, ...] = ("joined",)
    whole: bool = False
    coupon: bool = True
    mailing: tuple[Literal["none", "digits", "presort"], ...] = ("none", "digits", "presort")
    crowded: bool = False


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
    ("AUR control\nnumber", "aur"), ("To contact us", "phone"), ("Page", "of"),
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
        Block("side", (*_MODERN, ("Page", "of")), 392, 44, 184, 106),
        "changes", "columns", "sections", "block", (66, 152), footer="",
        families=("helvetica", "helvetica", "times"),
    ),
    Layout(
        "box-2020", (2020, 2026),
        Block("stacked", _BOX, 420, 62, 152, boxed=True, shaded=True),
        "box", "table", "sections", "line", (66, 142), footer="",
        dates=("slash", "long", "short"), spellings=("CP2000", "CP 2000"),
    ),
)  # fmt: skip
BY_NAME = {layout.name: layout for layout in LAYOUTS}
