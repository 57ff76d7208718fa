"""The pages behind the first one: income table, questions, response form, payment, and blank backs."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from random import Random
from typing import Any

from bench.independent_set.facts import Facts
from bench.independent_set.people import HERE
from bench.independent_set.sheet import Sheet

WORDING: dict[str, Any] = tomllib.loads((HERE / "wording.toml").read_text(encoding="utf-8"))
Draw = Callable[[Sheet, Facts, Random, float], None]
LEFT, SPAN = 36, 540


def fill_in(text: str, facts: Facts) -> str:
    """A sentence with this notice's values."""
    firm, street, town = facts.representative
    return text.format(
        year=facts.year, due=facts.shown_due_date, phone=facts.phone, fax=facts.fax, rep=firm, rep_street=street,
        rep_town=town, total=facts.money(facts.total), notice=facts.spelling,
    )  # fmt: skip


def say(rng: Random, facts: Facts, part: str, key: str) -> str:
    """One of the sentences of a kind, with this notice's values."""
    return fill_in(rng.choice(WORDING[part][key]), facts)


def summary_rows(facts: Facts, *, early: bool) -> list[tuple[str, float]]:
    """The summary's lines, the total last."""
    due = facts.shown_due_date
    words = {
        "Tax increase": f"{facts.year} Tax Increase", "Tax decrease": f"{facts.year} Tax Decrease",
        "Payment increase": "Payment Increase", "Interest": f"Interest if paid by {due}",
        "Substantial tax understatement penalty": "Penalties - may not include all applicable penalties",
    } if early else {
        "Tax increase": "Increase in tax", "Tax decrease": "Decrease in tax", "Payment increase": "Payments",
        "Interest": f"Interest charges (until {due})",
        "Substantial tax understatement penalty": "Substantial tax understatement penalty",
    }  # fmt: skip
    rows = [(words[label], amount) for label, amount in facts.amounts.items()]
    last = ("Proposed Refund" if facts.total < 0 else "Proposed Balance Due") if early else (
        "Refund due" if facts.total < 0 else f"Amount due by {due}")  # fmt: skip
    return [*rows, (last, facts.total)]


def draw_income(sheet: Sheet, facts: Facts, rng: Random, y: float) -> None:
    """What payers reported, with their numbers and to whom each form was issued."""
    sheet.write(LEFT, y, "Explanation of changes to your return", 13, "B")
    y = sheet.paragraph(
        LEFT, y + 20, SPAN, f"This section tells you what {facts.year} amounts others reported to us."
    )
    columns = ((LEFT, "Received from", "L"), (330, "Form", "L"), (436, "On your return", "R"),
               (506, "Reported", "R"), (576, "Difference", "R"))  # fmt: skip
    sheet.row(y + 4, columns, 8.5, "B")
    sheet.rule(LEFT, y + 9, 576)
    y += 24
    for line in facts.income:
        difference = line.reported - line.shown
        sheet.row(y, ((LEFT, line.payer, "L"), (330, line.form, "L"), (436, f"${line.shown:,}", "R"),
                      (506, f"${line.reported:,}", "R"), (576, f"${difference:,}", "R")), 9)  # fmt: skip
        y = sheet.write_lines(LEFT + 8, y + 12, (line.street, line.town), 8.5)
        shown = line.ssn if facts.ssn_shown == facts.ssn else f"XXX-XX-{line.ssn[-4:]}"
        sheet.write(
            LEFT + 8,
            y,
            f"EIN {line.ein}   Issued to SSN {shown}   Account {rng.randint(10**9, 10**10 - 1)}",
            8.5,
        )
        y += 20
    shown_sum, reported = (
        sum(line.shown for line in facts.income),
        sum(line.reported for line in facts.income),
    )
    sheet.rule(LEFT, y - 11, 576)
    sheet.row(y + 2, ((LEFT, "Total", "L"), (436, f"${shown_sum:,}", "R"), (506, f"${reported:,}", "R"),
                      (576, f"${reported - shown_sum:,}", "R")), 9, "B")  # fmt: skip
    _draw_computation(sheet, facts, rng, y + 34)


