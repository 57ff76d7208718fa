"""Which runs are under way on one ledger, so that no run takes over what another one has taken up.

A run is under way from its start to its end, as long as its process lives. Of a process on another machine
nothing is known; so a run counts, wherever it is, only while something becomes of the files it took up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from mailroom.ledger.holders import holder_is_alive
from mailroom.ledger.models import FileRow, RunRow

# As long as a claim's lease: no file takes longer.
IDLE_SECONDS = 1800.0


def begin(session: Session, run_id: str, holder: str, now: datetime) -> None:
    """Note that the run is under way; runs whose process has died meanwhile are not any more."""
    dead = [row.run_id for row in session.scalars(select(RunRow)) if not holder_is_alive(row.holder)]
    session.execute(delete(RunRow).where(RunRow.run_id.in_(dead)))
    session.merge(RunRow(run_id=run_id, holder=holder, begun=now))


def end(session: Session, run_id: str) -> None:
    """What the run left is anybody's."""
    session.execute(delete(RunRow).where(RunRow.run_id == run_id))


def others(session: Session, run_id: str, now: datetime) -> list[str]:
    """The other runs that are under way and have taken up files."""
    at_work = exists().where(
        FileRow.taken_run_id == RunRow.run_id, FileRow.updated >= now - timedelta(seconds=IDLE_SECONDS)
    )
    found = session.scalars(select(RunRow).where(RunRow.run_id != run_id, at_work))
    return [row.run_id for row in found if holder_is_alive(row.holder)]
