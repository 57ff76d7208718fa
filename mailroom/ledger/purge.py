"""Deletes what is known of clients once a file has been closed for a given time.

Closed is a file that reached its outcome and was moved out of the inbox. Its row stays, with its hashes, and
so do the markers of deliveries: they keep a document from being filed twice, and tell nothing of a client.
What goes are the encrypted case numbers and fields, the values in people's decisions, the seconds of each
stage, the folders of past scans, the notices whose deadline is not open any more, and cases of the case index
that no import and no sync has seen for that time. Files in any other state keep everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from mailroom.ledger.absence import repeating
from mailroom.ledger.case_index import IndexStore
from mailroom.ledger.models import DecisionRow, DeliveryRow, FileRow, FolderRow
from mailroom.ledger.notices import NoticeStore
from mailroom.ledger.states import FileState
from mailroom.ledger.store import NO_SYNC

ROWS_AT_ONCE = 200
# A hundred years.
MOST_DAYS = 36_500


@dataclass(frozen=True)
class Purged:
    """How many closed files and deliveries were emptied, how many folders of past scans went, how many
    notices without an open deadline, and how many cases that neither an import nor a sync has seen since.

    ``wiped``: nothing of it is left in unused space of SQLite's file either.
    """

    files: int
    deliveries: int
    folders: int
    indexed: int = 0
    notices: int = 0
    wiped: bool = True

    def describe(self, older_than_days: int, *, dry_run: bool = False) -> str:
        """How much was removed, in one line."""
        verb = "Would be removed" if dry_run else "Removed"
        return (
            f"{verb}: client data older than {older_than_days} days (closed files: {self.files}, "
            f"deliveries: {self.deliveries}, folders of past scans: {self.folders}, "
            f"notices without an open deadline: {self.notices}, cases of the case index: {self.indexed}). "
            "Open files, hashes and markers stay." + ("" if self.wiped else _TRACES)
        )


_TRACES = " A run is active: the next purge also overwrites unused space in the ledger's file."


class PurgeStore(IndexStore, NoticeStore):
    """What goes, and what stays."""

    def purge_older_than(self, days: int, *, dry_run: bool = False) -> Purged:
        """Remove what is known of clients whose files were closed so many days ago, also in unused space."""
        done = self.purge(self.read_clock() - timedelta(days=days), dry_run=dry_run)
        return done if dry_run else replace(done, wiped=self.wipe_traces())

    def purge(self, before: datetime, *, dry_run: bool = False) -> Purged:
        """Remove what was closed before this time; in a dry run, only count it.

        A few rows in each transaction, so that an active run is not kept waiting; it can be interrupted
        and restarted.
        """
        files, deliveries, runs = _of_files(before), _of_deliveries(before), _of_past_scans(before)
        if dry_run:
            counted = self._counted(files, deliveries, runs)
            indexed, notices = self.count_in_index(before), self.count_old_notices(before)
            return replace(counted, indexed=indexed, notices=notices)
        with self._transaction() as session:
            session.execute(update(DecisionRow).where(_of_decisions(before)).values(values_sealed=None))
        return Purged(
            self._emptied(FileRow.id, files, {FileRow.stage_seconds: sa.null(), FileRow.fields_sealed: None}),
            self._emptied(DeliveryRow.marker, deliveries, {DeliveryRow.case_sealed: None}),
            self._without_scans(runs),
            self.purge_index(before),
            self.purge_notices(before),
        )

    def _counted(
        self, files: ColumnElement[bool], deliveries: ColumnElement[bool], runs: sa.Select[tuple[str]]
    ) -> Purged:
        def number(session: Session, row: type[Any], which: ColumnElement[bool]) -> int:
            return session.scalar(select(func.count()).select_from(row).where(which)) or 0

        with self._reading() as session:
            return Purged(
                number(session, FileRow, files),
                number(session, DeliveryRow, deliveries),
                number(session, FolderRow, FolderRow.run_id.in_(runs)),
            )

    def _emptied(
        self, name: InstrumentedAttribute[str], which: ColumnElement[bool], values: dict[Any, Any]
    ) -> int:
        def some(session: Session, last: str) -> list[Any]:
            # In the order of names, so that no row is looked at twice.
            page = select(name).where(which, name > last).order_by(name).limit(ROWS_AT_ONCE)
            found = list(session.scalars(page))
            # Asked for again in the change itself: a person may have put a file back since.
            session.execute(
                update(name.class_).where(name.in_(found), which).values(values), execution_options=NO_SYNC
            )
            return found

        return self._until_none(some)

    def _without_scans(self, runs: sa.Select[tuple[str]]) -> int:
        def some(session: Session, _last: object) -> list[Any]:
            found = select(FolderRow.run_id, FolderRow.folder_id).where(FolderRow.run_id.in_(runs))
            rows = [tuple(row) for row in session.execute(found.limit(ROWS_AT_ONCE))]
            which = sa.tuple_(FolderRow.run_id, FolderRow.folder_id).in_(rows)
            session.execute(delete(FolderRow).where(which), execution_options=NO_SYNC)
            return rows

        return self._until_none(some)

    def _until_none(self, some: Callable[[Session, Any], list[Any]]) -> int:
        total, last = 0, ""
        while True:
            began = time.monotonic()
            done = self._do_some(some, last)
            if not done:
                return total
            total, last = total + len(done), done[-1]
            # Sleep as long as the transaction took, so that others get their turn.
            time.sleep(time.monotonic() - began)

    @repeating
    def _do_some(self, some: Callable[[Session, Any], list[Any]], last: object) -> list[Any]:
        with self._transaction() as session:
            return some(session, last)


def _of_files(before: datetime) -> ColumnElement[bool]:
    """Closed long ago, and not emptied yet."""
    kept = or_(FileRow.stage_seconds.is_not(None), FileRow.fields_sealed.is_not(None))
    return and_(FileRow.state == FileState.DONE, FileRow.done_at < before, kept)


def _of_decisions(before: datetime) -> ColumnElement[bool]:
    """Made long ago, and carried out."""
    waits = exists().where(FileRow.decision_id == DecisionRow.id)
    return and_(DecisionRow.decided < before, DecisionRow.values_sealed.is_not(None), ~waits)


def _of_deliveries(before: datetime) -> ColumnElement[bool]:
    """Ended long ago, and of a file that is not open: one that a person put back may still need its case."""
    is_open = exists().where(FileRow.id == DeliveryRow.file_id, FileRow.state != FileState.DONE)
    ended = and_(DeliveryRow.destination.is_not(None), DeliveryRow.updated < before)
    return and_(ended, DeliveryRow.holder.is_(None), DeliveryRow.case_sealed.is_not(None), ~is_open)


def _of_past_scans(before: datetime) -> sa.Select[tuple[str]]:
    """The runs whose scan was not continued with since."""
    return select(FolderRow.run_id).group_by(FolderRow.run_id).having(func.max(FolderRow.noted) < before)
