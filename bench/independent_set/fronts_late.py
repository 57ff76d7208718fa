"""First pages from about 2011 on: the block at the right, the gray box of 2020, and the redesign of 2024."""

from __future__ import annotations

from random import Random

from bench.independent_set.facts import LONG, Facts, format_date
from bench.independent_set.inner import WORDING, fill_in, say, summary_rows
from bench.independent_set.sheet import Sheet


def draw_logo(sheet: Sheet, x: float, y: float) -> None:
    """The letters IRS with a bar, for the emblem of the real ones."""
    sheet.write(x, y, "IRS", 20, "B")
    sheet.rule(x, y + 4, x + 40, 2)


def block_rows(facts: Facts) -> list[tuple[str, str]]:
    """The rows of the block at the right."""
    return [
        ("Notice", facts.spelling), ("Tax year", str(facts.year)), ("Notice date", facts.shown_date),
        ("Social Security number", facts.ssn_shown), ("AUR control number", facts.aur),
        ("To contact us", f"Phone {facts.phone}"), ("", f"Fax {facts.fax}"),
    ]  # fmt: skip


def draw_block(sheet: Sheet, rows: list[tuple[str, str]], top: float, bold: str) -> float:
    """Labels and values in two columns at the right, with thin rules; returns the bottom."""
    y = top
    for label, value in rows:
        if label:
            sheet.rule(354, y - 10, 590, 0.3)
        sheet.write(356, y, label, 9, "B" if bold == "labels" else "")
        sheet.write(478, y, value, 9, "B" if bold == "values" else "", family=sheet.data)
        y += 14
    return y


def draw_address(sheet: Sheet, facts: Facts, top: float, x: float = 46) -> float:
    """Postal lines and the address block; returns the baseline of what follows."""
    y = sheet.write_lines(x, top, facts.postal_lines, 7.5, leading=1.6)
    return sheet.write_lines(x, y + 2, facts.mailing_lines, 10, family=sheet.data)


def draw_right_block(sheet: Sheet, facts: Facts, rng: Random, pages: int) -> None:
    """The layout of 2011 to 2019."""
    draw_logo(sheet, 36, 52)
    sheet.write_lines(86, 42, facts.office, 8.5)
    bottom = draw_block(
        sheet, [*block_rows(facts), ("", f"Page 1 of {pages}")], 44, rng.choice(("labels", "values", ""))
    )
    y = max(draw_address(sheet, facts, 140), bottom, 236) + 26
    sheet.write(36, y, f"Proposed changes to your {facts.year} Form 1040", 17, "B")
    word = (
        "Refund due" if facts.total < 0 else rng.choice(("Amount due", "Amount due", "Proposed amount due"))
    )
    sheet.write(36, y + 20, f"{word}: {facts.money(abs(facts.total))}", 14, "B")
    y = _draw_sides(sheet, facts, rng, y + 44)
    sheet.write(36, y + 8, "What you need to do immediately", 12, "B")
    y = _draw_steps(sheet, facts, y + 26)
    y = sheet.paragraph(36, y, 500, say(rng, facts, "cp2000", "else_"))
    if "rep_sentence" in facts.features and y < 700:
        y = sheet.paragraph(36, y, 500, say(rng, facts, "cp2000", "rep"))
    if y < 600:
        sheet.write(36, y + 10, "If you have questions", 12, "B")
        y = sheet.paragraph(
            36, y + 28, 500, f"Call {facts.phone}, or write to the address above. Have this notice at hand."
        )
        y = sheet.paragraph(36, y, 500, say(rng, facts, "cp2000", "earlier"))
    if y < 730:
        sheet.write(576, 772, "Continued on back...", 8.5, "B", align="R")


def _draw_sides(sheet: Sheet, facts: Facts, rng: Random, top: float) -> float:
    """The explanation at the left and the summary in a frame at the right."""
    left = sheet.paragraph(36, top, 262, say(rng, facts, "cp2000", "intro"))
    left = sheet.paragraph(36, left, 262, say(rng, facts, "cp2000", "not_bill"))
    rows = summary_rows(facts, early=False)
    sheet.box(312, top - 14, 266, 26 + 16 * len(rows))
    sheet.write(318, top, "Summary of proposed changes", 10, "B")
    y = top + 18
    for label, amount in rows:
        sheet.write(318, y, label, 8.5)
        sheet.write(572, y, facts.money(amount), 9.5, family=sheet.data, align="R")
        y += 16
    return max(left, y + 10)


def _draw_steps(sheet: Sheet, facts: Facts, y: float) -> float:
    for step in WORDING["cp2000"]["steps"]:
        sheet.write(42, y, "•")
        y = sheet.paragraph(54, y, 480, fill_in(step, facts))
    return y


