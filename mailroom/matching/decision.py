"""Whose notice is it? Evidence in, verdict out: matched, unmatched, or review with a reason.

The match service's answer is evidence, not a verdict: where the notice and the case both have a full SSN they
must agree, and two cases left mean review. A document in another client's case is the worst that can happen
here, so every doubt goes to a person: without a full SSN that agrees, first names must.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

from mailroom.crm.base import Case, CaseFinder, MatchAnswer, normalize_ssn
from mailroom.matching.surnames import (
    find_first_name,
    find_surname_candidates,
    list_persons,
    normalize_name,
    split_persons,
)
from mailroom.notices import NoticeFields, Reading
from mailroom.privacy.client_data import ClientData

Verdict = Literal["matched", "unmatched", "review"]
# Scores of two surnames, 0 to 100 (rapidfuzz's ratio). From NEAR_NAME on, one may be the other mistyped, and
# a person decides. The value is a choice, not a measurement: one wrong char in five still counts as near.
SAME_NAME = 100.0
NEAR_NAME = 80.0
# The highest score of surnames that are not the same.
BELOW_SAME_NAME = 99.0
# Digits of an SSN that is not masked.
FULL_SSN = 9
# Reasons that the answer for another surname cannot change.
FINAL = frozenset({"two_cases", "match_incomplete"})
# A doubt about one of these sends the notice to a person.
SSN_FIELDS = frozenset({"ssn", "ssn_last4"})
# The reader's code for a key whose only doubt is the surname, which a case may settle.
DOUBTFUL_SURNAME = "doubtful_last_name"


@dataclass(frozen=True, repr=False)
class Decision(ClientData):
    """The verdict, a reason code (`mailroom.run.reasons` has the words), and the case of a match."""

    verdict: Verdict
    reason: str
    case: Case | None = None


def decide(reading: Reading, finder: CaseFinder) -> Decision:
    """Search for the case under each surname that the name line may end with, and judge all answers together.

    Each surname is a call, so the search ends with the first clear case: one call for most notices. It
    continues where another surname may bring a second case: the other spouse's, where the two differ, and
    another reading of a doubtful one where no full SSN agrees. A later answer does not remove the doubt of
    an earlier one.

    Returns:
        The verdict on all answers so far.

    Raises:
        FileFault, Transient, RunStop, ConfigError: as the finder's `match` raises them.
    """
    fields = reading.fields
    if SSN_FIELDS.intersection(reading.review_fields):
        return Decision("review", "doubtful_reading")
    last4 = fields.ssn_last4 or (fields.ssn or "")[-4:]
    surnames = find_surname_candidates(fields)
    if not surnames or not re.fullmatch(r"\d{4}", last4):
        return Decision("review", "no_key")
    evidence, decision = MatchAnswer(), Decision("unmatched", "no_case")
    unasked = _find_spouse_surnames(fields)
    for surname in surnames:
        evidence = evidence.join(finder.match(surname, last4, find_first_name(fields)))
        decision = judge(fields, last4, evidence, needs_settling=needs_settling(reading))
        unasked.discard(surname)
        is_clear = decision.case is not None and (
            _has_same_ssn(fields.ssn, decision.case) or "last_name" not in reading.review_fields
        )
        if decision.reason in FINAL or (is_clear and not unasked):
            break
    return decision


def _find_spouse_surnames(fields: NoticeFields) -> set[str]:
    """The surnames that are searched in any event: each spouse's."""
    return {normalize_name(name) for name in (fields.last_name, fields.spouse_last_name) if name}


def may_settle(reading: Reading) -> bool:
    """Whether nothing but the surname is in doubt of the key, and it was read: a case may settle it."""
    return (
        reading.error == DOUBTFUL_SURNAME
        and reading.fields.last_name is not None
        and reading.fields.ssn_last4 is not None
        and not SSN_FIELDS.intersection(reading.review_fields)
    )


def needs_settling(reading: Reading) -> bool:
    """Whether the name was read with doubt: then the case alone decides that it is the right one.

    Where the surname begins ("SMITH JONES") is no such doubt: it is not printed, and each is searched.
    """
    return "name_line" in reading.review_fields or reading.error == DOUBTFUL_SURNAME


