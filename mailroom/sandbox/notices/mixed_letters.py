"""IRS letters by a second hand: the wording of the IRS's specimens, in looks and spellings drawn by lot.

`letters` draws each letter in one head, so that telling them apart is a task; here everything else varies too: where
the number stands (block, box, strip, footer alone), how it is spelled, what the labels are called, what is quoted.
Titles follow the specimens on irs.gov; rows without a source there follow letters of the same series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from mailroom.sandbox.notices.look import masked, written_date
from mailroom.sandbox.notices.matter import free_phone, office_of
from mailroom.sandbox.notices.people import Household, household
from mailroom.sandbox.notices.sheet import HEIGHT, WIDTH, Hand, Sheet

EN_DASH = "\N{EN DASH}"
Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Mixed:
    """A letter: its name, how it is spelled, its titles, and sentences that tempt a reader.

    ``place``: "block" (in the notice block and mostly elsewhere too), "foot" (at the foot alone), "form" (a form's
    upper left corner and foot). ``days``: to answer, None where the page prints no date.
    """

    name: str
    spellings: tuple[str, ...]
    titles: tuple[str, ...]
    says: tuple[str, ...] = ()
    place: str = "block"
    days: int | None = 30
    aur: bool = False


def _cp(number: str) -> tuple[str, ...]:
    return (f"CP{number}", f"CP {number}", f"CP-{number}", f"CP{EN_DASH}{number}", f"cp{number}", f"Notice CP{number}",
            f"CP {number} ")  # fmt: skip


_EARLIER = (
    "We sent you a CP2000 notice on an earlier date and have not received your response.",
    "This balance follows from the changes proposed in your CP 2000 notice.",
    "See the enclosed copy of your Notice CP2000, Request for Verification of Unreported Income.",
)
LETTERS = (
    Mixed("CP2501", _cp("2501"), ("You need to contact us about your {year} tax return",
        "We need more information about your {year} Form 1040", "The income and payment information on file doesn't match"),
        ("If you do not answer we will send you a CP2000 with proposed changes to your tax return.",), aur=True),
    Mixed("CP3219A", (*_cp("3219A"), "Letter 3219A", "3219A"), ("Notice of Deficiency",
        "Notice of Deficiency: Proposed increase in tax and notice of your right to challenge",
        "Statutory Notice of Deficiency for {year}"),
        ("Summary of proposed changes", *_EARLIER), days=90, aur=True),
    Mixed("CP3219N", (*_cp("3219N"), "3219N", "Notice 3219N"), ("Notice of Deficiency",
        "Notice of Deficiency: Intent to assess tax and notice of your right to challenge"),
        ("We haven't received your tax return for {year}.",), days=90),
    Mixed("CP504", (*_cp("504"), "CP504B"), ("Notice of intent to levy",
        "Notice of intent to levy: Intent to seize your property or rights to property",
        "Intent to seize your property or rights to property"), (*_EARLIER, "Second reminder was sent to you.")),
    Mixed("CP14", _cp("14"), ("You have a balance due for {year}", "You have unpaid taxes for {year}",
        "Your {year} tax return shows a balance due"), _EARLIER, days=21),
    Mixed("CP501", _cp("501"), ("Reminder: You have unpaid taxes for {year}", "You have unpaid taxes for {year}",
        "Reminder notice: balance due"), _EARLIER, days=10),
    Mixed("CP503", _cp("503"), ("Second reminder: You have unpaid taxes for {year}",
        "Second reminder about your unpaid taxes for {year}", "Immediate action is required"), _EARLIER, days=10),
    Mixed("LT11", ("LT11", "LT 11", "LT-11", "Letter LT11", "LT11 "),
        ("Notice of Intent to Levy and Your Collection Due Process Right to a Hearing",
         "Notice of intent to seize (levy) your property or rights to property"), _EARLIER, days=None),
    Mixed("LETTER 1058", ("Letter 1058", "LTR 1058", "Letter 1058 (DO)", "Letter 1058-D", "1058"),
        ("Final Notice: Notice Of Intent To Levy And Notice Of Your Right To A Hearing",
         "Final Notice of Intent to Levy and Notice of Your Right to a Hearing", "Final notice before levy"),
        _EARLIER, "foot", None),
    Mixed("LETTER 3172", ("Letter 3172", "Letter 3172 (DO)", "LTR 3172"),
        ("Notice of Federal Tax Lien Filing and Your Right to a Hearing under IRC 6320",
         "You have a right to a hearing about the lien"), _EARLIER, "foot", 37),
    Mixed("LETTER 525", ("Letter 525", "Letter 525 (CG)", "Letter 525-B", "LTR 525"),
        ("We have completed the examination of your tax return", "Report of proposed changes: your 30-day letter",
         "We propose changes to your {year} tax return", "Examination report enclosed"),
        ("We are enclosing an examination report showing proposed changes to your tax for the year shown above.",
         "Form 4549, Report of Income Tax Examination Changes, is enclosed."), "foot"),
    Mixed("FORM 4549", ("Form 4549", "Form 4549-A", "Form 4549-E", "Form 4549 (Rev. May 2008)"),
        ("Income Tax Examination Changes", "Report of Income Tax Examination Changes",
         "Report of Income Tax Examination Changes (Unagreed and Excepted Agreed)"),
        ("Adjustments to income from the Automated Underreporter program, CP2000.",), "form", None),
)  # fmt: skip
# Letters without a row of their own in the reader's table: whatever they are called, they are no CP2000.
STRANGERS = tuple(
    Mixed(name, spellings, titles, (*_EARLIER, "We have considered your answer to our CP2000."), place)
    for name, spellings, titles, place in (
        ("CP2005", _cp("2005"), ("We accept the information you provided", "We closed our inquiry into your {year} return"), "block"),
        ("CP2006", _cp("2006"), ("We received your information", "We are considering your answer to our CP2000"), "block"),
        ("CP2057", _cp("2057"), ("You may need to amend your {year} return",), "block"),
        ("CP22A", _cp("22A"), ("We made changes to your {year} Form 1040", "Changes to your {year} Form 1040"), "block"),
        ("CP21A", _cp("21A"), ("We changed your {year} tax return",), "block"),
        ("CP12", _cp("12"), ("We corrected your tax return", "Changes to your {year} Form 1040"), "block"),
        ("CP71C", _cp("71C"), ("Annual reminder of balance due taxes for {year}",), "block"),
        ("CP90", _cp("90"), ("Final notice: Intent to levy and notice of your right to a hearing",), "block"),
        ("CP523", _cp("523"), ("Intent to terminate your installment agreement",), "block"),
        ("CP2100A", _cp("2100A"), ("Backup withholding: missing or incorrect names and TINs",), "block"),
        ("LT16", ("LT16", "LT 16"), ("Please call us about your overdue taxes",), "block"),
        ("LETTER 2626C", ("Letter 2626C", "LTR 2626C"), ("We need more time", "Thank you for your answer"), "foot"),
        ("LETTER 4314C", ("LTR 4314C", "Letter 4314C"), ("We received your answer to our CP2000",), "foot"),
        ("LETTER 2205", ("Letter 2205", "LTR 2205"), ("Your return was selected for examination",), "foot"),
        ("LETTER 5071C", ("Letter 5071C", "LTR 5071C"), ("Please verify your identity",), "foot"),
    )
)  # fmt: skip
CP2000 = Mixed(
    "CP2000",
    (*_cp("2000"), "C P 2 0 0 0", "C P 2000", "CP2000 (Rev. 1-2020)", "IRS Notice CP2000", "Cp2000", "CP.2000"),
    ("Proposed changes to your {year} Form 1040", "We propose to change your {year} tax return",
     "Notice of proposed adjustment for underpayment or overpayment", "You may owe more tax for {year}",
     "Request for Verification of Unreported Income, Payments, or Credits"),
    ("Summary of proposed changes", "If you don't respond, we will send you a Notice of Deficiency (CP3219A).",
     "If you do not pay, we may send you a CP504, Notice of intent to levy."), aur=True,
)  # fmt: skip


def mixed_letter(rng: Random, kind: Mixed) -> bytes:
    """One letter of the kind; every choice is the lot's."""
    home = household(rng)
    day = date(2012, 1, 1) + timedelta(days=rng.randrange(4700))
    hand = Hand(rng.choice(("helvetica", "helvetica", "times", "courier")), rng.choice((8.5, 9.0, 9.5, 10.0)),
                rng.choice(("line", "line", "words", "spaced", "letters")), rng.random() < 0.25)  # fmt: skip
    sheet = Sheet(hand, rng)
    _issuer(sheet, rng, kind)
    spelled, in_block = rng.choice(kind.spellings).strip(), kind.place == "block" and rng.random() < 0.85
    rows = _rows(rng, kind, home, day, spelled if in_block or rng.random() < 0.3 else None)
    low = rng.choice(HEADS)(sheet, rng, rows)
    y = max(low, _address(sheet, rng, home)) + 30
    year = str(day.year - rng.choice((1, 2, 2, 3)))
    y = sheet.paragraph(
        44,
        y,
        520,
        rng.choice(kind.titles).format(year=year),
        bold=True,
        size=hand.size + rng.choice((2, 4, 6)),
    )
    y = _body(sheet, rng, kind, y + 8, year, day)
    # A number that the block lacks stands at the foot, or nobody could know it.
    if not in_block or rng.random() < 0.5:
        _foot(sheet, rng, kind, spelled)
    if kind.place == "form":
        sheet.lines(44, 34, ("Form 4549", "(Rev. May 2008)"), bold=True)
    for number in range(2, rng.randint(2, 4)):
        sheet.next_page()
        sheet.text(44, 40, f"Page {number}")
        sheet.paragraph(44, 80, 520, "What others reported and what you can do is on this page. " * 6)
    return sheet.finish()


