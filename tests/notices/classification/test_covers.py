"""Sheets before, between and behind a notice that are no page of it."""

import pytest

from tests.corpora.handmade.blocks import ADDRESS, BLOCK, IRS, put_rows, put_usual_body
from tests.corpora.handmade.pages import Page, build_pdf
from tests.notices.classification.test_multiple_notices import OWN_HEAD, prose
from tests.notices.conftest import Read


def sheet(*texts: str) -> Page:
    """A sheet with these texts below each other."""
    page = Page()
    for at, text in enumerate(texts):
        page.put(60, 80 + 60 * at, text, 12)
    return page


def notice() -> Page:
    """The first page of a CP2000 that prints no number."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 480)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    return page


SHEETS = {
    "envelope": sheet(IRS, "Official Business\nPenalty for Private Use, $300", ADDRESS),
    "envelope of a couple": sheet(
        IRS,
        "Official Business\nPenalty for Private Use, $300\nPRESORTED\nFIRST-CLASS MAIL\nPOSTAGE & FEES PAID",
        "MARTIN P OAKLEY AND RUTH L BECK\nDBA SUNRISE BAKERY AND CATERING\n48 QUARRY RD APT 4\nDAYTON, OH 45402-1234",
        "IRS PERMIT NO. G-48",
    ),
    "return envelope": sheet("NO POSTAGE NECESSARY\nIF MAILED IN THE UNITED STATES", IRS),
    "separator": sheet("DOCUMENT SEPARATOR SHEET", "Scan station 2, batch 000123, operator 7"),
    "patch code": sheet("PATCH II", "Place this sheet between documents, this side up"),
    "left blank": sheet("This page intentionally left blank.", "Catalog number 12345X"),
    "fax banner": sheet("NOV 03 2026 14:07   FROM 555-0133   TO 555-0144   PAGE 3 OF 7"),
    "fax cover": sheet("FAX COVER SHEET", "To: Hale Tax", "From: M Oakley", "Pages: 5, page 1 of 5"),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_before_between_and_behind_is_skipped(read: Read, name: str) -> None:
    """The notice is read as if it were not there."""
    page, own = SHEETS[name], prose(OWN_HEAD)
    for pages in (
        [page, notice(), own],
        [page, Page(), page, notice(), page, own, page],
        [notice(), own, page],
    ):
        reading = read(build_pdf(pages))
        assert (reading.outcome, reading.error) == ("extract", None)
        assert reading.fields.ssn == BLOCK[3][1]


def test_a_sheet_with_an_ssn_is_judged_like_any_page(read: Read) -> None:
    """Whatever else it says."""
    page = sheet("DOCUMENT SEPARATOR SHEET", "SSN: 742-66-1188")
    assert read(build_pdf([notice(), page])).error == "unknown_pages"


def test_a_representatives_short_letter_covers_the_notice(read: Read) -> None:
    """The notice behind it is read, as the client's; an answer to the IRS is not a new notice."""
    letter = sheet(
        "HALE TAX GROUP LLP",
        "Dear Martin Oakley,",
        "enclosed is a notice from the\nInternal Revenue Service of this week.",
    )
    reading = read(build_pdf([letter, notice()]))
    assert (reading.outcome, reading.fields.last_name) == ("extract", "OAKLEY")
    for words in ("We hereby respond to the enclosed notice.", "To: Internal Revenue Service"):
        answer = sheet("HALE TAX GROUP LLP", words)
        assert read(build_pdf([answer, notice()])).outcome == "not_cp2000"
    invoice = sheet("HALE TAX GROUP LLP", "Invoice 12 to Eric Tomlin", "Amount: $300")
    assert read(build_pdf([invoice, notice()])).outcome == "not_cp2000"
    assert read(build_pdf([letter, letter])).outcome == "not_cp2000"


