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
from mailroom.matching.names import first_name, normalised, people, persons_of, surname_candidates
from mailroom.notices import NoticeFields, Reading
from mailroom.privacy.client_data import ClientData

Verdict = Literal["matched", "unmatched", "review"]
# Surnames at least this alike (rapidfuzz ratio) may be one name mistyped; a person decides.
NEAR = 80.0
ALL_ALIKE = 100.0
# Digits of an SSN that is not masked.
FULL = 9
# No later answer makes these better.
FINAL = frozenset({"two_cases", "match_incomplete"})
# A doubt about where the surname begins ("SMITH JONES") is what the candidates are for; one about the SSN is not.
KEYS = frozenset({"name_line", "ssn", "ssn_last4"})


@dataclass(frozen=True, repr=False)
class Decision(ClientData):
    """The verdict, a reason code, and the case when there is one."""

    verdict: Verdict
    reason: str
    case: Case | None = None


def decide(reading: Reading, finder: CaseFinder) -> Decision:
    """Weigh together what is answered for each surname that the name line may end with.

    Each surname is a call, so asking ends with the first clear case: one call for most notices. It goes on where
    another surname may bring a second case: the other spouse's, where the two differ, and another reading of a
    doubtful one where no full SSN agrees. What an earlier answer put in doubt, a later one does not overrule.
    """
    fields = reading.fields
    if KEYS.intersection(reading.review_fields):
        return Decision("review", "doubtful_reading")
    last4 = fields.ssn_last4 or (fields.ssn or "")[-4:]
    surnames = surname_candidates(fields)
    if not surnames or not re.fullmatch(r"\d{4}", last4):
        return Decision("review", "no_key")
    evidence, decision = MatchAnswer(), Decision("unmatched", "no_case")
    wanted = _to_be_asked(fields)
    for surname in surnames:
        evidence = evidence.join(finder.match(surname, last4, first_name(fields)))
        decision = weigh(fields, last4, evidence)
        wanted.discard(surname)
        if decision.reason in FINAL or (_is_clear(decision, reading) and not wanted):
            break
    return decision


def _to_be_asked(fields: NoticeFields) -> set[str]:
    """Surnames to be asked for in any event: each spouse's."""
    return {normalised(name) for name in (fields.last_name, fields.spouse_last_name) if name}


def _is_clear(decision: Decision, reading: Reading) -> bool:
    if decision.case is None:
        return False
    return _same_ssn(reading.fields.ssn, decision.case) or "last_name" not in reading.review_fields


def weigh(fields: NoticeFields, last4: str, answer: MatchAnswer) -> Decision:
    """What the evidence means for this notice."""
    if answer.incomplete:
        return Decision("review", "match_incomplete")
    if any(case.contradicted for case in answer.cases):
        return Decision("review", "ssn_disagrees")
    agreeing = [case for case in answer.cases if _ssn_agrees(fields.ssn, last4, case)]
    if not agreeing:
        return Decision("review", "ssn_disagrees") if answer.found else Decision("unmatched", "no_case")
    # Whoever has the notice's full SSN may be meant under any name: people marry.
    likely = [case for case in agreeing if _same_ssn(fields.ssn, case) or name_likeness(fields, case) >= NEAR]
    if len(likely) > 1:
        return Decision("review", "two_cases")
    if not likely:
        return Decision("unmatched", "no_case")
    return _weighed_alone(fields, last4, likely[0], found=answer.found)


def _weighed_alone(fields: NoticeFields, last4: str, case: Case, *, found: bool) -> Decision:
    """The one case that may be meant: is it? One in ten thousand strangers shares the last four."""
    # A case that the service itself did not call a match is for a person to look at.
    if not found or name_likeness(fields, case) < ALL_ALIKE:
        return Decision("review", "name_doubtful")
    if not _same_ssn(fields.ssn, case):
        if not _digits_of(case) and not _first_names_agree(fields, last4, case, in_full=True):
            return Decision("review", "no_ssn_on_case")
        if not _first_names_agree(fields, last4, case):
            return Decision("review", "first_name_disagrees")
    return Decision("matched", "matched", case)


def name_likeness(fields: NoticeFields, case: Case) -> float:
    """100 when a person on the name line ends with a surname of the case; less by likeness of the words."""
    ends = [" ".join(words) for words in (*persons_of(fields), *people(fields.name_line or ""))]
    ends += [normalised(name) for name in (fields.last_name, fields.spouse_last_name) if name]
    surnames = [
        normalised(name).replace("&", "").strip() for name in (case.last_name, case.spouse_last_name) if name
    ]
    best = 0.0
    for surname in filter(None, surnames):
        for end in ends:
            if _ends_with(end, surname):
                return 100.0
            tail = " ".join(end.split()[-len(surname.split()) :])
            best = max(best, min(99.0, fuzz.ratio(tail, surname)))
    return best


def _ends_with(line: str, surname: str) -> bool:
    """Whether the line ends with the surname as whole words; spaces within it do not count (MC DONALD)."""
    if line == surname or line.endswith(f" {surname}"):
        return True
    words, joined = line.split(), surname.replace(" ", "")
    return any("".join(words[start:]) == joined for start in range(len(words)))


def _same_ssn(ssn: str | None, case: Case) -> bool:
    """Whether the notice's full SSN is one of the case."""
    full = normalize_ssn(ssn)
    return len(full) == FULL and full in _digits_of(case)


def _first_names_agree(fields: NoticeFields, last4: str, case: Case, *, in_full: bool = False) -> bool:
    """Whether the notice's first person, whose SSN it shows, is called like the one of the case who has that SSN.

    An initial agrees with an initial only, and where ``in_full`` is wanted with nothing; a missing name agrees
    with nothing.
    """
    ours = first_name(fields)
    people_of_case = ((case.first_name, case.ssn), (case.spouse_first_name, case.spouse_ssn))
    without_ssns = not _digits_of(case)
    theirs = [
        normalised(name).split()[:1]
        for name, ssn in people_of_case
        if name and (without_ssns or normalize_ssn(ssn)[-4:] == last4)
    ]
    return ours is not None and [ours] in theirs and not (in_full and len(ours) == 1)


def _ssn_agrees(ssn: str | None, last4: str, case: Case) -> bool:
    """Whether an SSN of the case, the spouse's too, may be the notice's; a case without any may."""
    known = _digits_of(case)
    full = normalize_ssn(ssn)
    return not known or any(
        one == full if len(one) == FULL and len(full) == FULL else one[-4:] == last4 for one in known
    )


def _digits_of(case: Case) -> list[str]:
    return [digits for one in (case.ssn, case.spouse_ssn) if (digits := normalize_ssn(one))]
