"""One PDF: what it is, what it says, what about it is in doubt."""

import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from reportlab.lib.pagesizes import letter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from mailroom.notices.reader import read_file
from tests.corpora.handmade.blocks import ADDRESS, BLOCK, IRS, put_rows, put_usual_body
from tests.corpora.handmade.other_documents import (
    FOOTED,
    LETTERS,
    NOT_FROM_THE_IRS,
    coupon,
    cp2000_with,
    other_letter,
    refund_notice,
)
from tests.corpora.handmade.pages import Page, build_pdf
from tests.notices.conftest import Read

_ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63f80f00010101001bb6ee560000000049454e44ae426082"
)


def block_with(label: str, value: str | None) -> tuple[tuple[str, str], ...]:
    """The notice block with another value for one label, or without it."""
    changed = [(name, value if name == label else old) for name, old in BLOCK]
    return tuple((name, new) for name, new in changed if new is not None)


@pytest.mark.parametrize("name", NOT_FROM_THE_IRS)
def test_other_documents_are_not_a_notice(read: Read, name: str) -> None:
    """Lawyers, banks, accountants and taxpayers mention CP2000s; nothing of theirs is read as one."""
    reading = read(NOT_FROM_THE_IRS[name]())
    assert (reading.outcome, reading.fields.notice_type, reading.needs_review) == ("not_cp2000", None, True)


@pytest.mark.parametrize("name", [*LETTERS, *FOOTED])
def test_another_letter_has_its_own_type(read: Read, name: str) -> None:
    """It is named, read, and not taken for the CP2000 that it mentions."""
    reading = read(other_letter(name))
    assert (reading.outcome, reading.fields.notice_type) == ("not_cp2000", name)
    assert (reading.fields.last_name, reading.fields.ssn_last4) == ("OAKLEY", "3907")


def test_a_coupon_that_agrees_leaves_no_doubt(read: Read) -> None:
    """Page one and the last page say the same."""
    reading = read(cp2000_with(pages=(coupon("741-55-3907"),)))
    assert (reading.outcome, reading.needs_review, reading.review_fields) == ("extract", False, [])
    assert reading.fields.page_count == 2


def test_a_coupon_that_contradicts_goes_to_a_person(read: Read) -> None:
    """Two SSNs with the same label: neither is trusted, and the coupon may be another letter's."""
    reading = read(cp2000_with(pages=(coupon("742-66-1188"),)))
    assert (reading.outcome, reading.error) == ("review", "several_notices")
    assert {"ssn", "ssn_last4"} <= set(reading.review_fields)


def test_the_coupon_gives_what_page_one_lacks(read: Read) -> None:
    """A field that stands on the last page only is read there.

    So is one in the middle, when it is the key.
    """
    lacking = block_with("Social Security number", None)
    assert read(cp2000_with(block=lacking, pages=(coupon("741-55-3907"),))).fields.ssn == "741-55-3907"
    between = (coupon("741-55-3907"), Page())
    assert read(cp2000_with(block=lacking, pages=between)).fields.ssn_last4 == "3907"


@pytest.mark.parametrize(
    ("printed", "ssn", "last4", "outcome"),
    [
        ("XXX-XX-3907", None, "3907", "extract"),
        ("***-**-3907", None, "3907", "extract"),
        ("741553907", "741-55-3907", "3907", "extract"),
        ("XXX-XX-XXXX", None, None, "review"),
        ("on file", None, None, "review"),
    ],
)
def test_a_masked_ssn_is_not_guessed(
    read: Read, printed: str, ssn: str | None, last4: str | None, outcome: str
) -> None:
    """The last four are enough; without them a person looks."""
    reading = read(cp2000_with(block=block_with("Social Security number", printed)))
    assert (reading.fields.ssn, reading.fields.ssn_last4, reading.outcome) == (ssn, last4, outcome)


def test_one_number_is_not_both_ssn_and_control_number(read: Read) -> None:
    """Where the same nine digits stand for both, both are in doubt."""
    block = block_with("Social Security number", "591537775")
    assert {"ssn", "aur_control_number"} <= set(read(cp2000_with(block=block)).review_fields)


