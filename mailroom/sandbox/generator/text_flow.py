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
    indent = column.width * 0.27 if beside else 0
    inner = Column(column.x + indent, column.width - indent)
    for heading, paragraphs in parts:
        above = wrap(
            heading, canvas.font(bold=True), canvas.size, column.width * 0.25 if beside else column.width
        )
        texts = [_wrap_paragraph(canvas, text, inner.width) for text in paragraphs]
        below = sum(len(lines) for lines, _ in texts)
        lines = max(len(above), below) if beside else len(above) + below
        if y + (lines * canvas.leading + len(texts) * 3) > column.bottom:
            break
        low = canvas.lines(column.x, y, above, bold=True)
        y = max(low, _draw_paragraphs(canvas, y if beside else low, texts, inner)) + canvas.leading * 0.6
    return y


def _wrap_paragraph(canvas: PageCanvas, text: str, width: float) -> tuple[tuple[str, ...], float]:
    """Return a paragraph's lines and its indent in points."""
    indent = 10 if text.startswith("* ") else 0
    return wrap(text.removeprefix("* "), canvas.font(), canvas.size, width - indent), indent


def _draw_paragraphs(
    canvas: PageCanvas, y: float, texts: Iterable[tuple[tuple[str, ...], float]], column: Column
) -> float:
    for lines, indent in texts:
        if indent:
            canvas.dot(column.x + 2, y - canvas.size * 0.3)
        y = canvas.lines(column.x + indent, y, lines) + 3
    return y


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
