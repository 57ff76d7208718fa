"""CP2000s laid out by hand, one for each difficulty that a layout can have, all about the same taxpayer."""

from __future__ import annotations

from collections.abc import Callable

from reportlab.pdfbase.pdfmetrics import stringWidth

from tests.notices.paper import Drawing, Page, Truth, pdf_of

IRS = "Department of the Treasury\nInternal Revenue Service\nPO BOX 9019\nHOLTSVILLE, NY 11742-9019"
ADDRESS = "MARTIN P OAKLEY\n48 QUARRY RD\nDAYTON, OH 45402-1234"
SUMMARY = (
    ("2022 Tax Increase", "$4,284.50"),
    ("Payment Increase", "$0.00"),
    ("Interest if paid by November 6, 2024", "$37.00"),
)
TOTAL = ("Amount due", "$4,321.50")
BLOCK = (
    ("Notice", "CP2000"),
    ("Tax year", "2022"),
    ("Notice date", "October 7, 2024"),
    ("Social Security number", "741-55-3907"),
    ("AUR control number", "59153-7775"),
)
DUE = "Please respond by November 6, 2024, whether you agree or not."

Layout = Callable[[], bytes]
LAYOUTS: dict[str, Layout] = {}


def layout(make: Layout) -> Layout:
    """Add it to the set."""
    LAYOUTS[make.__name__] = make
    return make


def rows(page: Page, x: float, y: float, pairs: tuple[tuple[str, str], ...], value_x: float) -> float:
    """Labels with their values in a second column."""
    for label, value in pairs:
        page.put(x, y, label)
        page.put(value_x, y, value)
        y += 1.3 * page.size
    return y


def summary(page: Page, y: float, total: tuple[str, str] = TOTAL, right: float = 560) -> float:
    """The table of proposed changes with its total."""
    page.put(36, y, "Summary of proposed changes", 12)
    for label, value in (*SUMMARY, total):
        y += 15
        page.put(36, y, label)
        page.put_right(right, y, value)
    return y + 20


def usual_body(page: Page, y: float = 300) -> None:
    """Headline, due date and table as they mostly are."""
    page.put(36, y, "Proposed changes to your 2022 Form 1040", 15)
    page.put(36, y + 20, DUE)
    summary(page, y + 45)


@layout
def label_wrapped_beside_its_value() -> bytes:
    """Long labels take two lines; the value stands between them, or beside the first."""
    page = Page()
    page.put(36, 40, IRS)
    y = 40.0
    for label, value, down in (
        ("Notice", "CP 2000", 0),
        ("Tax\nyear", "2022", 6),
        ("Notice\ndate", "October 7, 2024", 6),
        ("Social Security\nnumber", "741-55-3907", 0),
        ("AUR control\nnumber", "59153-7775", 6),
    ):
        page.put(400, y, label)
        page.put(490, y + down, value)
        y += 26 if "\n" in label else 14
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page])


@layout
def value_wrapped_in_a_narrow_column() -> bytes:
    """A date that does not fit its column goes on in the next line."""
    page = Page()
    page.put(36, 40, IRS)
    rows(page, 400, 40, BLOCK[:2], 520)
    page.put(400, 68, "Notice date")
    page.put(520, 68, "October 7,\n2024")
    rows(page, 400, 96, BLOCK[3:], 520)
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page])


@layout
def strip_over_the_page() -> bytes:
    """Labels in a row across the top, their values in the row below."""
    page = Page(size=9)
    page.put(36, 30, "Internal Revenue Service")
    for at, (label, value) in enumerate(BLOCK):
        page.put(36 + 110 * at, 60, label, 8)
        page.put(36 + 110 * at, 72, value)
    page.put(60, 150, ADDRESS)
    usual_body(page)
    return pdf_of([page], "shuffled")


@layout
def block_beside_the_address() -> bytes:
    """The notice block stands right of the taxpayer's address, line by line on the same baselines."""
    page = Page(size=10, face="Times-Roman")
    page.put(36, 40, IRS)
    y = 150.0
    left = ("MARTIN P OAKLEY", "48 QUARRY RD", "DAYTON, OH 45402-1234", "", "")
    for words, (label, value) in zip(left, BLOCK, strict=True):
        page.put(60, y, words)
        page.put(300, y, f"{label}:")
        page.put(440, y, value)
        y += 12
    usual_body(page)
    return pdf_of([page], "letters")


