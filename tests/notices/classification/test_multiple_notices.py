"""Whose pages lie behind a notice: another client's would be filed in the first one's case."""

import io
from dataclasses import replace
from random import Random

import pypdfium2
import pytest
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from mailroom.notices.classification import multiple_notices
from mailroom.notices.classification.known_notice import KnownNotice
from mailroom.notices.classification.page_marks import PageMarks
from mailroom.run.file_decision import find_reason_not_to_file
from tests.corpora.handmade.blocks import ADDRESS, BLOCK, IRS, put_rows, put_usual_body
from tests.corpora.handmade.other_documents import LETTERS, coupon, cp2000_with, other_letter
from tests.corpora.handmade.pages import Drawing, Page, build_pdf
from tests.notices.conftest import Read
from tests.notices.test_reader import scan

NOTICE = KnownNotice(
    None, None, is_certain=True, letter=None, dated=None, controls=frozenset(), zips=frozenset(), names=(), count=4
)  # fmt: skip
OTHERS_SSN, OTHERS_CONTROL = "742-66-1188", "31204-8841"


def joined(*pdfs: bytes) -> bytes:
    """The files as one, as a mail room's scanner program makes it."""
    whole, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    for pdf in pdfs:
        whole.import_pages(pypdfium2.PdfDocument(pdf))
    whole.save(out)
    return out.getvalue()


def another_block(ssn: str = OTHERS_SSN, control: str = OTHERS_CONTROL) -> Page:
    """A page with a notice's block and an address, and nothing that says "Page 1"."""
    page = Page()
    block = (("Notice", "CP2000"), ("Tax year", "2021"), ("Notice date", "March 3, 2025"))
    put_rows(page, 330, 40, (*block, ("Social Security number", ssn), ("AUR control number", control)), 480)
    page.put(60, 180, "ZOE R QUILL\n1 ELM ST\nDAYTON OH 45401")
    return page


def numbered(first: str, *later: Page) -> bytes:
    """A CP2000 whose first page prints its number."""
    return cp2000_with(block=(*BLOCK, ("Page", first)), pages=later)


OWN_HEAD = f"CP2000   2022   {BLOCK[3][1]}"


def prose(head: str = "") -> Page:
    """A page of text without anybody's number, but for what its head has."""
    page = Page()
    page.put(36, 40, head)
    page.put(36, 80, "If you agree with the changes, sign the form and send it back to us in time.\n" * 4)
    return page


@pytest.mark.parametrize(
    "page",
    [
        another_block(),
        another_block(ssn="XXX-XX-1188"),
        another_block(control=BLOCK[4][1]),
        another_block(ssn="XXX-XX-XXXX"),
        another_block(ssn=BLOCK[3][1]),
        coupon(OTHERS_SSN),
    ],
)
@pytest.mark.parametrize("drawing", ["lines", "shuffled", "letters"])
def test_a_block_with_other_numbers_is_another_letter(read: Read, page: Page, drawing: Drawing) -> None:
    """Another SSN or another AUR number in a block, wherever it lies and however it is drawn."""
    second = build_pdf([page], drawing)
    for pdf in (joined(cp2000_with(), second, build_pdf([prose()])), joined(cp2000_with(), second)):
        reading = read(pdf)
        assert (reading.outcome, reading.error) == ("review", "several_notices")


def test_a_running_head_with_another_number_is_another_letters(read: Read) -> None:
    """A head needs no label; the letter's own number in it raises no doubt."""
    assert read(cp2000_with(pages=(prose(f"CP2000   2021   {OTHERS_SSN}"),))).error == "several_notices"
    assert read(cp2000_with(pages=(prose("CP2000   2022   XXX-XX-3907"),))).outcome == "extract"