def test_a_zip_is_not_taken_for_the_control_number(read: Read) -> None:
    """Not even where the label has nothing else near it."""
    block = (*block_with("AUR control number", None), ("AUR control number", "HOLTSVILLE, NY 11742-9019"))
    assert read(cp2000_with(block=block)).fields.aur_control_number is None


def test_years_that_disagree_are_in_doubt(read: Read) -> None:
    """The block says 2019 and the headline 2022."""
    assert "tax_year" in read(cp2000_with(block=block_with("Tax year", "2019"))).review_fields


def test_dates_that_disagree_are_in_doubt(read: Read) -> None:
    """A due date ten months behind the notice date is not believed, nor is the notice date."""
    reading = read(cp2000_with(block=block_with("Notice date", "January 3, 2024")))
    assert set(reading.review_fields) == {"notice_date", "response_due_date"}
    assert (reading.outcome, reading.needs_review) == ("extract", True)


def test_a_refund_is_negative(read: Read) -> None:
    """What the taxpayer gets has a minus."""
    assert read(refund_notice()).fields.amount_due == -512.0


def test_without_an_address_there_is_no_surname(read: Read) -> None:
    """A CP2000 without its key goes to a person."""
    reading = read(cp2000_with(address=""))
    assert (reading.outcome, reading.error) == ("review", "doubtful_last_name")
    assert (reading.fields.last_name, reading.fields.joint) == (None, None)


def test_a_name_may_have_a_label_instead(read: Read) -> None:
    """Without an address block a labelled name is taken."""
    block = (*BLOCK, ("Taxpayer name:", "MARTIN P OAKLEY"))
    assert read(cp2000_with(block=block, address="")).fields.last_name == "OAKLEY"


def test_two_addressees_are_in_doubt(read: Read) -> None:
    """A representative's address beside the taxpayer's: nobody is chosen with confidence."""
    reading = read(cp2000_with(address=f"{ADDRESS}\n\n\nERIC Q TOMLIN\n9 POND LN\nTOLEDO OH 43604"))
    assert (reading.outcome, reading.error) == ("review", "doubtful_last_name")


def test_a_surname_with_two_readings_is_given_with_doubt(read: Read) -> None:
    """SMITH JONES: the notice was read, and the field says that it may be longer."""
    reading = read(cp2000_with(address="ANA SMITH JONES\n9 POND LN\nTOLEDO OH 43604"))
    assert (reading.outcome, reading.fields.last_name) == ("extract", "JONES")
    assert reading.review_fields == ["last_name"]


def test_several_notices_in_one_file_go_to_a_person(read: Read) -> None:
    """Another first page behind the first notice is seen."""
    second = Page()
    second.put(36, 40, IRS + "\nNotice CP2000\nSocial Security number 742-66-1188\nPage 1 of 6")
    reading = read(cp2000_with(pages=(second,)))
    assert (reading.outcome, reading.error) == ("review", "several_notices")


@pytest.mark.parametrize("title", ["FAX COVER SHEET", "FAX"])
def test_a_fax_cover_and_a_blank_page_are_skipped(read: Read, title: str) -> None:
    """The letter begins behind them."""
    cover = Page()
    cover.put(200, 60, title, 20)
    cover.put(36, 120, "To: Hale Tax")
    cover.put(36, 140, "From: M Oakley")
    cover.put(36, 160, "Pages: 5   Re: my IRS notice")
    notice = Page()
    notice.put(36, 40, IRS)
    for at, (label, value) in enumerate(BLOCK):
        notice.put(330, 40 + 13 * at, f"{label}: {value}")
    notice.put(60, 180, ADDRESS)
    put_usual_body(notice)
    assert read(build_pdf([cover, notice])).fields.ssn == "741-55-3907"
    assert read(build_pdf([Page(), notice])).outcome == "extract"


def test_a_letter_by_somebody_with_a_notice_block_is_doubtful(read: Read) -> None:
    """One mark of another writer, and the letterhead not on top: a person looks at the type."""
    page = Page()
    for at, (label, value) in enumerate(BLOCK):
        page.put(36, 40 + 13 * at, f"{label}: {value}")
    page.put(36, 300, IRS)
    page.put(36, 360, "We received this notice. You may call us.")
    page.put(36, 400, "Respectfully,\nM. Oakley, for the record of this matter and others")
    reading = read(build_pdf([page]))
    assert (reading.outcome, reading.error) == ("review", "doubtful_letter_type")


