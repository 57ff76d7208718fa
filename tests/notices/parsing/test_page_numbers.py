"""Printed page numbers are found in their spellings."""

import pytest

from mailroom.notices.parsing.page_numbers import PageNumber, find_page_numbers, says_page_one


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Page 2 of 6", [(2, 6)]),
        ("PAGE: 2of6", [(2, 6)]),
        ("Tax year 2022\n 3 of 7 \nPage 4 of 7", [(3, 7), (4, 7)]),
        ("2 of 6 payments", []),
        ("Page 2 of 1234", []),
    ],
)
def test_a_page_says_which_it_is(text: str, found: list[tuple[int, int]]) -> None:
    """With the word before it anywhere, without it alone on a line."""
    assert find_page_numbers(text) == [PageNumber(*each) for each in found]


def test_a_bare_number_may_be_left_out() -> None:
    """Where only what is certain counts."""
    assert find_page_numbers("3 of 7", alone=False) == []


def test_page_one_is_known_with_any_spaces() -> None:
    """Text layers put spaces between the chars."""
    assert says_page_one("P a g e 1 o f 6")
    assert not says_page_one("Page 11 of 16")
