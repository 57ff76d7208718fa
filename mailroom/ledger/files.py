"""Claims, decisions and results of files.

The truth about a file is stored here, not in Prefect's tables and not in the folder that it is in. Claims are
atomic: of two runs that want one file, one gets it. `mailroom.ledger.states` has a file's states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from mailroom.drive.faults import MOVE_FORBIDDEN
from mailroom.ledger.holders import find_run_id, holder_is_alive, is_local, is_of_part, is_working
from mailroom.ledger.models import FREE, DeliveryRow, FileRow
from mailroom.ledger.notices import NoticeRecord, NoticeStore
from mailroom.ledger.parts import PartStore
from mailroom.ledger.read_fields import ReadFieldStore
from mailroom.ledger.row_changes import change_row, find_row, update_row
from mailroom.ledger.states import (
    FINAL_STATES,
    HELD_STATES,
    FileEvent,
    FileState,
    list_targets,
)
from mailroom.ledger.store import NO_DECISION, NO_FAULTS, NO_HOLDER, NO_WORK, change_state
from mailroom.ledger.unfinished import UNFINISHED_OF_FILE
from mailroom.notices import NoticeFields
from mailroom.privacy.client_data import ClientData, KnownValue

ROWS_AT_ONCE = 500
# Faults of a file itself within so long count as one: restarts of a run say nothing new about it.
FAULTS_APART = timedelta(hours=1)
# A file that is postponed for longer was postponed by a clock that was ahead, or for longer than a run waits.
LONGEST_DELAY = timedelta(minutes=10)


@dataclass(frozen=True, repr=False)
class FileDecision(ClientData):
    """What was decided of a file, and its notice. ``destination``: an outcome's folder; None: it stays.

    ``fields``: what was read, for the person who has to look at it.
    """

    outcome: str
    reason: str
    destination: str | None
    sha256: str | None = None
    document_id: int | None = None
    task_id: int | None = None
    notice: NoticeRecord | None = None
    fields: NoticeFields | None = None

    def known_values(self) -> Iterator[KnownValue]:
        """Return the values of its fields."""
        return self.fields.known_values() if self.fields else iter(())


@dataclass(frozen=True)
class FileResult:
    """A file's line in the report of a run: its outcome with its reason code; no client data."""

    drive_file_id: str
    outcome: str
    reason: str | None
    stage_seconds: dict[str, float]


