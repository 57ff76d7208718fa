"""Who gets the task when no users are set: the case's officer, as long as the CRM tells who that is."""

from __future__ import annotations

import threading

from mailroom.crm.base import Case, Crm

# After so many cases in a row without the property, the CRM is taken not to tell the officers.
MOST_UNTOLD = 3


class Officers:
    """Finds officers; one object for a run: a CRM that names none costs three calls, not one per file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._untold = 0

    def find(self, case: Case, crm: Crm) -> int | None:
        """Return the officer's user id, from the match's answer or else from the CRM.

        It is None where neither names one.
        """
        if case.officer_id or self._untold >= MOST_UNTOLD:
            return case.officer_id
        known = crm.get_case(case.case_id)
        if known is None:
            return None
        with self._lock:
            # An officer who is not set yet comes as an empty property, and proves nothing about the CRM.
            self._untold = 0 if known.tells_officer else self._untold + 1
        return known.officer_id
