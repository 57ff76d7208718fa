"""Which runs are under way on one ledger, so that no run picks up what another one is working on.

A run is under way from its start to its end, as long as its process is alive. Of a process on another machine
nothing is known; so a run counts, wherever it is, only while the files that it picked up change.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from mailroom.ledger.holders import LEASE_SECONDS, holder_is_alive
from mailroom.ledger.models import FileRow, RunRow
from mailroom.ledger.store import Store


class RunStore(Store):
    """The runs that are under way."""

    def begin_run(self, run_id: str, holder: str) -> None:
        """Record that the run is under way: other runs then leave the files that it picks up.

        Runs whose process has ended are removed.
        """
        with self._transaction() as session:
            dead = [row.run_id for row in session.scalars(select(RunRow)) if not holder_is_alive(row.holder)]
            session.execute(delete(RunRow).where(RunRow.run_id.in_(dead)))
            session.merge(RunRow(run_id=run_id, holder=holder, begun=self._clock()))

    def end_run(self, run_id: str) -> None:
        """Record that the run is over; any run may pick up what it left."""
        with self._transaction() as session:
            session.execute(delete(RunRow).where(RunRow.run_id == run_id))

    def _list_other_runs(self, session: Session, run_id: str) -> list[str]:
        """The ids of the other runs that are under way and have picked up files."""
        # No file takes longer than its lease, so a run without a change for that long is not active.
        since = self._clock() - timedelta(seconds=LEASE_SECONDS)
        at_work = exists().where(FileRow.taken_run_id == RunRow.run_id, FileRow.updated >= since)
        found = session.scalars(select(RunRow).where(RunRow.run_id != run_id, at_work))
        return [row.run_id for row in found if holder_is_alive(row.holder)]