class FileStore(NoticeStore, ReadFieldStore, PartStore):
    """Claims, decisions and results of files."""

    def pick_up(self, run_id: str, limit: int | None) -> int:
        """Mark which of the files that this run listed it works on, the oldest first.

        Files that another run under way has picked up are left to that run. Files with a person's decision
        are marked too; without a limit, also settled files that no scan lists any more.

        Returns:
            How many were marked.
        """
        with self._transaction() as session:
            now = self._now(session)
            too_late = FileRow.try_after > now + LONGEST_DELAY
            try_after = sa.case((too_late, sa.null()), else_=FileRow.try_after)
            values = {"taken_run_id": run_id, "stage_seconds": None, "fault": None, "try_after": try_after}
            settled = FileRow.state == FileState.SETTLED if limit is None else sa.false()
            free = and_(
                or_(FileRow.scan_run_id == run_id, FileRow.decision_id.is_not(None), settled),
                sa.text(FREE),
                sa.func.coalesce(FileRow.taken_run_id, "").not_in(self._list_other_runs(session, run_id)),
            )
            wanted = select(FileRow.id).where(free).order_by(FileRow.created, FileRow.id).limit(limit)
            ids, taken = list(session.scalars(wanted)), 0
            for start in range(0, len(ids), ROWS_AT_ONCE):
                chosen = and_(FileRow.id.in_(ids[start : start + ROWS_AT_ONCE]), free)
                done: Any = session.execute(update(FileRow).where(chosen).values(updated=now, **values))
                taken += int(done.rowcount)
            return taken

    def count_left(self, run_id: str) -> int:
        """How many of the files that this run listed nobody has picked up, since they were over its limit."""
        listed = and_(FileRow.scan_run_id == run_id, sa.text(FREE))
        with self._reading() as session:
            return _count(session, listed, FileRow.taken_run_id.is_(None))

    def list_pending(self, run_id: str, after: str | None, limit: int) -> list[str]:
        """The next ids that this run picked up and has not finished, behind ``after``, the oldest first.

        Files that are postponed are left out until their time has come.
        """
        with self._reading() as session:
            found = select(FileRow.id).where(_is_left(run_id), self._is_due(session))
            if after is not None and (last := session.get(FileRow, after)) is not None:
                behind = and_(FileRow.created == last.created, FileRow.id > last.id)
                found = found.where(or_(FileRow.created > last.created, behind))
            return list(session.scalars(found.order_by(FileRow.created, FileRow.id).limit(limit)))

    def list_left(self, run_id: str, file_ids: Sequence[str]) -> list[str]:
        """Those of these files that this run picked up, has not finished, and may try now."""
        with self._reading() as session:
            found = select(FileRow.id).where(
                FileRow.id.in_(file_ids), _is_left(run_id), self._is_due(session)
            )
            return list(session.scalars(found.order_by(FileRow.created, FileRow.id)))

    def count_due(self, run_id: str) -> int:
        """How many files this run picked up, has not finished, and may try now."""
        with self._reading() as session:
            return _count(session, _is_left(run_id), self._is_due(session))

    def list_postponed(self, run_id: str) -> list[datetime]:
        """Until when each file is postponed that this run picked up and has not finished; the first first."""
        found = select(FileRow.try_after).where(_is_left(run_id), FileRow.try_after.is_not(None))
        with self._reading() as session:
            return [until for until in session.scalars(found.order_by(FileRow.try_after)) if until]

    def list_undecided(self, file_ids: Sequence[str]) -> list[FileRow]:
        """Those of these files of which nothing is decided yet."""
        wanted = and_(FileRow.id.in_(file_ids), FileRow.state == FileState.PENDING)
        with self._reading() as session:
            return list(session.scalars(select(FileRow).where(wanted)))

    def claim(self, file_id: str, holder: str, lease_seconds: float) -> FileRow | None:
        """Reserve the file for this holder.

        Returns:
            Its row; None when another holder has it, or nothing is left to do.
        """
        with self._transaction() as session:
            now, seen = self._now(session), find_row(session, FileRow, file_id)
            if seen is None or (seen.state in HELD_STATES and is_working(seen.holder, seen.lease_until, now)):
                return None
            if (state := list_targets(FileEvent.CLAIM).get(FileState(seen.state))) is None:
                return None
            as_seen = {name: getattr(seen, name) for name in ("id", "state", "holder", "lease_until")}
            values = {
                "holder": holder,
                "try_after": None,
                "lease_until": now + timedelta(seconds=lease_seconds),
                "updated": now,
            }
            if not change_row(session, FileRow.state, FileEvent.CLAIM, as_seen, **values):
                return None
            # As it is stored now; read again it would cost another query.
            session.expunge(seen)
            for name, value in {**values, "state": state.value}.items():
                setattr(seen, name, value)
            return seen

    def renew_claim(self, file_id: str, holder: str, lease_seconds: float) -> bool:
        """Extend this holder's lease before a write to another system; False when it lost the file."""
        with self._transaction() as session:
            return renew_claim(session, file_id, holder, self._now(session), lease_seconds)

    def release(self, file_id: str, holder: str, reason: str) -> None:
        """Give the file back, to be tried again; a decision stays stored."""
        self._change_file(FileEvent.RELEASE, file_id, holder, fault=reason, **NO_HOLDER)

    def postpone(self, file_id: str, holder: str, reason: str, until: datetime) -> None:
        """Give the file back, to be tried again, but not before this time."""
        self._change_file(FileEvent.RELEASE, file_id, holder, fault=reason, try_after=until, **NO_HOLDER)

    def count_fault(self, file_id: str) -> int:
        """Count a fault of the file itself, unless one was counted within the last hour.

        Returns:
            How many were counted, this one included.
        """
        now = self.read_clock()
        is_new = or_(FileRow.fault_counted.is_(None), FileRow.fault_counted <= now - FAULTS_APART)
        counted = {"fault_hours": FileRow.fault_hours + 1, "fault_counted": now}
        self._update(FileRow, and_(FileRow.id == file_id, is_new), **counted)
        with self._reading() as session:
            return session.get_one(FileRow, file_id).fault_hours

    def record_decision(
        self,
        file_id: str,
        holder: str,
        decision: FileDecision,
        *,
        if_unfinished: FileDecision | None = None,
        lease_seconds: float = 0.0,
    ) -> FileDecision | None:
        """Commit what was decided; the claim stays until the move is done.

        Args:
            file_id: the file.
            holder: who has claimed it.
            decision: what becomes of it.
            if_unfinished: what becomes of it if a part of its document may be in a case; a person finishes
                what was begun.
            lease_seconds: the claim is extended by so long from now; 0: it stays as it is.

        Returns:
            Which of the two was stored; None: the holder lost the file.

        Raises:
            FileFault: it was decided before.
        """
        with self._transaction() as session:
            unfinished: Sequence[DeliveryRow] = []
            if if_unfinished is not None:
                unfinished = session.scalars(UNFINISHED_OF_FILE, {"file_id": file_id}).all()
                decision = if_unfinished if unfinished else decision
            now = self._now(session)
            values = {"updated": now, **vars(decision)}
            notice = values.pop("notice")
            values["fields_sealed"] = self._seal_fields(session, values.pop("fields"))
            if lease_seconds:
                values["lease_until"] = now + timedelta(seconds=lease_seconds)
            mine = {"id": file_id, "holder": holder}
            if not change_row(session, FileRow.state, FileEvent.DECIDE, mine, **values):
                return None
            for row in unfinished:
                row.destination, row.holder, row.lease_until = "review", None, None
            self._note_notice(session, file_id, notice)
            return decision

    def finish(self, file_id: str, holder: str, seconds: dict[str, float] | None = None) -> None:
        """Record that nothing is left to do: the file was moved, or this is a dry run.

        ``seconds``: how many each stage took.

        Raises:
            FileFault: nothing was decided of it.
        """
        now = self.read_clock()
        took = {"stage_seconds": seconds} if seconds is not None else {}
        self._change_file(FileEvent.FINISH, file_id, holder, updated=now, done_at=now, **took, **NO_WORK)

    def fail(self, file_id: str, holder: str, reason: str) -> None:
        """Record that a permanent fault left the file in the inbox; the next scan picks it up again."""
        now = self.read_clock()
        outcome = {"outcome": "failed", "reason": reason, "destination": None}
        self._change_file(FileEvent.FAIL, file_id, holder, updated=now, done_at=now, **outcome, **NO_WORK)

    def read_again(
        self,
        file_id: str,
        holder: str,
        size: int | None,
        md5: str | None,
        modified: datetime | None,
        until: datetime,
    ) -> None:
        """Forget what was decided: the file holds other bytes than those that were listed.

        Args:
            file_id: the file, which is in the inbox.
            holder: who holds it.
            size: bytes, as Drive says now; None if it does not say.
            md5: in hex, as Drive says now; None where Drive has none.
            modified: when its content was changed, as Drive says now.
            until: it is not tried before this time.
        """
        now = {"size": size, "md5": md5, "modified": modified, "fault": "content_changed"}
        values = {**now, "updated": self.read_clock(), **NO_DECISION, **NO_FAULTS, "try_after": until}
        self._change_file(FileEvent.READ_AGAIN, file_id, holder, **values, **NO_HOLDER)

    def record_seconds(self, file_id: str, seconds: dict[str, float]) -> None:
        """Store how many seconds each stage took."""
        with self._transaction() as session:
            update_row(session, FileRow, {"id": file_id}, stage_seconds=seconds)

    def free_dead_claims(self, is_alive: Callable[[str], bool] | None = None) -> int:
        """Release what dead holders have claimed, and what leases of other machines ran out on.

        Dead is a process of this machine that has ended, or a holder on another machine whose run is not
        under way any more. A living process of this machine keeps its claims, whatever the clock says, but
        that of a part which has ended. Deliveries that a dead holder has begun of its files are free too.

        Args:
            is_alive: decides of a holder; default: as described.

        Returns:
            How many files were released.
        """
        held = FileRow.state.in_(HELD_STATES)
        with self._transaction() as session:
            runs = {*self._list_other_runs(session, ""), *self._list_live_parts(session)}

            def lives(holder: str) -> bool:
                run_id = find_run_id(holder)
                is_seen = is_local(holder) and not is_of_part(run_id)
                return holder_is_alive(holder) and (is_seen or run_id in runs)

            found = session.scalars(select(FileRow.holder).where(held).distinct())
            holders = [one for one in found if one is not None]
            dead = [one for one in holders if not (is_alive or lives)(one)]
            elsewhere = [one for one in holders if not is_local(one)]
            lapsed = and_(FileRow.holder.in_(elsewhere), FileRow.lease_until < self._now(session))
            over = and_(held, or_(FileRow.holder.in_(dead), lapsed))
            files = select(FileRow.id).where(held, FileRow.holder.in_(dead))
            begun = and_(DeliveryRow.file_id.in_(files), DeliveryRow.holder.in_(dead))
            session.execute(update(DeliveryRow).where(begun).values(**NO_HOLDER))
            return change_state(session, FileRow.state, FileEvent.RELEASE, over, **NO_HOLDER)

    def count_outcomes(self, run_id: str) -> Counter[str]:
        """How many of the files that the run picked up have each outcome."""
        return Counter(result.outcome for result in self.list_results(run_id))

    def list_results(self, run_id: str) -> list[FileResult]:
        """The result of each file that the run picked up, the oldest first."""
        found = _RESULTS.where(FileRow.taken_run_id == run_id).order_by(FileRow.created, FileRow.id)
        with self._reading() as session:
            rows = session.execute(found.execution_options(yield_per=ROWS_AT_ONCE))
            return [_make_result(row) for row in rows]

    def _is_due(self, session: Session) -> ColumnElement[bool]:
        return or_(FileRow.try_after.is_(None), FileRow.try_after <= self._now(session))

    def _change_file(self, event: FileEvent, file_id: str, holder: str, /, **values: Any) -> None:
        """Change a file that this holder has; one that it lost stays as it is."""
        with self._transaction() as session:
            change_row(session, FileRow.state, event, {"id": file_id, "holder": holder}, **values)


