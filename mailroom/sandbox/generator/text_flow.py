"""Text that flows down a page: sections with headings and small tables, while there is space.

Knows canvases and sections, but not notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mailroom.sandbox.generator.canvas import PageCanvas, wrap
from mailroom.sandbox.generator.wording import Section

BOTTOM = 736.0
"""The lowest baseline of flowing text; footers and page numbers are below it."""

Body = Literal["plain", "sections", "columns"]


@dataclass(frozen=True)
class Column:
    """A strip of the page that text flows down."""

    x: float
    width: float
    bottom: float = BOTTOM


def flow_text(canvas: PageCanvas, y: float, parts: Iterable[Section], body: Body, column: Column) -> float:
    """Draw the sections that fit; return the baseline after the last one.

    "plain" puts a heading above its text, "sections" beside it, "columns" stands in two halves.
    """
    if body != "columns":
        return _flow_down(canvas, y, parts, column, beside=body == "sections")
    half = (column.width - 18) / 2
    left = Column(column.x, half, column.bottom)
    right = Column(column.x + half + 18, half, column.bottom)
    all_parts = list(parts)
    middle = (len(all_parts) + 1) // 2
    low = _flow_down(canvas, y, all_parts[:middle], left, beside=False)
    return max(low, _flow_down(canvas, y, all_parts[middle:], right, beside=False))


def _flow_down(
    canvas: PageCanvas, y: float, parts: Iterable[Section], column: Column, *, beside: bool
) -> float:
    for part in parts:
        if y + _measure_section(canvas, part, column, beside=beside) > column.bottom:
            break
        y = _draw_section(canvas, y, part, column, beside=beside)
    return y


def _indent_column(column: Column, *, beside: bool) -> Column:
    indent = column.width * 0.27 if beside else 0
    return Column(column.x + indent, column.width - indent, column.bottom)


def _wrap_heading(canvas: PageCanvas, heading: str, column: Column, *, beside: bool) -> tuple[str, ...]:
    width = column.width * 0.25 if beside else column.width
    return wrap(heading, canvas.font(bold=True), canvas.typesetting.size, width)


def _measure_section(canvas: PageCanvas, part: Section, column: Column, *, beside: bool) -> float:
    heading, paragraphs = part
    above = len(_wrap_heading(canvas, heading, column, beside=beside))
    width = _indent_column(column, beside=beside).width
    lines = sum(len(_wrap_paragraph(canvas, text, width)[0]) for text in paragraphs)
    return (max(above, lines) if beside else above + lines) * canvas.leading + len(paragraphs) * 3


def _wrap_paragraph(canvas: PageCanvas, text: str, width: float) -> tuple[tuple[str, ...], float]:
    """Return a paragraph's lines and its indent in points."""
    indent = 10 if text.startswith("* ") else 0
    return wrap(text.removeprefix("* "), canvas.font(), canvas.typesetting.size, width - indent), indent


def _draw_section(canvas: PageCanvas, y: float, part: Section, column: Column, *, beside: bool) -> float:
    heading, paragraphs = part
    below = canvas.lines(column.x, y, _wrap_heading(canvas, heading, column, beside=beside), bold=True)
    inner = _indent_column(column, beside=beside)
    at = y if beside else below
    for text in paragraphs:
        lines, indent = _wrap_paragraph(canvas, text, inner.width)
        if indent:
            canvas.dot(inner.x + 2, at - canvas.typesetting.size * 0.3)
        at = canvas.lines(inner.x + indent, at, lines) + 3
    return max(at, below) + canvas.leading * 0.6


def draw_table(
    canvas: PageCanvas, y: float, rows: Sequence[Sequence[str]], edges: Sequence[float], *, ruled: bool
) -> float:
    """Draw rows under a heading row: the first column from ``edges[0]``, the others right aligned."""
    step = canvas.leading + (4 if ruled else 1)
    for index, row in enumerate(rows):
        bold = index in {0, len(rows) - 1}
        for column, (edge, cell) in enumerate(zip(edges, row, strict=True)):
            canvas.text(edge, y, cell, bold=bold, align="right" if column else "left")
        if ruled:
            canvas.rule(edges[0], y + 4, edges[-1] - edges[0], 0.3)
        y += step
    return y