def judge(fields: NoticeFields, last4: str, answer: MatchAnswer, *, needs_settling: bool = False) -> Decision:
    """Return what the cases that were named mean for this notice.

    ``needs_settling``: its name was read with doubt.
    """
    if answer.incomplete:
        return Decision("review", "match_incomplete")
    if any(case.contradicted for case in answer.cases):
        return Decision("review", "ssn_disagrees")
    agreeing = [case for case in answer.cases if _ssn_agrees(fields.ssn, last4, case)]
    if not agreeing:
        return Decision("review", "ssn_disagrees") if answer.found else Decision("unmatched", "no_case")
    # Whoever has the notice's full SSN may be meant under any name: people marry.
    likely = [
        case
        for case in agreeing
        if _has_same_ssn(fields.ssn, case) or compare_surnames(fields, case) >= NEAR_NAME
    ]
    if len(likely) > 1:
        return Decision("review", "two_cases")
    if not likely:
        return Decision("unmatched", "no_case")
    case = likely[0]
    if needs_settling:
        return (
            Decision("matched", "matched", case)
            if _settles(fields, case)
            else Decision("review", "doubtful_reading")
        )
    return _judge_single_case(fields, last4, case, found=answer.found)


def _settles(fields: NoticeFields, case: Case) -> bool:
    """Whether a case shows that a doubtful name was read right enough.

    Its full SSN is the notice's and the surname is near, or surname, last four digits and ZIP all agree. One
    stranger in 10,000 has the same last four digits.
    """
    surname, ours, theirs = compare_surnames(fields, case), (fields.zip or "")[:5], (case.zip or "")[:5]
    if _has_same_ssn(fields.ssn, case):
        return surname >= NEAR_NAME
    return surname == SAME_NAME and bool(_list_ssns(case)) and len(ours) == len("00000") and ours == theirs


def _judge_single_case(fields: NoticeFields, last4: str, case: Case, *, found: bool) -> Decision:
    """Return whether the one case that is left is the right one.

    One stranger in 10,000 has the same last four digits.
    """
    # A person has to look at a case that the service itself did not call a match.
    if not found or compare_surnames(fields, case) < SAME_NAME:
        return Decision("review", "name_doubtful")
    if not _has_same_ssn(fields.ssn, case):
        if not _list_ssns(case) and not _first_names_agree(fields, last4, case, in_full=True):
            return Decision("review", "no_ssn_on_case")
        if not _first_names_agree(fields, last4, case):
            return Decision("review", "first_name_disagrees")
    return Decision("matched", "matched", case)


def compare_surnames(fields: NoticeFields, case: Case) -> float:
    """Return the best score of the notice's persons against the case's surnames, 0 to 100.

    It is 100 when a person on the name line ends with a surname of the case.
    """
    ends = [" ".join(words) for words in (*list_persons(fields), *split_persons(fields.name_line or ""))]
    ends += _find_spouse_surnames(fields)
    names = (normalize_name(name or "") for name in (case.last_name, case.spouse_last_name))
    surnames = [surname for name in names if (surname := name.replace("&", "").strip())]
    return max((_compare_end(end.split(), surname) for surname in surnames for end in ends), default=0.0)


def _compare_end(words: list[str], surname: str) -> float:
    """Return the score of a line's last words and a surname; spaces within it do not count (MC DONALD)."""
    joined = surname.replace(" ", "")
    if any("".join(words[start:]) == joined for start in range(len(words))):
        return SAME_NAME
    return min(BELOW_SAME_NAME, fuzz.ratio(" ".join(words[-len(surname.split()) :]), surname))


def _has_same_ssn(ssn: str | None, case: Case) -> bool:
    """Whether the notice's full SSN is one of the case."""
    full = normalize_ssn(ssn)
    return len(full) == FULL_SSN and full in _list_ssns(case)


def _first_names_agree(fields: NoticeFields, last4: str, case: Case, *, in_full: bool = False) -> bool:
    """Whether the notice's first person has the first name of the case's person with the same SSN.

    The SSN on a notice is the first person's. An initial agrees with an initial only, and with ``in_full``
    with nothing; a missing name agrees with nothing.
    """
    ours = find_first_name(fields)
    people_of_case = ((case.first_name, case.ssn), (case.spouse_first_name, case.spouse_ssn))
    without_ssns = not _list_ssns(case)
    theirs = [
        normalize_name(name).split()[:1]
        for name, ssn in people_of_case
        if name and (without_ssns or normalize_ssn(ssn)[-4:] == last4)
    ]
    return ours is not None and [ours] in theirs and not (in_full and len(ours) == 1)


def _ssn_agrees(ssn: str | None, last4: str, case: Case) -> bool:
    """Whether an SSN of the case, or of the spouse, may be the notice's; True for a case without any SSN."""
    known = _list_ssns(case)
    full = normalize_ssn(ssn)
    return not known or any(
        one == full if len(one) == FULL_SSN and len(full) == FULL_SSN else one[-4:] == last4 for one in known
    )


def _list_ssns(case: Case) -> list[str]:
    return [digits for one in (case.ssn, case.spouse_ssn) if (digits := normalize_ssn(one))]
