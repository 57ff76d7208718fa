"""The register of deadlines, and the files that wait for a person.

A deadline is open until the notice was answered: a person or the CRM says so, or a later notice replaces it.
An item is a file that no run can finish: it is open until a person has dealt with the file, in whatever way.
The two end apart, since a person may file a notice by hand today and answer it next week. Holds no client
data: a later notice of the same client is found by a keyed hash, which callers make (`hash_notice`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session

from mailroom.drive import faults
from mailroom.ledger.models import ENDED_WITH_PEOPLE, OPEN_DEADLINE, FileRow, NoticeRow
from mailroom.ledger.row_changes import add_row, find_row, update_row
from mailroom.ledger.states import FileState
from mailroom.ledger.store import NO_SYNC, Store

ROWS_AT_ONCE = 500


class DueKind(StrEnum):
    """Where a due date comes from; the values are stored."""

    PRINTED = "printed"  # printed on the letter
    COMPUTED = "computed"  # counted from the letter's date
    FIXED = "fixed"  # ends a right, and cannot be extended


class AnsweredBy(StrEnum):
    """What ended a deadline; the values are stored."""

    PERSON = "person"
    CRM = "crm"
    REPLACED = "replaced"


class ClosedBy(StrEnum):
    """How a person dealt with a file; the values are stored."""

    MOVED = "moved"
    PERSON = "person"


# The reason of a file that is in its case, and that a person moved or deleted before the mail room did.
FILED_NOT_MOVED = "filed_not_moved"
# A person took these files out of the inbox, so nobody is waited for.
TAKEN_AWAY = (faults.VANISHED, faults.TRASHED, faults.MOVED_ELSEWHERE, FILED_NOT_MOVED)
# The reason of a file in the inbox that is not read, whatever it holds.
UNREAD_TYPE = "unread_type"
# What a person said stays said when the same notice is read again.
_LASTING = (AnsweredBy.PERSON, AnsweredBy.CRM)


@dataclass(frozen=True)
class NoticeRecord:
    """What is noted of a file's notice. ``client_hash`` None: a later notice cannot be recognized."""

    notice_type: str | None
    due: date | None = None
    due_kind: DueKind | None = None
    client_hash: str | None = None


@dataclass(frozen=True)
class OpenDeadline:
    """A deadline that is not answered."""

    file_id: str
    notice_type: str | None
    due: date
    due_kind: DueKind


@dataclass(frozen=True)
class NearDeadlines:
    """Of the open deadlines, those that matter today, and how many there are.

    Each has the earliest date first, and may be cut off: ``overdue`` at its start, ``soon`` at its end.
    """

    overdue: Sequence[OpenDeadline]
    soon: Sequence[OpenDeadline]
    overdue_count: int
    soon_count: int
    later_count: int


@dataclass(frozen=True)
class OpenItem:
    """A file that waits for a person, ``since`` it was first seen; ``due`` None: it has no open deadline.

    ``decided``: destination and reason of a file of which only the move is left, which Drive refuses.
    """

    file_id: str
    outcome: str
    reason: str
    notice_type: str | None
    since: datetime
    due: date | None
    due_kind: DueKind | None
    decided: tuple[str, str] | None = None


@dataclass(frozen=True)
class Closing:
    """A deadline, when it was closed and by what; ``is_new``: this call closed it."""

    deadline: OpenDeadline
    answered: datetime
    answered_by: AnsweredBy
    is_new: bool


