"""Documents that are not from the IRS, some of which speak about its notices."""

from __future__ import annotations

from random import Random

from bench.independent_set.facts import Facts
from bench.independent_set.inner import WORDING, fill_in
from bench.independent_set.people import make_phone
from bench.independent_set.sheet import Sheet


def _write_letterhead(sheet: Sheet, facts: Facts, rng: Random) -> float:
    firm, street, town = facts.representative
    sheet.write(306, 52, firm, 16, "B", align="C")
    sheet.write(306, 68, f"{street}  {town}  {make_phone(rng)}", 8.5, align="C")
    sheet.rule(36, 76, 576)
    sheet.write(36, 108, facts.shown_date)
    return sheet.write_lines(36, 136, facts.mailing_lines) + 14


def draw_engagement(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """A firm's letter to its client about a CP2000."""
    sheet.add_page()
    y = _write_letterhead(sheet, facts, rng)
    sheet.write(36, y, f"Re: IRS Notice CP2000, tax year {facts.year}", style="B")
    sheet.write(36, y + 22, f"Dear {facts.household.first_names[0].title()},")
    y = sheet.paragraph(36, y + 42, 540, WORDING["papers"]["engagement"])
    y = sheet.paragraph(36, y, 540, f"The notice asks for a response by {facts.shown_due_date}.")
    sheet.write(36, y + 20, "Sincerely,")
    sheet.scribble(rng, 40, y + 52, 120, 18)
    sheet.write(36, y + 70, facts.representative[0])


def draw_invoice(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """A firm's invoice for work on a notice."""
    sheet.add_page()
    y = _write_letterhead(sheet, facts, rng)
    sheet.write(576, 108, f"INVOICE {rng.randint(1000, 9999)}", 13, "B", align="R")
    sheet.rule(36, y, 576)
    lines = sheet.wrap(WORDING["papers"]["invoice"], 380)
    sheet.write(576, y + 18, f"${rng.randint(300, 2400):,}.00", align="R")
    y = sheet.write_lines(36, y + 18, lines)
    sheet.rule(36, y + 4, 576)
    sheet.write(36, y + 24, "Amount due upon receipt. Thank you for your business.")


def draw_bank_statement(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """A month of an account."""
    sheet.add_page()
    sheet.write(36, 52, rng.choice(("FIRST PRAIRIE BANK NA", "SUMMIT CREDIT UNION")), 16, "B")
    sheet.write(576, 52, f"Statement date {facts.shown_date}", align="R")
    sheet.write(576, 66, f"Account ending {rng.randint(1000, 9999)}", align="R")
    y = sheet.write_lines(52, 140, facts.mailing_lines) + 40
    balance = rng.randint(500, 9000)
    for day in range(1, rng.randint(9, 24)):
        amount = rng.randint(-600, 900)
        balance += amount
        text = rng.choice(("CHECK", "CARD PURCHASE", "IRS USATAXPYMT")
                          if amount < 0 else ("DEPOSIT", "US TREASURY TAX REFUND", "INTEREST PAID"))  # fmt: skip
        sheet.row(y, ((40, f"{facts.notice_date.month:02}/{day:02}", "L"), (90, text, "L"), (460, f"{amount:,}.00", "R"),
                      (570, f"{balance:,}.00", "R")))  # fmt: skip
        y += 14
    sheet.paragraph(36, y + 20, 540, WORDING["papers"]["bank"])


def draw_w2(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """A copy of a Form W-2 with its boxes."""
    sheet.add_page()
    sheet.write(36, 56, f"Form W-2  Wage and Tax Statement  {facts.year}", 12, "B")
    sheet.write(576, 56, "Copy C - For EMPLOYEE'S RECORDS", 8, align="R")
    line, wages = facts.income[0], rng.randint(18000, 120000)
    boxes = (
        ("a  Employee's social security number", facts.ssn), ("b  Employer identification number", line.ein),
        ("1  Wages, tips, other compensation", f"{wages}.00"), ("2  Federal income tax withheld", f"{wages // 9}.00"),
        ("c  Employer's name and address", line.payer), ("3  Social security wages", f"{wages}.00"),
        ("e  Employee's name", facts.household.lines[0]), ("5  Medicare wages and tips", f"{wages}.00"),
        ("f  Employee's address", facts.address.lines[0]), ("", facts.address.lines[-1]),
    )  # fmt: skip
    for number, (label, value) in enumerate(boxes):
        x, y = 36 + 270 * (number % 2), 76 + 44 * (number // 2)
        sheet.box(x, y, 270, 44)
        sheet.write(x + 4, y + 10, label, 7)
        sheet.write(x + 10, y + 30, value, 10, family=sheet.data)
    sheet.write(36, 330, "Department of the Treasury-Internal Revenue Service", 8)
    sheet.write(36, 344, "This information is being furnished to the Internal Revenue Service.", 8)


def draw_state_notice(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """A state's own notice after a federal change."""
    sheet.add_page()
    sheet.write(36, 50, rng.choice(("STATE OF OHIO DEPARTMENT OF TAXATION", "FRANCHISE TAX BOARD")), 13, "B")
    sheet.write(576, 50, "Notice of Proposed Assessment", 11, "B", align="R")
    sheet.write(576, 68, f"Notice date: {facts.shown_date}", align="R")
    sheet.write(576, 82, f"Tax year: {facts.year}   Account: {rng.randint(10**9, 10**10)}", align="R")
    y = sheet.write_lines(52, 140, facts.mailing_lines) + 30
    y = sheet.paragraph(36, y, 540, fill_in(WORDING["papers"]["state"], facts))
    sheet.dots(36, y + 10, 420, "Additional tax and interest", facts.money(abs(facts.total)))


PAPERS = {
    "engagement_letter": draw_engagement,
    "invoice": draw_invoice,
    "bank_statement": draw_bank_statement,
    "w2_copy": draw_w2,
    "state_notice": draw_state_notice,
}
