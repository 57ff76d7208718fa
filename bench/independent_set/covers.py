"""What comes before a notice in the file, and the marks that an office makes on it."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from bench.independent_set.facts import SLASHED, UPPER, Facts, format_date
from bench.independent_set.inner import WORDING
from bench.independent_set.people import make_phone
from bench.independent_set.sheet import Sheet


def draw_envelope(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """The front of the envelope, copied onto a page."""
    sheet.add_page()
    sheet.box(30, 60, 552, 270)
    y = sheet.write_lines(44, 84, facts.office, 9)
    sheet.write(44, y + 4, "Official Business", 8)
    sheet.write(44, y + 15, "Penalty for Private Use, $300", 8)
    sheet.write_lines(
        470, 84, ("PRESORTED", "FIRST-CLASS MAIL", "POSTAGE & FEES PAID", "IRS PERMIT NO. G-48"), 7
    )
    sheet.write_lines(250, 210, facts.mailing_lines, 10, family="courier")
    sheet.write(250, 318, "".join(rng.choice("|'!") for _ in range(44)), 9)


def draw_fax_cover(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """A cover page from the client's or the firm's fax machine."""
    sheet.add_page()
    sheet.write(
        306, 90, rng.choice(("FAX", "FACSIMILE TRANSMITTAL SHEET", "Fax Cover Page")), 22, "B", align="C"
    )
    sent = format_date(facts.notice_date + timedelta(days=rng.randint(4, 20)), SLASHED)
    rows = (
        ("To:", facts.representative[0]), ("From:", facts.household.lines[0].title()), ("Fax:", make_phone(rng)),
        ("Phone:", make_phone(rng)), ("Date:", sent), ("Pages:", f"{rng.randint(4, 12)} with this one"),
        ("Re:", rng.choice((f"IRS letter {facts.year}", "CP2000 I got in the mail", "tax notice - please call"))),
    )  # fmt: skip
    for number, (label, value) in enumerate(rows):
        sheet.write(72, 140 + 24 * number, label, 11, "B")
        sheet.write(140, 140 + 24 * number, value, 11)
        sheet.rule(136, 144 + 24 * number, 520, 0.4)
    sheet.paragraph(
        72,
        340,
        440,
        "This fax is confidential. If you received it by mistake, please destroy it and call the sender.",
    )
    sheet.scribble(rng, 80, 420, 300, 16)


def draw_firm_cover(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """A firm's letter that lies on top of the notice."""
    sheet.add_page()
    firm, street, town = facts.representative
    sheet.write(306, 56, firm, 15, "B", align="C")
    sheet.write(306, 72, f"{street}  {town}", 9, align="C")
    sent = format_date(facts.notice_date + timedelta(days=rng.randint(5, 21)), facts.date_format)
    sheet.write(36, 110, sent)
    sheet.write(36, 140, f"Re: {' '.join(facts.household.lines)}, Form 1040, {facts.year}", style="B")
    y = sheet.paragraph(36, 166, 540, WORDING["papers"]["cover"])
    sheet.scribble(rng, 44, y + 40, 110, 18)


def draw_representative_copy(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """The IRS's cover letter for the copy that goes to the representative, who is its addressee."""
    sheet.add_page()
    firm, street, town = facts.representative
    sheet.write_lines(36, 44, facts.office, 9)
    sheet.write(576, 44, f"Date: {facts.shown_date}", 9, align="R")
    sheet.write(576, 58, f"Person to contact: {make_phone(rng)}", 9, align="R")
    sheet.write_lines(52, 150, (firm, street, town), 10, family=sheet.data)
    y = sheet.paragraph(36, 230, 540, f"Dear Representative: {WORDING['papers']['rep_copy']}")
    sheet.write(36, y + 14, f"Taxpayer: {facts.household.name_lines[0]}    Tax period: {facts.year}")


COVERS = {
    "envelope": draw_envelope,
    "fax_cover": draw_fax_cover,
    "firm_cover": draw_firm_cover,
    "representative_copy": draw_representative_copy,
}


def draw_received_stamp(sheet: Sheet, facts: Facts, rng: Random) -> None:
    """A stamp on the current page, now and then over text."""
    day = format_date(facts.notice_date + timedelta(days=rng.randint(3, 12)), UPPER)
    x, y = rng.choice(((230, 110), (300, 690), (210, 236), (120, 480)))
    color = rng.choice(((180, 20, 30), (30, 40, 150), (60, 60, 60)))
    words = rng.choice((f"RECEIVED {day}", f"RECEIVED  {day}  MAIL ROOM", f"SCANNED {day}"))
    sheet.write_over(x, y, words, rng.choice((11, 13)), color=color, angle=rng.uniform(-14, 14), framed=True)


def draw_pen_marks(sheet: Sheet, rng: Random) -> None:
    """Lines, a circle and a word that nobody can read, on the current page."""
    for _ in range(rng.randint(1, 3)):
        sheet.scribble(rng, rng.uniform(40, 420), rng.uniform(330, 740), rng.uniform(40, 130), 14)
    if rng.random() < 0.6:
        x, y = rng.uniform(60, 440), rng.uniform(250, 650)
        sheet.pdf.ellipse(x, y, rng.uniform(60, 110), rng.uniform(20, 34))


def draw_fax_banner(sheet: Sheet, facts: Facts, page: int, pages: int) -> None:
    """The line that a fax machine prints at the top of each page that it receives."""
    day = format_date(facts.notice_date + timedelta(days=9), SLASHED)
    sheet.write(
        30,
        16,
        f"{day}  10:{page + 11:02}  {facts.fax}  {facts.representative[0][:18]}",
        7.5,
        family="courier",
    )
    sheet.write(590, 16, f"PAGE {page:02}/{pages:02}", 7.5, family="courier", align="R")