@layout
def address_at_the_foot() -> bytes:
    """The window is at the foot of the page, under the text."""
    page = Page()
    page.put(36, 40, IRS)
    rows(page, 330, 40, BLOCK, 470)
    page.put(36, 160, "Proposed changes to your 2022 Form 1040", 15)
    page.put(36, 180, DUE)
    summary(page, 210)
    page.put(60, 640, "12 0000345 0012345 0001 AB 0.408\n" + ADDRESS)
    return pdf_of([page])


@layout
def typewriter() -> bytes:
    """A typewriter's face, two spaces after a colon, detached dollar signs."""
    page = Page(size=10, face="Courier")
    page.put(36, 40, IRS)
    for at, (label, value) in enumerate((("Form", "1040"), *BLOCK)):
        page.put(320, 40 + 12 * at, f"{label.title()}:  {value}")
    page.put(60, 170, ADDRESS)
    page.put(36, 260, "You Must Return the Response Form by November 06, 2024")
    for at, (label, value) in enumerate((*SUMMARY, ("Proposed Balance Due", "$  4, 321.50"))):
        page.put(36, 300 + 14 * at, f"{label:<46}{value:>14}")
    return pdf_of([page])


@layout
def dot_leaders() -> bytes:
    """Dots lead from labels to values."""
    page = Page()
    page.put(36, 40, IRS)
    for at, (label, value) in enumerate(BLOCK):
        dots = "." * int((150 - stringWidth(label, page.face, page.size)) / 2.8)
        page.put(330, 40 + 13 * at, f"{label} {dots} {value}")
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page])


@layout
def drawn_twice_for_bold() -> bytes:
    """Every letter is drawn twice, a hair apart."""
    page = Page()
    page.put(36, 40, IRS)
    rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    usual_body(page)
    twin = Page(pieces=[*page.pieces])
    for piece in page.pieces:
        twin.put(piece.x + 0.35, piece.y, piece.text, piece.size, piece.face)
    return pdf_of([twin], "shuffled")


@layout
def tracked_headings() -> bytes:
    """Headings are set with wide gaps between their letters."""
    page = Page()
    page.put(36, 40, IRS)
    page.put(330, 30, "N O T I C E   D A T E")
    page.put(330, 43, "October 7, 2024")
    rows(page, 330, 60, (BLOCK[0], BLOCK[1], BLOCK[3], BLOCK[4]), 470)
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page])


@layout
def upper_case() -> bytes:
    """Everything in capitals, dates too."""
    page = Page()
    page.put(36, 40, IRS.upper())
    rows(page, 330, 40, tuple((label.upper(), value.upper()) for label, value in BLOCK), 480)
    page.put(60, 180, ADDRESS)
    page.put(36, 280, "PROPOSED CHANGES TO YOUR 2022 FORM 1040")
    page.put(36, 300, "YOU MUST RESPOND BY NOVEMBER 6, 2024.")
    page.put(36, 330, "PROPOSED BALANCE DUE")
    page.put(300, 330, "$4,321.50")
    return pdf_of([page])


@layout
def no_spaces_drawn() -> bytes:
    """Words are placed one by one and no space is ever drawn."""
    page = Page(size=8)
    page.put(36, 40, IRS)
    rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page], "words")


@layout
def prose_close_beside_the_block() -> bytes:
    """A column of sentences ends a narrow gap before the block's labels."""
    page = Page(size=9)
    page.put(36, 30, "Department of the Treasury - Internal Revenue Service")
    lines = (
        "Call us with questions about this letter, and have it at hand. You",
        "may write to us too: we answer within thirty days. Keep a copy of",
        "what you send. The Social Security number is on every page. Other",
        "people can speak for you if you sign a power of attorney for them,",
        "for example an attorney, a certified public accountant or a relative",
    )
    for at, (words, (label, value)) in enumerate(zip(lines, BLOCK, strict=True)):
        page.put(36, 60 + 11 * at, words)
        edge = 36 + max(stringWidth(line, page.face, page.size) for line in lines) + 7
        page.put(edge, 60 + 11 * at, label)
        page.put(edge + 110, 60 + 11 * at, value)
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page])


@layout
def amount_with_its_day() -> bytes:
    """The amount's label says by when; the sum follows it."""
    page = Page()
    page.put(36, 40, IRS)
    rows(page, 330, 40, (*BLOCK, ("Response due date", "11/06/2024")), 470)
    page.put(60, 180, ADDRESS)
    page.put(36, 280, "We propose changes to your 2022 tax return", 15)
    page.put(36, 310, "Amount due by November 6, 2024")
    page.put(300, 310, "$4,321.50")
    return pdf_of([page])


