"""Files that waited for a person and that a person has moved or deleted: they wait no longer.

Drive is asked once in a run for what each folder holds, and only where a file waits there. After a change of
a folder's id, files that wait in the folder before go on waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

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
        try:
            present = _list_present(ledger, drive, outcome, folders[outcome], waiting)
        except (Transient, FileFault) as fault:
            log.warning("The folder of %s files could not be listed: %s.", outcome, fault.code)
            continue
        ledger.close_items(set(waiting) - present, ClosedBy.MOVED)


def _list_present(
    ledger: Ledger, drive: DriveClient, outcome: str, folder: str, waiting: Mapping[str, datetime]
) -> set[str]:
    """Return the files in the folder of this outcome, and those that wait in the one that was set before."""
    between = (min(waiting.values()), max(waiting.values()))
    present = set(drive.list_present({folder}, *between))
    fact = f"waiting_in_{outcome}"
    earlier = ledger.get_fact(fact)
    if earlier == folder:
        return present
    left = set[str]()
    if earlier is not None:
        try:
            left = set(waiting) & drive.list_present({earlier}, *between)
        except FileFault:
            log.warning("The earlier folder of %s files is gone: nothing waits there any more.", outcome)
    if not left:
        ledger.set_fact(fact, folder)
    return present | left