def test_letters_drawn_in_any_order_hide_nothing(read: Read) -> None:
    """Flat text of such a page is a heap of letters."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    marks = [
        (330 + 7 * at, 740 - 14 * row, mark)
        for row, (label, value) in enumerate((*BLOCK[:3], ("SSN", OTHERS_SSN)))
        for at, mark in enumerate(f"{label}: {value}")
        if mark != " "
    ]
    Random(5).shuffle(marks)
    canvas.setFont("Courier", 11)
    for x, y, mark in marks:
        canvas.drawString(x, y, mark)
    canvas.save()
    assert read(joined(cp2000_with(), out.getvalue())).error == "several_notices"


def test_the_income_table_may_name_others(read: Read) -> None:
    """On a page of the notice's own the spouse and payers, with numbers and addresses, are not other clients.

    On a page that does not show whose it is they may be.
    """
    table = Page()
    put_rows(table, 330, 40, BLOCK[:4], 480)
    table.put(36, 150, "NORTHFIELD BROKERAGE LLC  EIN 82-5550147")
    table.put(36, 170, f"Issued to: LINDA OAKLEY  SSN {OTHERS_SSN}   $0  $812  $812")
    assert read(cp2000_with(pages=(table,))).outcome == "extract"
    table.put(36, 190, "Payer: ZOE QUILL  SSN 743-11-9021   $0  $812  $812")
    table.put(36, 210, "ZOE QUILL\n1 ELM ST\nDAYTON OH 45401-1182")
    assert read(cp2000_with(pages=(table,))).outcome == "extract"
    spouses = replace(table, pieces=[each for each in table.pieces if 110 < each.y < 180])
    spouses.put(280, 768, "Page 2 of 2")
    assert read(numbered("1 of 2", spouses)).outcome == "extract"
    spouses.put(36, 190, "Payer: ZOE QUILL  SSN 743-11-9021   $0  $812  $812")
    assert read(numbered("1 of 2", spouses)).outcome == "extract"
    strange = replace(table, pieces=[each for each in table.pieces if each.y > 110])
    assert read(cp2000_with(pages=(strange,))).error == "several_notices"


def test_a_copy_of_the_notice_is_no_other_notice(read: Read) -> None:
    """Printed again, with the spouse's SSN in the income table of page 1."""
    for drawing in ("lines", "shuffled", "words"):
        notice = _with_income_table((("Page", "1 of 2"),), drawing)
        assert read(notice).error is None
        reading = read(joined(notice, notice))
        assert (reading.error, reading.page_ranges) == ("repeated_pages", [])
        unnumbered = _with_income_table((), drawing)
        assert read(joined(unnumbered, unnumbered)).error in (None, "repeated_pages")


def _with_income_table(number: tuple[tuple[str, str], ...], drawing: Drawing) -> bytes:
    page = Page(size=9)
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, (*BLOCK, *number), 470)
    page.put(60, 180, ADDRESS)
    put_usual_body(page, 230)
    put_rows(page, 36, 480, (("Issued to", "SSN"), ("PAULA OAKLEY", OTHERS_SSN)), 150)
    second = prose("Page 2 of 2")
    put_rows(second, 36, 200, (("Issued to", "SSN"), ("PAULA OAKLEY", OTHERS_SSN)), 150)
    second.put(300, 60, OWN_HEAD)
    return build_pdf([page, second], drawing)


def test_a_printed_number_of_pages_is_believed(read: Read) -> None:
    """A page numbered otherwise, or one more than printed, is somebody else's."""
    pages = (prose("Page 2 of 3"), prose("Page 3 of 3"))
    assert read(numbered("1 of 3", *pages)).outcome == "extract"
    assert read(numbered("1 of 3", *pages, prose())).error == "more_pages_than_printed"
    assert read(numbered("1 of 3", prose("Page 2 of 3"), prose("Page 3 of 7"))).error == "several_notices"
    assert read(numbered("1 of 3", *pages, prose("Page 3 of 3"))).error == "several_notices"
    assert read(cp2000_with(pages=(prose("Page 1 of 2"), prose()))).error == "several_notices"


def test_missing_and_repeated_pages_are_told_apart(read: Read) -> None:
    """They are the notice's own, and still a person looks. A blank page may be the one that is missing."""
    own = prose(OWN_HEAD)
    own.put(300, 60, "Page 2 of 3")
    assert read(numbered("1 of 3", prose("Page 3 of 3"))).error == "missing_pages"
    assert read(numbered("1 of 3", Page(), prose("Page 3 of 3"))).outcome == "extract"
    assert read(numbered("1 of 3", own, own, prose("Page 3 of 3"))).error == "repeated_pages"


def test_a_misread_number_of_a_scan_repeats_no_page() -> None:
    """Where there are as many pages as there should be; of a text layer it is one page twice."""
    for is_scanned, fault in ((True, None), (False, "repeated_pages")):
        marks = [PageMarks("own", number, 4, is_scanned=is_scanned) for number in (2, 2, 4)]
        assert multiple_notices._find_gap(NOTICE, marks, ["own", "own", "own"]) == fault
    marks = [PageMarks("own", number, 4, is_scanned=True) for number in (2, 2, 3, 4)]
    assert multiple_notices._find_gap(NOTICE, marks, ["own"] * 4) == "repeated_pages"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(OWN_HEAD, id="SSN"),
        pytest.param("XXX-XX-3907", id="last four"),
        pytest.param("Case reference 59153-7775", id="AUR number"),
        pytest.param("MARTIN P OAKLEY", id="name"),
        pytest.param("Page 2 of 2", id="number that continues"),
        pytest.param("Page 2", id="number alone"),
        pytest.param("CP2000   October 7, 2024", id="head with type and date"),
    ],
)
def test_a_page_that_shows_whose_it_is_belongs(read: Read, head: str) -> None:
    """Each of these is enough, also where the first page prints no number; nothing is not."""
    assert read(cp2000_with(pages=(prose(head),))).outcome == "extract"
    reading = read(cp2000_with(pages=(prose(head), prose())))
    assert (reading.outcome, reading.error) == ("review", "unknown_pages")
    assert reading.page_ranges == [(1, 2), (3, 3)]