@layout
def notes_in_brackets() -> bytes:
    """Labels carry remarks in brackets."""
    page = Page()
    page.put(36, 40, IRS)
    pairs = (
        ("Notice (see back)", "CP2000"),
        ("Tax year(s)", "2022"),
        ("Notice date (mm/dd/yyyy)", "10/07/2024"),
        ("SSN (primary)", "741-55-3907"),
        ("AUR control number (use on all letters)", "59153-7775"),
    )
    rows(page, 300, 40, pairs, 500)
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page])


@layout
def several_pairs_on_a_line() -> bytes:
    """Labels and values follow each other on one line."""
    page = Page(size=9)
    page.put(36, 40, IRS)
    page.put(36, 110, "Notice: CP2000   Tax year: 2022   Notice date: 10/07/2024")
    page.put(36, 122, "Social Security number: 741-55-3907   AUR control number: 59153-7775")
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page])


@layout
def somebody_elses_address_too() -> bytes:
    """A contact address of the IRS's stands under the text, and the name again in the coupon."""
    page = Page()
    page.put(36, 40, IRS)
    rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    usual_body(page)
    page.put(
        36,
        560,
        "Mail your response to:\nInternal Revenue Service\n310 LOWELL ST STOP 4107\nANDOVER MA 01810-9041",
    )
    coupon = Page()
    coupon.put(36, 560, "Payment coupon")
    coupon.put(36, 600, ADDRESS)
    rows(coupon, 330, 600, (BLOCK[0], BLOCK[2], BLOCK[3]), 480)
    coupon.put(330, 700, "INTERNAL REVENUE SERVICE\nPO BOX 37002\nHARTFORD CT 06176-7002")
    return pdf_of([page, coupon])


@layout
def income_table_on_page_one() -> bytes:
    """The income table with the spouse's SSN, payers' EINs and addresses stands on the first page."""
    page = Page(size=9)
    page.put(36, 40, IRS)
    rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    usual_body(page, 260)
    page.put(36, 480, "Issued to")
    page.put(150, 480, "SSN")
    page.put(260, 480, "Payer")
    page.put(450, 480, "EIN")
    page.put(36, 494, "PAULA OAKLEY")
    page.put(150, 494, "742-66-1188")
    page.put(260, 494, "HILLTOP PARTNERS LLP")
    page.put(450, 494, "82-5550147")
    page.put(260, 505, "9 BANK PLZ\nTOLEDO OH 43604-5550")
    return pdf_of([page])


@layout
def no_name_of_the_sender() -> bytes:
    """The letterhead is a picture: no text says who sent it but the notice block."""
    page = Page()
    page.put(36, 40, "PO BOX 9019\nHOLTSVILLE, NY 11742-9019")
    rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page])


@layout
def labels_right_aligned() -> bytes:
    """Labels end where values begin."""
    page = Page()
    page.put(36, 40, IRS)
    for at, (label, value) in enumerate(BLOCK):
        page.put_right(455, 40 + 13 * at, label)
        page.put(465, 40 + 13 * at, value)
    page.put(60, 180, ADDRESS)
    usual_body(page)
    return pdf_of([page], "shuffled")


@layout
def headline_takes_two_lines() -> bytes:
    """The sentence with the due date wraps before the date."""
    page = Page()
    page.put(36, 40, IRS)
    rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    page.put(36, 270, "Proposed changes to your\n2022 Form 1040", 15)
    page.put(36, 320, "You must return the enclosed response form to us by\nNovember 6, 2024.")
    summary(page, 370)
    return pdf_of([page])


@layout
def zip_apart_from_the_city() -> bytes:
    """The ZIP code stands in a column of its own."""
    page = Page()
    page.put(36, 40, IRS)
    rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, "MARTIN P OAKLEY\n48 QUARRY RD\nDAYTON OH")
    page.put(140, 180 + 2 * 11.8, "45402-1234")
    usual_body(page)
    return pdf_of([page])


@layout
def wide_leading() -> bytes:
    """Lines stand one and a half apart."""
    page = Page()
    page.put(36, 40, IRS)
    rows(page, 330, 40, BLOCK, 470)
    for at, line in enumerate(ADDRESS.split("\n")):
        page.put(60, 180 + 17 * at, line)
    usual_body(page)
    return pdf_of([page])


DRAWINGS: tuple[Drawing, ...] = ("lines", "shuffled", "letters", "words")
TRUTH = Truth()