def _draw_computation(sheet: Sheet, facts: Facts, rng: Random, y: float) -> None:
    change = sum(line.reported - line.shown for line in facts.income)
    sheet.write(LEFT, y, "Changes to your tax computation", 11, "B")
    sheet.row(
        y + 16,
        ((400, "Shown on return", "R"), (490, "As corrected", "R"), (576, "Difference", "R")),
        8.5,
        "B",
    )
    income, y = rng.randint(22000, 190000), y + 32
    for label, base, step in (("Total income", income, change), ("Taxable income", int(income * 0.8), change),
                              ("Total tax", int(income * 0.13), round(next(iter(facts.amounts.values()))))):  # fmt: skip
        sheet.row(y, ((LEFT, label, "L"), (400, f"{base:,}", "R"), (490, f"{base + step:,}", "R"),
                      (576, f"{step:,}", "R")), 9)  # fmt: skip
        y += 14


def draw_questions(sheet: Sheet, facts: Facts, rng: Random, y: float) -> None:
    """Questions and answers, some about other notices."""
    sheet.write(
        LEFT, y, rng.choice(("Common questions", "Frequently asked questions about this notice")), 13, "B"
    )
    y += 22
    questions = list(WORDING["questions"].items())
    for question, answer in rng.sample(questions, rng.randint(6, 11)):
        if y > 660:
            return
        sheet.write(LEFT, y, question, 10, "B")
        y = sheet.paragraph(LEFT, y + 13, SPAN, fill_in(answer, facts)) + 4


def draw_response_form(sheet: Sheet, facts: Facts, rng: Random, y: float) -> None:
    """The form to return, with boxes to check and lines to sign."""
    sheet.write(
        306,
        y,
        rng.choice(("Response form", f"CP2000 Response Form - Tax Year {facts.year}")),
        14,
        "B",
        align="C",
    )
    sheet.write(
        LEFT,
        y + 20,
        f"Return this form by {facts.shown_due_date} to the address on page 1, or fax it to {facts.fax}.",
    )
    sheet.write_lines(LEFT, y + 38, facts.household.lines, family=sheet.data)
    sheet.write(576, y + 38, f"AUR control number {facts.aur}", family=sheet.data, align="R")
    sheet.write(576, y + 51, f"SSN {facts.ssn_shown}", family=sheet.data, align="R")
    y, chosen = y + 84, rng.randint(0, 2)
    for number, choice in enumerate(WORDING["form"]["choices"]):
        sheet.box(LEFT, y - 8, 9, 9)
        if "handwriting" in facts.features and number == chosen:
            sheet.scribble(rng, LEFT - 2, y + 2, 18, 14)
        y = sheet.paragraph(LEFT + 18, y, 500, choice) + 4
    y = sheet.paragraph(LEFT, y + 4, SPAN, WORDING["form"]["oath"], 8.5)
    for label in ("Your signature", "Spouse's signature")[: 2 if facts.household.joint else 1]:
        _draw_signature(sheet, rng, label, y + 26, signed="handwriting" in facts.features)
        y += 42
    y += 18
    for choice in WORDING["form"]["pay"]:
        sheet.box(LEFT, y - 8, 9, 9)
        sheet.write(LEFT + 18, y, choice)
        y += 17
    y = sheet.paragraph(LEFT, y + 10, SPAN, WORDING["form"]["third"], 8.5)
    sheet.write(
        LEFT, y + 8, "Name of that person ______________________________   Telephone ____________________", 9
    )


def _draw_signature(sheet: Sheet, rng: Random, label: str, y: float, *, signed: bool) -> None:
    sheet.rule(LEFT, y, 300)
    sheet.rule(330, y, 430)
    sheet.write(LEFT, y + 10, label, 7.5)
    sheet.write(330, y + 10, "Date", 7.5)
    if signed:
        sheet.scribble(rng, LEFT + 12, y - 2, rng.uniform(90, 190), 16)
        sheet.scribble(rng, 336, y - 2, 60, 8)


def draw_penalties(sheet: Sheet, facts: Facts, rng: Random, y: float) -> None:
    """Explain the penalties and the interest that the facts have, below each other from ``y`` on."""
    for title, key, label in (
        ("Penalties", "substantial", "Substantial tax understatement penalty"),
        ("Interest charges", "interest", "Interest"), ("Late payment", "late", ""),
    ):  # fmt: skip
        sheet.write(LEFT, y, title, 13, "B")
        y = sheet.paragraph(LEFT, y + 18, SPAN, WORDING["penalties"][key])
        if label in facts.amounts:
            sheet.dots(LEFT, y + 4, 576, "Amount", facts.money(facts.amounts[label]))
            y += 20
        y += 12
    if rng.random() < 0.6:
        sheet.paragraph(LEFT, y, SPAN, say(rng, facts, "cp2000", "earlier"))


