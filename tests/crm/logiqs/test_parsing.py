"""Several records of one case in a match answer."""

from collections.abc import Mapping

import pytest

from mailroom.crm.base import Case, MatchAnswer, normalize_ssn
from mailroom.crm.logiqs.parsing import parse_match_answer


def answer(*candidates: Mapping[str, object], **best: object) -> MatchAnswer:
    """The service names this case, and these beside it."""
    return parse_match_answer(
        {"matchFound": True, "caseData": {"data": {"CaseID": 5, **best}}, "candidates": list(candidates)}
    )


@pytest.mark.parametrize(
    ("first", "second", "ssn", "contradicted"),
    [
        (None, "741-22-3333", "741-22-3333", False),
        ("741-22-3333", None, "741-22-3333", False),
        ("XXX-XX-3333", "741223333", "741223333", False),
        ("741-22-3333", "3333", "741-22-3333", False),
        ("741-22-3333", "741-22-3334", "741-22-3333", True),
        ("XXX-XX-9999", "741-22-3333", "741-22-3333", True),
        ("on file", "741-22-3333", "741-22-3333", False),
        (None, None, None, False),
    ],
)
def test_two_records_of_a_case_are_one(
    first: str | None, second: str | None, ssn: str | None, contradicted: bool
) -> None:
    """What either tells counts; two different SSNs are a contradiction, the spouse's too."""
    for key, name in (("SSN", "ssn"), ("SpouseSSN", "spouse_ssn")):
        more = {"CaseID": "5", "LastName": "Garcia", key: second}
        (case,) = answer(more, **{"FirstName": "Maria", key: first}).cases
        assert (case.case_id, case.first_name, case.last_name) == (5, "Maria", "Garcia")
        assert (getattr(case, name), case.contradicted) == (ssn, contradicted)


def test_two_records_may_name_the_persons_in_the_other_order() -> None:
    """Their SSNs tell; a third SSN is still a contradiction."""
    one = Case(5, "Maria", "Garcia", "Al", "Page", "741-22-3333", "742-22-4444")
    assert one.merge(one.swap_persons()) == one
    assert one.merge(Case(5, "Al", "Page", ssn="4444")) == one
    assert one.swap_persons().merge(Case(5, "Maria", "Garcia", ssn="741-22-3333")).contradicted is False
    other = Case(5, "Al", "Page", "Maria", "Garcia", "742-22-4444", "743-22-5555")
    assert one.merge(other).contradicted


def test_answers_join_to_one() -> None:
    """Found in one is found; one without an id is missing in both; a case in both is there once."""
    none = MatchAnswer()
    found = MatchAnswer(found=True, cases=(Case(5, "Maria"),))
    more = MatchAnswer(cases=(Case(5, None, "Garcia"), Case(6)), incomplete=True)
    joined = none.join(found).join(more)
    assert (joined.found, joined.incomplete) == (True, True)
    assert joined.cases == (Case(5, "Maria", "Garcia"), Case(6))


def test_an_ssn_in_any_form_is_its_digits() -> None:
    """Full, masked, or nothing."""
    forms = ("741-22-3333", "741 22 3333", "***-**-3333", "3333", "on file", None)
    assert [normalize_ssn(each) for each in forms] == ["741223333", "741223333", "3333", "3333", "", ""]
