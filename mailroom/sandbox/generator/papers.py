"""Documents in the same inbox that are not IRS letters, some of which mention a CP2000.

None of them may be taken for a notice: each contains what could mislead a reader (a number, a date, the word
itself).
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from mailroom.sandbox.generator.canvas import PageCanvas, Typesetting
from mailroom.sandbox.generator.cp2000 import Maker
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.model import Made, make_empty_truth
from mailroom.sandbox.generator.people import Household
from mailroom.sandbox.generator.style import format_date, mask_ssn


def _make_text_paper(rng: Random, name: str, title: str, lines: tuple[str, ...]) -> Made:
    """Return one page with a title and paragraphs."""
    canvas = PageCanvas(Typesetting(rng.choice(("times", "helvetica")), rng.choice((10, 11))), rng)
    canvas.text(72, 84, title, bold=True, size=16)
    canvas.rule(72, 92, 468)
    y = 130.0
    for line in lines:
        y = canvas.paragraph(72, y, 468, line) + 8
    return canvas.finish(), make_empty_truth("not_cp2000", name) | {"page_count": 1}


def make_law_firm_letter(rng: Random, _layout: Layout, home: Household, day: date) -> Made:
    """Return a law firm's covering letter about a CP2000, with the client's SSN and the notice date."""
    dated, due = (format_date(day + timedelta(days=days), "long") for days in (-9, 21))
    news = (
        f"our client has received a Notice CP2000 for tax year {day.year - 2}, dated {dated}, which "
        f"proposes an amount due of $4,118.00. The response is due by {due}. The notice will follow by mail."
    )
    return _make_text_paper(rng, "law-firm", "Whitcombe & Asare, Attorneys at Law", (
        format_date(day, "long"),
        f"Re: {home.taxpayer.first} {home.taxpayer.last}, IRS Notice CP2000",
        f"Social Security Number: {mask_ssn(home.taxpayer, rng.choice(('', 'XXX-XX-')))}",
        "Dear Colleague,", news,
        "Please let us know whether you will represent our client before the Internal Revenue Service.",
        "Yours truly,", "P. Whitcombe",
    ))  # fmt: skip


def make_fax_cover(rng: Random, _layout: Layout, home: Household, day: date) -> Made:
    """Return a fax cover sheet without its pages."""
    return _make_text_paper(rng, "fax-cover", "FAX", (
        f"Date: {format_date(day, 'slash')}",
        f"From: {home.taxpayer.first} {home.taxpayer.last} {home.phone}",
        "To: IRS AUR Unit, Response to Notice CP2000", f"Pages: {rng.randint(4, 12)}",
        "This fax may be confidential. If it reached you by mistake, please destroy it.",
    ))  # fmt: skip


def make_bank_statement(rng: Random, _layout: Layout, home: Household, day: date) -> Made:
    """Return account lines in columns with dates, amounts and a number with 5 and 4 digits."""
    entries = ("Card purchase", "Payroll deposit", "ATM", "Transfer", "IRS TREAS 310 TAX REF")
    days = (format_date(day - timedelta(days=3 * index), "slash") for index in range(len(entries)))
    rows = (f"{on}   {entry}   ${rng.randint(10, 900)}.00" for on, entry in zip(days, entries, strict=True))
    name = home.taxpayer.printed()
    return _make_text_paper(rng, "bank-statement", "Blue Heron Bank", (
        "Statement of account 48213-0098", name, home.street.upper(), *rows, "Amount due: $0.00",
    ))  # fmt: skip


def make_invoice(rng: Random, _layout: Layout, home: Household, day: date) -> Made:
    """Return an invoice with a due date 30 days after its date, as on a notice."""
    return _make_text_paper(rng, "invoice", "INVOICE", (
        f"Bill to: {home.taxpayer.first} {home.taxpayer.last}", f"Invoice date {format_date(day, 'slash')}",
        f"Due date {format_date(day + timedelta(days=30), 'slash')}",
        "Tax resolution services, response to CP2000", f"Amount due ${rng.randint(300, 4000):,}.00",
    ))  # fmt: skip


PAPERS: dict[str, Maker] = {
    "law-firm": make_law_firm_letter,
    "fax-cover": make_fax_cover,
    "bank-statement": make_bank_statement,
    "invoice": make_invoice,
}
