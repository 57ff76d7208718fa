"""Page 1 of a CP2000: head, headline with the due date, the summary of amounts, and what to do.

Draws one scenario with one layout; `later_pages` has the other pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mailroom.sandbox.generator.canvas import WIDTH, PageCanvas
from mailroom.sandbox.generator.header import LEFT, draw_addressee, draw_block, draw_footer, draw_letterhead
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.scenario import Income
from mailroom.sandbox.generator.style import Writer
from mailroom.sandbox.generator.text_flow import Column, draw_table, flow_text
from mailroom.sandbox.generator.wording import BESIDE_BLOCK, HEADLINES, WHAT_TO_DO, Section

FULL = Column(LEFT, WIDTH - 2 * LEFT)


def draw_first_page(canvas: PageCanvas, layout: Layout, writer: Writer) -> None:
    """Draw page 1 from the letterhead to the footer."""
    draw_letterhead(canvas, writer.scenario.office)
    if layout.crowded:
        # On the block's own baselines, very close to it.
        text = writer.fill_in(BESIDE_BLOCK)
        canvas.paragraph(LEFT, layout.block.y, layout.block.x - LEFT - 8, text)
    low = max(draw_block(canvas, layout.block, writer), draw_addressee(canvas, layout, writer))
    title, text = map(writer.fill_in, HEADLINES[layout.headline])
    y = HEADLINE_DRAWERS[layout.headline](canvas, low + 20, writer, title, text)
    y = SUMMARY_DRAWERS[layout.summary](canvas, y + 10, writer)
    flow_text(canvas, y + 12, fill_in(WHAT_TO_DO, writer), layout.body, FULL)
    draw_footer(canvas, layout, writer, 1)


def fill_in(parts: Iterable[Section], writer: Writer) -> list[Section]:
    """Return the sections filled in for this notice."""
    return [(writer.fill_in(heading), tuple(map(writer.fill_in, texts))) for heading, texts in parts]


def _draw_return_by(canvas: PageCanvas, y: float, _writer: Writer, title: str, text: str) -> float:
    """Draw the headline of 2004: the due date."""
    canvas.text(WIDTH / 2, y, title, bold=True, size=canvas.size + 4, align="center")
    return canvas.paragraph(LEFT, y + 22, FULL.width, text)


def _draw_changes(canvas: PageCanvas, y: float, writer: Writer, title: str, text: str) -> float:
    """Draw the headline since about 2011: what is proposed, then the amount."""
    canvas.text(LEFT, y, title, bold=True, size=canvas.size + 6)
    label, amount = label_total(writer, "Amount due", "Refund due")
    canvas.text(LEFT, y + 19, f"{label}: {amount}", bold=True, size=canvas.size + 4)
    return canvas.paragraph(LEFT, y + 38, FULL.width, text)


def _draw_box(canvas: PageCanvas, y: float, writer: Writer, title: str, text: str) -> float:
    """Draw the headline since 2020, with amount and date in a box."""
    canvas.text(LEFT, y, title, bold=True, size=canvas.size + 6)
    canvas.box(LEFT, y + 10, FULL.width, 40)
    pairs = (
        label_total(writer, "Amount you may owe", "Your refund may be"),
        ("Respond by", writer.value("due")),
    )
    for x, (label, value) in zip((LEFT + 10, WIDTH / 2 + 20), pairs, strict=True):
        canvas.text(x, y + 26, label, bold=True)
        canvas.text(x, y + 26 + canvas.leading, value, bold=True, size=canvas.size + 2)
    return canvas.paragraph(LEFT, y + 68, FULL.width, text)


def _draw_mismatch(canvas: PageCanvas, y: float, writer: Writer, title: str, text: str) -> float:
    """Draw the headline since 2024, with one sentence for amount and date."""
    canvas.text(LEFT, y, title, bold=True, size=canvas.size + 6)
    label, amount = label_total(writer, "You may owe", "You may get a refund of")
    sentence = f"{label} {amount}. Reply by {writer.value('due')}."
    y = canvas.paragraph(LEFT, y + 20, FULL.width, sentence, bold=True)
    return canvas.paragraph(LEFT, y + 4, FULL.width, text)


def label_total(writer: Writer, owed: str, refunded: str) -> tuple[str, str]:
    """Return the label that says whether the total is owed or refunded, and the amount."""
    words = writer.scenario.total < 0 and writer.style.refund == "words"
    return (refunded if words else owed), writer.total


def _list_changes(writer: Writer) -> list[tuple[str, int]]:
    """Return the labels and amounts (in cents) that add up to the total."""
    scenario = writer.scenario
    year = writer.value("year")
    return [
        (f"{year} Tax {'Increase' if scenario.tax >= 0 else 'Decrease'}", scenario.tax),
        (f"Payment {'Increase' if scenario.payments < 0 else 'Decrease'}", scenario.payments),
        ("Penalties - may not include all applicable penalties", scenario.penalty),
        (f"Interest if paid by {writer.value('due')}", scenario.interest),
    ]


def _draw_lines(canvas: PageCanvas, y: float, writer: Writer) -> float:
    """Draw the summary of 2004: an indented list with the dollar sign at the column's left edge."""
    canvas.text(WIDTH / 2, y, "Summary of Proposed Changes", bold=True, size=canvas.size + 1, align="center")
    label, _ = label_total(writer, "Proposed Balance Due", "Proposed Refund")
    sign = -1 if label == "Proposed Refund" else 1
    for name, cents in [*_list_changes(writer), (label, sign * writer.scenario.total)]:
        y += canvas.leading + 3
        canvas.text(LEFT + 60, y, name, bold=name == label)
        _draw_amount(canvas, WIDTH - LEFT - 60, y, writer.money(cents), bold=name == label)
    return y + canvas.leading


