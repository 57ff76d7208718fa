"""The head of a notice: who sends it, the block of labels and values, the addressee, later pages' heads.

Draws what ``layouts.py`` says; decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailroom.sandbox.generator.canvas import WIDTH, Sheet
from mailroom.sandbox.generator.layouts import Block, Entry, Layout
from mailroom.sandbox.generator.style import Writer

LEFT = 40.0


def letterhead(sheet: Sheet, office: tuple[str, str, str]) -> None:
    """The sender at the top left, its ZIP+4 in the shape of an AUR control number."""
    street, town, zip_code = office
    sheet.box(LEFT, 34, 22, 22)
    sheet.text(LEFT + 11, 49, "IRS", bold=True, size=8, align="center")
    lines = ("Department of the Treasury", "Internal Revenue Service", street, f"{town}  {zip_code}")
    sheet.lines(LEFT + 30, 42, lines, size=8.5)


def block(sheet: Sheet, shape: Block, writer: Writer, page: int = 1) -> float:
    """The labels and values; the baseline below them."""
    values = [(label, writer.value(key, page)) for label, key in shape.entries]
    if shape.shaded:
        sheet.box(shape.x - 10, shape.y - 28, shape.width + 20, _depth(sheet, shape) + 36, fill=0.88)
        sheet.text(shape.x, shape.y - 14, "For your reference", bold=True)
    elif shape.boxed:
        sheet.box(shape.x - 6, shape.y - 14, shape.width + 12, _depth(sheet, shape) + 12)
    return {"side": _side, "stacked": _stacked, "strip": _strip}[shape.shape](sheet, shape, values)


def _depth(sheet: Sheet, shape: Block) -> float:
    """How far down the block reaches from its first baseline, in points."""
    if shape.shape == "strip":
        return sheet.leading + 8
    if shape.shape == "stacked":
        return -(-len(shape.entries) // shape.columns) * (2 * sheet.leading + 3) - sheet.leading
    return sum(1 + label.count("\n") for label, _ in shape.entries) * sheet.leading


def _side(sheet: Sheet, shape: Block, values: list[Entry]) -> float:
    """Value beside its label, or beside the last line of a label that is broken over two."""
    y = shape.y
    gap = max(shape.label_width, label_room(sheet, [label for label, _ in values]))
    for label, value in values:
        lines = tuple(label.split("\n"))
        low = sheet.lines(shape.x, y, lines, bold=shape.bold_labels)
        at = low - sheet.leading if shape.beside == "last" else y
        if not label:
            sheet.text(shape.x, at, value)
        elif shape.right:
            sheet.text(shape.x + shape.width, at, value, align="right")
        else:
            sheet.text(shape.x + gap, at, value)
        y = low
    return y


def label_room(sheet: Sheet, labels: Sequence[str]) -> float:
    """How far values must stand from where their labels begin, in points."""
    return max(sheet.width(line, bold=True) for label in labels for line in label.split("\n")) + 7


def _stacked(sheet: Sheet, shape: Block, values: list[Entry]) -> float:
    """Label above value, in one column or several."""
    step = shape.width / shape.columns
    for index, (label, value) in enumerate(values):
        x = shape.x + index % shape.columns * step
        y = shape.y + index // shape.columns * (2 * sheet.leading + 3)
        sheet.text(x, y, label, bold=shape.bold_labels, size=sheet.hand.size - 1)
        sheet.text(x, y + sheet.leading, value)
    return shape.y + _depth(sheet, shape) + 2 * sheet.leading


def _strip(sheet: Sheet, shape: Block, values: list[Entry]) -> float:
    """All labels on one line over all values on the next."""
    step = shape.width / len(values)
    for index, (label, value) in enumerate(values):
        sheet.text(shape.x + index * step, shape.y, label, bold=shape.bold_labels, size=sheet.hand.size - 1.5)
        sheet.text(shape.x + index * step, shape.y + sheet.leading, value, size=sheet.hand.size - 0.5)
    return shape.y + 2 * sheet.leading


def addressee(sheet: Sheet, layout: Layout, writer: Writer) -> float:
    """Names and address as they show through the envelope's window; the baseline below them."""
    x, y = layout.address
    home = writer.matter.home
    rng = sheet.rng
    if writer.look.mailing == "digits":
        groups = (4, 7, 10, 7, 4)
        sheet.text(x, y - 18, " ".join("".join(rng.choices("0123456789", k=size)) for size in groups), size=7)
    elif writer.look.mailing == "presort":
        number = "".join(rng.choices("0123456789", k=12))
        sheet.text(x, y - sheet.hand.size - 13, f"{number[:6]}.{number[6:]}.0021.002 1 MB 0.419 702", size=7)
        sheet.bars(x, y - sheet.hand.size - 3, 170, 7)
    care = (f"{rng.choice(('%', 'C/O'))} {home.care_of}",) if home.care_of else ()
    comma = rng.choice((", ", " "))
    last = f"{home.city.upper()}{comma}{home.state} {home.full_zip}"
    return sheet.lines(x, y, (*writer.look.names, *care, home.street.upper(), last))


def running_head(sheet: Sheet, layout: Layout, writer: Writer, page: int) -> float:
    """What a later page repeats at its top; the baseline where its text may begin."""
    if layout.running == "block":
        keys = ("notice", "year", "date", "ssn", "of")
        labels = ("Notice", "Tax year", "Notice date", "Social Security number", "Page")
        rows = [(label, writer.value(key, page)) for label, key in zip(labels, keys, strict=True)]
        pairs_at_right(sheet, 40, rows)
        return 40 + 7 * sheet.leading
    if layout.running == "line":
        text = f"{writer.value('notice')}   {writer.value('year')}   {writer.ssn}"
        sheet.text(LEFT, 40, text, size=8.5)
        sheet.text(WIDTH - LEFT, 40, f"Page {writer.value('of', page)}", size=8.5, align="right")
        sheet.rule(LEFT, 45, WIDTH - 2 * LEFT)
    elif layout.running == "corner":
        sheet.text(LEFT, 40, writer.look.names[0])
        sheet.text(LEFT, 40 + sheet.leading, writer.ssn)
        sheet.text(WIDTH - LEFT, 40, f"{writer.value('notice')} {writer.value('date')}", align="right")
    return 40 + 3.5 * sheet.leading


def pairs(sheet: Sheet, x: float, y: float, rows: Sequence[Entry]) -> float:
    """Bold labels with their values beside them; the baseline below."""
    gap = label_room(sheet, [label for label, _ in rows])
    for label, value in rows:
        sheet.text(x, y, label, bold=True)
        sheet.text(x + gap, y, value)
        y += sheet.leading
    return y


def pairs_at_right(sheet: Sheet, y: float, rows: Sequence[Entry]) -> float:
    """The same, as far to the right as the longest value allows."""
    room = label_room(sheet, [label for label, _ in rows]) + max(sheet.width(value) for _, value in rows)
    return pairs(sheet, WIDTH - LEFT - room, y, rows)


def footer(sheet: Sheet, layout: Layout, writer: Writer, page: int) -> None:
    """Form number and, where neither the block nor a running head has it, the page number."""
    if layout.footer:
        sheet.text(LEFT, 768, layout.footer, size=8)
    told = (
        any(key in {"of", "page"} for _, key in layout.block.entries)
        if page == 1
        else layout.running in {"line", "block"}
    )
    if not told:
        sheet.text(WIDTH / 2, 768, f"Page {writer.value('of', page)}", size=8, align="center")
