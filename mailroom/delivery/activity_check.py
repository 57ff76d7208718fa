"""Checks the activities of a case for the mark of a write before anything is sent.

A write is in doubt when its process was killed, its answer was lost, or the CRM refused it, since the CRM may
have carried it out anyway. A missing mark proves something only when the newest confirmed write of its kind
shows its own mark now, and when the server can no longer be working on the write. CRMs differ: some show
comments, some only the subjects of tasks, some nothing; and any may stop showing them at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailroom.crm.base import Activity, CaseId, Crm, RightMissing
from mailroom.delivery.marker import mark_step
from mailroom.errors import Postponed
from mailroom.ledger import Ledger, Step, WriteState


@dataclass(frozen=True)
class ActivityCheck:
    """Looks for markers in the activities of cases; a check costs one call, or two."""

    ledger: Ledger
    crm: Crm

    def is_carried_out(self, marker: str, step: Step, case_id: CaseId) -> bool | None:
        """Return whether the case shows that this write was carried out; None when that cannot be decided.

        Raises:
            Postponed: its mark is not there, but may still appear.
        """
        activities = self._list_activities(case_id)
        if activities is None:
            return None
        if _show_write(activities, marker, step):
            return True
        state = self.ledger.get_delivery(marker)
        newest = self._find_newest(step)
        if newest == "hidden":
            return None
        sent = state.intended_at
        if state.step(step) == WriteState.INTENDED and sent is not None and self._is_fresh(sent):
            raise Postponed(f"{step}_in_doubt", until=sent + self.crm.settle_time)
        if newest == "not yet shown":
            raise Postponed(f"{step}_in_doubt", until=self.ledger.read_clock() + self.crm.settle_time)
        if newest is None and state.step(step) == WriteState.DENIED:
            # A CRM checks permissions before it does anything. That is not enough where the activities show
            # nothing; but a CRM without any write yet must not send the files of its first day to a person.
            return False
        return False if newest == "shown" else None

    def was_carried_out(self, marker: str, step: Step, case_id: CaseId) -> bool | None:
        """Return whether a write that this ledger does not know was carried out; None: cannot be decided.

        As long as no write of the kind is confirmed, a case without the mark does not have the document;
        nothing could ever be filed otherwise.

        Raises:
            Postponed: it cannot be decided yet.
        """
        activities = self._list_activities(case_id)
        if activities is None:
            return None
        if _show_write(activities, marker, step):
            return True
        gap = self.ledger.get_gap()
        if gap is not None and self._is_fresh(gap):
            # What was sent right before the gap may still appear.
            raise Postponed(f"{step}_in_doubt", until=gap + self.crm.settle_time)
        newest = self._find_newest(step)
        if newest == "not yet shown":
            raise Postponed(f"{step}_in_doubt", until=self.ledger.read_clock() + self.crm.settle_time)
        if newest == "hidden":
            return None
        return False if newest == "shown" or step == "document" else None

    def _find_newest(self, step: Step) -> str | None:
        """Return whether the newest confirmed write of this kind is "shown", "not yet shown" or "hidden" now.

        It is None when no such write is known, or its case's activities cannot be read.
        """
        confirmed = self.ledger.find_confirmed_delivery(step)
        if confirmed is None:
            # Before the first note: a tenant that shows the subjects of tasks shows those of notes.
            return self._find_newest("task") if step == "activity" else None
        state, case_id = confirmed
        activities = self._list_activities(case_id)
        if activities is None:
            return None
        if _show_mark(activities, state.marker, step):
            return "shown"
        return "not yet shown" if self._is_fresh(state.updated) else "hidden"

    def _list_activities(self, case_id: CaseId) -> list[Activity] | None:
        try:
            return self.crm.list_activities(case_id)
        except RightMissing:
            # The key lost the permission after the start of the run: the check proves nothing, and the run
            # continues.
            return None

    def _is_fresh(self, time: datetime | None) -> bool:
        """Whether a write of this time may still show up.

        A time far in the future was taken from a clock that was wrong, and tells nothing.
        """
        return time is not None and abs(self.ledger.read_clock() - time) < self.crm.settle_time


def _show_write(activities: list[Activity], marker: str, step: Step) -> bool:
    """Whether a case shows this write: a task with this mark was created after its document."""
    task = mark_step(marker, "task")
    return _show_mark(activities, marker, step) or any(task in one.text.reveal() for one in activities)


def _show_mark(activities: list[Activity], marker: str, step: Step) -> bool:
    marks = {mark_step(marker, step)}
    if step == "task":
        marks.add(mark_step(marker, step, document_in_doubt=True))
    return any(mark in one.text.reveal() for one in activities for mark in marks)
