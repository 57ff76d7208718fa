"""Pages 2 and on: questions, the response form, the explanation by payer, text, instalments, the coupon.

Each page fits by construction: text stops where the room ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from mailroom.sandbox.generator.canvas import WIDTH, PageCanvas
from mailroom.sandbox.generator.first_page import FULL, fill_in, label_total
from mailroom.sandbox.generator.header import (
    LEFT,
    draw_footer,
    draw_pairs,
    draw_pairs_at_right,
    draw_running_head,
)
from mailroom.sandbox.generator.layouts import LABELS, Layout
from mailroom.sandbox.generator.style import Writer, mask_ssn
from mailroom.sandbox.generator.text_flow import Column, draw_table, flow_text
from mailroom.sandbox.generator.wording import INSTALLMENT, OPTIONS, QUESTIONS, TEXT_PAGES, Section

RIGHT = WIDTH - LEFT


def choose_pages(rng: Random, layout: Layout) -> tuple[str, ...]:
    """Return the names of the pages after page 1: 4 to 13, mostly 5 to 7."""
    count = rng.choices(range(4, 14), (3, 6, 7, 5, 3, 2, 1, 1, 1, 1))[0]
    fixed = ["questions", "response", "explanation"]
    last = ["coupon"] if layout.coupon else ["installment"]
    texts = [f"text {index % len(TEXT_PAGES)}" for index in range(count - 4)]
    if layout.coupon and len(texts) > 3:
        texts[-1] = "installment"
    return (*fixed, *texts, *last)


def draw_later_page(canvas: PageCanvas, layout: Layout, writer: Writer, name: str, page: int) -> None:
    """Draw the page that `choose_pages` called ``name`` as the document's page number ``page``."""
    y = draw_running_head(canvas, layout, writer, page) + 8
    if name.startswith("text "):
        first = int(name.removeprefix("text "))
        for index in (first, first + 1):
            y = _draw_text(canvas, y, layout, writer, *TEXT_PAGES[index % len(TEXT_PAGES)]) + 8
    else:
        PAGES[name](canvas, y, layout, writer)
    draw_footer(canvas, layout, writer, page)


def _draw_title(canvas: PageCanvas, y: float, title: str) -> float:
    canvas.text(LEFT, y, title, bold=True, size=canvas.size + 3)
    canvas.rule(LEFT, y + 5, FULL.width, 1)
    return y + 24


def _draw_text(
    canvas: PageCanvas, y: float, layout: Layout, writer: Writer, title: str, parts: Iterable[Section],
    column: Column = FULL,
) -> float:  # fmt: skip
    return flow_text(canvas, _draw_title(canvas, y, title), fill_in(parts, writer), layout.body, column)


def _draw_questions(canvas: PageCanvas, y: float, layout: Layout, writer: Writer) -> None:
    _draw_text(canvas, y, layout, writer, f"Questions about your {writer.value('notice')}", QUESTIONS)


def _draw_response(canvas: PageCanvas, y: float, layout: Layout, writer: Writer) -> None:
    """Draw the response form, which repeats the key values under its own labels."""
    y = _draw_title(canvas, y, "Response form")
    keys = [("Name", writer.style.names[0]), ("Social Security number", writer.ssn),
            ("Tax year", writer.value("year")), ("Response due", writer.value("due"))]  # fmt: skip
    if layout.running != "none":
        keys.append(("AUR control number", writer.value("aur")))
    y = draw_pairs(canvas, LEFT, y, keys) + 10
    for option in OPTIONS:
        canvas.box(LEFT, y - 8, 9, 9)
        y = canvas.paragraph(LEFT + 18, y, FULL.width - 18, option) + 8
    for label in ("Your signature", "Spouse's signature", "Daytime telephone"):
        y += 24
        canvas.rule(LEFT, y - 10, 300)
        canvas.text(LEFT, y, label, size=8)
        canvas.text(LEFT + 250, y, "Date", size=8)
    if writer.scenario.representative:
        y += 26
        canvas.text(LEFT, y, f"Representative on file: {writer.scenario.representative}")
    flow_text(canvas, y + 34, fill_in(QUESTIONS[:4], writer), layout.body, FULL)


