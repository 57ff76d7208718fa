"""IRS letters from a second source: the IRS's wording, with random layouts and spellings.

The generator's letters all have the same head; here everything else varies too: where the number is (block,
box, strip, only the foot), how it is spelled, what the labels are called, what is quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random

from mailroom.sandbox.generator.canvas import HEIGHT, WIDTH, PageCanvas, Typesetting
from mailroom.sandbox.generator.people import Household, make_household
from mailroom.sandbox.generator.scenario import choose_office, make_phone
from mailroom.sandbox.generator.style import format_date, mask_ssn
from tests.corpora.second_source.letter_templates import SecondSourceLetter

Rows = list[tuple[str, str]]


def make_second_source_letter(rng: Random, kind: SecondSourceLetter) -> bytes:
    """Return the PDF of one letter of this kind; ``rng`` makes every choice."""
    home = make_household(rng)
    day = date(2012, 1, 1) + timedelta(days=rng.randrange(4700))
    typesetting = Typesetting(rng.choice(("helvetica", "helvetica", "times", "courier")), rng.choice((8.5, 9.0, 9.5, 10.0)),
                rng.choice(("line", "line", "words", "spaced", "chars")), rng.random() < 0.25)  # fmt: skip
    canvas = PageCanvas(typesetting, rng)
    _draw_issuer(canvas, rng, kind)
    spelled, in_block = rng.choice(kind.spellings).strip(), kind.place == "block" and rng.random() < 0.85
    rows = _choose_rows(rng, kind, home, day, spelled if in_block or rng.random() < 0.3 else None)
    low = rng.choice(HEADS)(canvas, rng, rows)
    y = max(low, _draw_address(canvas, rng, home)) + 30
    year = str(day.year - rng.choice((1, 2, 2, 3)))
    y = canvas.paragraph(
        44,
        y,
        520,
        rng.choice(kind.titles).format(year=year),
        bold=True,
        size=typesetting.size + rng.choice((2, 4, 6)),
    )
    y = _draw_body(canvas, rng, kind, y + 8, year, day)
    # If the block does not have the number, the foot does; otherwise nothing on the page would tell it.
    if not in_block or rng.random() < 0.5:
        _draw_foot(canvas, rng, kind, spelled)
    if kind.place == "form":
        canvas.lines(44, 34, ("Form 4549", "(Rev. May 2008)"), bold=True)
    for number in range(2, rng.randint(2, 4)):
        canvas.next_page()
        canvas.text(44, 40, f"Page {number}")
        canvas.paragraph(44, 80, 520, "What others reported and what you can do is on this page. " * 6)
    return canvas.finish()


def _draw_issuer(canvas: PageCanvas, rng: Random, kind: SecondSourceLetter) -> None:
    street, town, zip_code = choose_office(rng)
    names = rng.choice((
        ("Department of the Treasury", "Internal Revenue Service"), ("DEPARTMENT OF THE TREASURY", "INTERNAL REVENUE SERVICE"),
        ("Department of Treasury", "Internal Revenue Service"), ("IRS  Department of the Treasury", "Internal Revenue Service"),
        ("Department of the Treasury-Internal Revenue Service",), ("Internal Revenue Service", "United States Department of the Treasury"),
    ))  # fmt: skip
    x = 130 if kind.place == "form" else 44
    canvas.lines(x, 34, (*names, *((street, f"{town} {zip_code}") if kind.place != "form" else ())), size=8.5)


def _choose_rows(
    rng: Random, kind: SecondSourceLetter, home: Household, day: date, spelled: str | None
) -> Rows:
    """Return labels and values as this kind of letter has them, in one of their wordings."""
    dated = format_date(day, rng.choice(("long", "slash", "upper", "short", "padded")))
    ssn = mask_ssn(home.taxpayer, rng.choice(("", "", "XXX-XX-", "***-**-")))
    year = rng.choice((str(day.year - 2), f"December 31, {day.year - 2}"))
    is_letter = kind.place != "block"
    rows: Rows = []
    if spelled:
        label = ("Letter number", "Letter", "Letter Number:") if is_letter else (
            "Notice", "Notice number", "Notice:", "Notice name", "Notice type")  # fmt: skip
        said = spelled.removeprefix("Letter ").removeprefix("Notice ") if rng.random() < 0.6 else spelled
        if kind.place != "form":
            rows.append((rng.choice(label), said))
    rows.append(
        (
            rng.choice(
                ("Date:", "Letter date", "Date of this letter:")
                if is_letter
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
    rows.append((rng.choice(("To contact us", "Contact telephone number:", "Phone")), make_phone(rng)))
    if rng.random() < 0.5:
        rows.append(("Your caller ID", str(rng.randrange(100000, 999999))))
    if kind.days and kind.days > 60:
        rows.append(("Last day to petition US Tax Court", format_date(day + timedelta(days=90), "long")))
    if not is_letter:
        rows.append(("Page", "1 of 4"))
    return rows


def _draw_beside(canvas: PageCanvas, rng: Random, rows: Rows) -> float:
    """Draw a block at the right, with values beside labels; return the baseline below it."""
    x, y, far = rng.choice((320, 350)), rng.choice((34.0, 44.0)), rng.random() < 0.4
    room = max(canvas.width(label, bold=True) for label, _ in rows) + 10
    for label, value in rows:
        canvas.text(x, y, label, bold=True)
        canvas.text(WIDTH - 40 if far else x + room, y, value, align="right" if far else "left")
        y += canvas.leading + 1
    return y


def _draw_boxed(canvas: PageCanvas, rng: Random, rows: Rows) -> float:
    """Draw the grey box of 2020, with labels above values; return the baseline below it."""
    x, y = 400.0, 52.0
    canvas.box(x - 8, y - 18, 190, len(rows) * (2 * canvas.leading + 3) + 20, fill=0.9)
    if rng.random() < 0.6:
        canvas.text(x, y - 4, "For your reference", bold=True)
        y += canvas.leading
    for label, value in rows:
        canvas.text(x, y, label, bold=True, size=canvas.size - 1)
        canvas.text(x, y + canvas.leading, value)
        y += 2 * canvas.leading + 3
    return y


def _draw_strip(canvas: PageCanvas, _rng: Random, rows: Rows) -> float:
    """Draw three columns of labels above values; return the baseline below them."""
    for index, (label, value) in enumerate(rows):
        x, y = 44 + index % 3 * 180, 96 + index // 3 * (2 * canvas.leading + 6)
        canvas.text(x, y, label, bold=True, size=canvas.size - 0.5)
        canvas.text(x, y + canvas.leading, value)
    return 96 + (len(rows) + 2) // 3 * (2 * canvas.leading + 6)


def _draw_typed(canvas: PageCanvas, _rng: Random, rows: Rows) -> float:
    """Draw label, colon and value on one line each, as typed; return the baseline below them."""
    y = 40.0
    for label, value in rows:
        canvas.text(330, y, f"{label.rstrip(':')}: {value}")
        y += canvas.leading
    return y


HEADS: tuple[Callable[[PageCanvas, Random, Rows], float], ...] = (
    _draw_beside,
    _draw_beside,
    _draw_boxed,
    _draw_strip,
    _draw_typed,
)


def _draw_address(canvas: PageCanvas, rng: Random, home: Household) -> float:
    y = rng.choice((180.0, 196.0))
    if rng.random() < 0.4:
        canvas.text(
            60, y - 16, " ".join(str(rng.randrange(10 ** (k - 1), 10**k)) for k in (4, 7, 10, 7, 4)), size=7
        )
    lines = [home.taxpayer.printed(), *([home.spouse.printed()] if home.spouse else [])]
    return canvas.lines(
        60, y, (*lines, home.street.upper(), f"{home.city.upper()} {home.state} {home.full_zip}")
    )


def _draw_body(
    canvas: PageCanvas, rng: Random, kind: SecondSourceLetter, y: float, year: str, day: date
) -> float:
    amount = f"${rng.randrange(100, 30000):,}.{rng.randrange(100):02d}"
    due = format_date(day + timedelta(days=kind.days or 30), "long")
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
            canvas.paragraph(
                44, y, 520, text, bold=text.startswith("Amount") or text == "Summary of proposed changes"
            )
            + 5
        )
    return y


def _draw_foot(canvas: PageCanvas, rng: Random, kind: SecondSourceLetter, spelled: str) -> None:
    number = spelled if kind.place == "block" or not spelled[0].isdigit() else f"Letter {spelled}"
    rev = (
        ""
        if "Rev" in number or rng.random() < 0.2
        else f" (Rev. {rng.randint(1, 12)}-{rng.randint(2008, 2024)})"
    )
    canvas.text(WIDTH - 44, HEIGHT - 24, f"{number}{rev}", size=7.5, align="right")
    if rng.random() < 0.7:
        canvas.text(
            44, HEIGHT - 24, f"Catalog Number {rng.randrange(10000, 70000)}{rng.choice('ABCDHQ')}", size=7.5
        )
    if rng.random() < 0.4:
        canvas.text(WIDTH / 2, HEIGHT - 24, "www.irs.gov", size=7.5, align="center")


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
