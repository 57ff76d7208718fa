"""CP2000s whose layout and wording are chosen at random, with the values printed on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from reportlab.pdfbase.pdfmetrics import stringWidth

from tests.corpora.handmade.pages import FACES, Drawing, Page, build_pdf


@dataclass
class Truth:
    """The values printed on a notice."""

    tax_year: int = 2022
    notice_date: date = date(2024, 10, 7)
    response_due_date: date = date(2024, 11, 6)
    name_lines: tuple[str, ...] = ("MARTIN P OAKLEY",)
    last_name: str = "OAKLEY"
    spouse_last_name: str | None = None
    street: str = "48 QUARRY RD"
    city: str = "DAYTON"
    state: str = "OH"
    zip: str = "45402-1234"
    ssn: str = "741-55-3907"
    spouse_ssn: str = "742-66-1188"
    aur_control_number: str = "59153-7775"
    amount_due: float = 4321.5
    pages_printed: int = 4

    @property
    def address(self) -> str:
        """As the reader returns it."""
        return f"{self.street}, {self.city}, {self.state}"

    @property
    def name_line(self) -> str:
        """As the reader returns it."""
        return " ".join(self.name_lines)


PEOPLE: tuple[tuple[tuple[str, ...], str, str | None], ...] = (
    (("MARTIN P OAKLEY",), "OAKLEY", None),
    (("JOHN AND MARY SMITH",), "SMITH", "SMITH"),
    (("JAMES & KAREN Q. HINDS",), "HINDS", "HINDS"),
    (("PETER R STONE & ALICE WINTERS",), "STONE", "WINTERS"),
    (("OMAR T BECK", "RUTH L BECK"), "BECK", "BECK"),
    (("LENA M FOX &", "IAN FOX"), "FOX", "FOX"),
    (("ROSA DE LA CRUZ",), "DE LA CRUZ", None),
    (("WILLEM VAN DER BERG JR",), "VAN DER BERG", None),
    (("SHAUNA OBRIEN",), "OBRIEN", None),
    (("CARL S PAGE",), "PAGE", None),
    (("DORA NOTICE",), "NOTICE", None),
    (("HUGO LEVY III",), "LEVY", None),
    (("ELLA B MAY",), "MAY", None),
    (("GRACE FORM & PAUL FORM",), "FORM", "FORM"),
    (("Nora J. Whitfield",), "Whitfield", None),
    (("TOMAS YEAR", "% LINDA CORTEZ"), "YEAR", None),
    (("IVY DATE", "C/O MARSH TRUST"), "DATE", None),
)
PLACES = (
    ("48 QUARRY RD", "DAYTON", "OH", "45402-1234"),
    ("PO BOX 9921", "FARGO", "ND", "58102"),
    ("1200 N 5TH AVE APT 12", "ST PAUL", "MN", "55101-2210"),
    ("7 E MAIN ST UNIT B", "WINSTON SALEM", "NC", "27101"),
    ("RR 2 BOX 14", "O FALLON", "MO", "63366"),
    ("2210 MAY ST", "NEW YORK", "NY", "10011-4477"),
)


def draw_truth(rng: Random) -> Truth:
    """Return a random taxpayer with random figures."""
    lines, last, spouse = rng.choice(PEOPLE)
    street, city, state, zip_code = rng.choice(PLACES)
    noticed = date(2006, 1, 1) + timedelta(days=rng.randrange(7000))
    return Truth(
        tax_year=noticed.year - rng.choice((1, 2, 3)),
        notice_date=noticed,
        response_due_date=noticed + timedelta(days=rng.choice((30, 30, 30, 60))),
        name_lines=lines,
        last_name=last,
        spouse_last_name=spouse,
        street=street,
        city=city,
        state=state,
        zip=zip_code,
        ssn=f"{rng.randrange(773, 900)}-{rng.randrange(10, 100)}-{rng.randrange(1000, 10000)}",
        spouse_ssn=f"{rng.randrange(734, 750)}-{rng.randrange(10, 100)}-{rng.randrange(1000, 10000)}",
        aur_control_number=f"{rng.randrange(10000, 100000)}-{rng.randrange(1000, 10000)}",
        pages_printed=rng.choice((4, 6)),
        amount_due=rng.choice((float(rng.randrange(100, 90000)), rng.randrange(10000, 9000000) / 100)),
    )


def format_date(day: date, rng: Random) -> str:
    """Return it in one of the IRS's spellings."""
    full = f"{day:%B} {day.day}, {day.year}"
    spellings = (full, f"{day:%B} {day:%d}, {day.year}", f"{day:%m/%d/%Y}", f"{day:%m-%d-%Y}", full.upper())
    return rng.choice((*spellings, f"{day:%b}. {day.day}, {day.year}"))


