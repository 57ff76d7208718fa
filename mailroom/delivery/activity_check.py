"""Checks the activities of a case for the mark of a write before anything is sent again.

A write is in doubt when its process was killed, its answer was lost, or the CRM refused it, since the CRM may
have carried it out anyway. A missing mark proves something only when this CRM's activities have shown
such a mark before, and when the server cannot be working on the write any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailroom.crm.base import Activity, CaseId, Crm, RightMissing
from mailroom.delivery.marker import mark_step
from mailroom.errors import Transient
from mailroom.ledger import Ledger, Step, WriteState


@dataclass(frozen=True)
class ActivityCheck:
    """Looks for markers in the activities of cases; a check costs one call, sometimes two."""

    ledger: Ledger
    crm: Crm
    clock: Callable[[], datetime]

    def is_carried_out(self, marker: str, step: Step, case_id: CaseId) -> bool | None:
        """Return whether the case shows that this write was carried out; None when that cannot be decided.

        Raises:
            Transient: its mark is not there, but may still appear.
        """
        activities = self._list_activities(case_id)
        if activities is None:
            return None
        if any(_shows(activity.text.reveal(), marker, step) for activity in activities):
            return True
        state = self.ledger.get_delivery(marker)
        shows = self._crm_shows_writes(step)
        if (
            shows is not False
            and state.step(step) == WriteState.INTENDED
            and self._is_fresh(state.intended_at)
        ):
            raise Transient(f"{step}_in_doubt")
        if shows is None and state.step(step) == WriteState.DENIED:
            # A CRM checks permissions before it does anything. That is not enough where the activities show
            # nothing; but a CRM without any write yet must not send the files of its first day to a person.
            return False
        return False if shows else None

    def _crm_shows_writes(self, step: Step) -> bool | None:
        """Return whether the CRM's activities show confirmed writes of this kind.

        The ledger remembers the answer.
        """
        name = f"activities_show_{step}"
        if (known := self.ledger.get_fact(name)) is None:
            known = self._check_confirmed_write(step)
            if known is not None:
                self.ledger.set_fact(name, known)
        return None if known is None else known == "yes"

    def _check_confirmed_write(self, step: Step) -> str | None:
        """Return "yes" or "no": whether a case shows a write that was confirmed.

        It is None when nothing is proven.
        """
        confirmed = self.ledger.find_confirmed_delivery(step)
        if confirmed is None:
            return None
        state, case_id = confirmed
        activities = self._list_activities(case_id)
        if activities is None:
            return None
        if any(_shows(one.text.reveal(), state.marker, step) for one in activities):
            return "yes"
        return None if self._is_fresh(state.updated) else "no"

    def _list_activities(self, case_id: CaseId) -> list[Activity] | None:
        try:
            return self.crm.list_activities(case_id)
        except RightMissing:
            # The key lost the right since the start of the run: the check tells nothing, and the run
            # continues.
            return None

    def _is_fresh(self, time: datetime | None) -> bool:
        return time is not None and self.clock() - time < self.crm.settle_time


def _shows(text: str, marker: str, step: Step) -> bool:
    """Whether an activity's text shows the mark of this write."""
    return mark_step(marker, step) in text
