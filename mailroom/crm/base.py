"""What the mail room needs of a CRM: the calls, the data that they take and return, and two errors.

Matching, delivery and the file pipeline import this module and no CRM of their own; a run gives them one that
implements `Crm` (`mailroom.crm.connection` chooses it). `mailroom.crm.logiqs` does; how to add another one
is in docs/extending.md. The data is client data: `ClientData` says what that means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from mailroom.errors import ConfigError, FileFault
from mailroom.privacy.client_data import ClientData, KnownValue, Private
from mailroom.privacy.identifiers import MASK_SIGNS, NINE_DIGITS

# The number of a case; the ledger keeps it as text.
CaseId: TypeAlias = int


class Refused(FileFault):
    """The CRM answered a write with a no. Check the case's activities before the write is sent again."""


class NotOffered(FileFault):
    """The CRM has no such call, so that it was certainly not carried out."""


class RightMissing(ConfigError):
    """The CRM knows the key, but the key lacks a right that this call needs."""


@dataclass(frozen=True, repr=False)
class Case(ClientData):
    """A case of the CRM. ``ssn`` is as the CRM writes it: full, masked, the last four, or None.

    ``tells_officer``: the CRM's answer had an officer field, even an empty one. ``contradicted``: two
    records of the case had different SSNs. ``indexed``: only the case index knows it so far.
    """

    case_id: CaseId
    first_name: str | None = None
    last_name: str | None = None
    spouse_first_name: str | None = None
    spouse_last_name: str | None = None
    ssn: str | None = None
    spouse_ssn: str | None = None
    zip: str | None = None
    officer_id: int | None = None
    tells_officer: bool = False
    contradicted: bool = False
    indexed: bool = False

    def merge(self, other: Case) -> Case:
        """Return this case with what another record of it adds; of two SSNs the more complete one counts.

        A record may name the two persons in the other order.
        """
        if _is_swapped(self, other):
            other = other.swap_persons()
        merged: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        merged = {name: getattr(other, name) if value is None else value for name, value in merged.items()}
        merged["ssn"], differ = _merge_ssns(self.ssn, other.ssn)
        merged["spouse_ssn"], spouses_differ = _merge_ssns(self.spouse_ssn, other.spouse_ssn)
        merged["tells_officer"] = self.tells_officer or other.tells_officer
        merged["indexed"] = self.indexed and other.indexed
        merged["contradicted"] = self.contradicted or other.contradicted or differ or spouses_differ
        return Case(**merged)

    def swap_persons(self) -> Case:
        """Return the case with its two persons in each other's place."""
        return replace(
            self,
            first_name=self.spouse_first_name,
            last_name=self.spouse_last_name or self.last_name,
            ssn=self.spouse_ssn,
            spouse_first_name=self.first_name,
            spouse_last_name=self.last_name,
            spouse_ssn=self.ssn,
        )

    def known_values(self) -> Iterator[KnownValue]:
        """Return names, SSNs and the case's number: what redaction masks."""
        yield KnownValue("case", str(self.case_id))
        for first, last in (
            (self.first_name, self.last_name),
            (self.spouse_first_name, self.spouse_last_name or self.last_name),
        ):
            yield KnownValue("name", last or "")
            yield KnownValue("name", f"{first or ''} {last or ''}")
        for ssn in (self.ssn, self.spouse_ssn):
            yield KnownValue("ssn", ssn or "")
        yield KnownValue("number", self.zip or "")


@dataclass(frozen=True, repr=False)
class MatchAnswer(ClientData):
    """The cases that a CRM names for a surname and SSN, best first.

    ``found``: the CRM calls the first one a match. ``incomplete``: it names a case that cannot be identified.
    """

    found: bool = False
    cases: tuple[Case, ...] = ()
    incomplete: bool = False

    def join(self, other: MatchAnswer) -> MatchAnswer:
        """Return the evidence of both answers as one; a case in both is one case."""
        cases = merge_records((*self.cases, *other.cases))
        return MatchAnswer(self.found or other.found, cases, self.incomplete or other.incomplete)

    def known_values(self) -> Iterator[KnownValue]:
        """Return the values of all its cases."""
        return chain.from_iterable(case.known_values() for case in self.cases)


@dataclass(frozen=True, repr=False)
class Activity(ClientData):
    """An activity of a case: its texts in one. They are searched for a marker, and not stored anywhere."""

    text: Private[str]


@dataclass(frozen=True, repr=False)
class NewTask(ClientData):
    """A task to be created; times are in UTC. ``priority``: 0 normal, 1 medium, 2 high, 3 urgent."""

    case_id: CaseId
    subject: str
    due: datetime
    reminder: datetime
    priority: int
    user_ids: tuple[int, ...]
    comments: str


@dataclass(frozen=True, repr=False)
class NewActivity(ClientData):
    """A note to be added to a case; its subject holds the marker by which it is found again."""

    case_id: CaseId
    subject: str
    comment: str


@dataclass(frozen=True, repr=False)
class NewDocument(ClientData):
    """A document to be uploaded: the file at ``path``, of not more than `Crm.largest_document` bytes.

    ``filename`` is its name in the case, whose suffix decides the media type. ``comment`` is ASCII, on one
    line, and holds the marker by which the document is found again.
    """

    case_id: CaseId
    path: Path
    filename: str
    comment: str


