"""A text layer with a number that cannot be right is compared with what its page shows."""

from pathlib import Path

import pytest

from mailroom.notices import Reading
from mailroom.notices.reader import read_file
from tests.corpora.handmade.blocks import (
    ADDRESS,
    BLOCK,
    DUE,
    IRS,
    SUMMARY,
    TOTAL,
    put_rows,
    put_summary,
)
from tests.corpora.handmade.other_documents import cp2000_with
from tests.corpora.handmade.pages import Page, build_pdf
from tests.document.ocr_engines import FakeEngine, Row


def block_with(ssn: str) -> tuple[tuple[str, str], ...]:
    """The notice block with this SSN."""
    return tuple((label, ssn if label.startswith("Social") else value) for label, value in BLOCK)


def shown_with(ssn: str, amount: str = TOTAL[1]) -> FakeEngine:
    """An engine that sees a notice with this SSN and amount."""
    rows: list[Row] = [(0.05, 40, "Internal Revenue Service", 0.99)]
    for at, (label, value) in enumerate(block_with(ssn)):
        rows += [(0.05 + 0.02 * at, 330, label, 0.99), (0.05 + 0.02 * at, 520, value, 0.99)]
    rows += [(0.22 + 0.016 * at, 60, line, 0.99) for at, line in enumerate(ADDRESS.split("\n"))]
    for at, (label, value) in enumerate((*SUMMARY, ("Amount due", amount))):
        rows += [(0.4 + 0.02 * at, 36, label, 0.99), (0.4 + 0.02 * at, 500, value, 0.99)]
    return FakeEngine(rows)


def read(folder: Path, content: bytes, engine: FakeEngine | None) -> Reading:
    """Read a file with this engine."""
    path = folder / "notice.pdf"
    path.write_bytes(content)
    return read_file(path, engine)


def test_a_sound_text_layer_is_not_looked_at(tmp_path: Path) -> None:
    """Nothing speaks against it: no image is made."""
    engine = shown_with("742-66-1188")
    assert read(tmp_path, cp2000_with(), engine).review_fields == []
    assert engine.asked == []


@pytest.mark.parametrize("ssn", ["666-55-3907", "941-45-3907"])
def test_a_number_that_nobody_has_is_compared(tmp_path: Path, ssn: str) -> None:
    """A digit that the page shows otherwise is a doubt; the same digits, or no engine, change nothing."""
    content = cp2000_with(block=block_with(ssn))
    other = read(tmp_path, content, shown_with(ssn.replace("3907", "3987")))
    assert (other.outcome, other.error) == ("review", "doubtful_ssn_last4")
    assert other.review_fields == ["ssn", "ssn_last4"]
    for engine in (shown_with(ssn), None):
        same = read(tmp_path, content, engine)
        assert (same.outcome, same.fields.ssn, same.review_fields) == ("extract", ssn, [])


def test_a_taxpayers_number_without_an_ssn_is_no_sign(tmp_path: Path) -> None:
    """Numbers that begin with 9 exist, with certain middle groups."""
    engine = shown_with("942-66-1188")
    assert read(tmp_path, cp2000_with(block=block_with("941-78-3907")), engine).review_fields == []
    assert engine.asked == []


def test_a_total_that_is_not_the_sum_is_compared(tmp_path: Path) -> None:
    """One of its digits may be another one on the page."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 480)
    page.put(60, 180, ADDRESS)
    page.put(36, 300, f"Proposed changes to your 2022 Form 1040\n{DUE}")
    put_summary(page, 345, ("Amount due", "$4,821.50"))
    engine = shown_with("741-55-3907")
    assert "amount_due" in read(tmp_path, build_pdf([page]), engine).review_fields
    assert len(engine.asked) == 1
