"""The shapes of numbers that name a person or a case match these numbers and nothing shorter."""

import re

import pytest

from mailroom.privacy.identifiers import (
    MASK_SIGNS,
    any_ssn_shape,
    five_four_shape,
    masked_ssn_shape,
    ssn_shape,
)


@pytest.mark.parametrize("gap", ["-", " "])
def test_an_ssn_has_one_gap_twice(gap: str) -> None:
    """Two different gaps are two numbers."""
    shape = re.compile(ssn_shape("-", " "))
    assert shape.fullmatch(gap.join(("734", "00", "1234")))
    assert not shape.fullmatch("734-00 1234")


@pytest.mark.parametrize("sign", ["X", *MASK_SIGNS])
def test_every_sign_hides_digits(sign: str) -> None:
    """Group 1 is what is left: the last four digits, or as many signs."""
    for last4 in ("1234", sign * 4):
        found = re.fullmatch(masked_ssn_shape("-"), f"{sign * 3}-{sign * 2}-{last4}")
        assert found
        assert found[1] == last4
    assert re.fullmatch(any_ssn_shape("-?"), f"{sign * 3}{sign * 2}1234")


def test_a_control_number_is_five_and_four() -> None:
    """So is a ZIP+4; what stands around tells them apart."""
    assert re.fullmatch(five_four_shape("-"), "59153-7775")
    assert not re.fullmatch(five_four_shape("-"), "5915-37775")
