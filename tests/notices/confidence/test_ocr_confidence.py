"""What was read by OCR counts where it was clear, or is printed twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from mailroom.config.ocr_threshold import READING_CONFIDENCE
from mailroom.config.settings import load_settings
from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Word, find_lines
from mailroom.notices.confidence import ocr_confidence
from mailroom.notices.reading import NoticeFields

FIELDS = NoticeFields(name_line="MARTIN P OAKLEY", last_name="OAKLEY", ssn="741-55-3907", ssn_last4="3907")


def find_unclear_fields(
    fields: NoticeFields,
    layouts: Sequence[PageLayout],
    confidence: float = READING_CONFIDENCE,
    backed: frozenset[str] = frozenset(),
    again: Sequence[PageLayout] = (),
) -> frozenset[str]:
    """The names of the fields in doubt."""
    return frozenset(ocr_confidence.find_unclear_fields(fields, layouts, confidence, backed, again))


def layout(number: int, *lines: tuple[str, float]) -> PageLayout:
    """A page of lines, every word of one as sure as it says."""
    words = []
    for row, (text, sure) in enumerate(lines):
        for column, word in enumerate(text.split()):
            x, y = 40.0 + 60 * column, 40.0 + 20 * row
            words.append(Word(x, y, x + 55, y + 10, word, sure))
    return PageLayout(number, 612, 792, find_lines(words))


@pytest.mark.parametrize(
    ("pages", "doubts"),
    [
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.99))], set()),
        ([(("741-55-3907", 0.8), ("OAKLEY", 0.99))], {"ssn", "ssn_last4"}),
        ([(("741-55-3907", 0.8), ("OAKLEY", 0.8)), (("741-55-3907", 0.8), ("OAKLEY", 0.8))], set()),
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.99)), (("741-55-3901", 0.99),)], {"ssn", "ssn_last4"}),
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.99)), (("742-66-1188", 0.99),)], set()),
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.99)), (("MARTIN POAKLEY", 0.99),)], {"last_name"}),
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.3))], {"last_name"}),
    ],
)
def test_a_key_is_sure_where_it_is_confirmed(
    pages: list[tuple[tuple[str, float], ...]], doubts: set[str]
) -> None:
    """One clear print or two fair ones.

    A number that differs in a digit, or a name that is split elsewhere, is doubt.
    """
    layouts = [layout(number, *lines) for number, lines in enumerate(pages, 1)]
    assert find_unclear_fields(FIELDS, layouts) & {"ssn", "ssn_last4", "last_name"} == doubts


NOTICE = NoticeFields(
    notice_type="CP2000",
    tax_year=2022,
    notice_date=date(2024, 10, 7),
    response_due_date=date(2024, 11, 6),
    name_line="MARTIN P OAKLEY",
    taxpayer_names=["MARTIN P OAKLEY"],
    last_name="OAKLEY",
    joint=False,
    address="12 ELM ST, DAYTON, OH",
    zip="45402",
    aur_control_number="59153-7775",
    amount_due=4321.5,
)
LINES = (
    "Notice CP2000",
    "Tax year 2022",
    "Notice date October 7, 2024",
    "Respond by November 6, 2024",
    "AUR control number 59153-7775",
    "Amount due $4,321.50",
)
BLOCK = ("MARTIN P OAKLEY", "12 ELM ST", "DAYTON, OH 45402")


def notice(unclear: str = "", sure: float = 0.5) -> PageLayout:
    """A page with all of ``NOTICE``, the lines holding ``unclear`` read so badly."""
    words = []
    for row, text in enumerate((*LINES, *BLOCK)):
        for column, word in enumerate(text.split()):
            x, y = 40.0 + 60 * column, 40.0 + (30 * row if row < len(LINES) else 200 + 12 * row)
            words.append(Word(x, y, x + 55, y + 10, word, sure if unclear and unclear in text else 0.99))
    return PageLayout(1, 612, 792, find_lines(words))


def test_a_notice_that_was_read_clearly_is_sure() -> None:
    """Every field of it."""
    assert find_unclear_fields(NOTICE, [notice()]) == frozenset()


@pytest.mark.parametrize(
    ("unclear", "doubts"),
    [
        ("CP2000", {"notice_type"}),
        ("2022", {"tax_year"}),
        ("59153", {"aur_control_number"}),
        ("$4,321", {"amount_due"}),
        ("ELM", {"address"}),
        ("45402", {"address", "zip"}),
        ("OAKLEY", {"name_line", "taxpayer_names", "joint", "last_name"}),
        # Notice and due date are thirty days apart to the day.
        ("October", set()),
    ],
)
def test_a_field_that_was_read_badly_is_in_doubt(unclear: str, doubts: set[str]) -> None:
    """What follows from it too, and nothing else."""
    assert find_unclear_fields(NOTICE, [notice(unclear)]) == doubts


def test_a_date_without_its_other_half_must_be_clear() -> None:
    """It has nothing to be checked against."""
    alone = replace(NOTICE, response_due_date=None)
    assert find_unclear_fields(alone, [notice("October")]) == {"notice_date"}


def test_the_amount_that_adds_up_needs_no_clear_print() -> None:
    """The summary's lines hold it."""
    assert find_unclear_fields(NOTICE, [notice("$4,321")], backed=frozenset({"amount_due"})) == frozenset()


