"""CP2000s laid out by hand, one for each difficulty that labels, values and fonts can have."""

from __future__ import annotations

from reportlab.pdfbase.pdfmetrics import stringWidth

from tests.corpora.handmade.blocks import (
    ADDRESS,
    BLOCK,
    DUE,
    IRS,
    SUMMARY,
    layout,
    put_rows,
    put_summary,
    put_usual_body,
)
from tests.corpora.handmade.pages import Page, build_pdf


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
    put_usual_body(page)
    return build_pdf([page])


@layout
def value_wrapped_in_a_narrow_column() -> bytes:
    """A date that does not fit its column continues in the next line."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 400, 40, BLOCK[:2], 520)
    page.put(400, 68, "Notice date")
    page.put(520, 68, "October 7,\n2024")
    put_rows(page, 400, 96, BLOCK[3:], 520)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    return build_pdf([page])


@layout
def strip_over_the_page() -> bytes:
    """Labels in a row across the top, their values in the row below."""
    page = Page(size=9)
    page.put(36, 30, "Internal Revenue Service")
    for at, (label, value) in enumerate(BLOCK):
        page.put(36 + 110 * at, 60, label, 8)
        page.put(36 + 110 * at, 72, value)
    page.put(60, 150, ADDRESS)
    put_usual_body(page)
    return build_pdf([page], "shuffled")


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
    put_usual_body(page)
    return build_pdf([page], "chars")


@layout
def address_at_the_foot() -> bytes:
    """The window is at the foot of the page, under the text."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 470)
    page.put(36, 160, "Proposed changes to your 2022 Form 1040", 15)
    page.put(36, 180, DUE)
    put_summary(page, 210)
    page.put(60, 640, "12 0000345 0012345 0001 AB 0.408\n" + ADDRESS)
    return build_pdf([page])


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
    return build_pdf([page])


@layout
def dot_leaders() -> bytes:
    """Dots lead from labels to values."""
    page = Page()
    page.put(36, 40, IRS)
    for at, (label, value) in enumerate(BLOCK):
        dots = "." * int((150 - stringWidth(label, page.face, page.size)) / 2.8)
        page.put(330, 40 + 13 * at, f"{label} {dots} {value}")
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    return build_pdf([page])


@layout
def drawn_twice_for_bold() -> bytes:
    """Every character is drawn twice, very close together."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    duplicate = Page(pieces=[*page.pieces])
    for piece in page.pieces:
        duplicate.put(piece.x + 0.35, piece.y, piece.text, piece.size, piece.face)
    return build_pdf([duplicate], "shuffled")


@layout
def tracked_headings() -> bytes:
    """Headings are set with wide gaps between their characters."""
    page = Page()
    page.put(36, 40, IRS)
    page.put(330, 30, "N O T I C E   D A T E")
    page.put(330, 43, "October 7, 2024")
    put_rows(page, 330, 60, (BLOCK[0], BLOCK[1], BLOCK[3], BLOCK[4]), 470)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    return build_pdf([page])


@layout
def upper_case() -> bytes:
    """Everything in capitals, dates too."""
    page = Page()
    page.put(36, 40, IRS.upper())
    put_rows(page, 330, 40, tuple((label.upper(), value.upper()) for label, value in BLOCK), 480)
    page.put(60, 180, ADDRESS)
    page.put(36, 280, "PROPOSED CHANGES TO YOUR 2022 FORM 1040")
    page.put(36, 300, "YOU MUST RESPOND BY NOVEMBER 6, 2024.")
    page.put(36, 330, "PROPOSED BALANCE DUE")
    page.put(300, 330, "$4,321.50")
    return build_pdf([page])