def draw_more(sheet: Sheet, facts: Facts, rng: Random, y: float) -> None:
    """Where to find more, in a list."""
    sheet.write(LEFT, y, "Additional information", 13, "B")
    y += 22
    for line in rng.sample(WORDING["more"]["lines"], 5):
        sheet.write(LEFT + 6, y, "•")
        y = sheet.paragraph(LEFT + 18, y, SPAN - 20, line)
    sheet.paragraph(LEFT, y + 10, SPAN, say(rng, facts, "cp2000", "else_"))


def draw_installment(sheet: Sheet, facts: Facts, _rng: Random, y: float) -> None:
    """A request to pay in parts, with empty lines."""
    sheet.write(306, y, "Installment Agreement Request", 14, "B", align="C")
    sheet.write(306, y + 16, "(enclosed for your convenience; attach to the response form)", 9, align="C")
    y += 46
    for label in ("Name as on the return", "Social Security number", "Spouse's Social Security number", "Address",
                  "City, state and ZIP code", "Home telephone", "Name of your bank", "Your employer",
                  "Amount you can pay each month", "Day of the month"):  # fmt: skip
        sheet.write(LEFT, y, label, 9)
        sheet.rule(230, y + 2, 576, 0.4)
        y += 27
    sheet.write(
        LEFT, y, f"Amount that you owe as shown on your notice, {facts.year}: {facts.money(facts.total)}", 9
    )


def draw_coupon(sheet: Sheet, facts: Facts, rng: Random, y: float) -> None:
    """The payment coupon below a dashed line at the foot of a page."""
    sheet.write(LEFT, y, "Payment options", 13, "B")
    sheet.paragraph(
        LEFT,
        y + 18,
        SPAN,
        "Pay online at www.irs.gov/payments, or by check payable to the United States Treasury.",
    )
    draw_slip(sheet, facts, rng)


def draw_slip(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """The coupon itself, below a dashed line in the last third of the page."""
    sheet.dashes(560)
    sheet.write(306, 572, "Detach here and return with your payment", 7, align="C")
    sheet.write(LEFT, 596, "Payment", 14, "B")
    sheet.write_lines(LEFT, 616, facts.mailing_lines, 9, family=sheet.data)
    rows = (("Notice", facts.spelling), ("Notice date", facts.shown_date), ("Social Security number", facts.ssn_shown),
            ("Amount due" if facts.total >= 0 else "Refund due", facts.money(abs(facts.total))))  # fmt: skip
    for number, (label, value) in enumerate(rows):
        sheet.write(360, 596 + 14 * number, label, 9, "B")
        sheet.write(576, 596 + 14 * number, value, 9, family=sheet.data, align="R")
    sheet.write_lines(360, 672, ("INTERNAL REVENUE SERVICE", *facts.office[2:]), 9)
    digits = (
        facts.ssn.replace("-", "") if facts.ssn_shown == facts.ssn else f"000{rng.randint(1, 10**6 - 1):06}"
    )
    sheet.write(
        LEFT,
        758,
        f"{digits} XK {facts.household.last_names[0][:4]} 30 0 {facts.year}12 670 {abs(round(facts.total * 100)):011}",
        9,
        family="courier",
    )


def draw_form_copy(sheet: Sheet, facts: Facts, rng: Random, y: float) -> None:
    """More answers, in small print and two columns."""
    sheet.write(LEFT, y, "Notice to taxpayers about your rights", 12, "B")
    for column in range(2):
        x, line = LEFT + 278 * column, y + 22
        for question, answer in rng.sample(list(WORDING["questions"].items()), 4):
            line = sheet.paragraph(x, line, 258, question, 8.5, "B")
            line = sheet.paragraph(x, line, 258, fill_in(answer, facts), 8)


def draw_nothing(_sheet: Sheet, _facts: Facts, _rng: Random, _y: float) -> None:
    """Leave the page with its running head only."""


INNER: tuple[Draw, ...] = (
    draw_questions,
    draw_penalties,
    draw_more,
    draw_installment,
    draw_form_copy,
    draw_questions,
)
