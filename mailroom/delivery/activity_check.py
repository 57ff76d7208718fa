"""Looking into a case before anything is sent again: do its activities show the marker of a write?

A write leaves a doubt when its process was killed, its answer lost, or refused by the CRM, which may have
carried it out all the same. What the activities do not show proves something only when this tenant's have
shown such a marker before, and when the server cannot be at it any more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mailroom.crm.base import Activity, CaseId, Crm, RightMissing
from mailroom.errors import Transient
from mailroom.ledger import Ledger, Step


class ActivityCheck:
    """Looks for markers in the activities of cases; a check costs one call, sometimes two."""

    def __init__(self, ledger: Ledger, crm: Crm, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._crm = crm
        self._clock = clock

    def carried_out(self, marker: str, step: Step, case_id: CaseId) -> bool | None:
        """Whether the case shows that this write was carried out; None when nobody can tell.

        Raises:
            Transient: it is not there, but may still come.
        """
        activities = self._activities(case_id)
        if activities is None:
            return None
        if any(_shows(activity.text.reveal(), marker, step) for activity in activities):
            return True
        state = self._ledger.delivery(marker)
        shows = self._tenant_shows(step)
        if shows is not False and state.step(step) == "intended" and self._is_fresh(state.intended_at):
            raise Transient(f"{step}_in_doubt")
        if shows is None and state.step(step) == "denied":
            # Rights are looked at before anything is done. That alone is not believed of a tenant that shows
            # nothing; but one that has not been written to yet must not send its first day to a person.
            return False
        return False if shows else None

    def _tenant_shows(self, step: Step) -> bool | None:
        """Whether this tenant's activities show confirmed writes of this kind; remembered once it is known."""
        name = f"activities_show_{step}"
        if (known := self._ledger.fact(name)) is None:
            known = self._seen_of_a_confirmed(step)
            if known is not None:
                self._ledger.remember(name, known)
        return None if known is None else known == "yes"

    def _seen_of_a_confirmed(self, step: Step) -> str | None:
        confirmed = self._ledger.a_confirmed_delivery(step)
        if confirmed is None:
            return None
        state, case_id = confirmed
        activities = self._activities(case_id)
        if activities is None:
            return None
        if any(_shows(one.text.reveal(), state.marker, step) for one in activities):
            return "yes"
        return None if self._is_fresh(state.updated) else "no"

    def _activities(self, case_id: CaseId) -> list[Activity] | None:
        try:
            return self._crm.list_activities(case_id)
        except RightMissing:
            # The key lost the right since the start of the run: the check tells nothing, and the run goes on.
            return None

    def _is_fresh(self, moment: datetime | None) -> bool:
        return moment is not None and self._clock() - moment < self._crm.settle_time


def _shows(text: str, marker: str, step: Step) -> bool:
    """Whether an activity's text speaks of this write: a task's marker ends in T, a document's in D."""
    return f"{marker}-{step[0].upper()}" in text
