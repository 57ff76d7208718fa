"""The summary table backs a total that it adds up to, and casts doubt on one that it does not."""

import pytest

from mailroom.notices.candidates import labelled
from mailroom.notices.sheet import Sheet
from mailroom.notices.summary import checked
from tests.notices.test_sheet import sheet


def table(*rows: tuple[str, str]) -> Sheet:
    """Labels at the left, figures that end at one edge."""
    lines: list[tuple[str, float, float]] = []
    for at, (label, value) in enumerate(rows):
        lines += [(label, 40.0, 100.0 + 14 * at), (value, 500 - 5.0 * len(value), 100.0 + 14 * at)]
    return sheet(*lines)


def amounts(page: Sheet) -> list[tuple[object, float, str]]:
    """Value, trust and kind of the candidates for the amount due."""
    found = checked(page, labelled(page))
    return [(each.value, round(each.trust, 2), each.how) for each in found if each.field == "amount_due"]


@pytest.mark.parametrize("payment", ["$100", "-$100"])
def test_a_table_that_adds_up_backs_its_total(payment: str) -> None:
    """Increases are added, payments taken off, whether their minus is printed or not."""
    page = table(
        ("2022 Tax Increase", "$1,000"),
        ("Payment Increase", payment),
        ("Penalties", "$50"),
        ("Amount due", "$950"),
    )
    assert [(value, how) for value, _, how in amounts(page)] == [(950.0, "right"), (950.0, "adds up")]


def test_a_table_that_does_not_add_up_casts_doubt() -> None:
    """The total is trusted less."""
    page = table(("2022 Tax Increase", "$1,000"), ("Penalties", "$50"), ("Amount due", "$2,000"))
    ((value, trust, _),) = amounts(page)
    assert value == 2000.0
    assert trust < 0.8


def test_a_table_with_a_figure_that_was_misread_says_nothing() -> None:
    """Of "-$10" the engine made "-S10": what is left of the table adds up to something else."""
    page = table(
        ("2022 Tax Increase", "$1,437"),
        ("Payment Increase", "-S10"),
        ("Penalties", "$0"),
        ("Interest", "$172"),
        ("Amount due", "$1,599"),
    )
    ((value, trust, how),) = amounts(page)
    assert (value, how) == (1599.0, "right")
    assert trust > 0.9


def test_a_table_of_another_kind_says_nothing() -> None:
    """Rows with unknown labels, or text where a figure should be, leave the total alone."""
    unknown = table(("Wages", "$1,000"), ("Penalties", "$50"), ("Amount due", "$2,000"))
    text = table(("Penalties", "none"), ("Interest", "$50"), ("Amount due", "$2,000"))
    assert [how for *_, how in amounts(unknown)] == ["right"]
    assert [how for *_, how in amounts(text)] == ["right"]
