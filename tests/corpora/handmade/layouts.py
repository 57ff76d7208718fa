"""CP2000s laid out by hand, one for each difficulty that a page can have."""

from __future__ import annotations

from reportlab.pdfbase.pdfmetrics import stringWidth

from tests.corpora.handmade.blocks import (
    ADDRESS,
    BLOCK,
    IRS,
    layout,
    put_rows,
    put_summary,
    put_usual_body,
)
from tests.corpora.handmade.pages import Page, build_pdf


@layout
def no_spaces_drawn() -> bytes:
    """Words are placed one by one and no space is ever drawn."""
    page = Page(size=8)
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    return build_pdf([page], "words")


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
    put_usual_body(page)
    return build_pdf([page])


@layout
def amount_with_its_day() -> bytes:
    """The amount's label says by when; the amount follows it."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, (*BLOCK, ("Response due date", "11/06/2024")), 470)
    page.put(60, 180, ADDRESS)
    page.put(36, 280, "We propose changes to your 2022 tax return", 15)
    page.put(36, 310, "Amount due by November 6, 2024")
    page.put(300, 310, "$4,321.50")
    return build_pdf([page])


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
    put_rows(page, 300, 40, pairs, 500)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    return build_pdf([page])


@layout
def several_pairs_on_a_line() -> bytes:
    """Labels and values follow each other on one line."""
    page = Page(size=9)
    page.put(36, 40, IRS)
    page.put(36, 110, "Notice: CP2000   Tax year: 2022   Notice date: 10/07/2024")
    page.put(36, 122, "Social Security number: 741-55-3907   AUR control number: 59153-7775")
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    return build_pdf([page])


@layout
def somebody_elses_address_too() -> bytes:
    """A contact address of the IRS's stands under the text, and the name again in the coupon."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    page.put(
        36,
        560,
        "Mail your response to:\nInternal Revenue Service\n310 LOWELL ST STOP 4107\nANDOVER MA 01810-9041",
    )
    coupon = Page()
    coupon.put(36, 560, "Payment coupon")
    coupon.put(36, 600, ADDRESS)
    put_rows(coupon, 330, 600, (BLOCK[0], BLOCK[2], BLOCK[3]), 480)
    coupon.put(330, 700, "INTERNAL REVENUE SERVICE\nPO BOX 37002\nHARTFORD CT 06176-7002")
    return build_pdf([page, coupon])


@layout
def income_table_on_page_one() -> bytes:
    """The income table with the spouse's SSN, payers' EINs and addresses stands on the first page."""
    page = Page(size=9)
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    put_usual_body(page, 260)
    page.put(36, 480, "Issued to")
    page.put(150, 480, "SSN")
    page.put(260, 480, "Payer")
    page.put(450, 480, "EIN")
    page.put(36, 494, "PAULA OAKLEY")
    page.put(150, 494, "742-66-1188")
    page.put(260, 494, "HILLTOP PARTNERS LLP")
    page.put(450, 494, "82-5550147")
    page.put(260, 505, "9 BANK PLZ\nTOLEDO OH 43604-5550")
    return build_pdf([page])


@layout
def no_name_of_the_sender() -> bytes:
    """The letterhead is an image: no text says who sent it but the notice block."""
    page = Page()
    page.put(36, 40, "PO BOX 9019\nHOLTSVILLE, NY 11742-9019")
    put_rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    return build_pdf([page])


@layout
def labels_right_aligned() -> bytes:
    """Labels end where values begin."""
    page = Page()
    page.put(36, 40, IRS)
    for at, (label, value) in enumerate(BLOCK):
        page.put_right(455, 40 + 13 * at, label)
        page.put(465, 40 + 13 * at, value)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    return build_pdf([page], "shuffled")


@layout
def headline_takes_two_lines() -> bytes:
    """The sentence with the due date wraps before the date."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, ADDRESS)
    page.put(36, 270, "Proposed changes to your\n2022 Form 1040", 15)
    page.put(36, 320, "You must return the enclosed response form to us by\nNovember 6, 2024.")
    put_summary(page, 370)
    return build_pdf([page])


@layout
def zip_apart_from_the_city() -> bytes:
    """The ZIP code is in a column of its own."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 470)
    page.put(60, 180, "MARTIN P OAKLEY\n48 QUARRY RD\nDAYTON OH")
    page.put(140, 180 + 2 * 11.8, "45402-1234")
    put_usual_body(page)
    return build_pdf([page])


@layout
def wide_leading() -> bytes:
    """Lines stand one and a half apart."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 470)
    for at, line in enumerate(ADDRESS.split("\n")):
        page.put(60, 180 + 17 * at, line)
    put_usual_body(page)
    return build_pdf([page])
