"""Page 1 of a CP2000: head, headline with the due date, the summary that adds up, and what to do.

Draws one matter after one layout; the later pages are in ``later_pages.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mailroom.sandbox.generator.canvas import WIDTH, Sheet
from mailroom.sandbox.generator.header import LEFT, addressee, block, footer, letterhead
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.scenario import Income
from mailroom.sandbox.generator.style import Writer
from mailroom.sandbox.generator.text_flow import Column, flow, table
from mailroom.sandbox.generator.wording import WHAT_TO_DO, Section

FULL = Column(LEFT, WIDTH - 2 * LEFT)


def first_page(sheet: Sheet, layout: Layout, writer: Writer) -> None:
    """Draws it from the letterhead to the footer."""
    letterhead(sheet, writer.matter.office)
    if layout.crowded:
        beside(sheet, layout, writer)
    low = max(block(sheet, layout.block, writer), addressee(sheet, layout, writer))
    y = HEADLINES[layout.headline](sheet, low + 20, writer)
    y = SUMMARIES[layout.summary](sheet, y + 10, writer)
    flow(sheet, y + 12, filled(WHAT_TO_DO, writer), layout.body, FULL)
    footer(sheet, layout, writer, 1)


def beside(sheet: Sheet, layout: Layout, writer: Writer) -> None:
    """Text on the block's own baselines, hardly a blank away from it."""
    text = (
        f"If you have questions about this notice call {writer.value('phone')}. Have your return for "
        f"{writer.value('year')} at hand, the documents that payers sent you, and this page. You can also "
        "write to the address above; please give the day and the hour at which we can reach you. Send "
        "copies, not originals. Somebody else may speak for you if you sign a power of attorney. If you "
        "move, tell us your new address on Form 8822. Do not file an amended return for the changes; the "
        "response form is enough. Penalties may be taken off for reasonable cause if you ask for it."
    )
    sheet.paragraph(LEFT, layout.block.y, layout.block.x - LEFT - 8, text)


def filled(parts: tuple[Section, ...], writer: Writer) -> list[Section]:
    """Sections with this notice's year, due date, name and telephone in them."""
    words = {"year": writer.value("year"), "due": writer.value("due"), "notice": writer.value("notice"),
             "phone": writer.value("phone")}  # fmt: skip
    return [
        (heading.format(**words), tuple(text.format(**words) for text in texts)) for heading, texts in parts
    ]


def _return_by(sheet: Sheet, y: float, writer: Writer) -> float:
    """The form of 2004: the headline is the due date."""
    size = sheet.hand.size + 4
    headline = f"You Must Return the Response Form by {writer.value('due')}"
    sheet.text(WIDTH / 2, y, headline, bold=True, size=size, align="center")
    y += 22
    text = (
        "The income and payment information we have on file does not match entries on your "
        f"{writer.value('year')} Form {writer.value('form')}. We propose the changes below."
    )
    return sheet.paragraph(LEFT, y, FULL.width, text)


def _changes(sheet: Sheet, y: float, writer: Writer) -> float:
    """From about 2011: what is proposed, then the amount."""
    big = sheet.hand.size + 6
    sheet.text(LEFT, y, f"Proposed changes to your {writer.value('year')} Form 1040", bold=True, size=big)
    label, amount = total_line(writer, "Amount due", "Refund due")
    sheet.text(LEFT, y + 19, f"{label}: {amount}", bold=True, size=big - 2)
    text = (
        "The information we received from others differs from what you reported on your return. Please "
        f"respond by {writer.value('due')}, whether you agree or not."
    )
    return sheet.paragraph(LEFT, y + 38, FULL.width, text)


def _box(sheet: Sheet, y: float, writer: Writer) -> float:
    """From 2020: a headline, and amount and date in a box."""
    headline = f"We propose to change your {writer.value('year')} tax return"
    sheet.text(LEFT, y, headline, bold=True, size=sheet.hand.size + 6)
    label, amount = total_line(writer, "Amount you may owe", "Your refund may be")
    sheet.box(LEFT, y + 10, FULL.width, 40)
    sheet.text(LEFT + 10, y + 26, label, bold=True)
    sheet.text(LEFT + 10, y + 26 + sheet.leading, amount, bold=True, size=sheet.hand.size + 2)
    sheet.text(WIDTH / 2 + 20, y + 26, "Respond by", bold=True)
    sheet.text(
        WIDTH / 2 + 20, y + 26 + sheet.leading, writer.value("due"), bold=True, size=sheet.hand.size + 2
    )
    text = "We compared your return with information from employers, banks and other payers."
    return sheet.paragraph(LEFT, y + 68, FULL.width, text)


