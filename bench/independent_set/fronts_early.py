"""First pages of 2004 to about 2011, and plain ones as a fax server or a system printer makes them."""

from __future__ import annotations

from random import Random

from bench.independent_set.facts import Facts, format_money
from bench.independent_set.inner import say, summary_rows
from bench.independent_set.sheet import Sheet


def draw_dotted(sheet: Sheet, facts: Facts, rng: Random, pages: int) -> None:
    """The office and the taxpayer above each other, the numbers with dotted leaders at one side."""
    sheet.write_lines(36, 44, facts.office, 9, family=sheet.family)
    block_x, right, address_y = (36.0, 292.0, 286.0) if rng.random() < 0.5 else (330.0, 576.0, 160.0)
    block_y = 106.0 if block_x < 100 else 44.0
    _draw_dotted_block(sheet, facts, (block_x, block_y, right))
    y = sheet.write_lines(52, address_y - 14 * len(facts.postal_lines), facts.postal_lines, 7.5, leading=1.6)
    sheet.write_lines(52, max(y, address_y), facts.mailing_lines, 10, family=sheet.data)
    y = address_y + 12 * len(facts.mailing_lines) + 34
    sheet.write(306, y, f"You Must Return the Response Form by {facts.shown_due_date}", 13, "B", align="C")
    y = sheet.paragraph(36, y + 24, 540, say(rng, facts, "cp2000", "intro"))
    y = sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "not_bill"))
    sheet.write(306, y + 8, "Summary of Proposed Changes", 11, "B", align="C")
    y = _draw_early_summary(sheet, facts, rng, y + 26)
    if "rep_sentence" in facts.features:
        y = sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "rep"))
    if y < 690:
        sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "else_"))
    _draw_revision(sheet, facts, pages)


def _draw_dotted_block(sheet: Sheet, facts: Facts, place: tuple[float, float, float]) -> None:
    x, y, right = place
    rows = [
        ("AUR Control:", facts.aur), ("Notice:", facts.spelling), ("Notice Date:", facts.shown_date),
        ("Social Security Number:", facts.ssn_shown), ("Form:", "1040"), ("Tax Year:", str(facts.year)),
        ("To call for assistance:", facts.phone), ("To FAX information:", facts.fax),
    ]  # fmt: skip
    for label, value in rows:
        sheet.dots(x, y, right, label, value)
        y += 13.5


def _draw_early_summary(sheet: Sheet, facts: Facts, rng: Random, y: float) -> float:
    """Whole dollars as they were printed then: the sign apart, sometimes a space behind the comma."""
    gap = ", " if rng.random() < 0.12 else ","
    for label, amount in summary_rows(facts, early=True):
        last = label.startswith("Proposed")
        if last:
            sheet.rule(430, y - 10, 540)
        figure = format_money(amount, cents=facts.cents).replace("$", "").replace(",", gap)
        sheet.write(84, y, label, style="B" if last else "")
        sheet.write(452, y, "$")
        sheet.write(536, y, figure, style="B" if last else "", family=sheet.data, align="R")
        y += 15
    return y + 12


def _draw_revision(sheet: Sheet, facts: Facts, pages: int) -> None:
    sheet.write(36, 766, f"{facts.letter} (Rev.11/{min(2010, facts.year)})", 8)
    sheet.write(306, 766, f"Page 1 of {pages}", 8, align="C")


def draw_plain(sheet: Sheet, facts: Facts, rng: Random, pages: int) -> None:
    """One typewriter font, labels in capitals, values in a column."""
    sheet.write(36, 50, "DEPARTMENT OF THE TREASURY")
    sheet.write(576, 50, f"PAGE 001 OF {pages:03}", align="R")
    sheet.write_lines(36, 63, [line.upper() for line in facts.office[1:]])
    y = _draw_plain_block(sheet, facts)
    y = sheet.write_lines(72, y + 18, facts.postal_lines, 7.5, leading=1.5)
    y = sheet.write_lines(72, y, facts.mailing_lines) + 24
    y = sheet.write_lines(
        36, y, [f"PROPOSED CHANGES TO YOUR {facts.year} INCOME TAX", f"RESPOND BY: {facts.shown_due_date}"]
    )
    y = sheet.paragraph(36, y + 10, 540, f"Dear Taxpayer: {say(rng, facts, 'cp2000', 'intro')}")
    y = sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "not_bill"))
    for label, amount in summary_rows(facts, early=False):
        sheet.dots(60, y + 4, 500, label.upper(), facts.money(amount))
        y += 14
    y = sheet.paragraph(36, y + 14, 540, say(rng, facts, "cp2000", "else_"))
    if "rep_sentence" in facts.features:
        y = sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "rep"))
    if rng.random() < 0.5:
        sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "earlier"))


def _draw_plain_block(sheet: Sheet, facts: Facts) -> float:
    rows = (
        ("NOTICE NUMBER", facts.spelling), ("DATE OF NOTICE", facts.shown_date), ("TAX PERIOD", f"12-31-{facts.year}"),
        ("TAXPAYER ID NUMBER", facts.ssn_shown), ("AUR CONTROL NUMBER", facts.aur), ("TELEPHONE", facts.phone),
        ("FAX", facts.fax),
    )  # fmt: skip
    y = 124.0
    for label, value in rows:
        sheet.write(300, y, f"{label}:")
        sheet.write(576, y, value, align="R")
        y += 12.5
    return y


def draw_cells(sheet: Sheet, facts: Facts, rng: Random, pages: int) -> None:
    """A row of framed cells across the page, with small labels above the values."""
    sheet.write(36, 42, "Internal Revenue Service", 14, "B")
    sheet.write(576, 42, "United States Department of the Treasury", 9, align="R")
    rows = (
        (("Notice", facts.spelling), ("Tax year", str(facts.year)), ("Date of this notice", facts.shown_date),
         ("Page", f"1 of {pages}")),
        (("Social Security number", facts.ssn_shown), ("AUR control number", facts.aur),
         ("Reply by", facts.shown_due_date), ("Telephone", facts.phone)),
    )  # fmt: skip
    for line, cells in enumerate(rows):
        for column, (label, value) in enumerate(cells):
            x, top = 36.0 + 135 * column, 54.0 + 34 * line
            sheet.box(x, top, 135, 34)
            sheet.write(x + 5, top + 10, label, 7)
            sheet.write(x + 5, top + 26, value, 10.5, "B", family=sheet.data)
    sheet.write_lines(36, 142, facts.office[2:], 8)
    y = sheet.write_lines(60, 178, facts.postal_lines, 7.5, leading=1.6)
    y = sheet.write_lines(60, y + 4, facts.mailing_lines, 10, family=sheet.data)
    y = max(y, 262) + 20
    sheet.write(36, y, f"Proposed changes to your {facts.year} Form 1040", 15, "B")
    y = sheet.paragraph(36, y + 22, 540, say(rng, facts, "cp2000", "intro"))
    y = sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "not_bill"))
    for label, amount in summary_rows(facts, early=False):
        sheet.rule(36, y + 8, 576, 0.3)
        sheet.write(40, y + 4, label)
        sheet.write(572, y + 4, facts.money(amount), align="R", family=sheet.data)
        y += 16
    y = sheet.paragraph(36, y + 16, 540, say(rng, facts, "cp2000", "else_"))
    if "rep_sentence" in facts.features:
        sheet.paragraph(36, y, 540, say(rng, facts, "cp2000", "rep"))