def test_what_cannot_be_is_in_doubt_however_clear() -> None:
    """A tax year after the notice, a full stop in a street, an AUR number that is printed in two ways."""
    assert find_unclear_fields(replace(NOTICE, tax_year=2024), [notice()]) >= {"tax_year"}
    for odd in ("12 ELM. ST, DAYTON, OH", "12 ELM: ST, DAYTON, OH"):
        assert find_unclear_fields(replace(NOTICE, address=odd), [notice()]) == {"address"}


@pytest.mark.parametrize(("again", "doubtful"), [((), True), (("MARTIN P OAKLEY", 0.95), False)])
def test_another_engine_says_which_spaces_are_right(
    again: tuple[str, float] | tuple[()], *, doubtful: bool
) -> None:
    """The line stands with other spaces elsewhere: one of the two was misread."""
    first = layout(1, ("MARTIN P OAKLEY", 0.99), ("MARTIN POAKLEY", 0.99), ("741-55-3907", 0.99))
    second = [layout(1, again)] if again else []
    assert ("last_name" in find_unclear_fields(FIELDS, [first], again=second)) == doubtful


@pytest.mark.parametrize(
    ("printed", "doubtful"),
    [("Tax period December 31, 2022", False), ("12/31/2022", False), ("June 3, 2022", True), ("2022", False)],
)
def test_a_tax_year_may_be_printed_as_its_last_day(printed: str, *, doubtful: bool) -> None:
    """Another date's year is not the tax year."""
    fields = replace(NOTICE, tax_year=2022)
    assert ("tax_year" in find_unclear_fields(fields, [layout(1, (printed, 0.99))])) == doubtful


@pytest.mark.parametrize(
    ("city", "odd"), [("FORT WA YNE", True), ("DOVE R", True), ("LA MESA", False), ("E ST LOUIS", False)]
)
def test_a_city_with_a_space_too_many_is_doubtful(city: str, *, odd: bool) -> None:
    """Few names of cities have a word of one or two letters."""
    address = f"12 ELM ST, {city}, OH"
    page = layout(1, (f"12 ELM ST {city}, OH", 0.99))
    assert ("address" in find_unclear_fields(replace(NOTICE, address=address), [page])) == odd


