"""Registers what a CRM answers with the redaction of logs, whichever CRM it is.

The clients of the APIs know nothing of the registry. A run puts this wrapper around its CRM, so that the
values in an answer are masked in every log before matching or delivery sees the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from mailroom.crm.base import (
    Activity,
    Case,
    CaseFinder,
    CaseId,
    Crm,
    MatchAnswer,
    NewActivity,
    NewDocument,
    NewTask,
)
from mailroom.privacy.redaction.client_values import register


@dataclass(frozen=True)
class RegisteringCrm:
    """A `Crm` that passes every call on to ``crm`` and registers the client values in its answers.

    The ``index``, if there is one, is searched for cases beside the match service or instead of it.
    The texts of activities are not registered: they are only searched for a marker, and never leave that
    search.
    """

    crm: Crm
    index: CaseFinder | None = None

    def match(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        """Return the cases that may be meant, their values registered; see `Crm.match`."""
        answer = self.crm.match(last_name, ssn_last4, first_name)
        if self.index is not None:
            answer = answer.join(self.index.match(last_name, ssn_last4, first_name))
        return register(answer)

    def get_case(self, case_id: CaseId) -> Case | None:
        """Return the case, its values registered; see `Crm.get_case`."""
        case = self.crm.get_case(case_id)
        return register(case) if case else None

    @property
    def largest_document(self) -> int:
        """The size in bytes up to which the CRM accepts a document."""
        return self.crm.largest_document

    @property
    def settle_time(self) -> timedelta:
        """How long after a write it may still show up in the case; see `Crm.settle_time`."""
        return self.crm.settle_time

    def check(self) -> None:
        """Check the credentials; see `Crm.check`."""
        self.crm.check()

    def list_activities(self, case_id: CaseId) -> list[Activity] | None:
        """Return the case's activities; see `Crm.list_activities`."""
        return self.crm.list_activities(case_id)

    def upload_document(self, document: NewDocument, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Upload a document and return its id; see `Crm.upload_document`."""
        return self.crm.upload_document(document, about_to_send)

    def create_task(self, task: NewTask, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Create a task and return its id; see `Crm.create_task`."""
        return self.crm.create_task(task, about_to_send)

    def add_activity(self, activity: NewActivity, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Add a note to a case and return its id; see `Crm.add_activity`."""
        return self.crm.add_activity(activity, about_to_send)
