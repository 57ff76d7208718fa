"""Listing the inbox: pages to the end, into the ledger at once, continuing where a broken scan stopped.

Results shift while files are moved out of a folder, so a run lists fully before it moves anything. A page
shows files, subfolders and what is not read; all of it is in the ledger before the next page's token is: a
repeated scan of the same run continues from there. Which task gets which folders is not decided here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from mailroom.drive import DriveClient, Page, PageTokenRejected
from mailroom.drive.faults import config_error
from mailroom.drive.outcome_folders import NAMES
from mailroom.errors import FileFault
from mailroom.ledger import Ledger
from mailroom.run.progress import Progress

log = logging.getLogger(__name__)

# A sync client first makes an empty file, and fills it later. Such a file is left in the inbox.
FILLED_WITHIN = timedelta(hours=1)
# Wherever they are: another inbox's output, or that of other settings, is not input either.
OUTPUT = tuple(NAMES.values())


@dataclass(frozen=True)
class FolderLister:
    """Lists one run's inbox.

    Attributes:
        ledger: keeps what was listed.
        progress: counts it.
        run_id: the run's id.
        inboxes: the folders that the run was given.
        never: the outcome folders, which are not read as input.
        refused: gets the ids of subfolders that Drive does not list.
        held: gets the ids of files that another run works on.
        waiting: gets the ids of empty files that may still be filled.
        skipped: gets the ids of files that are not PDFs, nor images that are read; the ledger notes them too.
        since: only files of that day or later.
        check_stop: raises when a person asked the run to stop.
    """

    ledger: Ledger
    progress: Progress
    run_id: str
    inboxes: frozenset[str]
    never: frozenset[str]
    refused: set[str]
    held: set[str]
    waiting: set[str]
    skipped: set[str]
    since: date | None
    check_stop: Callable[[], None]

    def list_folders(self, drive: DriveClient, folder_ids: Sequence[str]) -> None:
        """List these folders; their subfolders go into the ledger, to be listed next.

        Raises:
            Transient: Drive could not be read to the end; what was listed is kept.
            ConfigError: Drive refuses to list an inbox.
        """
        for folder_id in folder_ids:
            self.check_stop()
            self._list_folder(drive, folder_id)

    def _list_folder(self, drive: DriveClient, folder_id: str) -> None:
        progress = self.ledger.get_folder_progress(self.run_id, folder_id)
        if progress.done:
            return
        try:
            self._list_children(drive, folder_id, progress.page_token)
        except FileFault as fault:
            if folder_id in self.inboxes:
                code = "folder_not_found" if fault.code == "folder_vanished" else "folder_not_readable"
                raise config_error(code, folder=folder_id, account=drive.share_with) from None
            # Deleted or no longer shared since its parent was listed: it costs only itself.
            log.warning("A folder cannot be listed, so its files are left out: %s", fault)
            self.refused.add(folder_id)
            self.ledger.finish_folder(self.run_id, folder_id)

    def _list_children(self, drive: DriveClient, folder_id: str, token: str | None) -> None:
        try:
            self._list_pages(drive, folder_id, token)
        except PageTokenRejected:
            self.ledger.restart_folder(self.run_id, folder_id)
            self._list_pages(drive, folder_id, None)

    def _list_pages(self, drive: DriveClient, folder_id: str, token: str | None) -> None:
        while True:
            page = drive.list_children(folder_id, page_token=token, since=self.since, not_named=OUTPUT)
            self._record(folder_id, page)
            token = page.next_token
            if token is None:
                return
            self.check_stop()

    def _record(self, folder_id: str, page: Page) -> None:
        """Keep all that a page shows, the files and the next page's token last: a repeat continues there."""
        now = datetime.now(UTC)
        waiting = {file.id for file in page.files if file.size == 0 and now - file.changed < FILLED_WITHIN}
        files = [file for file in page.files if file.id not in waiting]
        self.waiting.update(waiting)
        self.skipped.update(page.skipped)
        if page.skipped:
            self.ledger.record_skipped(self.run_id, folder_id, page.skipped)
        if subfolders := [one for one in page.ids if one not in self.never]:
            self.ledger.add_folders(self.run_id, subfolders)
        token = page.next_token
        held = self.ledger.record_page(self.run_id, folder_id, files, token, done=token is None)
        self.held.update(held)
        self.progress.count_stage("listed", len(files))


def partition(items: Sequence[str], shares: int) -> list[list[str]]:
    """Cut ``items`` into at most ``shares`` parts that differ by one item at most; none is empty."""
    parts = [list(items[start::shares]) for start in range(min(shares, len(items)))]
    return [part for part in parts if part]
