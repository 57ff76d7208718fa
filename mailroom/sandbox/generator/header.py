"""The head of a notice: who sends it, the block of labels and values, the addressee, later pages' heads.

Draws what the `Layout` says; decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailroom.sandbox.generator.canvas import WIDTH, PageCanvas
from mailroom.sandbox.generator.layouts import LABELS, Block, Entry, Layout
from mailroom.sandbox.generator.style import Writer

LEFT = 40.0


def draw_letterhead(canvas: PageCanvas, office: tuple[str, str, str]) -> None:
    """Draw the sender at the top left; its ZIP+4 looks like an AUR control number."""
    street, town, zip_code = office
    canvas.box(LEFT, 34, 22, 22)
    canvas.text(LEFT + 11, 49, "IRS", bold=True, size=8, align="center")
    lines = ("Department of the Treasury", "Internal Revenue Service", street, f"{town}  {zip_code}")
    canvas.lines(LEFT + 30, 42, lines, size=8.5)


def draw_block(canvas: PageCanvas, shape: Block, writer: Writer) -> float:
    """Draw the labels and values; return the baseline below them."""
    values = writer.rows(shape.entries)
    if shape.shaded:
        canvas.box(
            shape.x - 10, shape.y - 28, shape.width + 20, _measure_block(canvas, shape) + 36, fill=0.88
        )
        canvas.text(shape.x, shape.y - 14, "For your reference", bold=True)
    elif shape.boxed:
        canvas.box(shape.x - 6, shape.y - 14, shape.width + 12, _measure_block(canvas, shape) + 12)
    return {"side": _draw_side, "stacked": _draw_stacked, "strip": _draw_strip}[shape.shape](
        canvas, shape, values
    )


def _measure_block(canvas: PageCanvas, shape: Block) -> float:
    """Return the block's height from its first baseline, in points."""
    if shape.shape == "strip":
        return canvas.leading + 8
    if shape.shape == "stacked":
        return -(-len(shape.entries) // shape.columns) * (2 * canvas.leading + 3) - canvas.leading
    return sum(1 + label.count("\n") for label, _ in shape.entries) * canvas.leading


def _draw_side(canvas: PageCanvas, shape: Block, values: list[Entry]) -> float:
    """Draw each value beside its label, or beside the last line of a wrapped label."""
    y = shape.y
    gap = max(shape.label_width, measure_labels(canvas, values))
    for label, value in values:
        lines = tuple(label.split("\n"))
        low = canvas.lines(shape.x, y, lines, bold=shape.bold_labels)
        at = low - canvas.leading if shape.beside == "last" else y
        if not label:
            canvas.text(shape.x, at, value)
        elif shape.right:
            canvas.text(shape.x + shape.width, at, value, align="right")
        else:
            canvas.text(shape.x + gap, at, value)
        y = low
    return y


def measure_labels(canvas: PageCanvas, rows: Sequence[Entry]) -> float:
    """Return the distance from the start of the labels to the values, in points."""
    return max(canvas.width(line, bold=True) for label, _ in rows for line in label.split("\n")) + 7


def _draw_stacked(canvas: PageCanvas, shape: Block, values: list[Entry]) -> float:
    """Draw each label above its value, in one column or several."""
    step = shape.width / shape.columns
    for index, (label, value) in enumerate(values):
        x = shape.x + index % shape.columns * step
        y = shape.y + index // shape.columns * (2 * canvas.leading + 3)
        canvas.text(x, y, label, bold=shape.bold_labels, size=canvas.size - 1)
        canvas.text(x, y + canvas.leading, value)
    return shape.y + _measure_block(canvas, shape) + 2 * canvas.leading


def _draw_strip(canvas: PageCanvas, shape: Block, values: list[Entry]) -> float:
    """Draw all labels on one line and all values on the next."""
    step = shape.width / len(values)
    for index, (label, value) in enumerate(values):
        canvas.text(shape.x + index * step, shape.y, label, bold=shape.bold_labels, size=canvas.size - 1.5)
        canvas.text(shape.x + index * step, shape.y + canvas.leading, value, size=canvas.size - 0.5)
    return shape.y + 2 * canvas.leading


def draw_addressee(canvas: PageCanvas, layout: Layout, writer: Writer) -> float:
    """Draw names and address for the envelope's window; return the baseline below them."""
    x, y = layout.address
    home = writer.scenario.home
    rng = canvas.rng
    if writer.style.mailing == "digits":
        canvas.text(x, y - 18, " ".join(canvas.choose_digits(count) for count in (4, 7, 10, 7, 4)), size=7)
    elif writer.style.mailing == "presort":
        number = canvas.choose_digits(12)
        canvas.text(x, y - canvas.size - 13, f"{number[:6]}.{number[6:]}.0021.002 1 MB 0.419 702", size=7)
        canvas.bars(x, y - canvas.size - 3, 170, 7)
    care = (f"{rng.choice(('%', 'C/O'))} {home.care_of}",) if home.care_of else ()
    comma = rng.choice((", ", " "))
    last = f"{home.city.upper()}{comma}{home.state} {home.full_zip}"
    return canvas.lines(x, y, (*writer.style.names, *care, home.street.upper(), last))


def draw_running_head(canvas: PageCanvas, layout: Layout, writer: Writer, page: int) -> float:
    """Draw what a later page repeats at its top; return the first baseline for its text."""
    if layout.running == "block":
        draw_pairs_at_right(canvas, 40, writer.rows(LABELS["running"], page))
        return 40 + 7 * canvas.leading
    if layout.running == "line":
        text = f"{writer.value('notice')}   {writer.value('year')}   {writer.ssn}"
        canvas.text(LEFT, 40, text, size=8.5)
        canvas.text(WIDTH - LEFT, 40, f"Page {writer.value('of', page)}", size=8.5, align="right")
        canvas.rule(LEFT, 45, WIDTH - 2 * LEFT)
    elif layout.running == "corner":
        canvas.text(LEFT, 40, writer.style.names[0])
        canvas.text(LEFT, 40 + canvas.leading, writer.ssn)
        canvas.text(WIDTH - LEFT, 40, f"{writer.value('notice')} {writer.value('date')}", align="right")
    return 40 + 3.5 * canvas.leading


def draw_pairs(canvas: PageCanvas, x: float, y: float, rows: Sequence[Entry]) -> float:
    """Draw bold labels with values beside them; return the baseline below them."""
    gap = measure_labels(canvas, rows)
    for label, value in rows:
        canvas.text(x, y, label, bold=True)
        canvas.text(x + gap, y, value)
        y += canvas.leading
    return y


def draw_pairs_at_right(canvas: PageCanvas, y: float, rows: Sequence[Entry]) -> float:
    """Draw the same, as far to the right as the longest value allows."""
    room = measure_labels(canvas, rows) + max(canvas.width(value) for _, value in rows)
    return draw_pairs(canvas, WIDTH - LEFT - room, y, rows)


def draw_footer(canvas: PageCanvas, layout: Layout, writer: Writer, page: int) -> None:
    """Draw the form number, and the page number if neither the block nor a running head has it."""
    if layout.footer:
        canvas.text(LEFT, 768, layout.footer, size=8)
    told = not layout.numbered or any(key in {"of", "page"} for _, key in layout.block.entries)
    if not (told if page == 1 else layout.running in {"line", "block"}):
        canvas.text(WIDTH / 2, 768, f"Page {writer.value('of', page)}", size=8, align="center")