def test_nothing_but_covers_is_no_letter(read: Read) -> None:
    """Nor is a file of more covers than a letter has."""
    cover = SHEETS["envelope"]
    assert read(build_pdf([cover, cover])).outcome == "not_cp2000"
    assert read(build_pdf([cover] * 7 + [notice()])).outcome == "not_cp2000"


@pytest.mark.parametrize(
    ("taxpayer", "outcome"), [("MARTIN P OAKLEY", "extract"), ("RUTH BECK", "not_cp2000")]
)
def test_the_irs_letter_to_a_representative_has_the_notice_behind_it(
    read: Read, taxpayer: str, outcome: str
) -> None:
    """It names the notice's taxpayer; before another client's notice it is a letter of its own."""
    letter = sheet(
        IRS,
        "HALE TAX LLC\n9 POND LN\nTOLEDO OH 43604",
        "Dear Representative: you are authorized to represent the taxpayer named on the enclosed notice.\n"
        "We send you this copy as your power of attorney asks.",
        f"Taxpayer: {taxpayer}   Tax period: 2022",
    )
    reading = read(build_pdf([letter, notice(), prose(OWN_HEAD)]))
    assert reading.outcome == outcome
    assert reading.needs_review == (outcome != "extract")


def letter_before(number: str, name: str = "MARTIN P OAKLEY", ssn: str = BLOCK[3][1]) -> Page:
    """One of the IRS's letters of correspondence, as it lies on top of an amended CP2000."""
    page = Page()
    page.put(36, 46, IRS)
    page.put(360, 46, f"In reply refer to: 0912345678\nOCT 06, 2024  LTR {number} 0\n{ssn}  202212 30")
    page.put(60, 160, ADDRESS.replace("MARTIN P OAKLEY", name))
    page.put(60, 220, f"Social Security number: {ssn}\nTax period: Dec. 31, 2022")
    page.put(36, 280, "Dear Taxpayer:")
    page.put(
        36, 300, "Thank you for your answer to our notice. We have changed our proposal for your return."
    )
    page.put(36, 320, "You do not need to answer this letter; see the notice that we send with it.")
    return page


@pytest.mark.parametrize("number", ["2625C", "2626C"])
def test_an_amended_notice_is_read_behind_its_letter(read: Read, number: str) -> None:
    """Also where the letter masks the SSN, and behind its blank back."""
    own = prose(OWN_HEAD)
    for pages in (
        [letter_before(number), notice(), own],
        [letter_before(number, ssn="XXX-XX-3907"), Page(), notice(), own],
    ):
        reading = read(build_pdf(pages))
        assert (reading.outcome, reading.needs_review) == ("extract", False)
        assert (reading.fields.notice_type, reading.fields.page_count) == ("CP2000", len(pages))


@pytest.mark.parametrize(
    ("name", "ssn"),
    [
        ("MARTIN P OAKLEY", "741-55-3908"),
        ("MARTIN P OAKLEY", "XXX-XX-XXXX"),
        ("MARTIN P OAKLEY", "731-55-3907"),
        ("RUTH BECK", BLOCK[3][1]),
        ("RUTH BECK", "742-66-1188"),
    ],
)
def test_a_letter_before_another_clients_notice_is_for_a_person(read: Read, name: str, ssn: str) -> None:
    """The name and the number have to be the notice's; the letter's own fields are given."""
    reading = read(build_pdf([letter_before("2626C", name, ssn), notice(), prose(OWN_HEAD)]))
    assert (reading.outcome, reading.needs_review) == ("not_cp2000", True)
    assert reading.error == "several_notices"


def test_a_letter_with_a_number_covers_no_other_letter(read: Read) -> None:
    """Only a CP2000 is sent amended behind one; a letter with another number covers nothing."""
    for pages in (
        [letter_before("2626C"), letter_before("2625C")],
        [letter_before("4464C"), notice(), prose(OWN_HEAD)],
    ):
        assert read(build_pdf(pages)).outcome == "not_cp2000"
