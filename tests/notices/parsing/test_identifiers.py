"""SSNs, AUR control numbers and ZIP codes are distinguished."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.notices.parsing.identifiers import could_be_ssn, find_control_numbers, find_ssns

SSNS = st.tuples(st.integers(773, 899), st.integers(1, 99), st.integers(1, 9999))


@given(SSNS, st.sampled_from(("-", " ", " - ")))
def test_an_ssn_is_read_in_each_spelling(parts: tuple[int, int, int], sign: str) -> None:
    """Hyphens or spaces between its groups make no difference."""
    text = f"SSN {parts[0]:03}{sign}{parts[1]:02}{sign}{parts[2]:04}."
    found = find_ssns(text)
    assert [each.printed for each in found] == [f"{parts[0]:03}-{parts[1]:02}-{parts[2]:04}"]


@pytest.mark.parametrize("text", ["XXX-XX-3907", "***-**-3907", "xxx-xx-3907", "###-##-3907", "XXXXX3907"])
def test_a_masked_ssn_gives_its_last_four_only(text: str) -> None:
    """What is masked is not guessed."""
    found = find_ssns(text)
    assert [(each.full, each.printed, each.last4) for each in found] == [(None, None, "3907")]


def test_a_wholly_masked_ssn_gives_nothing() -> None:
    """XXX-XX-XXXX is an SSN of which nothing is known."""
    assert [(each.full, each.last4) for each in find_ssns("XXX-XX-XXXX")] == [(None, None)]


def test_bare_digits_count_with_a_label_only() -> None:
    """Nine digits in a row, or "ending in 1234", are an SSN only where a label says so."""
    assert not find_ssns("741553907")
    assert [each.printed for each in find_ssns("741553907", labelled=True)] == ["741-55-3907"]
    assert [each.last4 for each in find_ssns("ending in 3907", labelled=True)] == ["3907"]


@pytest.mark.parametrize(
    "text", ["82-5550147", "59153-7775", "741-55-39071", "1741-55-3907", "000-12-3456", "741-00-3907"]
)
def test_other_numbers_are_not_an_ssn(text: str) -> None:
    """EINs, AUR numbers, longer numbers and groups of zeros are not."""
    assert not find_ssns(text)
    assert not could_be_ssn("741550000")


@given(st.integers(0, 99999), st.integers(0, 9999))
def test_a_control_number_is_read_with_and_without_its_hyphen(first: int, second: int) -> None:
    """Five-four stands alone; nine digits or a space in it need the label."""
    printed = f"{first:05}-{second:04}"
    assert [each.value for each in find_control_numbers(f"AUR {printed}")] == [printed]
    for text in (printed.replace("-", ""), printed.replace("-", " ")):
        assert [each.value for each in find_control_numbers(text, labelled=True)] == [printed]
        assert not find_control_numbers(text)


@pytest.mark.parametrize(
    "text", ["HOLTSVILLE, NY 11742-9019", "DAYTON OH 45402-1234", "Ogden UT, 84201-0009"]
)
def test_a_zip_is_not_a_control_number(text: str) -> None:
    """Behind a state it is a ZIP+4, with or without a label."""
    assert not find_control_numbers(text)
    assert not find_control_numbers(text, labelled=True)