def _mismatch(sheet: Sheet, y: float, writer: Writer) -> float:
    """From 2024: plain words, one sentence for amount and date."""
    headline = "We found information that doesn't match your tax return"
    sheet.text(LEFT, y, headline, bold=True, size=sheet.hand.size + 6)
    label, amount = total_line(writer, "You may owe", "You may get a refund of")
    y = sheet.paragraph(
        LEFT, y + 20, FULL.width, f"{label} {amount}. Reply by {writer.value('due')}.", bold=True
    )
    text = (
        f"This {writer.value('notice')} notice tells you what others reported to us for "
        f"{writer.value('year')}, how that changes your tax, and what you can do. It is not a bill."
    )
    return sheet.paragraph(LEFT, y + 4, FULL.width, text)


def total_line(writer: Writer, owed: str, refunded: str) -> tuple[str, str]:
    """The label that tells the direction of the total, and the amount."""
    words = writer.matter.total < 0 and writer.look.refund == "words"
    return (refunded if words else owed), writer.total


def _rows(writer: Writer) -> list[tuple[str, int]]:
    """The lines that add up to the total."""
    matter = writer.matter
    year = writer.value("year")
    return [
        (f"{year} Tax {'Increase' if matter.tax >= 0 else 'Decrease'}", matter.tax),
        (f"Payment {'Increase' if matter.payments < 0 else 'Decrease'}", matter.payments),
        ("Penalties - may not include all applicable penalties", matter.penalty),
        (f"Interest if paid by {writer.value('due')}", matter.interest),
    ]


def _lines(sheet: Sheet, y: float, writer: Writer) -> float:
    """The form of 2004: an indented list, the dollar sign at the column's left edge."""
    sheet.text(
        WIDTH / 2, y, "Summary of Proposed Changes", bold=True, size=sheet.hand.size + 1, align="center"
    )
    label, _ = total_line(writer, "Proposed Balance Due", "Proposed Refund")
    sign = -1 if label == "Proposed Refund" else 1
    for name, cents in [*_rows(writer), (label, sign * writer.matter.total)]:
        y += sheet.leading + 3
        sheet.text(LEFT + 60, y, name, bold=name == label)
        _amount(sheet, WIDTH - LEFT - 60, y, writer.money(cents), bold=name == label)
    return y + sheet.leading


def _amount(sheet: Sheet, right: float, y: float, amount: str, *, bold: bool) -> None:
    """A figure right aligned, its detached dollar sign (if it has one) at the left of the column."""
    sign, _, figures = amount.rpartition(" ") if "$ " in amount else ("", "", amount)
    sheet.text(right, y, figures, bold=bold, align="right")
    if sign:
        sheet.text(right - 72, y, sign, bold=bold)


def _columns(sheet: Sheet, y: float, writer: Writer) -> float:
    """From about 2011: shown on return, reported by others, difference; then the summary."""
    sheet.rule(LEFT, y - 10, FULL.width)
    right = WIDTH - LEFT
    edges = (LEFT, right - 225, right - 85, right)
    income = writer.matter.income
    rows = [("Changes to your return", "Shown on return", "Reported to IRS by others", "Difference")]
    rows += [_three(writer, line.what, (line,)) for line in income[:2]]
    y = table(sheet, y, [*rows, _three(writer, "Income in all", income)], edges, ruled=False)
    sheet.rule(LEFT, y - 6, FULL.width)
    return _summary(sheet, y + 8, writer, ruled=False)


def _three(writer: Writer, label: str, lines: Sequence[Income]) -> tuple[str, str, str, str]:
    """A row of the income table: the sums over ``lines``."""
    shown, reported = sum(line.shown for line in lines), sum(line.reported for line in lines)
    return label, writer.money(shown), writer.money(reported), writer.money(reported - shown)


def _table(sheet: Sheet, y: float, writer: Writer) -> float:
    """From 2020: the summary as a ruled table."""
    return _summary(sheet, y, writer, ruled=True)


def _summary(sheet: Sheet, y: float, writer: Writer, *, ruled: bool) -> float:
    rows = [(name, writer.money(cents)) for name, cents in _rows(writer)]
    rows = [("Summary of proposed changes", "Amount"), *rows, total_line(writer, "Amount due", "Refund due")]
    return table(sheet, y, rows, (LEFT, WIDTH - LEFT), ruled=ruled)


Drawer = Callable[[Sheet, float, Writer], float]
HEADLINES: dict[str, Drawer] = {
    "return by": _return_by,
    "changes": _changes,
    "box": _box,
    "mismatch": _mismatch,
}
SUMMARIES: dict[str, Drawer] = {"lines": _lines, "columns": _columns, "table": _table}
