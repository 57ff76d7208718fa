"""Pages 2 and on: questions, the response form, the explanation by payer, text, instalments, the coupon.

Each page fits by construction: text stops where the room ends.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from mailroom.sandbox.generator.canvas import WIDTH, Sheet
from mailroom.sandbox.generator.first_page import FULL, filled, total_line
from mailroom.sandbox.generator.header import LEFT, footer, pairs, pairs_at_right, running_head
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.style import Writer, masked
from mailroom.sandbox.generator.text_flow import Column, flow, table
from mailroom.sandbox.generator.wording import INSTALLMENT, OPTIONS, QUESTIONS, TEXT_PAGES

RIGHT = WIDTH - LEFT
Plan = tuple[str, ...]


def plan(rng: Random, layout: Layout) -> Plan:
    """Which pages follow page 1: 4 to 13 of them, mostly 5 to 7."""
    count = rng.choices(range(4, 14), (3, 6, 7, 5, 3, 2, 1, 1, 1, 1))[0]
    fixed = ["questions", "response", "explanation"]
    last = ["coupon"] if layout.coupon else ["installment"]
    texts = [f"text {index % len(TEXT_PAGES)}" for index in range(count - 4)]
    if layout.coupon and len(texts) > 3:
        texts[-1] = "installment"
    return (*fixed, *texts, *last)


def later_page(sheet: Sheet, layout: Layout, writer: Writer, name: str, page: int) -> None:
    """Draws the page that ``plan`` called ``name`` as the document's ``page``-th."""
    y = running_head(sheet, layout, writer, page) + 8
    if name.startswith("text "):
        first = int(name.removeprefix("text "))
        for index in (first, first + 1):
            title, parts = TEXT_PAGES[index % len(TEXT_PAGES)]
            y = flow(sheet, _title(sheet, y, title), filled(parts, writer), layout.body, FULL) + 8
    else:
        PAGES[name](sheet, y, layout, writer)
    footer(sheet, layout, writer, page)


def _title(sheet: Sheet, y: float, title: str) -> float:
    sheet.text(LEFT, y, title, bold=True, size=sheet.hand.size + 3)
    sheet.rule(LEFT, y + 5, FULL.width, 1)
    return y + 24


def _questions(sheet: Sheet, y: float, layout: Layout, writer: Writer) -> None:
    y = _title(sheet, y, f"Questions about your {writer.value('notice')}")
    flow(sheet, y, filled(QUESTIONS, writer), layout.body, FULL)


def _response(sheet: Sheet, y: float, layout: Layout, writer: Writer) -> None:
    """The response form repeats the keys under the names of ``layout``'s running head or of its own."""
    y = _title(sheet, y, "Response form")
    keys = [("Name", writer.look.names[0]), ("Social Security number", writer.ssn),
            ("Tax year", writer.value("year")), ("Response due", writer.value("due"))]  # fmt: skip
    if layout.running != "none":
        keys.append(("AUR control number", writer.value("aur")))
    y = pairs(sheet, LEFT, y, keys) + 10
    for option in OPTIONS:
        sheet.box(LEFT, y - 8, 9, 9)
        y = sheet.paragraph(LEFT + 18, y, FULL.width - 18, option) + 8
    for label in ("Your signature", "Spouse's signature", "Daytime telephone"):
        y += 24
        sheet.rule(LEFT, y - 10, 300)
        sheet.text(LEFT, y, label, size=8)
        sheet.text(LEFT + 250, y, "Date", size=8)
    if writer.matter.representative:
        y += 26
        sheet.text(LEFT, y, f"Representative on file: {writer.matter.representative}")
    flow(sheet, y + 34, filled(QUESTIONS[:4], writer), layout.body, FULL)


def _explanation(sheet: Sheet, y: float, _layout: Layout, writer: Writer) -> None:
    """Who reported what, of whom: the payers' numbers and the spouse's stand here."""
    y = _title(sheet, y, "Explanation of changes")
    edges = (LEFT, RIGHT - 200, RIGHT - 80, RIGHT)
    for line in writer.matter.income:
        sheet.text(LEFT, y, f"{line.payer}  EIN {line.ein}", bold=True)
        sheet.text(RIGHT, y, f"Form {line.document}", align="right")
        number = masked(line.person, writer.look.mask)
        sheet.text(LEFT, y + sheet.leading, f"Issued to: {line.person.printed()}  SSN {number}")
        amounts = (writer.money(c) for c in (line.shown, line.reported, line.difference))
        rows = (("", "Shown on return", "Reported by others", "Difference"), (line.what, *amounts))
        y = table(sheet, y + 2 * sheet.leading + 2, rows, edges, ruled=False) + 14
    more = sum(line.difference for line in writer.matter.income)
    sheet.text(LEFT, y, "Total increase in income", bold=True)
    sheet.text(RIGHT, y, writer.money(more), bold=True, align="right")
    label, amount = total_line(writer, "Total proposed amount due", "Total proposed refund")
    sheet.text(LEFT, y + sheet.leading + 4, label, bold=True)
    sheet.text(RIGHT, y + sheet.leading + 4, amount, bold=True, align="right")


def _installment(sheet: Sheet, y: float, _layout: Layout, writer: Writer) -> None:
    y = _title(sheet, y, "Installment Agreement Request (Form 9465)")
    y = (
        sheet.paragraph(LEFT, y, FULL.width, "Fill in each line and return this page with your response.")
        + 14
    )
    for number, label in enumerate(INSTALLMENT, start=1):
        sheet.text(LEFT, y, f"{number}  {label}")
        sheet.rule(LEFT + 320, y + 2, FULL.width - 320)
        y += 26
    sheet.text(LEFT, y + 10, f"Form 9465 for tax year {writer.value('year')}", size=8)


def _coupon(sheet: Sheet, y: float, layout: Layout, writer: Writer) -> None:
    """Text above, and below a broken line the stub that goes with the check."""
    title, parts = TEXT_PAGES[2]
    flow(sheet, _title(sheet, y, title), filled(parts, writer), layout.body, Column(LEFT, FULL.width, 500))
    top = 545.0
    for step in range(0, int(FULL.width), 12):
        sheet.rule(LEFT + step, top - 16, 6)
    sheet.lines(LEFT, top, (*writer.look.names, writer.matter.home.street.upper()))
    keys = (("Notice", "notice"), ("Notice date", "date"), ("Social Security number", "ssn"))
    pairs_at_right(sheet, top, [(label, writer.value(key)) for label, key in keys])
    label, amount = total_line(writer, "Amount due by", "Refund, no payment needed by")
    y = sheet.paragraph(
        LEFT,
        top + 70,
        300,
        "Write your Social Security number, the tax year and the form number on your check.",
    )
    sheet.text(LEFT, y + 20, f"{label} {writer.value('due')}", bold=True)
    sheet.text(RIGHT, y + 20, amount, bold=True, size=sheet.hand.size + 2, align="right")
    sheet.box(RIGHT - 150, y + 4, 156, 24)
    street, town, zip_code = writer.matter.office
    sheet.lines(LEFT, y + 60, ("INTERNAL REVENUE SERVICE", street, f"{town} {zip_code}"), size=8.5)
    digits = "".join(sheet.rng.choices("0123456789", k=27))
    sheet.text(LEFT, 752, f"{digits[:9]} {digits[9:11]} {writer.value('year')} {digits[11:]}", size=8)


Drawer = Callable[[Sheet, float, Layout, Writer], None]
PAGES: dict[str, Drawer] = {
    "questions": _questions,
    "response": _response,
    "explanation": _explanation,
    "installment": _installment,
    "coupon": _coupon,
}