class NoticeStore(Store):
    """The table of notices, and the files that wait for a person."""

    def list_deadlines(self, until: date | None = None) -> list[OpenDeadline]:
        """The open deadlines, the earliest first; with ``until``, those up to that day."""
        found = select(NoticeRow).where(_IS_OPEN_DEADLINE)
        if until is not None:
            found = found.where(NoticeRow.due <= until)
        with self._reading() as session:
            rows = session.scalars(found.order_by(NoticeRow.due, NoticeRow.file_id))
            return [_make_deadline(row) for row in rows]

    def list_near_deadlines(self, today: date, days: int, limit: int) -> NearDeadlines:
        """The deadlines that are overdue, and those due within so many days; at most ``limit`` of each."""
        overdue, near = NoticeRow.due < today, NoticeRow.due <= today + timedelta(days=days)
        soon = and_(~overdue, near)
        found = select(NoticeRow).where(_IS_OPEN_DEADLINE).limit(limit)
        with self._reading() as session:
            late = session.scalars(
                found.where(overdue).order_by(NoticeRow.due.desc(), NoticeRow.file_id.desc())
            ).all()[::-1]
            next_ones = session.scalars(found.where(soon).order_by(NoticeRow.due, NoticeRow.file_id)).all()
            numbers = [
                session.scalar(select(func.count()).select_from(NoticeRow).where(_IS_OPEN_DEADLINE, which))
                or 0
                for which in (overdue, soon, ~near)
            ]
        return NearDeadlines(
            [_make_deadline(row) for row in late], [_make_deadline(row) for row in next_ones], *numbers
        )

    def close_deadline(self, file_id: str, answered_by: AnsweredBy) -> Closing | None:
        """Note that the notice of this file was answered; None if no deadline of it is known.

        A deadline that is closed already stays as it is.
        """
        with self._transaction() as session:
            row = session.get(NoticeRow, file_id, with_for_update=True)
            if row is None or row.due is None:
                return None
            is_new = row.answered is None
            if is_new:
                row.answered, row.answered_by = self._now(session), answered_by
            assert row.answered is not None  # noqa: S101 - it is set above
            return Closing(
                _make_deadline(row), row.answered, AnsweredBy(row.answered_by or answered_by), is_new
            )

    def find_oldest_closable(self) -> datetime | None:
        """Return when the oldest deadline was noted that a completed task may close; None: none is open."""
        with self._reading() as session:
            return session.scalar(select(func.min(NoticeRow.noted)).where(_IS_OPEN_DEADLINE, ~_ENDS_A_RIGHT))

    def close_answered_tasks(self, file_ids: Collection[str]) -> tuple[int, list[str]]:
        """Close the deadlines of files whose tasks are completed; at most `ROWS_AT_ONCE` files.

        Returns:
            How many were closed, and the files whose deadlines stay open since a right ends with them: that a
            task is completed does not prove that a petition was filed.
        """
        which = and_(NoticeRow.file_id.in_(file_ids), _IS_OPEN_DEADLINE)
        values = {"answered": self.read_clock(), "answered_by": AnsweredBy.CRM}
        with self._transaction() as session:
            stay = list(session.scalars(select(NoticeRow.file_id).where(which, _ENDS_A_RIGHT)))
            done: Any = session.execute(
                update(NoticeRow).where(which, ~_ENDS_A_RIGHT).values(**values), execution_options=NO_SYNC
            )
            return int(done.rowcount), stay

    def list_open_items(self) -> list[OpenItem]:
        """The files that wait for a person, over all runs: the nearest deadline first, then the oldest."""
        # Each kind is found by an index of its own; a condition with OR would read all files. A join with the
        # columns would too: no database guesses that few of those who ended with people are still open.
        kinds = (IN_FOLDER, IN_INBOX, NOT_MOVABLE)
        is_open = sa.union_all(*(select(FileRow.id).where(one) for one in kinds))
        found: list[OpenItem] = []
        with self._reading() as session:
            ids = list(session.scalars(is_open))
            for start in range(0, len(ids), ROWS_AT_ONCE):
                some = _SHOWN.where(FileRow.id.in_(ids[start : start + ROWS_AT_ONCE]))
                found += [_make_item(row) for row in session.execute(some)]
        return sorted(found, key=lambda one: (one.due or date.max, one.since, one.file_id))

    def list_waiting_files(self, outcome: str, before: datetime) -> dict[str, datetime]:
        """The open items in the folder of this outcome that came there before a time, with their creation."""
        there = and_(FileRow.outcome == outcome, FileRow.done_at < before)
        with self._reading() as session:
            found = session.execute(select(FileRow.id, FileRow.created).where(there, IN_FOLDER))
            return {row.id: row.created for row in found}

    def close_items(self, file_ids: Collection[str], closed_by: ClosedBy) -> None:
        """Note that a person dealt with these files; one that ends in a later run is open again."""
        names = sorted(file_ids)
        for start in range(0, len(names), ROWS_AT_ONCE):
            with self._transaction() as session:
                close_rows(session, names[start : start + ROWS_AT_ONCE], closed_by, self._now(session))

    def close_left_inbox(self, run_id: str) -> int:
        """Close the failed files that this run's complete listing no longer showed; return how many."""
        found = select(FileRow.id).where(FileRow.scan_run_id != run_id, IN_INBOX)
        with self._reading() as session:
            ids = list(session.scalars(found))
        self.close_items(ids, ClosedBy.MOVED)
        return len(ids)

    def count_old_notices(self, before: datetime) -> int:
        """How many notices `purge_notices` would remove."""
        with self._reading() as session:
            return session.scalar(select(func.count()).select_from(NoticeRow).where(_is_old(before))) or 0

    def purge_notices(self, before: datetime) -> int:
        """Remove the notices that were answered, or noted without a deadline, before this time.

        An open deadline stays. Of what stays, the hash of the client goes when the deadline is long over.

        Returns:
            How many were removed.
        """
        is_over = or_(NoticeRow.due < before.date(), NoticeRow.answered < before)
        hashed = and_(NoticeRow.client_hash.is_not(None), is_over)
        with self._transaction() as session:
            done: Any = session.execute(delete(NoticeRow).where(_is_old(before)), execution_options=NO_SYNC)
            session.execute(
                update(NoticeRow).where(hashed).values(client_hash=None), execution_options=NO_SYNC
            )
            return int(done.rowcount)

    def _note_notice(self, session: Session, file_id: str, record: NoticeRecord | None) -> None:
        """Note a file's notice in the transaction of its decision; it may replace one of the client."""
        if record is None:
            return
        now = self._now(session)
        values = {**vars(record), "noted": now}
        row = find_row(session, NoticeRow, file_id)
        if row is None:
            row = add_row(session, NoticeRow, {"file_id": file_id, **values})
        else:
            if row.due != record.due or row.answered_by not in _LASTING:
                values |= {"answered": None, "answered_by": None}
            update_row(session, NoticeRow, {"file_id": file_id}, **values)
        if record.client_hash is None or record.due is None:
            return
        later = {"client": record.client_hash, "file": file_id, "until": record.due, "now": now}
        session.execute(_REPLACE_EARLIER, later, execution_options=NO_SYNC)


