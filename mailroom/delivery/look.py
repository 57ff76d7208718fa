"""Looking into a case before anything is sent again: do its activities show the marker of a write?

A write leaves a doubt when its process was killed, its answer lost, or refused by the CRM, which may have
carried it out all the same. What the activities do not show proves something only when this tenant's have
shown such a marker before, and when the server cannot be at it any more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mailroom.errors import ConfigError, Transient
from mailroom.ledger import Ledger, Step
from mailroom.logiqs import SCOPE_MISSING, Activity, LogiqsClient

# A missing marker is believed only so many of the call's time-outs after the write was sent (5 minutes, where a
# call may take 60 s): sending and waiting take one each, and a server that still works on what the caller gave
# up (seen after 504s) has the rest.
SETTLED_AFTER = 5.0


class Look:
    """Looks at the activities of cases; costs one call, now and then two."""

    def __init__(
        self, ledger: Ledger, logiqs: LogiqsClient, timeout_seconds: float, clock: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._logiqs = logiqs
        self._settled_after = timedelta(seconds=SETTLED_AFTER * timeout_seconds)
        self._clock = clock

    def carried_out(self, marker: str, step: Step, case_id: int) -> bool | None:
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

    def _activities(self, case_id: int) -> list[Activity] | None:
        try:
            return self._logiqs.activities(case_id)
        except ConfigError as fault:
            if fault.code != SCOPE_MISSING:
                raise
            # Taken from the key since the start: a look that tells nothing, and not the end of every run here.
            return None

    def _is_fresh(self, moment: datetime | None) -> bool:
        return moment is not None and self._clock() - moment < self._settled_after


def _shows(text: str, marker: str, step: Step) -> bool:
    """Whether an activity's text speaks of this write: a task's marker ends in T, a document's in D."""
    return f"{marker}-{step[0].upper()}" in text