def format_money(amount: float, rng: Random) -> str:
    """Return it in one of the IRS's spellings."""
    if amount == int(amount):
        whole = f"{int(amount):,}"
        return rng.choice((f"${whole}", f"$ {whole}", f"${whole}.00", f"$ {whole.replace(',', ', ')}"))
    return f"${amount:,.2f}"


LABELS = {
    "type": ("Notice", "Notice number", "Notice:", "Notice No.", "Letter/Notice"),
    "tax_year": ("Tax year", "Tax Year:", "For tax year", "Tax period", "TAX YEAR"),
    "notice_date": ("Notice date", "Date of notice", "Notice Date:", "Date", "NOTICE DATE"),
    "ssn": ("Social Security number", "Social Security Number:", "SSN", "Your SSN", "Taxpayer ID number",
            "Soc. Sec. No.", "SOCIAL SECURITY NUMBER"),
    "control": ("AUR control number", "AUR Control:", "AUR Control No.", "AUR number", "AUR Control #"),
    "due": ("Response due date", "Respond by", "Please respond by", "Reply by", "Response due"),
}  # fmt: skip
SPELLINGS = ("CP2000", "CP 2000", "CP-2000", "CP\N{EN DASH}2000")


def make_random_cp2000(seed: int) -> tuple[bytes, Truth]:
    """Return a CP2000 with a random layout and wording, and the values printed on it."""
    rng = Random(seed)
    truth = draw_truth(rng)
    size, face = rng.choice((8.0, 9.0, 10.0, 11.0)), rng.choice(FACES[:3])
    first = Page(size=size, face=face)
    block_left = rng.random() < 0.25
    due_in_block = rng.random() < 0.5
    _draw_return_address(first, rng, 36 if not block_left else 330)
    bottom = _draw_notice_block(first, truth, rng, 330 if not block_left else 36, due_in_block)
    block_x = rng.choice((60, 75, 90)) if not block_left or rng.random() < 0.5 else 330
    top = max(bottom + 30, rng.choice((130, 165, 210)))
    y = _draw_address_block(first, truth, rng, block_x, top)
    _draw_body(first, truth, rng, y + 34, due_in_block)
    pages = [first, *_draw_later_pages(truth, rng, size, face)]
    drawing: Drawing = rng.choice(("lines", "shuffled", "chars", "words"))
    return build_pdf(pages, drawing, seed), truth


def _draw_return_address(page: Page, rng: Random, x: float) -> None:
    lines = ["Department of the Treasury", "Internal Revenue Service"]
    lines += rng.choice(
        (
            ["PO BOX 9019", "HOLTSVILLE, NY 11742-9019"],
            ["AUR Unit, Stop 4107", "310 LOWELL ST", "ANDOVER MA 05501-0002"],
            ["5333 Getwell Rd Stop 8823", "Memphis, TN 37501-0010"],
        )
    )
    page.put(x, 40, "\n".join(lines))


def _draw_notice_block(page: Page, truth: Truth, rng: Random, x: float, due_in_block: bool) -> float:
    rows = [
        (rng.choice(LABELS["type"]), rng.choice(SPELLINGS)),
        (rng.choice(LABELS["tax_year"]), str(truth.tax_year)),
        (rng.choice(LABELS["notice_date"]), format_date(truth.notice_date, rng)),
        (rng.choice(LABELS["ssn"]), rng.choice((truth.ssn, truth.ssn, truth.ssn.replace("-", " ")))),
        (rng.choice(LABELS["control"]), truth.aur_control_number),
        ("To contact us", "1-800-555-0133"),
        ("Your caller ID", "612255"),
    ]
    if due_in_block:
        rows.insert(3, (rng.choice(LABELS["due"]), format_date(truth.response_due_date, rng)))
    style = rng.choice(("right", "inline", "below", "grid", "far"))
    step = 1.25 * page.size
    y = 40.0
    if style in ("right", "far"):
        value_x = x + max(stringWidth(label, page.face, page.size) for label, _ in rows) + 14
        for label, value in rows:
            page.put(x, y, label)
            if style == "far":
                page.put_right(x + 245, y, value)
            else:
                page.put(value_x, y, value)
            y += step
    elif style == "inline":
        for label, value in rows:
            page.put(x, y, f"{label.rstrip(':')}: {value}")
            y += step
    elif style == "below":
        for label, value in rows:
            page.put(x, y, label, 0.85 * page.size)
            page.put(x, y + step, value)
            y += 2.6 * step
    else:
        for at, (label, value) in enumerate(rows):
            column, row = at % 2, at // 2
            page.put(x + 135 * column, y + row * 2.9 * step, label, 0.8 * page.size)
            page.put(x + 135 * column, y + row * 2.9 * step + step, value, 0.9 * page.size)
        y += 4 * 2.9 * step
    page.put(x, y, f"Page 1 of {truth.pages_printed}")
    return y


