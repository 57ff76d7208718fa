"""What Logiqs and the match service answer, read leniently: properties differ per tenant and grow.

Client data: `ClientData` says what that means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from mailroom.privacy.forms import Known
from mailroom.privacy.private import ClientData, Private

# One property under the names that tenants use for it.
OFFICER = ("SetOfficerID", "SetOfficerId", "SetOfficer", "OfficerID")
SPOUSE_LAST = ("SpouseLastName", "SLastName", "Spouse_LastName")
SPOUSE_FIRST = ("SpouseFirstName", "SFirstName", "Spouse_FirstName")
SPOUSE_SSN = ("SpouseSSN", "SSSN", "Spouse_SSN")


@dataclass(frozen=True, repr=False)
class Case(ClientData):
    """A case of the CRM. ``ssn`` is as the CRM writes it: full, masked, the last four, or None."""

    case_id: int
    first_name: str | None = None
    last_name: str | None = None
    spouse_first_name: str | None = None
    spouse_last_name: str | None = None
    ssn: str | None = None
    spouse_ssn: str | None = None
    officer_id: int | None = None

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
        )

    def known_values(self) -> Iterator[Known]:
        """Names, SSNs and the case's number: what redaction is to mask."""
        yield Known("case", str(self.case_id))
        for first, last in (
            (self.first_name, self.last_name),
            (self.spouse_first_name, self.spouse_last_name or self.last_name),
        ):
            yield Known("name", last or "")
            yield Known("name", f"{first or ''} {last or ''}")
        for ssn in (self.ssn, self.spouse_ssn):
            yield Known("ssn", ssn or "")


@dataclass(frozen=True, repr=False)
class MatchAnswer(ClientData):
    """The match service's evidence: the cases it names, best first; ``incomplete``: one had no id."""

    found: bool = False
    cases: tuple[Case, ...] = ()
    incomplete: bool = False

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> MatchAnswer:
        """Read the answer; every case in it counts, wherever it stands."""
        found = list(_case_data(answer))
        cases: dict[int, Case] = {}
        claimed = answer.get("matchFound") is True
        incomplete = claimed and not found
        for data in found:
            case = Case.of(data)
            if case is None:
                incomplete = True
            else:
                cases.setdefault(case.case_id, case)
        return cls(claimed, tuple(cases.values()), incomplete)

    def known_values(self) -> Iterator[Known]:
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


def whole_number(value: object) -> int | None:
    """A positive whole number, also where it is written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None


def officer_in(found: Mapping[str, Any]) -> int | None:
    """The case officer's user id, where the answer tells it."""
    for name in OFFICER:
        if (number := whole_number(found.get(name))) is not None:
            return number
    return None


def _case_data(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Each case in a match answer: wrapped in an envelope or plain, alone or as one of the candidates."""
    for holder in [answer.get("caseData"), *(answer.get("candidates") or [])]:
        if not isinstance(holder, Mapping):
            continue
        inner = holder.get("caseData", holder)
        inner = inner if isinstance(inner, Mapping) else holder
        data = inner.get("data", inner.get("Data", inner))
        if isinstance(data, Mapping) and data:
            yield data


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
