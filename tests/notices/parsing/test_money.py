"""Amounts of money in all printings of the IRS's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.notices.parsing.money import find_amounts, parse_whole_amount

CENTS = st.integers(0, 99_999_999_99)


@given(CENTS)
def test_an_amount_with_cents_is_read_back(cents: int) -> None:
    """Dollars with thousands' commas and cents keep their value."""
    assert parse_whole_amount(f"${cents / 100:,.2f}") == cents / 100


@given(st.integers(0, 99_999_999), st.sampled_from(("${}", "$ {}", "$  {}", "{}")))
def test_whole_dollars_are_read_back(dollars: int, form: str) -> None:
    """A detached dollar sign or none makes no difference, nor does a space behind a comma."""
    assert parse_whole_amount(form.format(f"{dollars:,}")) == dollars
    assert parse_whole_amount(form.format(f"{dollars:,}".replace(",", ", "))) == dollars


@given(st.integers(1, 99_999_999))
def test_negative_amounts_are_negative(dollars: int) -> None:
    """Minus, brackets and CR mean the same."""
    for text in (
        f"-${dollars}",
        f"$-{dollars}",
        f"(${dollars})",
        f"$({dollars})",
        f"${dollars} CR",
        f"${dollars}-",
    ):
        assert parse_whole_amount(text) == -dollars, text


@given(st.text(max_size=60))
def test_any_text_is_borne(text: str) -> None:
    """No text makes the reader fail, and nothing is found outside of it."""
    assert all(0 <= each.start < each.end <= len(text) for each in find_amounts(text))


@pytest.mark.parametrize(
    "text", ["", "$", "12%", "Form 1040", "741-55-3907", "$999,999,999", "1/2", "$5 and $6", "a1"]
)
def test_what_is_not_a_single_amount_is_none(text: str) -> None:
    """Percentages, forms, numbers of persons, two amounts and more than a taxpayer owes are not an amount."""
    assert parse_whole_amount(text) is None


def test_marked_says_whether_the_printing_is_moneys() -> None:
    """A dollar sign, comma or cents mark an amount; a bare figure could be anything."""
    assert [each.marked for each in find_amounts("$5  1,200  7.50  12")] == [True, True, True, False]