def _draw_address_block(page: Page, truth: Truth, rng: Random, x: float, y: float) -> float:
    above = rng.choice(
        (
            None,
            "0123 0456789 0000012345 0054321 0001",
            "***AUTO**SCH 5-DIGIT 45402   T12 P1",
            "040531.255725.0211.003 1 AB 0.412 530",
        )
    )
    if above:
        page.put(x, y, above, 7)
        y += 1.4 * page.size
    comma = rng.choice((",", ""))
    lines = [*truth.name_lines, truth.street, f"{truth.city}{comma} {truth.state} {truth.zip}"]
    page.put(x, y, "\n".join(lines))
    return y + 1.18 * page.size * len(lines)


def _draw_body(page: Page, truth: Truth, rng: Random, y: float, due_in_block: bool) -> None:
    year, due = truth.tax_year, format_date(truth.response_due_date, rng)
    headlines = [
        f"Proposed changes to your {year} Form 1040",
        f"We are proposing changes to your {year} tax return",
    ]
    page.put(36, y, rng.choice(headlines), 15)
    y += 26
    if not due_in_block or rng.random() < 0.5:
        sentences = [
            f"You Must Return the Response Form by {due}",
            f"Please send us your response by {due}, whether you agree or not.",
            f"We need your reply by {due}.",
        ]
        page.put(36, y, rng.choice(sentences))
        y += 22
    total = rng.choice(("Proposed Balance Due", "Amount due", "Amount you owe", "Total amount due"))
    tax = truth.amount_due - 37
    rows = [("Summary of Proposed Changes", "")]
    rows += [(f"{year} Tax Increase", format_money(tax, rng)), ("Payment Increase", "$ 0")]
    rows += [(f"Interest if paid by {due}", "$ 37"), (total, format_money(truth.amount_due, rng))]
    right = rng.choice((330, 500, 570))
    for label, value in rows:
        page.put(36, y, label)
        if value:
            page.put_right(right, y, value)
        y += 1.35 * page.size
    y += 14
    page.put(
        36,
        y,
        "Why you are getting this notice\nAn employer or a bank reported income to us\nthat is not on your return.",
    )
    page.put(
        320,
        y,
        "If you disagree\nTell us why and send documents. We send a\nStatutory Notice of Deficiency (CP3219A) next.",
    )
    page.put(36, 770, "CP2000 (Rev. 11-2019)" if rng.random() < 0.5 else "www.irs.gov/cp2000", 7)


def _draw_later_pages(truth: Truth, rng: Random, size: float, face: str) -> list[Page]:
    table = Page(size=size, face=face)
    table.put(36, 40, f"{truth.name_lines[0]}    {truth.ssn}    Page 2 of {truth.pages_printed}", 8)
    table.put(36, 80, "Shown on return   Reported to IRS by others   Difference")
    table.put(36, 110, f"Interest  ANYTOWN BANK  EIN 82-5550147  SSN {truth.spouse_ssn}  $0  $812  $812")
    form = Page(size=size, face=face)
    form.put(36, 60, "Response form\nIf you agree, sign below and return this page.")
    form.put(36, 140, f"Your signature      Date\nSpouse's signature   Spouse's SSN {truth.spouse_ssn}")
    coupon = Page(size=size, face=face)
    coupon.put(36, 620, "Payment coupon", 14)
    coupon.put(36, 650, f"{truth.name_line}\n{truth.street}\n{truth.city} {truth.state} {truth.zip}")
    coupon.put(330, 650, "Notice")
    coupon.put(450, 650, "CP2000")
    coupon.put(330, 664, "Notice date")
    coupon.put(450, 664, format_date(truth.notice_date, rng))
    coupon.put(330, 678, "Social Security number")
    coupon.put(330 + stringWidth("Social Security number", face, size) + 16, 678, truth.ssn)
    return [table, form, coupon]