def _draw_amount(canvas: PageCanvas, right: float, y: float, amount: str, *, bold: bool) -> None:
    """Draw an amount right aligned; a separate dollar sign goes to the left of the column."""
    sign, _, figures = amount.rpartition(" ") if "$ " in amount else ("", "", amount)
    canvas.text(right, y, figures, bold=bold, align="right")
    if sign:
        canvas.text(right - 72, y, sign, bold=bold)


def _draw_columns(canvas: PageCanvas, y: float, writer: Writer) -> float:
    """Draw the columns since about 2011 (on return, reported, difference), then the summary."""
    canvas.rule(LEFT, y - 10, FULL.width)
    right = WIDTH - LEFT
    edges = (LEFT, right - 225, right - 85, right)
    income = writer.scenario.income
    rows = [("Changes to your return", "Shown on return", "Reported to IRS by others", "Difference")]
    rows += [_format_row(writer, line.what, (line,)) for line in income[:2]]
    y = draw_table(canvas, y, [*rows, _format_row(writer, "Income in all", income)], edges, ruled=False)
    canvas.rule(LEFT, y - 6, FULL.width)
    return _draw_summary(canvas, y + 8, writer, ruled=False)


def _format_row(writer: Writer, label: str, lines: Sequence[Income]) -> tuple[str, str, str, str]:
    """Return a row of the income table with the totals of ``lines``."""
    shown, reported = sum(line.shown for line in lines), sum(line.reported for line in lines)
    return label, writer.money(shown), writer.money(reported), writer.money(reported - shown)


def _draw_table(canvas: PageCanvas, y: float, writer: Writer) -> float:
    """Draw the summary since 2020: a ruled table."""
    return _draw_summary(canvas, y, writer, ruled=True)


def _draw_summary(canvas: PageCanvas, y: float, writer: Writer, *, ruled: bool) -> float:
    rows = [(name, writer.money(cents)) for name, cents in _list_changes(writer)]
    rows = [("Summary of proposed changes", "Amount"), *rows, label_total(writer, "Amount due", "Refund due")]
    return draw_table(canvas, y, rows, (LEFT, WIDTH - LEFT), ruled=ruled)


HEADLINE_DRAWERS: dict[str, Callable[[PageCanvas, float, Writer, str, str], float]] = {
    "return by": _draw_return_by,
    "changes": _draw_changes,
    "box": _draw_box,
    "mismatch": _draw_mismatch,
}
SUMMARY_DRAWERS: dict[str, Callable[[PageCanvas, float, Writer], float]] = {
    "lines": _draw_lines,
    "columns": _draw_columns,
    "table": _draw_table,
}
