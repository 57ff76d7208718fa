"""Which runs are active on one ledger: one files documents, the next one waits, dry runs share the quotas.

A run is active from its start to its end, as long as its process is alive. A process on another machine
cannot be seen, so each run renews its lease in the ledger. The lease belongs to the run's id, whichever
process renews it. `mailroom.run.lease` waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mailroom.ledger import faults
from mailroom.ledger.holders import find_place, holder_is_alive, is_local
from mailroom.ledger.models import KEY_CHECK, MOVED_TO, UNFINISHED_COPY, FactRow, PartRow, RunRow
from mailroom.ledger.store import Store

# A run that has not renewed its lease for this long sends no calls. On another machine it counts as over.
SILENT_SECONDS = 120.0


class RunRole(StrEnum):
    """What a run does: it files documents, waits until it may, or is a dry run.

    One that filed documents and ended without a summary is remembered until the next run makes that.
    """

    FILING = "filing"
    WAITING = "waiting"
    DRY = "dry"
    ENDED = "ended"


IS_ACTIVE = RunRow.role != RunRole.ENDED
# How the runs that send calls split the quotas.
WEIGHTS = {RunRole.FILING: 3, RunRole.DRY: 1}


@dataclass(frozen=True)
class LeaseRequest:
    """A run that wants to work on the ledger; ``name`` is what other runs call it."""

    run_id: str
    holder: str
    name: str = ""
    dry_run: bool = False
    may_wait: bool = True


@dataclass(frozen=True)
class Lease:
    """What a run may do now.

    Attributes:
        role: what it does; None: it may neither work nor wait.
        portion: the portion of the quotas that it may spend, 0 to 1; with 0 it may not start yet.
        other: the run that it waits for, or shares the quotas with, in words; "" if there is none.
    """

    role: RunRole | None
    portion: float
    other: str


@dataclass(frozen=True)
class EndedRun:
    """A run that filed and ended without a summary; ``last_seen``: when it last renewed its lease."""

    run_id: str
    begun: datetime
    last_seen: datetime


class RunStore(Store):
    """The table of active runs: who may file documents, who waits, and with which portion of the quotas."""

    _lacks_summary = False

    def request_lease(self, request: LeaseRequest) -> Lease:
        """Register the run, or renew its lease: call it every few seconds until `end_run`.

        Runs that are over do not count. One run files at a time, and one more may wait for it.
        """
        with self._transaction() as session:
            # One request at a time is decided, also if the database lets transactions overlap.
            session.get_one(FactRow, KEY_CHECK, with_for_update=True)
            _check_in_use(session)
            now = self._now(session)
            others = _remove_dead(session, request.run_id, now)
            mine = session.scalar(select(RunRow).where(RunRow.run_id == request.run_id, IS_ACTIVE))
            blocker = _find_blocker(request, mine, others)
            if blocker is not None and mine is None and not _may_wait(request, others):
                return Lease(None, 0.0, describe_run(blocker))
            role = RunRole.DRY if request.dry_run else RunRole.WAITING if blocker else RunRole.FILING
            # A silent run sends nothing: its process is suspended.
            spending = [row for row in others if not _is_silent(_find_last_sign(row), now)]
            spent = _sum_portions(session, spending, others, now)
            has = mine.portion if mine is not None else 0.0
            portion = _compute_portion(role, spending, spent, has)
            begun = mine.begun if mine is not None and mine.role == role else now
            values = {"holder": request.holder, "name": request.name, "role": role, "portion": portion}
            session.merge(RunRow(run_id=request.run_id, **values, begun=begun, heartbeat=now))
            shares_with = blocker or next((one for one in others if one.portion), None)
            return Lease(role, portion, describe_run(shares_with) if shares_with else "")

    def check_in_use(self) -> None:
        """Raise ConfigError if this ledger was moved, or is a copy that is not complete."""
        with self._reading() as session:
            _check_in_use(session)

    def find_refusal(self, request: LeaseRequest) -> Lease | None:
        """The lease by which `request_lease` would refuse a new run; None if the run may work or wait.

        Writes nothing, so that it can be asked before anything is started.
        """
        with self._reading() as session:
            now = self._now(session)
            others = [row for row in _list_others(session, request.run_id) if is_under_way(row, now)]
        blocker = _find_blocker(request, None, others)
        if blocker is None or _may_wait(request, others):
            return None
        return Lease(None, 0.0, describe_run(blocker))

    def end_run(self, run_id: str) -> None:
        """Record that the run is over; any run may pick up what it left."""
        mine = RunRow.run_id == run_id
        with self._transaction() as session:
            session.execute(delete(PartRow).where(PartRow.run_id == run_id))
            if self._lacks_summary:
                session.execute(update(RunRow).where(mine).values(role=RunRole.ENDED, portion=0.0))
            else:
                session.execute(delete(RunRow).where(mine))

    def leave_summary(self) -> None:
        """Leave the summary of the run of this process to the next one, since this one could not show it."""
        self._lacks_summary = True

    def pop_ended_runs(self) -> list[EndedRun]:
        """Return the runs that ended without a summary, the oldest first, and forget them."""
        ended = RunRow.role == RunRole.ENDED
        with self._transaction() as session:
            found = session.scalars(select(RunRow).where(ended).order_by(RunRow.begun)).all()
            session.execute(delete(RunRow).where(ended))
            return [EndedRun(row.run_id, row.begun, _find_last_sign(row)) for row in found]

    def _list_other_runs(self, session: Session, run_id: str) -> list[str]:
        """The ids of the other active runs."""
        now = self._now(session)
        others = _list_others(session, run_id)
        return [row.run_id for row in others if is_under_way(row, now)]


def _list_others(session: Session, run_id: str) -> Sequence[RunRow]:
    others = select(RunRow).where(RunRow.run_id != run_id, IS_ACTIVE)
    return session.scalars(others.order_by(RunRow.begun)).all()


def _remove_dead(session: Session, run_id: str, now: datetime) -> list[RunRow]:
    """Remove the other runs that are over, or note that they lack a summary; return the active ones, in the
    order in which they began.
    """
    others = _list_others(session, run_id)
    alive = [row for row in others if is_under_way(row, now)]
    for row in others:
        if row in alive:
            continue
        session.execute(delete(PartRow).where(PartRow.run_id == row.run_id))
        if row.role == RunRole.FILING:
            row.role, row.portion = RunRole.ENDED, 0.0
        else:
            session.delete(row)
    return alive


def _check_in_use(session: Session) -> None:
    marks = select(FactRow.name, FactRow.value).where(FactRow.name.in_((MOVED_TO, UNFINISHED_COPY)))
    for name, value in session.execute(marks):
        raise faults.make_moved_error(value) if name == MOVED_TO else faults.make_unfinished_copy_error()


def _find_blocker(request: LeaseRequest, mine: RunRow | None, others: list[RunRow]) -> RunRow | None:
    """The run that this one must wait for; a run that already waits goes before a new one."""
    if request.dry_run:
        return None
    filing = [row for row in others if row.role == RunRole.FILING]
    waiting = [row for row in others if row.role == RunRole.WAITING]
    return next(iter(filing + (waiting if mine is None else [])), None)


def _may_wait(request: LeaseRequest, others: list[RunRow]) -> bool:
    """Whether the run may wait: only one run waits for the one that files documents."""
    return request.may_wait and sum(row.role != RunRole.DRY for row in others) == 1


def _sum_portions(session: Session, spending: list[RunRow], others: list[RunRow], now: datetime) -> float:
    """What the other runs spend of the quotas.

    A part learns a lower portion some seconds after its run. It works on where the process of its run is
    suspended.
    """
    portions = {run.run_id: run.portion if run in spending else 0.0 for run in others}
    parts = select(PartRow).where(PartRow.run_id.in_(portions), PartRow.ended.is_(False))
    for part in session.scalars(parts):
        if is_part_alive(part, now):
            portions[part.run_id] = max(portions[part.run_id], part.portion)
    return sum(portions.values())


def _compute_portion(role: RunRole, others: list[RunRow], spent: float, has: float) -> float:
    """The portion by the run's weight, at most what the others have left of the quotas.

    A run that works has one already. If the others spend all, since it was silent, it keeps that, at most by
    its weight, until they lower theirs; its parts need one too.
    """
    if role not in WEIGHTS:
        return 0.0
    weights = [WEIGHTS.get(RunRole(row.role), 0) for row in others]
    wanted = WEIGHTS[role] / (WEIGHTS[role] + sum(weights))
    # Rounded: a rest of floating-point arithmetic is not a portion.
    left = round(1.0 - spent, 6)
    return round(min(wanted, left if left > 0 else has), 6)


def name_active_run(session: Session, now: datetime) -> str | None:
    """A run that files documents or waits for that, in words; None if there is none.

    Parts of a run that was killed find out some seconds later.
    """
    rows = session.scalars(select(RunRow).where(RunRow.role.in_((RunRole.FILING, RunRole.WAITING))))
    parts = session.scalars(select(PartRow).where(PartRow.ended.is_(False)))
    runs = (describe_run(row) for row in rows if is_under_way(row, now))
    left = (
        f"a worker of a run that ended, {find_place(row.holder)}" for row in parts if is_part_alive(row, now)
    )
    return next(chain(runs, left), None)


def describe_run(run: RunRow) -> str:
    """The run's name, since when it works or waits, and where, so that a person finds it."""
    return f"{run.name or run.run_id}, since {run.begun:%Y-%m-%d %H:%M} UTC, {find_place(run.holder)}"


def is_under_way(run: RunRow, now: datetime) -> bool:
    """Whether the run's process lives, or may live on another machine."""
    return holder_is_alive(run.holder) if is_local(run.holder) else not _is_silent(_find_last_sign(run), now)


def is_part_alive(part: PartRow, now: datetime) -> bool:
    """Whether the part may still send something."""
    return not part.ended and not _is_silent(part.heartbeat, now) and holder_is_alive(part.holder)


def _find_last_sign(run: RunRow) -> datetime:
    return run.heartbeat or run.begun


def _is_silent(last_sign: datetime, now: datetime) -> bool:
    # The absolute difference: a time from a clock that was ahead would count for too long.
    return abs(now - last_sign) >= timedelta(seconds=SILENT_SECONDS)
