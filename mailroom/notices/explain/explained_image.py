"""A notice's first page as a PNG with a legend: boxes around what each field was read from.

For people; runs in the reading child, where the page is open. A box has the number of its field in the
legend. Solid: the value was taken from there. Thin: the same value. Dashed: in doubt. Dotted: another value.
Decides nothing about the fields.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from mailroom.document.file_type import EXPLAINED
from mailroom.errors import FileFault
from mailroom.notices.explain.explanation import Explanation, Source, explain
from mailroom.notices.extraction.candidates import Method
from mailroom.notices.reading import Reading
from mailroom.notices.stages import Findings

# Dark enough on white for a thin line, and easy to distinguish; the numbers distinguish them too.
COLOURS = (
    "#c1121f", "#1d4ed8", "#15803d", "#b45309", "#7e22ce", "#0e7490", "#be185d", "#4d7c0f", "#334155", "#9a3412",
    "#6b7280",
)  # fmt: skip
# Pixels: the height of the page, the width of the legend. Chars: the length of its lines.
PAGE_HEIGHT, LEGEND, LINE_CHARS = 1650, 620, 62
LINE, FONT_SIZE, MARGIN = 23, 17, 18
# Dash and gap of a dashed line, and of a dotted one, in pixels.
DASHED, DOTTED = (12, 7), (3, 5)
# The height of a field's number, in pixels.
TAG = 14
# Points between a box and the text in it.
AROUND = 1.5


def draw_explanation(findings: Findings, reading: Reading) -> bytes:
    """Return the PNG; where the page cannot be shown, the legend says why."""
    told = explain(findings, reading)
    pages, number = findings.pages, findings.evidence.first.number
    try:
        page, scale = pages.image(number - 1)
        note = f"page {number} of {pages.page_count}"
    except FileFault as fault:
        page, scale, note = Image.new("RGB", (1275, PAGE_HEIGHT), "white"), 1.0, f"no image: {fault.code}"
    shrunk = min(1.0, PAGE_HEIGHT / page.height)
    page = page.resize((round(page.width * shrunk), round(page.height * shrunk)), Image.Resampling.LANCZOS)
    _draw_boxes(ImageDraw.Draw(page), told, number, scale * shrunk)
    lines = [*_describe_reading(reading, note), *_list_legend(told, number)]
    height = max(page.height, LINE * len(lines) + 2 * MARGIN)
    image = Image.new("RGB", (page.width + LEGEND, height), "white")
    image.paste(page, (0, 0))
    _write(ImageDraw.Draw(image), lines, page.width)
    out, mark = io.BytesIO(), PngInfo()
    mark.add_text("Software", EXPLAINED)
    image.save(out, "PNG", pnginfo=mark)
    return out.getvalue()


def _draw_boxes(pen: ImageDraw.ImageDraw, told: Sequence[Explanation], page: int, scale: float) -> None:
    """Draw the box of every source on this page; boxes of one place within each other."""
    taken: list[tuple[int, int]] = []
    tags: list[Tag] = []
    for at, each in enumerate(told):
        colour = COLOURS[at % len(COLOURS)]
        for source in each.sources:
            box = source.box
            if box is None or source.page != page:
                continue
            corner = (round(box.x0), round(box.top))
            around = (AROUND + 2.2 * taken.count(corner)) * scale
            taken.append(corner)
            left, top, right, bottom = (side * scale for side in (box.x0, box.top, box.x1, box.bottom))
            corners = (left - around, top - around, right + around, bottom + around)
            _draw_outline(pen, corners, colour, source, doubtful=each.doubtful)
            if source.role != "same":
                mark = f"{at + 1}{'?' if each.doubtful or source.role == 'other' else ''}"
                tags.append((corners[2] - 3, corners[1] - 9, mark, colour))
    _write_tags(pen, tags)


Corners = tuple[float, float, float, float]
# Left and top of a field's number, the number, its colour.
Tag = tuple[float, float, str, str]


def _draw_outline(
    pen: ImageDraw.ImageDraw, corners: Corners, colour: str, source: Source, *, doubtful: bool
) -> None:
    width = 3 if source.role == "value" else 2 if source.role == "other" else 1
    if source.role != "other" and not doubtful:
        pen.rectangle(corners, outline=colour, width=width)
        return
    left, top, right, bottom = corners
    pattern = DOTTED if source.role == "other" else DASHED
    for y in (top, bottom):
        for start, end in _split_into_dashes(left, right, pattern):
            pen.line((start, y, end, y), fill=colour, width=width)
    for x in (left, right):
        for start, end in _split_into_dashes(top, bottom, pattern):
            pen.line((x, start, x, end), fill=colour, width=width)


def _split_into_dashes(start: float, end: float, pattern: tuple[int, int]) -> Iterator[tuple[float, float]]:
    dash, gap = pattern
    while start < end:
        yield start, min(start + dash, end)
        start += dash + gap


def _write_tags(pen: ImageDraw.ImageDraw, tags: Sequence[Tag]) -> None:
    """Write each number at its box's upper right corner, further right where there is one already."""
    font, written = ImageFont.load_default(12), list[Corners]()
    for left, y, mark, colour in tags:
        width, x = round(pen.textlength(mark, font=font)) + 6, left
        while any(x < other[2] and other[0] < x + width and abs(y - other[1]) < TAG for other in written):
            x += width
        written.append((x, y, x + width, y + TAG))
        pen.rectangle(written[-1], fill=colour)
        pen.text((x + 3, y - 1), mark, fill="white", font=font)


