"""Whose pages lie behind a notice: another client's would be filed in the first one's case."""

import io
from collections.abc import Sequence
from random import Random

import pypdfium2
import pytest
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from mailroom.notices.classification import multiple_notices
from mailroom.run.file_decision import find_reason_not_to_file
from mailroom.sandbox.generator.layouts import BY_NAME as LAYOUTS
from mailroom.sandbox.generator.model import SyntheticNotice
from tests.corpora.handmade.blocks import ADDRESS, BLOCK, IRS, put_rows, put_usual_body
from tests.corpora.handmade.other_documents import LETTERS, coupon, cp2000_with, other_letter
from tests.corpora.handmade.pages import Drawing, Page, build_pdf
from tests.corpora.notices import make_synthetic_notices
from tests.notices.conftest import Read
from tests.notices.test_reader import scan

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


def prose(head: str = "") -> Page:
    """A page of text without anybody's number."""
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


def test_a_machines_line_is_nobodys_number(read: Read) -> None:
    """A coupon's long line of figures calls for no second look; the same figures in a sentence do."""
    assert multiple_notices._find_bare_nines("CA 93779-4015\r\n445972245 03 2017 5248540671843956\r\n") == []
    assert multiple_notices._find_bare_nines("SSN 445972245 and 5248540671843956") == ["445972245"]
    assert multiple_notices._find_bare_nines("445972245 03 2017") == ["445972245"]
    page = prose()
    page.put(36, 700, "445972245 03 2017 5248540671843956")
    assert read(cp2000_with(pages=(page,))).outcome == "extract"


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


def test_the_income_table_may_name_the_spouse(read: Read) -> None:
    """The spouse's SSN and payers' EINs stand there; a third person's is one too many."""
    table = Page()
    put_rows(table, 330, 40, BLOCK[:4], 480)
    table.put(36, 150, "NORTHFIELD BROKERAGE LLC  EIN 82-5550147")
    table.put(36, 170, f"Issued to: LINDA OAKLEY  SSN {OTHERS_SSN}   $0  $812  $812")
    assert read(cp2000_with(pages=(table,))).outcome == "extract"
    table.put(36, 190, "Issued to: ZOE QUILL  SSN 743-11-9021   $0  $812  $812")
    assert read(cp2000_with(pages=(table,))).error == "several_notices"


def test_a_printed_number_of_pages_is_believed(read: Read) -> None:
    """A page numbered otherwise, or one more than printed, is somebody else's."""
    pages = (prose("Page 2 of 3"), prose("Page 3 of 3"))
    assert read(numbered("1 of 3", *pages)).outcome == "extract"
    assert read(numbered("1 of 3", *pages, prose())).error == "more_pages_than_printed"
    assert read(numbered("1 of 3", prose("Page 2 of 3"), prose("Page 3 of 7"))).error == "several_notices"
    assert read(numbered("1 of 3", prose("Page 3 of 3"))).error == "several_notices"
    assert read(cp2000_with(pages=(prose("Page 1 of 2"), prose()))).error == "several_notices"


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


def _by_lot() -> Sequence[SyntheticNotice]:
    return [
        each
        for at, name in enumerate(LAYOUTS)
        for each in make_synthetic_notices(2, seed=60 + at, layouts=[name])
    ]


def test_no_two_notices_pass_as_one(read: Read) -> None:
    """Pairs over all layouts, each notice alone clean."""
    notices = _by_lot()
    lot = Random(3)
    assert all(read(each.pdf).outcome == "extract" for each in notices)
    for one in notices:
        other = lot.choice([each for each in notices if each.truth["ssn_last4"] != one.truth["ssn_last4"]])
        reading = read(joined(one.pdf, other.pdf))
        assert (reading.outcome, reading.error) == ("review", "several_notices")
