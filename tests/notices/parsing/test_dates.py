"""Dates are read strictly: every spelling of the IRS's, and never one of two possible days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.notices.parsing.dates import find_dates

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
SPELLINGS = st.sampled_from(
    (
        lambda day: f"{day:%B} {day.day}, {day.year}",
        lambda day: f"{day:%B} {day:%d}, {day.year}",
        lambda day: f"{day:%B} {day.day}, {day.year}".upper(),
        lambda day: f"{day:%b}. {day.day}, {day.year}",
        lambda day: f"{day:%B}{day.day},{day.year}",
        lambda day: f"{day.month}/{day.day}/{day.year}",
        lambda day: f"{day:%m/%d/%Y}",
        lambda day: f"{day:%m-%d-%Y}",
        lambda day: f"{day:%m / %d / %Y}",
        lambda day: day.isoformat(),
        lambda day: f"{day.day} {day:%B} {day.year}",
        lambda day: f"{day:%B} {day.day}th {day.year}",
    )
)


@given(DAYS, SPELLINGS)
def test_every_spelling_gives_the_same_day(day: date, spelling: object) -> None:
    """A day printed in any of the spellings is read as that day."""
    assert callable(spelling)
    assert [each.value for each in find_dates(f"Notice date: {spelling(day)} .")] == [day]


@given(st.text(max_size=60))
def test_any_text_is_borne(text: str) -> None:
    """No text makes the reader fail, and what is found stands where it says."""
    for found in find_dates(text):
        assert find_dates(text[found.start : found.end])


@given(st.integers(13, 99), st.integers(1, 99), st.integers(1990, 2099))
def test_a_month_over_twelve_is_not_a_date(month: int, day: int, year: int) -> None:
    """The day is never taken for the month."""
    assert find_dates(f"{month:02}/{day:02}/{year}") == []


@pytest.mark.parametrize(
    "text",
    [
        "10/06/25",
        "February 30, 2024",
        "10/06-2025",
        "10.06.2025",
        "Octember 6, 2025",
        "October 6",
        "110/06/2025",
        "October 6, 20255",
        "May 3, 1889",
        "",
    ],
)
def test_what_is_not_a_day_is_none(text: str) -> None:
    """Two-digit years, impossible days, mixed signs and longer numbers are not read."""
    assert find_dates(text) == []


def test_dates_come_in_order_without_overlap() -> None:
    """Two dates of a sentence are two, in the order of the text."""
    found = find_dates("from January 5, 2024 to 02/06/2024")
    assert [each.value for each in found] == [date(2024, 1, 5), date(2024, 2, 6)]