def test_a_type_known_by_its_headline_only(read: Read) -> None:
    """Without its number anywhere the wording says what it is, unless a number disagrees."""
    reading = read(cp2000_with(block=BLOCK[1:]))
    assert (reading.outcome, reading.fields.notice_type) == ("extract", "CP2000")


def strips(text: str) -> bytes:
    """A page cut into ten images, drawn over its text."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    for at in range(60):
        canvas.drawString(40, 740 - 12 * at, text)
    for at in range(10):
        canvas.drawImage(ImageReader(BytesIO(_ONE_PIXEL)), 0, at * 79.2, 612, 79.2)
    canvas.save()
    return out.getvalue()


def scan(
    *,
    text: str = "",
    mode: int = 0,
    image_last: bool = False,
    lines: int = 60,
    images: bool = True,
    in_form: bool = False,
) -> bytes:
    """A page that is one image, with this text under, over or in it."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    pixel = ImageReader(BytesIO(_ONE_PIXEL))

    if in_form:
        canvas.beginForm("page", 0, 0, 1, 1)
        canvas.drawImage(pixel, 0, 0, 1, 1)
        canvas.endForm()

    def image() -> None:
        if in_form:
            canvas.saveState()
            canvas.scale(*letter)
            canvas.doForm("page")
            canvas.restoreState()
        else:
            canvas.drawImage(pixel, 0, 0, *letter)

    if images and not image_last:
        image()
    if text:
        words = canvas.beginText(40, 740)
        words.setTextRenderMode(mode)
        for _ in range(lines):
            words.textLine(text)
        canvas.drawText(words)
    if image_last:
        image()
    canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize(
    ("pdf", "error"),
    [
        (scan(), "no_ocr_engine"),
        (scan(text="RECEIVED", lines=1), "no_ocr_engine"),
        (scan(text="Social Security number 741-55-3907", mode=3), "no_ocr_engine"),
        (scan(text="Social Security number 741-55-3907", image_last=True), "no_ocr_engine"),
        (scan(text="Social Security number 741-55-3907", mode=3, in_form=True), "no_ocr_engine"),
        (strips(text="Social Security number 741-55-3907"), "no_ocr_engine"),
        (scan(text="Social Security number 741-55-3907", mode=3, images=False), "no_ocr_engine"),
        (build_pdf([Page()]), "no_text_layer"),
    ],
)
def test_scans_are_unreadable_whatever_lies_under_them(read: Read, pdf: bytes, error: str) -> None:
    """A hidden text layer is a guess and is not read; without an engine the image is not either."""
    reading = read(pdf)
    assert (reading.outcome, reading.error, reading.fields.page_count) == ("unreadable", error, 1)


def test_text_over_an_image_of_a_page_is_not_believed(read: Read) -> None:
    """It may be white, clipped away or transparent: the page is looked at as people see it."""
    reading = read(scan(text="This is a letter with much honest text on it."))
    assert (reading.outcome, reading.error) == ("unreadable", "no_ocr_engine")


def _encrypted(password: str) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password, ownerPassword="own", canPrint=0))
    canvas.drawString(
        40, 700, "A letter with enough letters on it to be a page of text, as far as that goes."
    )
    canvas.save()
    return out.getvalue()


def _zip_with_a_pdf() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.pdf", cp2000_with())
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "empty_file"),
        (b"hello", "not_a_pdf"),
        (b"<html>%PDF-1.4</html>", "not_a_pdf"),
        (_zip_with_a_pdf(), "not_a_pdf"),
        (cp2000_with()[:1500], "broken_pdf"),
        # The trailer is lost: some viewers guess what there was.
        (cp2000_with()[:-200], "broken_pdf"),
        (b"%PDF-1.7\n" + b"x" * 50 + b"\nstartxref\n0\n%%EOF", "broken_pdf"),
        (_encrypted("secret"), "encrypted"),
        (build_pdf([Page()] * 201), "too_many_pages"),
    ],
)
def test_bad_files_have_their_code(read: Read, content: bytes, error: str) -> None:
    """Each way of being bad is one outcome with one code, and nothing is raised."""
    reading = read(content)
    assert (reading.outcome, reading.error, reading.needs_review) == ("rejected", error, True)