def _issuer(sheet: Sheet, rng: Random, kind: Mixed) -> None:
    street, town, zip_code = office_of(rng)
    names = rng.choice((
        ("Department of the Treasury", "Internal Revenue Service"), ("DEPARTMENT OF THE TREASURY", "INTERNAL REVENUE SERVICE"),
        ("Department of Treasury", "Internal Revenue Service"), ("IRS  Department of the Treasury", "Internal Revenue Service"),
        ("Department of the Treasury-Internal Revenue Service",), ("Internal Revenue Service", "United States Department of the Treasury"),
    ))  # fmt: skip
    x = 130 if kind.place == "form" else 44
    sheet.lines(x, 34, (*names, *((street, f"{town} {zip_code}") if kind.place != "form" else ())), size=8.5)


def _rows(rng: Random, kind: Mixed, home: Household, day: date, spelled: str | None) -> Rows:
    """Labels and values as this kind of letter has them, in one of their wordings."""
    dated = written_date(day, rng.choice(("long", "slash", "upper", "short", "padded")))
    ssn = masked(home.taxpayer, rng.choice(("", "", "XXX-XX-", "***-**-")))
    year = rng.choice((str(day.year - 2), f"December 31, {day.year - 2}"))
    letterly = kind.place != "block"
    rows: Rows = []
    if spelled:
        label = ("Letter number", "Letter", "Letter Number:") if letterly else (
            "Notice", "Notice number", "Notice:", "Notice name", "Notice type")  # fmt: skip
        said = spelled.removeprefix("Letter ").removeprefix("Notice ") if rng.random() < 0.6 else spelled
        if kind.place != "form":
            rows.append((rng.choice(label), said))
    rows.append(
        (
            rng.choice(
                ("Date:", "Letter date", "Date of this letter:")
                if letterly
                else ("Notice date", "Date of notice", "Notice Date:")
            ),
            dated,
        )
    )
    rows.append(
        (
            rng.choice(
                (
                    "Taxpayer ID number:",
                    "Taxpayer identification number",
                    "Social Security Number:",
                    "Your SSN",
                    "Social Security number",
                )
            ),
            ssn,
        )
    )
    rows.append((rng.choice(("Tax year", "Tax Year:", "Tax period ended:", "Tax periods")), year))
    if kind.aur:
        rows.append(
            (
                rng.choice(("AUR control number", "AUR Control:")),
                f"{rng.randrange(10000, 99999)}-{rng.randrange(1000, 9999)}",
            )
        )
    rows.append((rng.choice(("To contact us", "Contact telephone number:", "Phone")), free_phone(rng)))
    if rng.random() < 0.5:
        rows.append(("Your caller ID", str(rng.randrange(100000, 999999))))
    if kind.days and kind.days > 60:
        rows.append(("Last day to petition US Tax Court", written_date(day + timedelta(days=90), "long")))
    if not letterly:
        rows.append(("Page", "1 of 4"))
    return rows


