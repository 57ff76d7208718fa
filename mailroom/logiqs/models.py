"""What Logiqs and the match service answer, read leniently: properties differ per tenant and grow.

Client data: `ClientData` says what that means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain
from typing import Any

from mailroom.privacy.client_data import ClientData, KnownValue, Private

# One property under the names that tenants use for it.
OFFICER = ("SetOfficerID", "SetOfficerId", "SetOfficer", "OfficerID")
SPOUSE_LAST = ("SpouseLastName", "SLastName", "Spouse_LastName")
SPOUSE_FIRST = ("SpouseFirstName", "SFirstName", "Spouse_FirstName")
SPOUSE_SSN = ("SpouseSSN", "SSSN", "Spouse_SSN")
# More digits fit in no database's number, nor in any id.
LONGEST_NUMBER = 18


@dataclass(frozen=True, repr=False)
class Case(ClientData):
    """A case of the CRM. ``ssn`` is as the CRM writes it: full, masked, the last four, or None.

    ``contradicted``: it was told twice, with two different SSNs.
    """

    case_id: int
    first_name: str | None = None
    last_name: str | None = None
    spouse_first_name: str | None = None
    spouse_last_name: str | None = None
    ssn: str | None = None
    spouse_ssn: str | None = None
    officer_id: int | None = None
    # Whether the answer has the property at all, be it empty.
    tells_officer: bool = False
    contradicted: bool = False

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Case | None:
        """The case in an answer's data; None when it has no CaseID."""
        case_id = whole_number(found.get("CaseID"))
        if case_id is None:
            return None
        return cls(
            case_id=case_id,
            first_name=_text(found, "FirstName"),
            last_name=_text(found, "LastName"),
            spouse_first_name=_text(found, *SPOUSE_FIRST),
            spouse_last_name=_text(found, *SPOUSE_LAST),
            ssn=_text(found, "SSN"),
            spouse_ssn=_text(found, *SPOUSE_SSN),
            officer_id=officer_in(found),
            tells_officer=any(name in found for name in OFFICER),
        )

    def merged(self, other: Case) -> Case:
        """This case and what another record of it adds; the record that tells more of an SSN counts."""
        told: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        told = {name: getattr(other, name) if value is None else value for name, value in told.items()}
        told["ssn"], apart = _one_ssn(self.ssn, other.ssn)
        told["spouse_ssn"], spouses_apart = _one_ssn(self.spouse_ssn, other.spouse_ssn)
        told["tells_officer"] = self.tells_officer or other.tells_officer
        told["contradicted"] = self.contradicted or other.contradicted or apart or spouses_apart
        return Case(**told)

    def known_values(self) -> Iterator[KnownValue]:
        """Names, SSNs and the case's number: what redaction is to mask."""
        yield KnownValue("case", str(self.case_id))
        for first, last in (
            (self.first_name, self.last_name),
            (self.spouse_first_name, self.spouse_last_name or self.last_name),
        ):
            yield KnownValue("name", last or "")
            yield KnownValue("name", f"{first or ''} {last or ''}")
        for ssn in (self.ssn, self.spouse_ssn):
            yield KnownValue("ssn", ssn or "")


@dataclass(frozen=True, repr=False)
class MatchAnswer(ClientData):
    """The match service's evidence: the cases it names, best first; ``incomplete``: one cannot be told."""

    found: bool = False
    cases: tuple[Case, ...] = ()
    incomplete: bool = False

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> MatchAnswer:
        """Read the answer; every case in it counts, wherever it stands."""
        found = [Case.of(data) if data is not None else None for data in _case_data(answer)]
        claimed = answer.get("matchFound") is True
        incomplete = None in found or (claimed and not found)
        return cls(claimed, _each_once(case for case in found if case is not None), incomplete)

    def joined(self, other: MatchAnswer) -> MatchAnswer:
        """Both answers' evidence as one; a case in both is one case."""
        cases = _each_once((*self.cases, *other.cases))
        return MatchAnswer(self.found or other.found, cases, self.incomplete or other.incomplete)

    def known_values(self) -> Iterator[KnownValue]:
        """Those of all its cases."""
        return chain.from_iterable(case.known_values() for case in self.cases)


@dataclass(frozen=True, repr=False)
class Activity(ClientData):
    """An activity of a case: its texts in one. They are looked through for a marker, and kept nowhere."""

    text: Private[str]


@dataclass(frozen=True, repr=False)
class NewTask(ClientData):
    """A task to be created; moments in UTC. ``priority``: 0 normal, 1 medium, 2 high, 3 urgent."""

    case_id: int
    subject: str
    due: datetime
    reminder: datetime
    priority: int
    user_ids: tuple[int, ...]
    comments: str

    def as_json(self) -> dict[str, Any]:
        """The body that ``POST Task/Task`` takes."""
        return {
            "CaseID": self.case_id,
            "Subject": self.subject,
            "TaskType": 1,
            "DueDate": _utc(self.due),
            "Reminder": _utc(self.reminder),
            "PriorityID": self.priority,
            "StatusID": 0,
            "UserID": list(self.user_ids),
            "Comments": self.comments,
        }


def ssn_digits(ssn: str | None) -> str:
    """Nine digits of a full SSN, the last four of a masked one, or nothing."""
    text = re.sub(r"[\s.\-‐‑–—]", "", ssn or "")
    if re.fullmatch(r"\d{9}", text):
        return text
    masked = re.fullmatch(r"[xX*#•]*(\d{4})", text)
    return masked.group(1) if masked else ""


def whole_number(value: object) -> int | None:
    """A positive whole number of at most 18 digits, also where it is written as text; None for anything else."""
    if isinstance(value, str):
        text = value.strip()
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < 10**LONGEST_NUMBER else None


def officer_in(found: Mapping[str, Any]) -> int | None:
    """The case officer's user id, where the answer tells it."""
    for name in OFFICER:
        if (number := whole_number(found.get(name))) is not None:
            return number
    return None


def _each_once(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases in order, all records of one CaseID as one."""
    once: dict[int, Case] = {}
    for case in cases:
        before = once.get(case.case_id)
        once[case.case_id] = before.merged(case) if before else case
    return tuple(once.values())


def _one_ssn(one: str | None, other: str | None) -> tuple[str | None, bool]:
    """Of two SSNs of a person the one that tells more, and whether they are not the same person's."""
    mine, theirs = ssn_digits(one), ssn_digits(other)
    apart = bool(mine and theirs) and not (mine.endswith(theirs) or theirs.endswith(mine))
    return (other if len(theirs) > len(mine) or one is None else one), apart


def _case_data(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | None]:
    """Each case in a match answer: wrapped in an envelope or plain, alone or as one of the candidates.

    None stands for what is no case where one should stand: nobody knows which case is meant by it.
    """
    candidates = answer.get("candidates") or []
    alone = [answer["caseData"]] if answer.get("caseData") else []
    for holder in [*alone, *(candidates if isinstance(candidates, list) else [None])]:
        if not isinstance(holder, Mapping):
            yield None
            continue
        inner = holder.get("caseData", holder)
        inner = inner if isinstance(inner, Mapping) else holder
        if data := inner.get("data", inner.get("Data", inner)):
            yield data if isinstance(data, Mapping) else None


def _text(found: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = found.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