# What a result is made of; the rest of a row is long.
_RESULTS = select(
    *(FileRow.id, FileRow.state, FileRow.outcome, FileRow.reason, FileRow.fault, FileRow.stage_seconds)
)


def renew_claim(session: Session, file_id: str, holder: str, now: datetime, lease_seconds: float) -> bool:
    """Extend this holder's lease in this transaction; False when it lost the file."""
    lease = {"lease_until": now + timedelta(seconds=lease_seconds), "updated": now}
    return update_row(session, FileRow, {"id": file_id, "holder": holder}, **lease) == 1


def _make_result(row: sa.Row[Any]) -> FileResult:
    ended = row.state in FINAL_STATES and row.outcome is not None
    outcome = row.outcome if ended and row.outcome else "pending"
    # Filed, and still in the inbox: Drive does not let the account move it.
    if (row.state, row.fault) == (FileState.SETTLED, MOVE_FORBIDDEN):
        outcome = "failed"
    return FileResult(row.id, outcome, row.reason if ended else row.fault, row.stage_seconds or {})


def _count(session: Session, *which: ColumnElement[bool]) -> int:
    return session.scalar(select(sa.func.count()).select_from(FileRow).where(*which)) or 0


def _is_left(run_id: str) -> ColumnElement[bool]:
    return and_(FileRow.taken_run_id == run_id, sa.text(FREE))
