"""Labels are found in all spellings, with what they belong to."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.document.words import Line
from mailroom.notices.extraction.labels import MEANINGS, OTHER, OTHER_LABELS, find_label_spans, find_labels
from tests.document.test_words import words

TABLE = {name: (*labels.spellings, *labels.weak) for name, (_, labels) in MEANINGS.items()}


@pytest.mark.parametrize("name", [*TABLE, OTHER])
def test_every_spelling_of_the_table_is_found(name: str) -> None:
    """Each spelling, in any case and with a colon, is a label of its field."""
    for spelling in TABLE.get(name, OTHER_LABELS):
        for printed in (spelling, f"{spelling.title()}:", spelling.upper()):
            meanings, start, end, _ = find_label_spans(printed)[0]
            assert name in meanings, printed
            assert (start, end) == (0, len(printed)), printed


def test_the_longest_spelling_wins() -> None:
    """Notice date is one label, not Notice before date."""
    spans = find_label_spans("Notice date: 10/06/2025 Tax year 2023")
    assert [sorted(fields) for fields, *_ in spans] == [["notice_date"], ["tax_year"]]


def test_the_number_of_somebody_else_is_not_a_field() -> None:
    """The spouse's SSN and the payer's TIN are labels of no field."""
    for text in ("Spouse's SSN", "Spouse Social Security number", "Payer's TIN", "Secondary SSN"):
        assert [set(fields) for fields, *_ in find_label_spans(text)] == [{"other"}], text


def test_a_remark_in_brackets_belongs_to_the_label() -> None:
    """What follows the label is its value, not the remark."""
    text = "Notice date (mm/dd/yyyy) 10/06/2025"
    assert text[find_label_spans(text)[0][2] :] == "10/06/2025"


def test_a_colon_makes_a_weak_label_strong() -> None:
    """With a colon "Date" is a label; without, it may be part of a sentence."""
    assert [weak for *_, weak in find_label_spans("Date: x")] == [False]
    assert [weak for *_, weak in find_label_spans("Date x")] == [True]


def test_a_label_knows_its_place() -> None:
    """Whether it leads its line, and what follows it."""
    first, second = find_labels(Line(words("Tax year 2023 Notice date today", 40, 100)))
    assert (first.leads, second.leads) == (True, False)
    assert second.rest == "today"
    assert first.box.x0 == 40


@given(st.text(max_size=80))
def test_any_text_is_borne(text: str) -> None:
    """Labels never overlap, whatever the text."""
    spans = find_label_spans(text)
    assert all(
        before[2] <= after[1] or before[2] > after[1] >= before[1]
        for before, after in itertools.pairwise(spans)
    )
