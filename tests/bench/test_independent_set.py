"""The independent set is the same for the same seed, and its files print their true values."""

from itertools import pairwise

import pypdfium2
import pytest

from bench.independent_set.__main__ import make_any
from bench.independent_set.build import make_chance, make_cp2000, make_paper
from bench.independent_set.scans import WEARS, scan
from bench.independent_set.sheet import LayoutError, Sheet

SMALL_STACK = 1


def read_text(document: bytes) -> str:
    """The text of all pages."""
    with pypdfium2.PdfDocument(document) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def test_the_same_seed_gives_the_same_file() -> None:
    """Bytes and true values are the same again, and others with another seed."""
    first = make_any(5, 3, scanned=False, stacked=False)
    assert make_any(5, 3, scanned=False, stacked=False) == first
    assert make_any(6, 3, scanned=False, stacked=False) != first


def test_a_stack_names_the_pages_of_each_notice() -> None:
    """The ranges follow each other and the last one ends with the file."""
    document, row = make_any(1, SMALL_STACK, scanned=False, stacked=True)
    ranges = row["page_ranges"]
    assert len(ranges) == row["notices"] > 1
    assert all(before[1] < after[0] <= after[1] for before, after in pairwise(ranges))
    with pypdfium2.PdfDocument(document) as pdf:
        assert ranges[-1][1] == len(pdf)


@pytest.mark.parametrize("index", range(3))
def test_a_notice_prints_its_true_values(index: int) -> None:
    """Surname, control number, tax year and the last digits of the SSN are in the text; pages are counted."""
    document, row = make_cp2000(make_chance(1, f"test {index}"))
    text, fields = read_text(document), row["fields"]
    surnames = fields["last_name"] if isinstance(fields["last_name"], list) else [fields["last_name"]]
    pages = fields["page_count"] if isinstance(fields["page_count"], list) else [fields["page_count"]]
    assert surnames[0] in text
    assert fields["aur_control_number"] in text
    assert str(fields["tax_year"]) in text
    assert fields["ssn_last4"] in text
    with pypdfium2.PdfDocument(document) as pdf:
        assert pages[0] == len(pdf)


def test_a_scan_has_no_text() -> None:
    """Each page is one image."""
    document, _row = make_paper(make_chance(1, "paper"))
    scanned = scan(document, WEARS[-1], make_chance(1, "scan"))
    assert read_text(document).strip()
    assert not read_text(scanned).strip()


def test_text_may_not_cover_other_text_or_leave_the_page() -> None:
    """A layout with such an error is refused."""
    sheet = Sheet()
    sheet.add_page()
    sheet.write(40, 100, "Notice date")
    with pytest.raises(LayoutError):
        sheet.write(60, 103, "covers it")
    with pytest.raises(LayoutError):
        sheet.write(590, 300, "leaves the page")