@pytest.mark.parametrize("ended", [cp2000_with()[:-7], cp2000_with() + b"\n<html>" + b"scanned " * 400])
def test_a_lost_last_line_or_a_gateways_page_behind_it_does_not_matter(read: Read, ended: bytes) -> None:
    """All objects are there, as the table behind them shows; viewers show it too."""
    assert read(ended).outcome == "extract"


def test_an_owners_restriction_is_not_a_lock(read: Read) -> None:
    """A PDF that opens without a password is read, whatever its owner forbids."""
    assert read(_encrypted("")).outcome == "not_cp2000"


def test_a_file_that_is_not_there_is_rejected(tmp_path: Path) -> None:
    """Between listing and reading a file may vanish."""
    assert read_file(tmp_path / "gone").error == "cannot_be_opened"


def test_a_page_of_very_much_text_is_refused(read: Read) -> None:
    """A page with more letters than any letter has is not read to its end."""
    page = Page()
    page.put(0, 40, "\n".join("x" * 700 for _ in range(100)))
    assert read(build_pdf([page])).error == "too_much_text"


def test_fonts_that_do_not_name_their_letters_are_unreadable(read: Read) -> None:
    """Text of which nobody can tell the letters goes the way of a scan."""
    assert read(_unnamed_letters()).error == "garbled_text"


def _unnamed_letters() -> bytes:
    """A page in a composite font without a map to Unicode."""
    content = b"BT /F1 12 Tf 40 700 Td <" + b"0041" * 80 + b"> Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding/Identity-H/DescendantFonts[6 0 R]>>",
        (
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Odd/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            b"/Supplement 0>>/FontDescriptor 7 0 R/DW 500>>"
        ),
        (
            b"<</Type/FontDescriptor/FontName/Odd/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800"
            b"/Descent -200/CapHeight 700/StemV 80>>"
        ),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return out + head + table + tail


def turned(rotation: int, *, said: bool) -> bytes:
    """A plain notice drawn at an angle; ``said``: the page's rotation turns it back."""
    out = BytesIO()
    across = rotation in (90, 270)
    # The canvas swaps the sides of a page with a rotation itself.
    canvas = Canvas(out, pagesize=(792, 612) if across and not said else (612, 792), invariant=1)
    if said:
        canvas.setPageRotation(rotation)
    canvas.translate(*{0: (0, 0), 90: (792, 0), 180: (612, 792), 270: (0, 612)}[rotation])
    canvas.rotate(rotation)
    page = Page()
    page.put(36, 40, IRS)
    for at, (label, value) in enumerate(BLOCK):
        page.put(330, 40 + 13 * at, f"{label}: {value}")
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    for piece in page.pieces:
        canvas.setFont(piece.face, piece.size)
        canvas.drawString(piece.x, 792 - piece.y, piece.text)
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_page_that_says_how_it_is_turned_is_read(read: Read, rotation: int) -> None:
    """The page's own rotation puts the text upright."""
    reading = read(turned(rotation, said=True))
    assert (reading.outcome, reading.fields.ssn) == ("extract", "741-55-3907")


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_text_is_read(read: Read, rotation: int) -> None:
    """A page that is rotated and does not say so is read as it would be by a person."""
    straight, reading = read(turned(0, said=False)), read(turned(rotation, said=False))
    assert (reading.outcome, reading.fields) == ("extract", straight.fields)


