"""Other IRS letters: bills, reminders, levy notices, notices of deficiency, inquiries and plain letters."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from bench.independent_set.facts import (
    LONG,
    PADDED,
    SHORT,
    SLASHED,
    UPPER,
    Facts,
    list_true_values,
    make_facts,
)
from bench.independent_set.fronts_late import draw_address, draw_block, draw_logo, draw_reference
from bench.independent_set.inner import WORDING, draw_income, draw_more, draw_penalties, draw_slip, fill_in
from bench.independent_set.layouts import draw_running_head
from bench.independent_set.sheet import Sheet

WEIGHTS = {"CP14": 3, "CP501": 2, "CP503": 2, "CP504": 3, "CP2501": 3, "CP3219A": 3, "CP3219N": 2, "LT11": 2,
           "2625C": 1, "2626C": 1, "CP22A": 1}  # fmt: skip
LETTERS = ("2625C", "2626C")
WITH_AUR = ("CP2501", "CP3219A")
BILL_LABELS = {
    "Tax increase": "Tax you owed", "Payment increase": "Payments and credits",
    "Substantial tax understatement penalty": "Failure-to-pay penalty", "Interest": "Interest charges",
}  # fmt: skip
WITH_SLIP = ("CP14", "CP501", "CP503", "CP504", "CP22A")
WITHOUT_AMOUNT = ("CP2501", *LETTERS)
WITHOUT_DATE = ("LT11", *LETTERS)


def make_other_facts(rng: Random) -> Facts:
    """The facts of a letter that is not a CP2000."""
    letter = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    facts = make_facts(
        rng, letter, (2010, 2022), (UPPER, PADDED) if letter in LETTERS else (LONG, LONG, SLASHED, SHORT)
    )
    spelling = {"CP3219A": "CP3219A", "CP3219N": "3219N"}.get(letter, facts.spelling)
    return replace(facts, spelling=letter if letter in {*LETTERS, "LT11"} else spelling)


def draw_other(sheet: Sheet, facts: Facts, rng: Random) -> tuple[int, int]:
    """Draw all pages; returns how many there are and how many the page numbers say."""
    sheet.add_page()
    if facts.letter in LETTERS:
        _draw_letter(sheet, facts, rng)
        return 1, 1
    pages = rng.randint(2, 5)
    _draw_bill(sheet, facts, rng, pages)
    plan = [draw_penalties, draw_more, draw_income if facts.letter in WITH_AUR else draw_penalties, draw_more]
    for number, draw in enumerate(plan[: pages - 1], 2):
        sheet.add_page()
        draw(sheet, facts, rng, draw_running_head(sheet, facts, "block", number, pages))
    return pages, pages


def _draw_bill(sheet: Sheet, facts: Facts, rng: Random, pages: int) -> None:
    headline, text, amount_label = WORDING["others"][facts.letter]
    draw_logo(sheet, 36, 52)
    sheet.write_lines(86, 42, facts.office, 8.5)
    rows = _list_block_rows(facts, pages)
    if facts.year >= 2018 and facts.letter in WITH_SLIP and rng.random() < 0.5:
        rows = [(label, value.removeprefix("Phone ")) for label, value in rows if label]
        sheet.box(408, 28, 172, 30 + 29 * len(rows), gray=235)
        bottom = draw_reference(sheet, rows)
    else:
        bottom = draw_block(sheet, rows, 44, "labels")
    y = max(draw_address(sheet, facts, 142), bottom, 240) + 24
    for line in sheet.wrap(fill_in(headline, facts), 500, 15, "B"):
        sheet.write(36, y, line, 15, "B")
        y += 18
    label = fill_in(amount_label, facts)
    value = (
        facts.shown_due_date if facts.letter in {"CP2501", "CP3219A", "CP3219N"} else facts.money(facts.total)
    )
    sheet.write(36, y + 4, f"{label}: {value}", 12, "B")
    y = sheet.paragraph(36, y + 28, 540, fill_in(text, facts))
    if facts.letter not in WITHOUT_AMOUNT:
        y = _draw_summary(sheet, facts, y + 8)
    y = sheet.paragraph(36, y + 10, 540, f"If you have questions, call {facts.phone}.")
    if facts.letter in WITH_SLIP:
        draw_slip(sheet, facts, rng)
        return
    for line in rng.sample(WORDING["more"]["lines"], 4):
        y = sheet.paragraph(36, y + 6, 540, line)


def _list_block_rows(facts: Facts, pages: int) -> list[tuple[str, str]]:
    if facts.letter.startswith("CP3219"):
        return [
            ("Notice", facts.spelling), ("Tax year", str(facts.year)), ("Notice date", facts.shown_date),
            ("Social Security number", facts.ssn_shown), *([("AUR control number", facts.aur)] * (facts.letter in WITH_AUR)),
            ("Last day to petition", facts.shown_due_date), ("Tax Court", ""), ("Certified Mail Number", ""),
            ("", f"9307 1107 5662 {facts.aur[-4:]}"), ("", f"Page 1 of {pages}"),
        ]  # fmt: skip
    rows = [
        ("Notice", facts.spelling), ("Tax year", str(facts.year)), ("Notice date", facts.shown_date),
        ("Social Security number", facts.ssn_shown), ("To contact us", f"Phone {facts.phone}"),
    ]  # fmt: skip
    rows.append(
        ("AUR control number", facts.aur)
        if facts.letter in WITH_AUR
        else ("Your caller ID", facts.aur[:5] + "7")
    )
    return [*rows, ("", f"Page 1 of {pages}")]


def _draw_summary(sheet: Sheet, facts: Facts, y: float) -> float:
    sheet.write(36, y, "Billing Summary", 12, "B")
    y += 18
    for label, amount in facts.amounts.items():
        sheet.dots(36, y, 520, BILL_LABELS[label], facts.money(amount))
        y += 15
    sheet.dots(36, y, 520, "Amount due", facts.money(facts.total), "B")
    return y + 18


def _draw_letter(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """A letter of correspondence: reference lines at the right, no block, "Dear Taxpayer"."""
    sheet.write_lines(36, 46, facts.office)
    day, shown = facts.shown_date, facts.ssn_shown
    sheet.write_lines(360, 46, (f"In reply refer to: {rng.randint(10**8, 10**9):010}", f"{day}  LTR {facts.letter} 0",
                                f"{shown}  {facts.year}12 30", f"Input Op: 09{rng.randint(10**7, 10**8)}", "BODC: WI"))  # fmt: skip
    y = draw_address(sheet, facts, 160) + 24
    sheet.write(60, y, f"Social Security number: {shown}", family=sheet.data)
    sheet.write(60, y + 14, f"Tax period: Dec. 31, {facts.year}", family=sheet.data)
    sheet.write(36, y + 44, "Dear Taxpayer:")
    y = sheet.paragraph(36, y + 64, 500, fill_in(WORDING["others"][facts.letter][1], facts))
    y = sheet.paragraph(
        36, y, 500, f"If you have questions, call us at {facts.phone}. Please have this letter with you."
    )
    sheet.write_lines(
        360, y + 20, ("Sincerely yours,", "", "", "Operations Manager", "Automated Underreporter")
    )


def list_other_values(facts: Facts, pages: tuple[int, int]) -> dict[str, Any]:
    """The true values of what the letter prints; fields that it does not print are left out."""
    names = {"CP3219N": ["CP3219N", "3219N"], "CP3219A": ["CP3219A", "3219A"]}
    for letter in LETTERS:
        names[letter] = [letter, f"LTR {letter}", f"LTR{letter}", f"Letter {letter}", f"LETTER {letter}"]
    fields = list_true_values(facts, names.get(facts.letter, facts.letter), pages)
    unprinted = {
        "aur_control_number": facts.letter not in WITH_AUR,
        "amount_due": facts.letter in WITHOUT_AMOUNT,
        "response_due_date": facts.letter in WITHOUT_DATE,
    }
    return {name: value for name, value in fields.items() if not unprinted.get(name, False)}
