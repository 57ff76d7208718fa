"""Who gets the task when nobody is set: the case's officer, as long as the tenant tells who that is."""

from __future__ import annotations

import threading

from mailroom.crm.base import Case, Crm

# After so many cases in a row without the property, this tenant does not tell its officers.
UNTOLD = 3


class Officers:
    """One for all batches of a run, so that a tenant that tells nobody costs three calls and not one a file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._untold = 0

    def of(self, case: Case, crm: Crm) -> int | None:
        """The officer's user id, from the match's answer or else from the CRM; None where nobody is named."""
        if case.officer_id or self._untold >= UNTOLD:
            return case.officer_id
        known = crm.get_case(case.case_id)
        if known is None:
            return None
        with self._lock:
            # A case whose officer is not set yet is told as empty, and says nothing of the tenant.
            self._untold = 0 if known.tells_officer else self._untold + 1
        return known.officer_id
