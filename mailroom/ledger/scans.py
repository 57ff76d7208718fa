"""The folders and files that a run's scan lists.

A folder's page token is stored with its files, so that a repeated scan continues where the last one stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from mailroom.drive.listing import ListedFile
from mailroom.ledger.models import FileRow, FolderRow, NoticeRow
from mailroom.ledger.notices import UNREAD_TYPE, ClosedBy
from mailroom.ledger.runs import RunStore
from mailroom.ledger.states import FINAL_STATES, HELD_STATES, FileEvent, FileState
from mailroom.ledger.store import NO_DECISION, NO_FAULTS, add_missing, change_state

# From so long after a run saw it first, a file that is not read waits for a person: the next day's run.
STAYS_AFTER = timedelta(hours=12)


class ScanStore(RunStore):
    """Folders to list, and listed files."""

    def add_folders(self, run_id: str, folder_ids: Sequence[str]) -> list[str]:
        """Add folders to list; returns those that are new in this run, so that none is listed twice."""
        with self._transaction() as session:
            given = select(FolderRow.folder_id).where(FolderRow.folder_id.in_(folder_ids))
            known = session.scalars(given.where(FolderRow.run_id == run_id)).all()
            new = [one for one in dict.fromkeys(folder_ids) if one not in known]
            now = self._now(session)
            rows = [{"run_id": run_id, "folder_id": one, "done": False, "noted": now} for one in new]
            add_missing(session, FolderRow, rows)
            return new

    def list_open_folders(self, run_id: str) -> list[str]:
        """The ids of this run's folders that are not listed to the end yet."""
        with self._reading() as session:
            found = select(FolderRow.folder_id).where(FolderRow.run_id == run_id, FolderRow.done.is_(False))
            return list(session.scalars(found.order_by(FolderRow.folder_id)))

    def get_folder_progress(self, run_id: str, folder_id: str) -> FolderRow:
        """How far the listing of this folder has come in this run."""
        with self._reading() as session:
            return session.get(FolderRow, (run_id, folder_id)) or FolderRow(page_token=None, done=False)

    def record_page(
        self,
        run_id: str,
        folder_id: str,
        files: Sequence[ListedFile],
        next_token: str | None,
        *,
        done: bool = False,
    ) -> list[str]:
        """Store a page's files and the token of the next page, both or neither.

        Args:
            run_id: the run's id.
            folder_id: the folder.
            files: those of the page.
            next_token: of the next page.
            done: whether the folder is listed to the end with this page.

        Returns:
            The ids of the files that another run works on; nothing of theirs is changed.
        """
        now = self.read_clock()
        with self._transaction() as session:
            add_missing(session, FileRow, [make_row(file, run_id, now) for file in files])
            # In one order, and locked where the database locks rows: two runs may list the same files.
            listed = select(FileRow).where(FileRow.id.in_([file.id for file in files]))
            rows = session.scalars(listed.order_by(FileRow.id).with_for_update())
            known = {row.id: row for row in rows}
            taken = self._list_other_runs(session, run_id)
            # This page may be older than what another run has done with its files since.
            held = {one for one, row in known.items() if row.taken_run_id in taken}
            for file in files:
                if file.id not in held:
                    _update_listed(session, known[file.id], file, run_id, now)
            at = {"run_id": run_id, "folder_id": folder_id}
            session.merge(FolderRow(**at, page_token=next_token, done=done, noted=now))
            return [one for one in known if one in held and known[one].state not in FINAL_STATES]

    def record_skipped(self, run_id: str, folder_id: str, file_ids: Sequence[str]) -> None:
        """Note files of a folder that are not read. One that stays becomes an item that waits for a person.

        The time of an item that a person took out of the inbox and put back starts again.
        """
        now = self.read_clock()
        with self._transaction() as session:
            add_missing(
                session, FileRow, [_make_skipped_row(one, folder_id, run_id, now) for one in file_ids]
            )
            notices = select(NoticeRow).where(NoticeRow.file_id.in_(file_ids))
            closed = {row.file_id: row for row in session.scalars(notices) if row.closed_by == ClosedBy.MOVED}
            listed = and_(FileRow.id.in_(file_ids), FileRow.state == FileState.FAILED)
            for row in session.scalars(select(FileRow).where(listed).order_by(FileRow.id).with_for_update()):
                row.scan_run_id, row.parent_id = run_id, folder_id
                if row.reason != UNREAD_TYPE:
                    continue
                if (notice := closed.get(row.id)) is not None:
                    notice.closed = notice.closed_by = row.done_at = row.outcome = None
                    row.first_seen = now
                if row.done_at is None and now - row.first_seen >= STAYS_AFTER:
                    row.outcome, row.done_at, row.updated = "failed", now, now

    def restart_folder(self, run_id: str, folder_id: str) -> None:
        """List this folder again from the first page: Drive rejected its page token."""
        self.record_page(run_id, folder_id, [], None)

    def finish_folder(self, run_id: str, folder_id: str) -> None:
        """Record that nothing more of this folder is listed."""
        with self._transaction() as session:
            row = session.get_one(FolderRow, (run_id, folder_id))
            row.done, row.page_token, row.noted = True, None, self._now(session)


def make_row(file: ListedFile, run_id: str, now: datetime) -> dict[str, Any]:
    """The columns of a file that is listed for the first time."""
    new = {
        "state": FileState.PENDING,
        "fault_hours": 0,
        "scan_run_id": run_id,
        "first_seen": now,
        "updated": now,
    }
    return {**vars(file), **new}


def _make_skipped_row(file_id: str, folder_id: str, run_id: str, now: datetime) -> dict[str, Any]:
    """The columns of a file that is not read, when it is seen for the first time."""
    row = make_row(ListedFile(file_id, folder_id, None, None, now), run_id, now)
    return {**row, "state": FileState.FAILED, "reason": UNREAD_TYPE}


def _update_listed(session: Session, row: FileRow, file: ListedFile, run_id: str, now: datetime) -> None:
    """Take over what a listing says of a file that no run works on.

    A file that was done is pending again, since a person put it back; so is one that was decided, if its
    bytes have changed.
    """
    if row.state in HELD_STATES:
        return
    if row.state in FINAL_STATES or (row.state == FileState.SETTLED and row.md5 != file.md5):
        change_state(
            session, FileRow.state, FileEvent.LIST_AGAIN, FileRow.id == row.id, **NO_DECISION, **NO_FAULTS
        )
    row.parent_id, row.size, row.md5 = file.parent_id, file.size, file.md5
    row.created, row.modified, row.updated = file.created, file.modified, now
    row.scan_run_id, row.taken_run_id = run_id, None
