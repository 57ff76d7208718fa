"""Which value a label has: the one behind it, or beside it where what is behind it only says when."""

import pytest

from mailroom.notices.extraction.candidates import find_labelled_values
from tests.document.test_page_layout import layout


@pytest.mark.parametrize(
    ("label", "beside", "field", "value"),
    [
        ("Tax year ended December 31", "2013", "tax_year", 2013),
        ("Tax period ended Dec. 31,", "2013", "tax_year", 2013),
        ("Tax year ended December 31, 2013", "2017", "tax_year", 2013),
        ("Amount due by October 27, 2025", "$1,234.50", "amount_due", 1234.5),
        ("Amount due (estimated)", "$1,234.50", "amount_due", 1234.5),
    ],
)
def test_a_rest_that_says_when_leaves_the_value_beside_it(
    label: str, beside: str, field: str, value: object
) -> None:
    """The label takes its value from the next column of its line."""
    page = layout((label, 40, 100), (beside, 500, 100))
    assert [each.value for each in find_labelled_values(page) if each.field == field] == [value]


@pytest.mark.parametrize(
    "label",
    [
        "SSN of spouse",
        "SSN (secondary)",
        "Joint filer SSN",
        "SSN - spouse",
        "Dependent SSN",
        "Representative SSN",
        "Wife's SSN",
    ],
)
def test_anothers_ssn_is_not_the_taxpayers(label: str) -> None:
    """Whatever words say whose it is, before the label, in it or behind it."""
    page = layout((label, 40, 100), ("742-66-1188", 300, 100))
    assert not [each for each in find_labelled_values(page) if each.field == "ssn"]


def test_of_two_on_a_line_the_marked_one_is_the_spouses() -> None:
    """(P) and (S) stand for primary and secondary."""
    page = layout(("SSN", 40, 100), ("742-66-1188 (S)", 300, 100))
    assert not [each for each in find_labelled_values(page) if each.field == "ssn"]
