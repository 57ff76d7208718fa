"""The summary table backs a total that it adds up to, and casts doubt on one that it does not."""

import pytest

from mailroom.document.page_layout import PageLayout
from mailroom.notices.extraction.candidates import Method, find_labelled_values
from mailroom.notices.extraction.summary_table import check_totals
from tests.document.test_page_layout import layout


def table(*rows: tuple[str, str]) -> PageLayout:
    """Labels at the left, figures that end at one edge."""
    lines: list[tuple[str, float, float]] = []
    for at, (label, value) in enumerate(rows):
        lines += [(label, 40.0, 100.0 + 14 * at), (value, 500 - 5.0 * len(value), 100.0 + 14 * at)]
    return layout(*lines)


def amounts(page: PageLayout) -> list[tuple[object, float, Method]]:
    """Value, score and method of the candidates for the amount due."""
    found = check_totals(page, find_labelled_values(page))
    return [(each.value, round(each.score, 2), each.method) for each in found if each.field == "amount_due"]


@pytest.mark.parametrize("payment", ["$100", "-$100"])
def test_a_table_that_adds_up_backs_its_total(payment: str) -> None:
    """Increases are added, payments taken off, whether their minus is printed or not."""
    page = table(
        ("2022 Tax Increase", "$1,000"),
        ("Payment Increase", payment),
        ("Penalties", "$50"),
        ("Amount due", "$950"),
    )
    assert [(value, method) for value, _, method in amounts(page)] == [
        (950.0, Method.RIGHT),
        (950.0, Method.ADDS_UP),
    ]


def test_a_table_that_does_not_add_up_casts_doubt() -> None:
    """The total has a lower score."""
    page = table(("2022 Tax Increase", "$1,000"), ("Penalties", "$50"), ("Amount due", "$2,000"))
    ((value, score, _),) = amounts(page)
    assert value == 2000.0
    assert score < 0.8


def test_a_table_with_a_figure_that_was_misread_says_nothing() -> None:
    """Of "-$10" the engine made "-S10": what is left of the table adds up to something else."""
    page = table(
        ("2022 Tax Increase", "$1,437"),
        ("Payment Increase", "-S10"),
        ("Penalties", "$0"),
        ("Interest", "$172"),
        ("Amount due", "$1,599"),
    )
    ((value, score, method),) = amounts(page)
    assert (value, method) == (1599.0, Method.RIGHT)
    assert score > 0.9


def test_a_table_of_another_kind_says_nothing() -> None:
    """Rows with unknown labels, or text where a figure should be, leave the total alone."""
    unknown = table(("Wages", "$1,000"), ("Penalties", "$50"), ("Amount due", "$2,000"))
    text = table(("Penalties", "none"), ("Interest", "$50"), ("Amount due", "$2,000"))
    assert [method for *_, method in amounts(unknown)] == [Method.RIGHT]
    assert [method for *_, method in amounts(text)] == [Method.RIGHT]