def _beside(sheet: Sheet, rng: Random, rows: Rows) -> float:
    """A block at the right: values beside labels, near or at the margin."""
    x, y, far = rng.choice((320, 350)), rng.choice((34.0, 44.0)), rng.random() < 0.4
    room = max(sheet.width(label, bold=True) for label, _ in rows) + 10
    for label, value in rows:
        sheet.text(x, y, label, bold=True)
        sheet.text(WIDTH - 40 if far else x + room, y, value, align="right" if far else "left")
        y += sheet.leading + 1
    return y


def _boxed(sheet: Sheet, rng: Random, rows: Rows) -> float:
    """The grey box of 2020: label above value."""
    x, y = 400.0, 52.0
    sheet.box(x - 8, y - 18, 190, len(rows) * (2 * sheet.leading + 3) + 20, fill=0.9)
    if rng.random() < 0.6:
        sheet.text(x, y - 4, "For your reference", bold=True)
        y += sheet.leading
    for label, value in rows:
        sheet.text(x, y, label, bold=True, size=sheet.hand.size - 1)
        sheet.text(x, y + sheet.leading, value)
        y += 2 * sheet.leading + 3
    return y


def _strip(sheet: Sheet, _rng: Random, rows: Rows) -> float:
    """Three columns of label over value, in as many rows as it takes."""
    for index, (label, value) in enumerate(rows):
        x, y = 44 + index % 3 * 180, 96 + index // 3 * (2 * sheet.leading + 6)
        sheet.text(x, y, label, bold=True, size=sheet.hand.size - 0.5)
        sheet.text(x, y + sheet.leading, value)
    return 96 + (len(rows) + 2) // 3 * (2 * sheet.leading + 6)