KEY = "boxes: solid, the value; thin, the same value; dashed and ?, in doubt; dotted and ?, another value"
# A line of the legend: its colour, its text, and whether it is a field's first.
Line = tuple[str, str, bool]


def _describe_reading(reading: Reading, note: str) -> list[Line]:
    person = "a person should look" if reading.needs_review else "no person needed"
    error = f" ({reading.error})" if reading.error else ""
    doubtful = f"in doubt: {', '.join(reading.review_fields)}" if reading.review_fields else ""
    lines = [f"{reading.outcome}{error}, {person}", *_wrap(doubtful), note, *_wrap(KEY), ""]
    return [("black", line, at == 0) for at, line in enumerate(lines)]


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, LINE_CHARS, subsequent_indent="    ")


def _list_legend(told: Sequence[Explanation], page: int) -> Iterator[Line]:
    for at, each in enumerate(told):
        colour = COLOURS[at % len(COLOURS)]
        names = [*each.values]
        for name in names:
            lead = f"{at + 1}{'?' if each.doubtful else ''}  " if name == names[0] else "    "
            for nth, row in enumerate(_wrap(f"{lead}{name}: {_format_value(each.values[name])}")):
                yield colour, row, name == names[0] and nth == 0
        for line in _describe_sources(each, page):
            for row in textwrap.wrap(line, LINE_CHARS, initial_indent=" " * 6, subsequent_indent=" " * 9):
                yield "#444444", row, False
        yield "black", "", False


def _format_value(value: object) -> str:
    if value is None:
        return "not read"
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _describe_sources(each: Explanation, page: int) -> Iterator[str]:
    """Yield a line for each source; those of other pages' text in one."""
    seen = set[str]()
    for source in each.sources:
        if source.method is Method.SEEN_AGAIN:
            continue
        lead = {"value": "", "same": "also ", "other": f"but {source.value}: "}[source.role]
        label = f"“{source.label}”, " if source.label else ""
        score = f", score {source.score:.2f}" if source.score is not None else ""
        where = f", page {source.page}" if source.page != page else ""
        line = f"{lead}{label}{source.method}{where}{score}"
        if line not in seen:
            yield line
        seen.add(line)
    again = sorted({source.page for source in each.sources if source.method is Method.SEEN_AGAIN})
    if again:
        yield f"also on page {', '.join(map(str, again))}"


def _write(pen: ImageDraw.ImageDraw, lines: Sequence[Line], left: int) -> None:
    pen.line((left, 0, left, 100_000), fill="#999999", width=1)
    y = MARGIN
    for colour, text, is_first in lines:
        pen.text((left + MARGIN, y), text, fill=colour, font=ImageFont.load_default(FONT_SIZE))
        if is_first and colour != "black":
            pen.rectangle((left + 4, y + 2, left + 12, y + FONT_SIZE), fill=colour)
        y += LINE
