"""Whose notice is it? Evidence in, verdict out: matched, unmatched, or review with a reason.

The answers of the match service and of the case index are evidence, not a verdict: where the notice and the
case both have a full SSN they must agree, and two cases left mean review. A document in another client's case
is the worst that can happen here, so every doubt goes to a person. `mailroom.matching.evidence` says what
speaks for a case, and when it is enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mailroom.crm.base import Case, CaseFinder, MatchAnswer
from mailroom.matching.evidence import SAME_FIRST, Evidence, Sign, compare_surnames, list_ssns, weigh
from mailroom.matching.surnames import find_first_name, find_surname_candidates, normalize_name
from mailroom.notices import NoticeFields, Reading
from mailroom.privacy.client_data import ClientData

Verdict = Literal["matched", "unmatched", "review"]
# Reasons that the answer for another surname cannot change.
FINAL = frozenset({"two_cases", "match_incomplete"})
# A doubt about one of these sends the notice to a person.
SSN_FIELDS = frozenset({"ssn", "ssn_last4"})
# What a client is found by.
KEY_FIELDS = SSN_FIELDS | {"last_name"}
# The reader's code for a key whose only doubt is the surname, which a case may settle.
DOUBTFUL_SURNAME = "doubtful_last_name"


@dataclass(frozen=True, repr=False)
class Decision(ClientData):
    """The verdict, a reason code (`mailroom.run.reasons` has the words), and the case of a match.

    ``signs`` is the evidence for that case; ``candidates`` are the cases that a person must choose from.
    """

    verdict: Verdict
    reason: str
    case: Case | None = None
    signs: tuple[Sign, ...] = ()
    candidates: tuple[Case, ...] = ()


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
            Sign.SSN in decision.signs or "last_name" not in reading.review_fields
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


def is_other_client(reading: Reading, case: Case) -> bool:
    """Whether neither the surname nor the SSN's last four digits are those of a person of this case.

    One that agrees is enough: people marry, and a digit may be misread. A notice whose surname or SSN is
    missing or in doubt is not called another client's.
    """
    fields = reading.fields
    last4 = fields.ssn_last4 or (fields.ssn or "")[-4:]
    is_doubtful = needs_settling(reading) or not KEY_FIELDS.isdisjoint(reading.review_fields)
    if is_doubtful or not fields.last_name or not last4:
        return False
    return not compare_surnames(fields, case) and last4 not in {one[-4:] for one in list_ssns(case)}


def judge(fields: NoticeFields, last4: str, answer: MatchAnswer, *, needs_settling: bool = False) -> Decision:
    """Return what the cases that were named mean for this notice.

    ``needs_settling``: its name was read with doubt.
    """
    if answer.incomplete:
        return Decision("review", "match_incomplete")
    if any(case.contradicted and compare_surnames(fields, case) for case in answer.cases):
        return Decision("review", "ssn_disagrees")
    agreeing = [(case, found) for case in answer.cases if (found := weigh(fields, last4, case)) is not None]
    if not agreeing:
        return Decision("review", "ssn_disagrees") if answer.found else Decision("unmatched", "no_case")
    likely = _drop_outweighed([(case, found) for case, found in agreeing if found.is_likely])
    if not likely:
        return Decision("unmatched", "no_case")
    if len(likely) > 1:
        return Decision("review", "two_cases", candidates=tuple(case for case, _ in likely))
    case, evidence = likely[0]
    reason = _find_doubt(case, evidence, found=answer.found, needs_settling=needs_settling)
    if reason is not None:
        return Decision("review", reason, candidates=(case,))
    return Decision("matched", "matched", case, evidence.signs)


def _drop_outweighed(likely: list[tuple[Case, Evidence]]) -> list[tuple[Case, Evidence]]:
    """Return the likely cases without those that another one outweighs."""
    return [one for one in likely if not any(other.outweighs(one[1]) for _, other in likely)]


def _find_doubt(case: Case, evidence: Evidence, *, found: bool, needs_settling: bool) -> str | None:
    """Return why a person must look at the one case that is left; None if it is the right one."""
    if needs_settling:
        return None if _settles(evidence) else "doubtful_reading"
    lives_there = (evidence.ssn, evidence.first_name, evidence.zip) == (Sign.SSN, Sign.FIRST_NAME, Sign.ZIP)
    # A person has to look at a case that neither the service nor the index called a match.
    if evidence.is_enough and (found or lives_there):
        return None
    if not found or evidence.surname is not Sign.SURNAME:
        return "name_doubtful"
    if not list_ssns(case):
        return "no_ssn_on_case"
    return "other_address" if evidence.first_name in SAME_FIRST else "first_name_disagrees"


def _settles(evidence: Evidence) -> bool:
    """Whether a case shows that a doubtful name was read right enough.

    Its full SSN is the notice's and the surname is near, or surname, last four digits and ZIP all agree. One
    stranger in 10,000 has the same last four digits.
    """
    if evidence.ssn is Sign.SSN:
        return evidence.surname is not None
    return (evidence.ssn, evidence.surname, evidence.zip) == (Sign.SSN_LAST4, Sign.SURNAME, Sign.ZIP)