# What a later notice of the client replaces; built once, since most files have one. The date of a right that
# ends stands, whatever letter comes later.
_REPLACE_EARLIER = (
    update(NoticeRow)
    .where(
        NoticeRow.client_hash == bindparam("client"),
        NoticeRow.file_id != bindparam("file"),
        NoticeRow.due <= bindparam("until"),
        NoticeRow.due_kind != DueKind.FIXED,
        NoticeRow.answered.is_(None),
    )
    .values(answered=bindparam("now"), answered_by=AnsweredBy.REPLACED)
)
_IS_OPEN_DEADLINE = sa.text(OPEN_DEADLINE)
_ENDS_A_RIGHT = func.coalesce(NoticeRow.due_kind, "") == DueKind.FIXED


# Nobody has dealt with the file since it ended; one that was closed and has not ended is closed.
_UNCLOSED = ~sa.exists().where(
    NoticeRow.file_id == FileRow.id,
    NoticeRow.closed.is_not(None),
    NoticeRow.closed >= func.coalesce(FileRow.done_at, NoticeRow.closed),
).correlate(FileRow)
# The files that wait for a person: in the folder of their outcome;
IN_FOLDER = and_(sa.text(ENDED_WITH_PEOPLE), _UNCLOSED)
# in the inbox, where one that is not read counts from the second day on;
IN_INBOX = and_(
    FileRow.state == FileState.FAILED,
    func.coalesce(FileRow.reason, "").not_in(TAKEN_AWAY),
    FileRow.done_at.is_not(None),
    _UNCLOSED,
)
# and there too, decided, since Drive does not let them move.
NOT_MOVABLE = and_(FileRow.state == FileState.SETTLED, FileRow.fault == faults.MOVE_FORBIDDEN, _UNCLOSED)


def _is_old(before: datetime) -> ColumnElement[bool]:
    over = or_(NoticeRow.answered.is_not(None), NoticeRow.due.is_(None))
    # A file that was closed and is forgotten here would be open again.
    return and_(over, func.coalesce(NoticeRow.answered, NoticeRow.noted) < before, NoticeRow.closed.is_(None))


def close_rows(session: Session, file_ids: Sequence[str], closed_by: ClosedBy, now: datetime) -> None:
    """Note in this transaction that a person dealt with these files, at most `ROWS_AT_ONCE`."""
    known = {
        row.file_id: row for row in session.scalars(select(NoticeRow).where(NoticeRow.file_id.in_(file_ids)))
    }
    for file_id in file_ids:
        row = known.get(file_id) or NoticeRow(file_id=file_id, noted=now)
        row.closed, row.closed_by = now, closed_by
        session.add(row)
    # Nobody needs any more what was read of them.
    read = update(FileRow).where(FileRow.id.in_(file_ids)).values(fields_sealed=None)
    session.execute(read, execution_options=NO_SYNC)


def _make_deadline(row: NoticeRow) -> OpenDeadline:
    assert row.due is not None  # noqa: S101 - callers ask for rows with a date
    return OpenDeadline(row.file_id, row.notice_type, row.due, DueKind(row.due_kind or DueKind.COMPUTED))


# What an item is made of.
_SHOWN = select(
    *(FileRow.id, FileRow.state, FileRow.outcome, FileRow.reason, FileRow.fault, FileRow.destination),
    *(FileRow.first_seen, NoticeRow.notice_type, NoticeRow.due, NoticeRow.due_kind, NoticeRow.answered),
).outerjoin(NoticeRow, NoticeRow.file_id == FileRow.id)


def _make_item(row: sa.Row[Any]) -> OpenItem:
    is_settled = row.state == FileState.SETTLED
    due = row.due if row.answered is None else None
    return OpenItem(
        row.id,
        "failed" if is_settled else row.outcome or "failed",
        (row.fault if is_settled else row.reason) or "",
        row.notice_type,
        row.first_seen,
        due,
        DueKind(row.due_kind) if row.due_kind and due else None,
        (row.destination or "", row.reason or "") if is_settled else None,
    )