def test_text_that_stands_askew_is_not_guessed(read: Read) -> None:
    """Neither level nor upright: it goes the way of a scan."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1)
    canvas.rotate(30)
    for line in range(20):
        canvas.drawString(200, 500 - 14 * line, "Notice CP2000 Social Security number 741-55-3907")
    canvas.save()
    reading = read(out.getvalue())
    assert (reading.outcome, reading.error) == ("unreadable", "turned_text")


def _on_its_head(page: Page) -> Page:
    """The same page, to be drawn turned by 180 degrees."""
    return Page(pieces=[replace(piece, turned=True) for piece in page.pieces])


def test_a_page_on_its_head_among_straight_ones(read: Read) -> None:
    """A page 2 that was put into the scanner the wrong way round takes nothing from page 1."""
    second = Page()
    second.put(36, 40, "CP2000   2022   741-55-3907")
    second.put(400, 40, "Page 2 of 2")
    second.put(
        36, 90, "The income shown on your return differs from what payers told us.\nSee the table below."
    )
    reading = read(cp2000_with(pages=(_on_its_head(second),)))
    assert (reading.outcome, reading.fields.ssn, reading.fields.page_count) == ("extract", "741-55-3907", 2)


def test_a_letter_without_its_first_page_goes_to_a_person(read: Read) -> None:
    """Page 2 has the number, the SSN and the year, and still it is not to be filed as the letter."""
    page = Page()
    page.put(36, 40, IRS)
    for at, (label, value) in enumerate((*BLOCK, ("Page", "2 of 6"))):
        page.put(330, 40 + 13 * at, f"{label} {value}")
    page.put(60, 180, ADDRESS)
    put_usual_body(page)
    reading = read(build_pdf([page]))
    assert (reading.outcome, reading.error) == ("review", "first_page_missing")


def test_a_letter_in_spanish_goes_to_a_person(read: Read) -> None:
    """Its fields are not guessed from labels in another language."""
    page = Page()
    page.put(36, 40, IRS)
    spanish = (
        "Aviso",
        "Año tributario",
        "Fecha del aviso",
        "Número de Seguro Social",
        "Número de control AUR",
    )
    put_rows(page, 330, 40, tuple(zip(spanish, (value for _, value in BLOCK), strict=True)), 480)
    page.put(60, 180, ADDRESS)
    page.put(36, 280, "Cambios propuestos a su Formulario 1040 de 2022", 15)
    page.put(
        36, 310, "Usted debe responder a más tardar el 6 de noviembre de 2024. Cantidad adeudada: $4,321.50"
    )
    reading = read(build_pdf([page]))
    assert (reading.outcome, reading.error, reading.fields.notice_type) == (
        "review",
        "another_language",
        "CP2000",
    )


def test_a_page_need_not_begin_at_zero(read: Read) -> None:
    """Coordinates count from the corner of the page's box."""
    moved = turned(0, said=True).replace(b"/MediaBox [ 0 0 612 792 ]", b"/MediaBox [ 0 0 700 900 ]")
    assert read(moved).fields.last_name == "OAKLEY"


@pytest.mark.parametrize("seed", range(60))
def test_damaged_files_are_borne(read: Read, seed: int) -> None:
    """Bytes changed by lot: an outcome, nothing raised, and no wrong key with confidence."""
    lot = Random(seed)
    damaged = bytearray(cp2000_with())
    for _ in range(lot.choice((1, 5, 50))):
        damaged[lot.randrange(len(damaged))] = lot.randrange(256)
    reading = read(bytes(damaged))
    if reading.outcome == "extract":
        assert (reading.fields.ssn, reading.fields.last_name) == ("741-55-3907", "OAKLEY")


def _looping() -> list[bytes]:
    """A page tree that contains itself, and brackets without end."""
    head = b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[%s 0 R]/Count 1>>endobj\n"
    tail = b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>endobj\n"
    deep = b"4 0 obj<</Length 90000>>stream\n" + b"[" * 90_000 + b"\nendstream endobj\n"
    return [head % b"2" + tail, head % b"3" + page + deep + tail]


@pytest.mark.parametrize("content", _looping())
def test_loops_end(read: Read, content: bytes) -> None:
    """A file that refers to itself, or nests for ever, is bad like any other."""
    assert read(content).outcome in ("rejected", "unreadable")


def test_the_seconds_are_counted(read: Read) -> None:
    """A reading says how long it took, and its dates are dates."""
    reading = read(cp2000_with())
    assert reading.seconds > 0
    assert reading.fields.notice_date == date(2024, 10, 7)
