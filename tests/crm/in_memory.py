"""A CRM that lives in memory and implements `mailroom.crm.base.Crm`: what another CRM would look like.

It keeps documents, tasks and activities as a CRM does, and tests/crm/test_contract.py holds it to the same
contract as Logiqs. It misbehaves by named faults: a fault of a call is a function that is given what the call
would do, and does it, does it and loses the answer, does it later, or does not do it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from mailroom.crm.base import (
    Activity,
    Case,
    CaseId,
    Crm,
    MatchAnswer,
    NewActivity,
    NewDocument,
    NewTask,
    normalize_ssn,
)
from mailroom.errors import ConfigError, FileFault
from mailroom.matching.surnames import normalize_name
from mailroom.privacy.client_data import Private

T = TypeVar("T")
Fault = Callable[[Callable[[], Any]], Any]


class Killed(BaseException):
    """The process ended here: nothing in the program may catch it."""


@dataclass(frozen=True)
class Document:
    """A document of a case."""

    case_id: CaseId
    filename: str
    comment: str
    content: bytes


@dataclass
class InMemoryCrm:
    """Holds what was written; ``calls`` is what was asked, in order, by the kinds of `faults`.

    ``faults`` maps ``match``, ``case``, ``activities``, ``document``, ``task`` and ``activity`` to faults
    that are used up one by one. ``answers`` are planned match answers by surname, instead of a search.
    """

    cases: dict[CaseId, Case] = field(default_factory=dict)
    answers: dict[str, MatchAnswer] | None = None
    rejects_key: bool = False
    shows_activities: bool = True
    delays_activities: bool = False
    documents: list[Document] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    added: list[NewActivity] = field(default_factory=list)
    activities: list[tuple[CaseId, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    surnames_asked: list[str] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    largest_document: int = 6_000_000
    settle_time: timedelta = timedelta(minutes=5)
    _delayed: list[tuple[CaseId, str]] = field(default_factory=list)
    _late: list[Callable[[], Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Reject the key, or accept it."""
        if self.rejects_key:
            raise ConfigError("crm_key_rejected", what="The CRM rejects its key.", fix="Set another one.")

    def match(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        """The planned answer, or the cases with this surname and these last four digits."""
        assert ssn_last4.isdigit()
        assert first_name is None or first_name.isupper()
        self.surnames_asked.append(last_name)
        return self._answer("match", lambda: self._search(last_name, ssn_last4))

    def get_case(self, case_id: CaseId) -> Case | None:
        """The case, if there is one."""
        return self._answer("case", lambda: self.cases.get(case_id))

    def list_activities(self, case_id: CaseId) -> list[Activity] | None:
        """What the case shows by now."""
        return self._answer(
            "activities",
            lambda: [Activity(Private(text)) for case, text in self.activities if case == case_id],
        )

    def upload_document(self, document: NewDocument, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Keep the document, and show its comment in the case."""
        if document.path.stat().st_size > self.largest_document:
            raise FileFault("too_large_to_file")
        kept = Document(document.case_id, document.filename, document.comment, document.path.read_bytes())
        about_to_send()
        return self._answer("document", lambda: self._keep_document(kept))

    def create_task(self, task: NewTask, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Keep the task, and show its comments in the case."""
        about_to_send()
        return self._answer("task", lambda: self._keep_task(task))

    def add_activity(self, activity: NewActivity, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Keep the note, and show it in the case."""
        about_to_send()
        return self._answer("activity", lambda: self._keep_activity(activity))

    def show_delayed_activities(self) -> None:
        """Time passes: what was written appears in its case."""
        self.activities += self._delayed
        self._delayed.clear()

    def finish_late_writes(self) -> None:
        """Time passes: the server ends the writes whose callers gave up waiting."""
        while self._late:
            self._late.pop()()

    def finish_later(self, error: BaseException) -> Fault:
        """A fault: the caller gives up, and the server carries the write out at `finish_late_writes`."""

        def fault(carry_out: Callable[[], Any]) -> Any:
            self._late.append(carry_out)
            raise error

        return fault

    def _answer(self, call: str, carry_out: Callable[[], T]) -> T:
        self.calls.append(call)
        faults = self.faults.get(call)
        answer: T = faults.pop(0)(carry_out) if faults else carry_out()
        return answer

    def _search(self, last_name: str, ssn_last4: str) -> MatchAnswer:
        if self.answers is not None:
            return self.answers.get(last_name, MatchAnswer())
        found = [
            case
            for case in self.cases.values()
            if last_name in {normalize_name(name or "") for name in (case.last_name, case.spouse_last_name)}
            and ssn_last4 in {normalize_ssn(ssn)[-4:] for ssn in (case.ssn, case.spouse_ssn)}
        ]
        return MatchAnswer(found=bool(found), cases=tuple(replace(case) for case in found))

    def _keep_document(self, document: Document) -> int:
        with self._lock:
            self.documents.append(document)
            self._show(document.case_id, document.comment)
            return 900 + len(self.documents)

    def _keep_task(self, task: NewTask) -> int:
        with self._lock:
            self.tasks.append(task)
            self._show(task.case_id, f"{task.subject}\n{task.comments}")
            return 700 + len(self.tasks)

    def _keep_activity(self, activity: NewActivity) -> int:
        with self._lock:
            self.added.append(activity)
            self._show(activity.case_id, f"{activity.subject}\n{activity.comment}")
            return 500 + len(self.added)

    def _show(self, case_id: CaseId, text: str) -> None:
        if self.shows_activities:
            (self._delayed if self.delays_activities else self.activities).append((case_id, text))


def refuse(error: BaseException) -> Fault:
    """A fault: the call is not carried out, and raises this."""

    def fault(_carry_out: Callable[[], Any]) -> Any:
        raise error

    return fault


def lose_answer(error: BaseException) -> Fault:
    """A fault: the call is carried out, and raises this anyway."""

    def fault(carry_out: Callable[[], Any]) -> Any:
        carry_out()
        raise error

    return fault


def answer_with(value: Any) -> Fault:
    """A fault: the call is answered with this."""
    return lambda _carry_out: value


# The type checker compares it with the Protocol here.
IMPLEMENTS: type[Crm] = InMemoryCrm
