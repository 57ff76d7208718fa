"""Which runs are under way on one ledger, so that no run picks up what another one is working on.

A run is under way from its start to its end, as long as its process is alive. A process on another machine
cannot be seen, so each run renews a heartbeat in the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mailroom.ledger.holders import holder_is_alive, is_local
from mailroom.ledger.models import RunRow
from mailroom.ledger.store import Store

HEARTBEAT_SECONDS = 30.0
# A run on another machine that missed so many heartbeats is over.
MISSED_HEARTBEATS = 4


class RunStore(Store):
    """The runs that are under way."""

    def begin_run(self, run_id: str, holder: str) -> None:
        """Record that the run is under way: other runs then leave the files that it picks up.

        Runs whose process has ended are removed.
        """
        with self._transaction() as session:
            now = self._now(session)
            dead = [row.run_id for row in session.scalars(select(RunRow)) if not _is_under_way(row, now)]
            session.execute(delete(RunRow).where(RunRow.run_id.in_(dead)))
            session.merge(RunRow(run_id=run_id, holder=holder, begun=now, heartbeat=now))

    def renew_heartbeat(self, run_id: str) -> None:
        """Tell other machines that the run is alive; call it every `HEARTBEAT_SECONDS`."""
        with self._transaction() as session:
            if (row := session.get(RunRow, run_id)) is not None:
                row.heartbeat = self._now(session)

    def end_run(self, run_id: str) -> None:
        """Record that the run is over; any run may pick up what it left."""
        with self._transaction() as session:
            session.execute(delete(RunRow).where(RunRow.run_id == run_id))

    def _list_other_runs(self, session: Session, run_id: str) -> list[str]:
        """The ids of the other runs that are under way."""
        now = self._now(session)
        others = session.scalars(select(RunRow).where(RunRow.run_id != run_id))
        return [row.run_id for row in others if _is_under_way(row, now)]


def _is_under_way(run: RunRow, now: datetime) -> bool:
    if is_local(run.holder):
        return holder_is_alive(run.holder)
    last = run.heartbeat or run.begun
    # Renewed by a clock that was ahead, it would count for too long.
    return abs(now - last) < timedelta(seconds=MISSED_HEARTBEATS * HEARTBEAT_SECONDS)
