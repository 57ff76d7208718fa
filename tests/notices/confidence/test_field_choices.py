"""Whose notice it is, where the page names others too: payees, representatives, a masked number."""

import pytest

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import find_lines
from mailroom.notices import Reading
from mailroom.notices.confidence.field_choices import choose_fields
from mailroom.notices.confidence.ranking import choose
from mailroom.notices.extraction.evidence import gather
from mailroom.notices.parsing.values import parse_name
from tests.corpora.handmade.blocks import ADDRESS, BLOCK, put_rows
from tests.corpora.handmade.other_documents import coupon, cp2000_with
from tests.corpora.handmade.pages import Page
from tests.document.test_words import words
from tests.notices.conftest import Read
from tests.notices.test_reader import block_with

SSN_LABEL = "Social Security number"
REPRESENTATIVE = "ERIC Q TOMLIN{}\n9 POND LN STE 4\nTOLEDO OH 43604"


def payees_page(head: tuple[tuple[str, str], ...] = ()) -> Page:
    """An explanation that names the person to whom a bank paid, by label and number."""
    page = Page()
    put_rows(page, 330, 40, head, 480)
    page.put(36, 140, "Explanation of changes\nReceived from: FIRST BANK  Account 123")
    page.put(36, 166, "SSN 742-66-1188")
    page.put(36, 180, "LINDA OAKLEY interest $120")
    return page


@pytest.mark.parametrize("printed", [None, "XXX-XX-XXXX"])
@pytest.mark.parametrize("head", [(), BLOCK[:3]])
def test_a_payees_number_is_not_the_taxpayers(
    read: Read, printed: str | None, head: tuple[tuple[str, str], ...]
) -> None:
    """Where page one has no SSN, one on a later page away from a notice block is given with doubt at most."""
    reading = read(cp2000_with(block=block_with(SSN_LABEL, printed), pages=(payees_page(head), Page())))
    assert (reading.outcome, reading.error) == ("review", "doubtful_ssn_last4")
    assert reading.fields.ssn is None or "ssn" in reading.review_fields


def test_a_number_masked_on_page_one_is_not_made_whole(read: Read) -> None:
    """The IRS hid it there: what a later page has may be anybody's, even in a block."""
    reading = read(cp2000_with(block=block_with(SSN_LABEL, "XXX-XX-XXXX"), pages=(coupon("741-55-3907"),)))
    assert (reading.outcome, reading.error) == ("review", "doubtful_ssn_last4")


@pytest.mark.parametrize(
    "suffix", [" EA", " CPA", ", ESQ", " E.A.", " ATTORNEY", " POA", " REP", "\nENROLLED AGENT", " CPA EA"]
)
def test_the_representatives_copy_is_the_taxpayers(read: Read, suffix: str) -> None:
    """Who is in the window with a profession is not the taxpayer; the labelled name is, else nobody."""
    address = REPRESENTATIVE.format(suffix)
    labelled = (*BLOCK, ("Taxpayer name:", "MARTIN P OAKLEY"))
    named = read(cp2000_with(address=address, block=labelled))
    assert (named.outcome, named.fields.last_name, named.fields.zip) == ("extract", "OAKLEY", None)
    nameless = read(cp2000_with(address=address))
    assert (nameless.outcome, nameless.error) == ("review", "doubtful_last_name")
    assert nameless.fields.last_name is None
    both = read(cp2000_with(address=f"{ADDRESS}\n\n\n{address}"))
    assert (both.outcome, both.fields.last_name) == ("extract", "OAKLEY")


def test_a_taxpayer_with_a_profession_is_on_further_pages(read: Read) -> None:
    """The coupon of a representative's copy has the representative's name; other pages do not."""
    head, address = Page(), "ERIC Q TOMLIN ESQ\n9 POND LN\nTOLEDO OH 43604"
    head.put(36, 30, "ERIC Q TOMLIN ESQ   741-55-3907   CP2000")
    taxpayer = read(cp2000_with(address=address, pages=(head, head)))
    assert (taxpayer.outcome, taxpayer.fields.last_name) == ("extract", "TOMLIN")
    assert read(cp2000_with(address=address, pages=(head,))).error == "doubtful_last_name"


def test_a_copys_name_is_labelled(read: Read) -> None:
    """The label "Copy for" names the taxpayer; the window has the representative."""
    address = f"{REPRESENTATIVE.format(' EA')}\nCOPY FOR: MARTIN P OAKLEY"
    assert read(cp2000_with(address=address)).fields.last_name == "OAKLEY"


def test_the_representatives_address_in_a_sentence_is_no_block(read: Read) -> None:
    """Every client with a representative gets this sentence."""
    sentence = (
        "We are sending a copy of this notice to your\nauthorized representative, BO LEE, CPA, PO BOX 881,\n"
        "TOLEDO OH 43604-0114."
    )
    reading = read(cp2000_with(sentences=sentence))
    assert (reading.fields.last_name, reading.review_fields) == ("OAKLEY", [])


def test_a_labelled_name_that_is_another_is_a_doubt(read: Read) -> None:
    """The address block names somebody without a profession; a spouse's or a short name is not another."""
    for name, outcome in (
        ("MARTIN P OAKLEY", "review"),
        ("ERIC Q TOMLIN", "extract"),
        ("E Q TOMLIN", "extract"),
        ("ERIC OAKLEY", "review"),
        ("ERIC AND ANNA TOMLIN", "extract"),
    ):
        block = (*BLOCK, ("Taxpayer name:", name))
        assert read(cp2000_with(address=REPRESENTATIVE.format(""), block=block)).outcome == outcome