def draw_gray_box(sheet: Sheet, facts: Facts, rng: Random, pages: int) -> None:
    """The box of 2020, "For your reference", with each label above its value."""
    draw_logo(sheet, 36, 52)
    sheet.write_lines(86, 42, facts.office, 8.5)
    rows = [
        ("Notice name", facts.spelling), ("Notice date", facts.shown_date), ("Tax year", str(facts.year)),
        ("Your SSN", facts.ssn_shown), ("AUR control number", facts.aur), ("Phone", facts.phone), ("Fax", facts.fax),
    ]  # fmt: skip
    if rng.random() < 0.4:
        rows.insert(4, ("Respond by", facts.shown_due_date))
    sheet.box(408, 28, 172, 30 + 29 * len(rows), gray=rng.choice((225, 235, 242)))
    y = draw_reference(sheet, rows)
    bottom = max(draw_address(sheet, facts, 140), 236)
    sheet.write(36, bottom + 6, f"Page 1 of {pages}", 8)
    _write_headline(sheet, facts, max(y if rng.random() < 0.6 else 0, bottom + 32))
    y = max(y, bottom + 32) + 44
    y = sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "intro"))
    y = _draw_striped_summary(sheet, facts, y + 6)
    y = sheet.paragraph(36, y + 4, 540, say(rng, facts, "cp2000", "not_bill"), style="B")
    y = _draw_steps(sheet, facts, y)
    y = sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "else_"))
    if "rep_sentence" in facts.features:
        sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "rep"))


def _write_headline(sheet: Sheet, facts: Facts, y: float) -> None:
    word = "Refund" if facts.total < 0 else "Amount due"
    sheet.write(36, y, f"Proposed changes to your {facts.year} Form 1040", 16, "B")
    sheet.write(36, y + 20, f"{word}: {facts.money(abs(facts.total))}", 13, "B")


def draw_reference(sheet: Sheet, rows: list[tuple[str, str]]) -> float:
    """Labels above their values, in the gray box; returns where it ends, with some space."""
    sheet.write(416, 45, "For your reference", 10.5, "B")
    y = 62.0
    for label, value in rows:
        sheet.write(416, y, label, 7.5)
        sheet.write(416, y + 12, value, 10, "B", family=sheet.data)
        y += 29
    return y + 22


def _draw_striped_summary(sheet: Sheet, facts: Facts, y: float) -> float:
    for number, (label, amount) in enumerate(summary_rows(facts, early=False)):
        if number % 2 == 0:
            sheet.box(36, y - 11, 540, 16, gray=240)
        sheet.write(42, y, label)
        sheet.write(570, y, facts.money(amount), family=sheet.data, align="R")
        y += 16
    return y


def draw_redesign(sheet: Sheet, facts: Facts, rng: Random, pages: int) -> None:
    """One column, a question for a headline, and the numbers in a strip above it or below the address."""
    draw_logo(sheet, 40, 50)
    sheet.write(92, 50, "Department of the Treasury  |  Internal Revenue Service", 9)
    sheet.write(572, 50, f"Page 1 of {pages}", 9, align="R")
    y = draw_address(sheet, facts, 130) + 6
    strip = rng.random() < 0.5
    top = 92.0 if strip else max(y, 214)
    _draw_pairs(sheet, facts, top if not strip else 84)
    y = max(y, 214) + (78 if not strip else 24)
    sheet.write(40, y, f"We propose changes to your {facts.year} tax return", 19, "B")
    due = format_date(facts.due_date, LONG)
    sheet.box(40, y + 12, 532, 44, gray=232)
    word = "you get back" if facts.total < 0 else "you would owe"
    sheet.write(52, y + 30, f"If our figures are right, {word} {facts.money(abs(facts.total))}.", 11, "B")
    sheet.write(52, y + 46, f"Please respond by {due}.", 11, "B")
    y = sheet.paragraph(40, y + 78, 532, say(rng, facts, "cp2000", "intro"))
    sheet.write(40, y + 6, "How we got these figures", 12, "B")
    y = _draw_striped_summary(sheet, facts, y + 26)
    sheet.write(40, y + 12, "What to do next", 12, "B")
    y = _draw_steps(sheet, facts, y + 30)
    key = "rep" if "rep_sentence" in facts.features else "not_bill"
    sheet.paragraph(40, y, 532, say(rng, facts, "cp2000", key))


def _draw_pairs(sheet: Sheet, facts: Facts, y: float) -> None:
    """Six pairs of label and value: two columns below the address, or one column beside it."""
    pairs = [
        ("Notice:", facts.spelling), ("Notice date:", facts.shown_date), ("Tax year:", str(facts.year)),
        ("SSN:", facts.ssn_shown), ("AUR number:", facts.aur), ("Call:", facts.phone),
    ]  # fmt: skip
    if y > 200:
        for number, (label, value) in enumerate(pairs):
            x, line = 40 + 270 * (number % 2), y + 17 * (number // 2)
            sheet.write(x, line, label, 10, "B")
            sheet.write(x + 84, line, value, 10, family=sheet.data)
        return
    for number, (label, value) in enumerate(pairs):
        sheet.write(388, y + 16 * number, label, 10, "B")
        sheet.write(572, y + 16 * number, value, 10, family=sheet.data, align="R")