@pytest.mark.parametrize(
    ("pages", "outcome"),
    [
        pytest.param(("Page 2 of 4", "", "Page 4 of 4"), "extract", id="between, and its number is free"),
        pytest.param((OWN_HEAD, "", OWN_HEAD), "extract", id="between pages without a number"),
        pytest.param(("Page 2 of 4", "", "Page 3 of 4"), "review", id="no number is free"),
        pytest.param(("Page 2 of 4", "", ""), "extract", id="as many pages as printed"),
        pytest.param(("Page 2 of 4", ""), "review", id="fewer than printed"),
    ],
)
def test_a_page_without_a_head_belongs_by_its_place(read: Read, pages: tuple[str, ...], outcome: str) -> None:
    """Where the pages around it are the notice's and the numbers fit."""
    reading = read(numbered("1 of 4", *map(prose, pages)))
    assert (reading.outcome, reading.error) == (outcome, None if outcome == "extract" else "unknown_pages")


def test_a_letterhead_between_the_pages_is_another_letters(read: Read) -> None:
    """It belongs by its place no more than behind them, although it names nobody."""
    page = prose()
    page.put(36, 40, IRS)
    assert read(numbered("1 of 3", page, prose("Page 3 of 3"))).error == "unknown_pages"


def test_a_copy_for_the_same_representative_is_not_the_same_notice(read: Read) -> None:
    """His name is on both: on a first page it shows nothing."""
    page = prose("Your notice is enclosed")
    page.put(36, 40, IRS)
    page.put(60, 180, ADDRESS)
    assert read(cp2000_with(pages=(page,))).error == "unknown_pages"


def test_the_parts_of_the_file_are_named(read: Read) -> None:
    """By first and last page: blank sheets are of the part before them."""
    own, blank = prose(OWN_HEAD), Page()
    reading = read(
        joined(
            cp2000_with(pages=(own, blank)),
            build_pdf([another_block(), blank, prose()]),
            build_pdf([another_block("743-11-9021", "51333-4141")]),
        )
    )
    assert reading.page_ranges == [(1, 3), (4, 6), (7, 7)]
    assert reading.as_json()["page_ranges"] == [[1, 3], [4, 6], [7, 7]]


def test_nobodys_sheets_behind_a_notice_are_borne(read: Read) -> None:
    """An empty page, and the IRS's own blank forms."""
    form = prose("Installment Agreement Request (Form 9465)")
    assert read(numbered("1 of 2", prose("Page 2 of 2"), Page())).outcome == "extract"
    assert read(numbered("1 of 2", prose("Page 2 of 2"), form, Page())).outcome == "extract"
    mention = prose("Payment options")
    mention.put(
        36, 300, "You can also send us Form 9465, Installment Agreement Request, in the same envelope."
    )
    assert read(numbered("1 of 2", prose("Page 2 of 2"), mention)).error == "more_pages_than_printed"
    form.put(36, 300, "Your name ZOE QUILL   Your Social Security number 742-66-1188   Spouse 743-11-9021")
    assert read(numbered("1 of 2", prose("Page 2 of 2"), form)).error == "several_notices"


def test_a_scan_behind_the_pages_is_not_skipped(read: Read) -> None:
    """Nobody knows what stands on it; nor on one that is drawn in strokes."""
    for page in (scan(), scan(text="SSN 742-66-1188", mode=3), _drawn_in_strokes()):
        reading = read(joined(cp2000_with(), page))
        assert (reading.outcome, reading.error) == ("review", "scanned_page")


def _drawn_in_strokes() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    for at in range(300):
        canvas.line(40 + at, 700, 42 + at, 690 + at % 9)
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("name", LETTERS)
def test_other_letters_are_held_to_the_same(read: Read, name: str) -> None:
    """A letter type that the firm has filed too goes to a person with a second letter behind it."""
    alone, two = read(other_letter(name)), read(joined(other_letter(name), build_pdf([another_block()])))
    filed = frozenset({"CP2000", name})
    assert find_reason_not_to_file(alone, filed) == alone.error
    assert (two.outcome, find_reason_not_to_file(two, filed)) == ("not_cp2000", "several_notices")
    assert find_reason_not_to_file(two, frozenset({"CP2000"})) == f"letter_{name.lower().replace(' ', '_')}"


def test_a_doubtful_type_is_not_filed(read: Read) -> None:
    """Nor where the firm has that type filed."""
    page = Page()
    page.put(36, 40, IRS)
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    page.put(36, 760, "CP504", 7)
    reading = read(build_pdf([page]))
    assert reading.outcome == "not_cp2000"
    assert find_reason_not_to_file(reading, frozenset({"CP504"})) == "doubtful_letter_type"
