"""Whose notice is it? Evidence in, verdict out: matched, unmatched, or review with a reason.

The match service's answer is evidence, not a verdict: where the notice and the case both have a full SSN they
must agree, and two cases left mean review. A document in another client's case is the worst that can happen
here, so every doubt goes to a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Protocol

from rapidfuzz import fuzz

from mailroom.logiqs import Case, LogiqsClient, MatchAnswer
from mailroom.matching.names import first_name, normalised, people, surname_candidates
from mailroom.notices import NoticeFields, Reading
from mailroom.privacy.private import ClientData

Verdict = Literal["matched", "unmatched", "review"]
# Surnames at least this alike (rapidfuzz ratio) may be one name mistyped; a person decides.
NEAR = 80.0
# First names that share no initial and less than this are two names.
ALIKE = 50.0
# A doubt about where the surname begins ("SMITH JONES") is what the candidates are for; one about the SSN is not.
KEYS = frozenset({"name_line", "ssn", "ssn_last4"})


class CaseFinder(Protocol):
    """Anything that can name cases for a surname and the last four of an SSN: a service, or an index."""

    def find(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        """The cases that may be meant."""
        ...


@dataclass(frozen=True)
class MatchService:
    """The firm's match service as a finder."""

    client: LogiqsClient

    def find(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        """Ask it; one call."""
        return self.client.match(last_name, ssn_last4, first_name)


@dataclass(frozen=True, repr=False)
class Decision(ClientData):
    """The verdict, a reason code, and the case when there is one."""

    verdict: Verdict
    reason: str
    case: Case | None = None


def decide(reading: Reading, finder: CaseFinder) -> Decision:
    """Ask for each surname that the name line may end with, until one answer is clear."""
    fields = reading.fields
    if KEYS.intersection(reading.review_fields):
        return Decision("review", "doubtful_reading")
    last4 = fields.ssn_last4 or (fields.ssn or "")[-4:]
    surnames = surname_candidates(fields)
    if not surnames or not re.fullmatch(r"\d{4}", last4):
        return Decision("review", "no_key")
    doubt: Decision | None = None
    for surname in surnames:
        decision = weigh(fields, last4, finder.find(surname, last4, first_name(fields)))
        if decision.verdict == "matched":
            return decision
        if decision.verdict == "review":
            doubt = doubt or decision
    return doubt or Decision("unmatched", "no_case")


def weigh(fields: NoticeFields, last4: str, answer: MatchAnswer) -> Decision:
    """What one answer means for this notice."""
    if answer.incomplete:
        return Decision("review", "match_incomplete")
    agreeing = [case for case in answer.cases if _ssn_agrees(fields.ssn, last4, case)]
    if not agreeing:
        return Decision("review", "ssn_disagrees") if answer.found else Decision("unmatched", "no_case")
    likeness = {case.case_id: name_likeness(fields, case) for case in agreeing}
    named = [case for case in agreeing if likeness[case.case_id] == 100.0]
    near = [case for case in agreeing if likeness[case.case_id] >= NEAR]
    if len(near) > 1:
        return Decision("review", "two_cases")
    if not named or not answer.found:
        # Near cases that the service itself did not call a match are for a person to look at.
        return Decision("review", "name_doubtful") if near else Decision("unmatched", "no_case")
    if not _same_ssn(fields.ssn, named[0]) and not _first_names_may_agree(fields, named[0]):
        return Decision("review", "first_name_disagrees")
    return Decision("matched", "matched", named[0])


def name_likeness(fields: NoticeFields, case: Case) -> float:
    """100 when a person on the name line ends with a surname of the case; less by likeness of the words."""
    ends = [" ".join(words) for words in people(fields.name_line or "")]
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
    full = _digits(ssn)
    return len(full) == 9 and full in (_digits(case.ssn), _digits(case.spouse_ssn))


def _first_names_may_agree(fields: NoticeFields, case: Case) -> bool:
    """False when every first name of the notice is plainly another one than those of the case.

    Asked only where an SSN's last four digits are all there is: one in ten thousand strangers shares them.
    """
    ours = [words[0] for words in people(fields.name_line or "")]
    theirs = [normalised(name) for name in (case.first_name, case.spouse_first_name) if name]
    if not ours or not theirs:
        return True
    return any(a[:1] == b[:1] or fuzz.ratio(a, b) >= ALIKE for a in ours for b in theirs)


def _ssn_agrees(ssn: str | None, last4: str, case: Case) -> bool:
    """Whether an SSN of the case, the spouse's too, may be the notice's; a case without any may."""
    known = [digits for one in (case.ssn, case.spouse_ssn) if (digits := _digits(one))]
    if not known:
        return True
    full = _digits(ssn)
    return any(one == full if len(one) == 9 and len(full) == 9 else one[-4:] == last4 for one in known)


def _digits(ssn: str | None) -> str:
    """Nine digits of a full SSN, the last four of a masked one, or nothing."""
    text = re.sub(r"[\s.\-‐‑–—]", "", ssn or "")
    if re.fullmatch(r"\d{9}", text):
        return text
    masked = re.fullmatch(r"[xX*#•]*(\d{4})", text)
    return masked.group(1) if masked else ""