def _typed(sheet: Sheet, _rng: Random, rows: Rows) -> float:
    """Label, colon and value in one line, as a typewriter has them."""
    y = 40.0
    for label, value in rows:
        sheet.text(330, y, f"{label.rstrip(':')}: {value}")
        y += sheet.leading
    return y


HEADS: tuple[Callable[[Sheet, Random, Rows], float], ...] = (_beside, _beside, _boxed, _strip, _typed)


def _address(sheet: Sheet, rng: Random, home: Household) -> float:
    y = rng.choice((180.0, 196.0))
    if rng.random() < 0.4:
        sheet.text(
            60, y - 16, " ".join(str(rng.randrange(10 ** (k - 1), 10**k)) for k in (4, 7, 10, 7, 4)), size=7
        )
    lines = [home.taxpayer.printed(), *([home.spouse.printed()] if home.spouse else [])]
    return sheet.lines(
        60, y, (*lines, home.street.upper(), f"{home.city.upper()} {home.state} {home.full_zip}")
    )


def _body(sheet: Sheet, rng: Random, kind: Mixed, y: float, year: str, day: date) -> float:
    amount = f"${rng.randrange(100, 30000):,}.{rng.randrange(100):02d}"
    due = written_date(day + timedelta(days=kind.days or 30), "long")
    said: list[str] = (
        [f"Amount due by {due}: {amount}"] if kind.days else [f"Amount due immediately: {amount}"]
    )
    said += [text.format(year=year) for text in rng.sample(kind.says, min(len(kind.says), 2))]
    said += rng.sample(PROSE, 4)
    if kind.place != "block" and rng.random() < 0.6:
        said.insert(1, f"Dear {'Mr. and Mrs. ' if rng.random() < 0.5 else 'Taxpayer'}:")
        said.append("Sincerely,")
    for text in said:
        y = (
            sheet.paragraph(
                44, y, 520, text, bold=text.startswith("Amount") or text == "Summary of proposed changes"
            )
            + 5
        )
    return y


def _foot(sheet: Sheet, rng: Random, kind: Mixed, spelled: str) -> None:
    number = spelled if kind.place == "block" or not spelled[0].isdigit() else f"Letter {spelled}"
    rev = (
        ""
        if "Rev" in number or rng.random() < 0.2
        else f" (Rev. {rng.randint(1, 12)}-{rng.randint(2008, 2024)})"
    )
    sheet.text(WIDTH - 44, HEIGHT - 24, f"{number}{rev}", size=7.5, align="right")
    if rng.random() < 0.7:
        sheet.text(
            44, HEIGHT - 24, f"Catalog Number {rng.randrange(10000, 70000)}{rng.choice('ABCDHQ')}", size=7.5
        )
    if rng.random() < 0.4:
        sheet.text(WIDTH / 2, HEIGHT - 24, "www.irs.gov", size=7.5, align="center")


PROSE: Sequence[str] = (
    "If you agree with the amount due, pay it by the date above to avoid additional penalty and interest charges.",
    "You can view your account balance at www.irs.gov/account or call us at the number above.",
    "If you disagree, write to us and tell us why. Include copies of the documents that support your position.",
    "Low Income Taxpayer Clinics are independent from the IRS and represent individuals in tax disputes.",
    "Pay online or mail a check or money order with the attached payment stub to the United States Treasury.",
    "You have rights as a taxpayer; they are explained in Publication 1, Your Rights as a Taxpayer.",
    "If we don't hear from you, interest will increase and additional penalties may apply.",
    "Keep this letter for your records. Visit www.irs.gov to find tax forms and publications.",
)
