"""Files that waited for a person and that a person has moved or deleted: they wait no longer.

Drive is asked once in a run for what each folder holds, and only where a file waits there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from mailroom.drive import DriveClient
from mailroom.errors import FileFault, Transient
from mailroom.ledger import ClosedBy, Ledger

log = logging.getLogger(__name__)

WAITING_OUTCOMES = ("review", "unmatched")
# A listing may not show yet what was moved a short while ago.
LISTED_WITHIN = timedelta(hours=1)


def close_moved_items(ledger: Ledger, drive: DriveClient, folders: Mapping[str, str]) -> None:
    """Close the items whose file is not in the folder of its outcome any more.

    A call for each folder that files wait in, and one for each further 1,000 files. A folder that cannot be
    listed now is left to the next run.

    Args:
        ledger: has the items.
        drive: lists the folders.
        folders: ids by outcome.

    Raises:
        RunStop, ConfigError: the run cannot continue.
    """
    before = ledger.read_clock() - LISTED_WITHIN
    for outcome in WAITING_OUTCOMES:
        waiting = ledger.list_waiting_files(outcome, before)
        if not waiting or outcome not in folders:
            continue
        created = waiting.values()
        try:
            present = drive.list_present({folders[outcome]}, min(created), max(created))
        except (Transient, FileFault) as fault:
            log.warning("The folder of %s files could not be listed: %s.", outcome, fault.code)
            continue
        ledger.close_items(set(waiting) - present, ClosedBy.MOVED)
