"""What a later page shows of whose it is."""

import pytest

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Word, find_lines
from mailroom.notices.classification import page_marks
from mailroom.notices.classification.known_notice import KnownNotice
from tests.corpora.handmade.other_documents import cp2000_with
from tests.notices.classification.test_multiple_notices import OWN_HEAD, prose
from tests.notices.conftest import Read


def test_a_machines_line_is_nobodys_number(read: Read) -> None:
    """A coupon's long line of figures calls for no second look; the same figures in a sentence do."""
    assert page_marks._find_bare_nines("CA 93779-4015\r\n445972245 03 2017 5248540671843956\r\n") == []
    assert page_marks._find_bare_nines("SSN 445972245 and 5248540671843956") == ["445972245"]
    assert page_marks._find_bare_nines("445972245 03 2017") == ["445972245"]
    page = prose(OWN_HEAD)
    page.put(36, 700, "445972245 03 2017 5248540671843956")
    assert read(cp2000_with(pages=(page,))).outcome == "extract"


def test_a_fax_machines_numbers_are_not_the_notices(read: Read) -> None:
    """It counts its own pages, cover and all, on every page."""
    for gap in (20, 180):
        page = prose(OWN_HEAD)
        for at, text in enumerate(("NOV 03 2026 14:07", "FROM 555-0133", "PAGE 3 OF 7")):
            page.put(36 + (100 + gap) * at, 20, text, 8)
        assert read(cp2000_with(pages=(page,))).outcome == "extract"


NOTICE = KnownNotice(
    "741553907", "3907", is_certain=True, letter="CP2000", dated=None,
    controls=frozenset(), zips=frozenset(), names=(), count=6,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sure", "expected"),
    [
        pytest.param("Page 2 of 6", 0.99, ("silent", 2), id="clear"),
        pytest.param("Page 2 of 6", 0.6, ("silent", 2), id="unclear, and it fits"),
        pytest.param("Page 2 of 9", 0.99, ("other", 2), id="clear, another number of pages"),
        pytest.param("Page 2 of 9", 0.6, ("silent", 2), id="unclear, another number of pages"),
        pytest.param("741-55-3907", 0.6, ("own", None), id="unclear, the notice's SSN"),
        pytest.param("742-66-1188", 0.6, ("silent", None), id="unclear, another SSN"),
        pytest.param("742-66-1188", 0.99, ("other", None), id="clear, another SSN"),
    ],
)
def test_what_was_not_read_clearly_speaks_only_for_a_page(
    text: str, sure: float, expected: tuple[str, int | None]
) -> None:
    """Digits that are misread into the notice's own are unlikely; into another's they are not."""
    words = (Word(40 + 60 * at, 40, 90 + 60 * at, 50, word, sure) for at, word in enumerate(text.split()))
    marks = page_marks.find_marks(PageLayout(2, 612, 792, find_lines(words)), NOTICE, scanned=True)
    assert (marks.sign, marks.number) == expected


def test_a_fax_machines_line_on_a_part_of_a_page_is_no_empty_sheet() -> None:
    """Another client's notice that lies low may be below it."""
    words = (
        Word(40 + 70 * at, 20, 100 + 70 * at, 30, text)
        for at, text in enumerate(["NOV", "03", "14:07", "P.3"])
    )
    layout = PageLayout(2, 612, 792, find_lines(words))
    assert page_marks.find_marks(layout, NOTICE, scanned=True, is_whole=False).sign == "silent"
    assert page_marks.find_marks(layout, NOTICE, scanned=True).sign == "sheet"


def test_a_fax_machines_line_may_be_in_columns() -> None:
    """Its page number is far from its clock, and on the same line."""
    texts = ("14:07", "PAGE", "3", "OF", "9")
    lefts = (40, 400, 440, 455, 475)
    words = [Word(x, 20, x + 9 * len(text), 30, text) for x, text in zip(lefts, texts, strict=True)]
    words += [
        Word(40 + 60 * at, 90, 90 + 60 * at, 100, word)
        for at, word in enumerate(["Your", "notice", "explains"])
    ]
    marks = page_marks.find_marks(
        PageLayout(2, 612, 792, find_lines(words)), NOTICE, scanned=False, is_whole=False
    )
    assert (marks.sign, marks.number) == ("silent", None)
