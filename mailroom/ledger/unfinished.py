"""What earlier runs left unfinished, as the ledger knows it, and files that it did not know.

`mailroom.run.reconcile` compares this with Drive and the CRM; this module calls neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select, text

from mailroom.drive.faults import MOVE_FORBIDDEN
from mailroom.drive.listing import ListedFile
from mailroom.ledger.models import FREE, DeliveryRow, FileRow, FolderRow
from mailroom.ledger.scans import make_row
from mailroom.ledger.states import FileEvent, FileState, WriteState
from mailroom.ledger.store import Store, add_missing, change_state

FOUND_IN_FOLDER = "found_in_folder"
# Of a file with a person's decision that no run has carried out yet.
_WAITS = DeliveryRow.file_id.in_(select(FileRow.id).where(FileRow.decision_id.is_not(None)))


@dataclass(frozen=True)
class PendingFiles:
    """Pending files by reason code, and when the oldest was first seen; None where there are none."""

    oldest: datetime | None
    reasons: Counter[str]


class UnfinishedWork(Store):
    """Deliveries and files that no run has finished."""

    def list_unfinished_deliveries(self) -> list[DeliveryRow]:
        """The deliveries that have not ended and may have reached the CRM, the oldest first.

        Those of files with a person's decision are left out: the next run carries it out.
        """
        found = select_unfinished(~_WAITS).order_by(DeliveryRow.begun, DeliveryRow.marker)
        with self._reading() as session:
            return list(session.scalars(found))

    def count_abandoned_deliveries(self, run_id: str) -> int:
        """How many unfinished deliveries are of files that this run did not list and nobody decided about."""
        listed = exists().where(FileRow.id == DeliveryRow.file_id, FileRow.scan_run_id == run_id)
        with self._reading() as session:
            return len(session.scalars(select_unfinished(~listed, ~_WAITS)).all())

    def find_long_pending(self, run_id: str, before: datetime) -> PendingFiles:
        """The files that this run listed, that are pending after it, and that were first seen before a time.

        Those that Drive does not let the account move are left out: no run can finish them.
        """
        fault = func.coalesce(FileRow.fault, "pending")
        left = and_(FileRow.scan_run_id == run_id, text(FREE), FileRow.first_seen < before)
        found = select(fault, func.count(), func.min(FileRow.first_seen)).where(left, fault != MOVE_FORBIDDEN)
        with self._reading() as session:
            rows = session.execute(found.group_by(fault)).all()
        return PendingFiles(
            min((seen for _, _, seen in rows), default=None),
            Counter({code: files for code, files, _ in rows}),
        )

    def list_unmoved_files(self) -> list[FileRow]:
        """The files whose outcome is decided and whose move is not recorded, the oldest first."""
        decided = FileRow.state.in_((FileState.DECIDED, FileState.SETTLED))
        with self._reading() as session:
            return list(session.scalars(select(FileRow).where(decided).order_by(FileRow.created, FileRow.id)))

    def find_files(self, file_ids: Sequence[str]) -> dict[str, FileRow]:
        """The rows of these files by their ids, without those that the ledger does not know."""
        with self._reading() as session:
            found = session.scalars(select(FileRow).where(FileRow.id.in_(file_ids)))
            return {row.id: row for row in found}

    def was_listed(self, folder_id: str) -> bool:
        """Whether a scan that the ledger remembers has listed this folder."""
        with self._reading() as session:
            listed = select(FolderRow.folder_id).where(FolderRow.folder_id == folder_id)
            return session.scalar(listed.limit(1)) is not None

    def record_found(self, file: ListedFile, outcome: str, run_id: str) -> None:
        """Record that the file is in the folder of this outcome, and that nothing is left to do.

        Raises:
            FileFault: a run has claimed the file, or decided its outcome.
        """
        now = self.read_clock()
        done = {"outcome": outcome, "reason": FOUND_IN_FOLDER, "destination": outcome, "done_at": now}
        with self._transaction() as session:
            add_missing(session, FileRow, [make_row(file, run_id, now)])
            known = and_(FileRow.id == file.id, FileRow.state != FileState.DONE)
            values = {"parent_id": file.parent_id, "updated": now, **done}
            change_state(session, FileRow.state, FileEvent.FIND, known, **values)


def select_unfinished(*which: ColumnElement[bool]) -> Select[tuple[DeliveryRow]]:
    """Select those of ``which`` that have not ended and may have reached the CRM."""
    writes = (DeliveryRow.document, DeliveryRow.task, DeliveryRow.activity)
    sent = or_(*(write != WriteState.NONE for write in writes))
    return select(DeliveryRow).where(DeliveryRow.destination.is_(None), sent, *which)


# Those of one file, ``file_id``; built once, since each file asks for them.
UNFINISHED_OF_FILE = select_unfinished(DeliveryRow.file_id == bindparam("file_id"))