class CaseFinder(Protocol):
    """Anything that names cases for a surname and the last four digits of an SSN."""

    def match(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        """Return the cases that may be meant: evidence, not a verdict.

        Raises:
            FileFault: ``match_refused``, the question is not accepted; a person has to search.
            Transient, RunStop, ConfigError: no answer.
        """
        ...


class CaseSource(Protocol):
    """What the case index is filled from."""

    def list_case_ids(self, status_id: int) -> list[CaseId] | None:
        """Return the numbers of the cases with this status; None where the CRM does not list them."""
        ...

    def get_case(self, case_id: CaseId) -> Case | None:
        """Return the case; None if there is no such case."""
        ...


class TaskSource(Protocol):
    """What tells which tasks are completed."""

    def list_completed_tasks(self, first: date, last: date) -> list[Activity] | None:
        """Return an activity for each task that was completed on these days; None: no answer that is known.

        Days are the CRM's own. The text of an activity has the task's subject.

        Raises:
            NotOffered: the CRM has no such call.
            RightMissing, ConfigError, Transient, RunStop: no answer.
        """
        ...


class Crm(CaseFinder, Protocol):
    """The calls that matching and delivery make. One object serves one batch, in many threads.

    Calls that read may be repeated by the implementation after transient faults; calls that write only when
    the request was certainly not carried out. Every call may raise `Transient` (try again later), `RunStop`
    (no more calls in this run) and `ConfigError` (a person must act first).
    """

    @property
    def largest_document(self) -> int:
        """The size in bytes up to which the CRM accepts a document."""
        ...

    @property
    def settle_time(self) -> timedelta:
        """How long after it was sent, or its answer was lost, a write may still show up in the case."""
        ...

    def check(self) -> None:
        """Find out at the start of a run, by calls that only read, whether the CRM accepts the credentials.

        Raises:
            ConfigError: rejected, or something else answers at the address.
        """
        ...

    def get_case(self, case_id: CaseId) -> Case | None:
        """Return the case, with its officer if the CRM names one; None if there is no such case."""
        ...

    def list_activities(self, case_id: CaseId) -> list[Activity] | None:
        """Return the case's activities, which show documents and tasks; None where they are not listed.

        Raises:
            RightMissing: the key may not read activities.
        """
        ...

    def upload_document(self, document: NewDocument, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Upload a document to the case, byte for byte, with a comment that its activity shows.

        Args:
            document: the file, its name in the case, and the comment.
            about_to_send: is called right before each request leaves, also before a repeated one. If it
                takes longer than a call may take, the request must not leave: raise `Transient`.

        Returns:
            The id that the CRM gave the document.

        Raises:
            FileFault: ``too_large_to_file``; nothing was sent.
            Transient, RunStop: certainly not carried out.
            Refused: the CRM says no; its activities tell whether it carried the write out anyway.
            RightMissing, ConfigError: likewise, since the key was rejected or lacks a right.
            Unclear: it may have been carried out.
        """
        ...

    def create_task(self, task: NewTask, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Create a task and return its id; arguments and errors as for `upload_document`."""
        ...

    def add_activity(self, activity: NewActivity, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Add a note to the case and return its id; arguments and errors as for `upload_document`.

        Raises:
            NotOffered: the CRM has no such call.
        """
        ...


def normalize_ssn(ssn: str | None) -> str:
    """Return the nine digits of a full SSN, the last four of a masked one, or an empty string."""
    text = re.sub(r"[\s.\-‐‑–—]", "", ssn or "")
    if re.fullmatch(NINE_DIGITS, text):
        return text
    masked = re.fullmatch(rf"[X{MASK_SIGNS}]*(\d{{4}})", text)
    return masked.group(1) if masked else ""


def merge_records(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Return the cases in order, with all records of one case merged."""
    once: dict[CaseId, Case] = {}
    for case in cases:
        before = once.get(case.case_id)
        once[case.case_id] = before.merge(case) if before else case
    return tuple(once.values())


def _is_swapped(one: Case, other: Case) -> bool:
    """Whether the SSNs of two records of a case agree crosswise, and not as they stand."""

    def agree(mine: str | None, theirs: str | None) -> bool:
        ours, known = normalize_ssn(mine), normalize_ssn(theirs)
        return bool(ours and known) and (ours.endswith(known) or known.endswith(ours))

    stands = agree(one.ssn, other.ssn) or agree(one.spouse_ssn, other.spouse_ssn)
    return not stands and (agree(one.ssn, other.spouse_ssn) or agree(one.spouse_ssn, other.ssn))


def _merge_ssns(one: str | None, other: str | None) -> tuple[str | None, bool]:
    """Return the more complete of two SSNs of a person, and whether they differ."""
    mine, theirs = normalize_ssn(one), normalize_ssn(other)
    differ = bool(mine and theirs) and not (mine.endswith(theirs) or theirs.endswith(mine))
    return (other if len(theirs) > len(mine) or one is None else one), differ
