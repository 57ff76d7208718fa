"""Text that flows down a page: sections with headings, small tables, until the room is used up.

Knows sheets and sections, no notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mailroom.sandbox.generator.canvas import Sheet, wrap
from mailroom.sandbox.generator.wording import Section

BOTTOM = 736.0
"""The lowest baseline of flowing text; below it stand footers and page numbers."""

Body = Literal["plain", "sections", "columns"]


@dataclass(frozen=True)
class Column:
    """A strip of the page that text flows down."""

    x: float
    width: float
    bottom: float = BOTTOM


def flow(sheet: Sheet, y: float, parts: Iterable[Section], body: Body, column: Column) -> float:
    """Draws the sections that still fit; the baseline after the last one drawn.

    "plain" puts a heading above its text, "sections" beside it, "columns" stands in two halves.
    """
    if body != "columns":
        return _down(sheet, y, parts, column, beside=body == "sections")
    half = (column.width - 18) / 2
    left = Column(column.x, half, column.bottom)
    right = Column(column.x + half + 18, half, column.bottom)
    all_parts = list(parts)
    middle = (len(all_parts) + 1) // 2
    low = _down(sheet, y, all_parts[:middle], left, beside=False)
    return max(low, _down(sheet, y, all_parts[middle:], right, beside=False))


def _down(sheet: Sheet, y: float, parts: Iterable[Section], column: Column, *, beside: bool) -> float:
    for part in parts:
        if y + _height(sheet, part, column, beside=beside) > column.bottom:
            break
        y = _section(sheet, y, part, column, beside=beside)
    return y


def _text_column(column: Column, *, beside: bool) -> Column:
    indent = column.width * 0.27 if beside else 0
    return Column(column.x + indent, column.width - indent, column.bottom)


def _heading(sheet: Sheet, heading: str, column: Column, *, beside: bool) -> tuple[str, ...]:
    width = column.width * 0.25 if beside else column.width
    return wrap(heading, sheet.font(bold=True), sheet.hand.size, width)


def _height(sheet: Sheet, part: Section, column: Column, *, beside: bool) -> float:
    heading, paragraphs = part
    above = len(_heading(sheet, heading, column, beside=beside))
    width = _text_column(column, beside=beside).width
    lines = sum(len(_broken(sheet, text, width)[0]) for text in paragraphs)
    return (max(above, lines) if beside else above + lines) * sheet.leading + len(paragraphs) * 3


def _broken(sheet: Sheet, text: str, width: float) -> tuple[tuple[str, ...], float]:
    """A paragraph's lines and how far it is indented."""
    indent = 10 if text.startswith("* ") else 0
    return wrap(text.removeprefix("* "), sheet.font(), sheet.hand.size, width - indent), indent


def _section(sheet: Sheet, y: float, part: Section, column: Column, *, beside: bool) -> float:
    heading, paragraphs = part
    below = sheet.lines(column.x, y, _heading(sheet, heading, column, beside=beside), bold=True)
    inner = _text_column(column, beside=beside)
    at = y if beside else below
    for text in paragraphs:
        lines, indent = _broken(sheet, text, inner.width)
        if indent:
            sheet.dot(inner.x + 2, at - sheet.hand.size * 0.3)
        at = sheet.lines(inner.x + indent, at, lines) + 3
    return max(at, below) + sheet.leading * 0.6


def table(
    sheet: Sheet, y: float, rows: Sequence[Sequence[str]], edges: Sequence[float], *, ruled: bool
) -> float:
    """Rows under a heading row: the first column from ``edges[0]``, the others right aligned at theirs."""
    step = sheet.leading + (4 if ruled else 1)
    for index, row in enumerate(rows):
        bold = index in {0, len(rows) - 1}
        for column, (edge, cell) in enumerate(zip(edges, row, strict=True)):
            sheet.text(edge, y, cell, bold=bold, align="right" if column else "left")
        if ruled:
            sheet.rule(edges[0], y + 4, edges[-1] - edges[0], 0.3)
        y += step
    return y
