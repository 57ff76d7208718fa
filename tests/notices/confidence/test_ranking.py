"""Of several candidates the best is chosen, and conflicting values raise doubt."""

from mailroom.document.words import Box
from mailroom.notices.confidence.ranking import choose
from mailroom.notices.extraction.candidates import Candidate, Method


def candidate(value: str, score: float, method: Method = Method.RIGHT, page: int = 1) -> Candidate:
    """One finding of a value."""
    return Candidate("ssn", value, score, method, page, Box(0, 0, 1, 1))


def test_nothing_is_chosen_from_nothing() -> None:
    """No candidate, or none worth giving, gives None."""
    assert choose([]) is None
    assert choose([candidate("a", 0.4)]) is None


def test_a_trusted_value_is_sure() -> None:
    """One good finding is enough."""
    choice = choose([candidate("a", 0.9)])
    assert choice is not None
    assert (choice.value, choice.is_sure) == ("a", True)


def test_a_conflicting_value_raises_doubt() -> None:
    """Two values of like score are both in doubt; the better is given."""
    choice = choose([candidate("a", 0.94), candidate("b", 0.9)])
    assert choice is not None
    assert (choice.value, choice.is_sure) == ("a", False)


def test_findings_that_agree_back_each_other() -> None:
    """The same value found in other ways and on other pages outweighs a conflicting one."""
    found = [
        candidate("a", 0.9),
        candidate("a", 0.9, page=4),
        candidate("a", 0.5, Method.SEEN_AGAIN, 2),
        candidate("b", 0.85),
    ]
    choice = choose(found)
    assert choice is not None
    assert (choice.value, choice.is_sure) == ("a", True)


def test_the_same_finding_twice_is_one() -> None:
    """A repeated finding at the same place backs nothing."""
    choice = choose([candidate("a", 0.78), candidate("a", 0.78)])
    assert choice is not None
    assert not choice.is_sure
