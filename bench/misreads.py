"""Images of what was misread, for people: page 1, and below it the true values and what was read.

Only for the development set, whose people are made up; it opens files in this process.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from reading_set import Item

    from mailroom.notices import Reading

SCALE = 110 / 72
LINE, WIDTH = 18, 118


def save_misreads(reads: Iterable[tuple[Item, Reading]], fields: Sequence[str], folder: Path) -> int:
    """Save an image for every file with a wrong or missing field; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    saved = 0
    for item, reading in reads:
        lines = _list_misreads(item, reading, fields)
        if lines:
            _draw_image(item, [_format_head(item, reading), *lines]).save(folder / f"{item.path.stem}.png")
            saved += 1
    return saved


def _list_misreads(item: Item, reading: Reading, fields: Sequence[str]) -> list[str]:
    if item.truth["outcome"] == reading.outcome == "rejected":
        return []
    read = reading.fields.as_json()
    return [
        f"{name}: is {item.truth[name]!r}, read {read[name]!r}{_describe_doubt(name, reading)}"
        for name in fields
        if read[name] != item.truth[name]
    ]


def _describe_doubt(name: str, reading: Reading) -> str:
    if name in reading.review_fields:
        return " (flagged)"
    return "" if reading.needs_review else " (WITH CONFIDENCE)"


def _format_head(item: Item, reading: Reading) -> str:
    return (
        f"{item.path.name}  {item.kind}  {item.truth['layout']}  outcome {reading.outcome}, error {reading.error},"
        f" doubtful: {', '.join(reading.review_fields) or 'nothing'}"
    )


def _draw_image(item: Item, lines: Sequence[str]) -> Image.Image:
    page = _render_first_page(item.path)
    wrapped = [part for line in lines for part in textwrap.wrap(line, WIDTH, subsequent_indent="    ")]
    out = Image.new("RGB", (max(page.width, 940), page.height + LINE * (len(wrapped) + 1)), "white")
    out.paste(page, (0, 0))
    pen, font = ImageDraw.Draw(out), ImageFont.load_default(13)
    pen.line((0, page.height, out.width, page.height), fill="red", width=2)
    for at, line in enumerate(wrapped):
        pen.text((8, page.height + 6 + at * LINE), line, fill="black", font=font)
    return out


def _render_first_page(path: Path) -> Image.Image:
    """Return an image of page 1; empty if the file is not a PDF."""
    try:
        with pypdfium2.PdfDocument(path) as document:
            return document[0].render(scale=SCALE).to_pil().convert("RGB")
    except pypdfium2.PdfiumError:
        return Image.new("RGB", (940, 60), "white")