def _draw_explanation(canvas: PageCanvas, y: float, _layout: Layout, writer: Writer) -> None:
    """Draw who reported what about whom, with the payers' EINs and the spouse's SSN."""
    y = _draw_title(canvas, y, "Explanation of changes")
    edges = (LEFT, RIGHT - 200, RIGHT - 80, RIGHT)
    for line in writer.scenario.income:
        canvas.text(LEFT, y, f"{line.payer}  EIN {line.ein}", bold=True)
        canvas.text(RIGHT, y, f"Form {line.document}", align="right")
        number = mask_ssn(line.person, writer.style.mask)
        canvas.text(LEFT, y + canvas.leading, f"Issued to: {line.person.printed()}  SSN {number}")
        amounts = (writer.money(c) for c in (line.shown, line.reported, line.difference))
        rows = (("", "Shown on return", "Reported by others", "Difference"), (line.what, *amounts))
        y = draw_table(canvas, y + 2 * canvas.leading + 2, rows, edges, ruled=False) + 14
    more = sum(line.difference for line in writer.scenario.income)
    canvas.text(LEFT, y, "Total increase in income", bold=True)
    canvas.text(RIGHT, y, writer.money(more), bold=True, align="right")
    label, amount = label_total(writer, "Total proposed amount due", "Total proposed refund")
    canvas.text(LEFT, y + canvas.leading + 4, label, bold=True)
    canvas.text(RIGHT, y + canvas.leading + 4, amount, bold=True, align="right")


def _draw_installment(canvas: PageCanvas, y: float, _layout: Layout, writer: Writer) -> None:
    y = _draw_title(canvas, y, "Installment Agreement Request (Form 9465)")
    instruction, *labels = INSTALLMENT
    y = canvas.paragraph(LEFT, y, FULL.width, instruction) + 14
    for number, label in enumerate(labels, start=1):
        canvas.text(LEFT, y, f"{number}  {label}")
        canvas.rule(LEFT + 320, y + 2, FULL.width - 320)
        y += 26
    canvas.text(LEFT, y + 10, f"Form 9465 for tax year {writer.value('year')}", size=8)


def _draw_coupon(canvas: PageCanvas, y: float, layout: Layout, writer: Writer) -> None:
    """Draw text, and below a dashed line the stub that goes with the check."""
    _draw_text(canvas, y, layout, writer, *TEXT_PAGES[2], Column(LEFT, FULL.width, 500))
    top = 545.0
    for step in range(0, int(FULL.width), 12):
        canvas.rule(LEFT + step, top - 16, 6)
    canvas.lines(LEFT, top, (*writer.style.names, writer.scenario.home.street.upper()))
    draw_pairs_at_right(canvas, top, writer.rows(LABELS["coupon"]))
    label, amount = label_total(writer, "Amount due by", "Refund, no payment needed by")
    text = "Write your Social Security number, the tax year and the form number on your check."
    y = canvas.paragraph(LEFT, top + 70, 300, text)
    canvas.text(LEFT, y + 20, f"{label} {writer.value('due')}", bold=True)
    canvas.text(RIGHT, y + 20, amount, bold=True, size=canvas.size + 2, align="right")
    canvas.box(RIGHT - 150, y + 4, 156, 24)
    street, town, zip_code = writer.scenario.office
    canvas.lines(LEFT, y + 60, ("INTERNAL REVENUE SERVICE", street, f"{town} {zip_code}"), size=8.5)
    digits = canvas.choose_digits(27)
    canvas.text(LEFT, 752, f"{digits[:9]} {digits[9:11]} {writer.value('year')} {digits[11:]}", size=8)


Drawer = Callable[[PageCanvas, float, Layout, Writer], None]
PAGES: dict[str, Drawer] = {
    "questions": _draw_questions,
    "response": _draw_response,
    "explanation": _draw_explanation,
    "installment": _draw_installment,
    "coupon": _draw_coupon,
}