@pytest.mark.parametrize(
    ("street", "odd"),
    [
        ("14470SYCAMORE BLVD", True),
        ("101 10 MISSION CREEK", True),
        ("3371E PRAIRIE WAY", True),
        ("12 ELM ST, RED PRaIRIE, OK", True),
        ("9 MAY ST#78", True),
        ("9 MAY ST #78", True),
        ("9 MAY ST # 78", False),
        ("45TH ST", False),
        ("12 45TH ST", False),
    ],
)
def test_a_house_number_with_odd_spaces_is_doubtful(street: str, *, odd: bool) -> None:
    """The engine is sure of its digits and wrong about the space behind them."""
    fields, page = replace(NOTICE, address=f"{street}, DAYTON, OH"), layout(1, (f"{street} DAYTON, OH", 0.99))
    assert ("address" in find_unclear_fields(fields, [page])) == odd


@pytest.mark.parametrize(
    ("sure", "again", "doubtful"),
    [(0.8, 0.8, False), (0.8, 0.7, True), (0.3, 0.8, True), (0.3, 0.95, False), (None, 0.99, True)],
)
def test_another_engine_confirms_what_was_read(sure: float | None, again: float, *, doubtful: bool) -> None:
    """Fair where the first one was fair, clear where it was not.

    It never puts in what the first did not see.
    """
    first = layout(1, *([("OAKLEY", sure)] if sure else []), ("741-55-3907", 0.99))
    second = layout(1, ("OAKLEY", again))
    assert ("last_name" in find_unclear_fields(FIELDS, [first], again=[second])) == doubtful
    other = layout(2, ("AUR control number 59153-7715", 0.99))
    assert find_unclear_fields(NOTICE, [notice(), other]) == {"aur_control_number"}


@pytest.mark.parametrize(("sure", "doubtful"), [((0.96,), False), ((0.8,), True), ((0.8, 0.8), True)])
def test_a_numeral_has_to_be_clear(sure: tuple[float, ...], *, doubtful: bool) -> None:
    """An II that was read fairly, even twice, may be a III."""
    fields = replace(FIELDS, name_line="MARTIN P OAKLEY II", taxpayer_names=["MARTIN P OAKLEY II"])
    page = layout(1, *(("MARTIN P OAKLEY II", each) for each in sure), ("741-55-3907", 0.99))
    assert ("name_line" in find_unclear_fields(fields, [page])) == doubtful


def test_an_ampersand_or_a_comma_may_touch_its_neighbours() -> None:
    """The engine drops spaces beside them, and the words are there."""
    couple = replace(
        FIELDS,
        name_line="ANA & BEN OAKLEY",
        spouse_last_name="OAKLEY",
        joint=True,
        address="12 ELM ST, DAYTON, OH",
    )
    page = layout(1, ("ANA& BEN OAKLEY", 0.99), ("12 ELM ST", 0.99), ("DAYTON,OH 45402", 0.99))
    assert not find_unclear_fields(couple, [page]) & {"address", "name_line"}


def test_the_threshold_is_the_callers() -> None:
    """A lower one lets through what the default does not."""
    assert find_unclear_fields(NOTICE, [notice("$4,321", 0.8)]) == {"amount_due"}
    assert find_unclear_fields(NOTICE, [notice("$4,321", 0.8)], 0.75) == frozenset()
    assert load_settings().reading_confidence == READING_CONFIDENCE


def test_a_cause_says_how_clear_the_clearest_print_is() -> None:
    """With the confidence that is needed, and a number that differs is another cause."""
    page = layout(1, ("741-55-3907", 0.81), ("MARTIN P OAKLEY", 0.99))
    other = layout(2, ("741-55-3901", 0.99))
    unclear = ocr_confidence.find_unclear_fields(FIELDS, [page], 0.9)["ssn"]
    assert [(each.code, each.words) for each in unclear] == [
        ("ocr_unclear", "OCR read it with 0.81, and 0.90 is needed")
    ]
    assert ocr_confidence.find_unclear_fields(FIELDS, [page, other])["ssn"][0].code == "ocr_other_number"