def test_a_sentence_about_a_name_names_nobody() -> None:
    """A line that begins with the word is not a label: "as the reason choose the / name of this notice"."""
    assert parse_name(" of this notice as the reason") is None
    assert parse_name(": MARTIN P OAKLEY") == "MARTIN P OAKLEY"


def test_a_companys_address_names_no_taxpayer(read: Read) -> None:
    """A firm of accountants in the window: CP2000s go to persons."""
    reading = read(cp2000_with(address="TOMLIN TAX SERVICES LLC\n9 POND LN\nTOLEDO OH 43604"))
    assert (reading.outcome, reading.error) == ("review", "doubtful_last_name")


@pytest.mark.parametrize(
    "label", ["Our control no.", "Underreporter case ID", "AUR #", "IRS AUR file number"]
)
def test_the_control_number_goes_by_many_names(read: Read, label: str) -> None:
    """Any of the few words that it is called by will do."""
    reading = read(cp2000_with(block=(*BLOCK[:4], (label, BLOCK[4][1]))))
    assert (reading.fields.aur_control_number, reading.review_fields) == (BLOCK[4][1], [])


def test_a_control_number_under_a_strange_label_is_in_doubt(read: Read) -> None:
    """Its shape in the notice block is worth giving, not worth believing.

    A ZIP code apart from its city is nothing.
    """
    strange = read(cp2000_with(block=(*BLOCK[:4], ("Quote this", BLOCK[4][1]))))
    assert strange.fields.aur_control_number == BLOCK[4][1]
    assert strange.review_fields == ["aur_control_number"]
    zip_code = read(cp2000_with(block=(*BLOCK[:4], ("HOLTSVILLE, NY", "11742-9019"))))
    assert zip_code.fields.aur_control_number is None


def test_a_due_date_backs_the_notice_date(read: Read) -> None:
    """Under a bare "Date" a day 30 days before the response is due is the notice's.

    Another one is a doubt.
    """

    def dated(day: str) -> Reading:
        return read(cp2000_with(block=(*BLOCK[:2], ("Date", day), *BLOCK[3:])))

    assert dated("October 7, 2024").review_fields == []
    assert "notice_date" in dated("October 1, 2023").review_fields


def test_the_notices_own_date_is_no_due_date(read: Read) -> None:
    """Where labels stand above their values a heading and a label look like a sentence with a deadline."""
    reading = read(cp2000_with(sentences="Notice name CP 2000 Notice date\nOctober 7, 2024"))
    assert reading.review_fields == []


def anothers_page(*, address: str = "", block: tuple[tuple[str, str], ...] = ()) -> Page:
    """A page of another client's notice, without a number that stands on page one."""
    page = Page()
    page.put(36, 600, address)
    put_rows(page, 330, 600, (*BLOCK[:3], *block), 480)
    return page


def test_the_ssn_of_a_page_that_lies_behind_is_in_doubt(read: Read) -> None:
    """Page one has none that can be read: the next page may be another client's."""
    behind = anothers_page(block=((SSN_LABEL, "742-66-1188"),))
    reading = read(cp2000_with(block=block_with(SSN_LABEL, None), pages=(behind,)))
    assert (reading.outcome, reading.error) == ("review", "doubtful_ssn_last4")


def test_the_name_of_a_page_that_lies_behind_is_in_doubt(read: Read) -> None:
    """Likewise where page one has no address block."""
    behind = anothers_page(address="THOMAS B HILL\n4 LAKE RD\nFARGO ND 58102")
    reading = read(cp2000_with(address="", pages=(behind,)))
    assert (reading.outcome, reading.error) == ("review", "doubtful_last_name")


def test_the_letters_own_last_page_is_believed(read: Read) -> None:
    """It has the taxpayer's name, or the AUR number, of page one."""
    reading = read(cp2000_with(block=block_with(SSN_LABEL, None), pages=(coupon("741-55-3907"),)))
    assert (reading.outcome, reading.fields.ssn) == ("extract", "741-55-3907")


@pytest.mark.parametrize(("head", "is_sure"), [("CP2000 Tax year 2022", True), ("Tax year 2021", False)])
def test_a_tax_year_that_the_running_heads_repeat_is_sure(head: str, *, is_sure: bool) -> None:
    """A sentence alone only mentions it; heads of another year do not back it."""
    sentence = "We compared your 2022 return with what employers and banks sent us and propose some changes to it because they differ from it."
    page = PageLayout(1, 612, 792, find_lines(words(sentence, 20, 300)))
    choice = choose(gather(page, [(number, head) for number in range(2, 8)]).of("tax_year"))
    assert choice is not None
    assert (choice.value, choice.is_sure) == (2022, is_sure)


def page_of(number: int, *lines: str) -> PageLayout:
    """A page with lines under each other."""
    placed = [word for at, line in enumerate(lines) for word in words(line, 60, 100 + 12 * at)]
    return PageLayout(number, 612, 792, find_lines(placed))


@pytest.mark.parametrize(("pages", "surname"), [((2, 3), "FOX"), ((2,), None)])
def test_a_scans_pages_repeat_a_name_below_their_heads(pages: tuple[int, ...], surname: str | None) -> None:
    """A taxpayer with a profession is on further pages, of which only the heads were read at first."""
    first = page_of(1, "ANA FOX CPA", "9 POND LN", "TOLEDO OH 43604")
    evidence = gather(first, [(number, "CP2000 Tax year 2022") for number in (2, 3)])
    for number in pages:
        evidence = evidence.with_page(page_of(number, "CP2000 Tax year 2022", "ANA FOX CPA"))
    assert choose_fields(evidence, "CP2000", 3).fields.last_name == surname
