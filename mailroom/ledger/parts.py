"""The parts of a run: batches that other processes file, perhaps on other machines.

A part renews its row every few seconds, with what it has counted. One that was silent for
`mailroom.ledger.runs.SILENT_SECONDS` has ended, also where this machine can see its process: it may have
been suspended, or cut off from the ledger. When it wakes up it finds that it has ended, and what it had
claimed may belong to another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from mailroom.errors import RunStop
from mailroom.ledger.holders import PART
from mailroom.ledger.models import PartRow, RunRow
from mailroom.ledger.runs import RunRole, RunStore, is_part_alive, is_under_way


@dataclass(frozen=True)
class PartState:
    """What is known of a part; ``counts`` is empty until it was renewed for the first time.

    ``has_ended``: it said so, or its run made it end.
    """

    part_id: str
    is_alive: bool
    has_ended: bool
    counts: Mapping[str, Any]


def make_part_id(run_id: str, number: int, attempt: int) -> str:
    """Return the id of a part: no two attempts of a run have the same."""
    return f"{run_id}{PART}{number}.{attempt}"


class PartStore(RunStore):
    """The table of parts."""

    def begin_part(self, part_id: str, run_id: str, holder: str) -> float:
        """Register the part; return the portion of the quotas that it may spend with the run's other parts.

        Raises:
            RunStop: the run has ended, or has no portion; or this ledger does not know it; or the part has
                begun before. The run hands the files out again.
        """
        with self._transaction() as session:
            now = self._now(session)
            run = _find_run(session, run_id, now)
            # A run that was taken for over has no portion until the others have lowered theirs.
            if run is None or not run.portion or session.get(PartRow, part_id) is not None:
                raise RunStop(
                    "part_over",
                    what="The run that handed out these files has ended, has given them to another worker, or "
                    "uses another ledger.",
                    fix="Nothing is lost. If this happens every time, check MAILROOM_LEDGER_URL on this machine.",
                )
            shared = {"run_id": run_id, "holder": holder, "portion": run.portion}
            session.add(PartRow(part_id=part_id, heartbeat=now, ended=False, **shared))
            return run.portion

    def renew_part(self, part_id: str, counts: Mapping[str, Any]) -> float | None:
        """Renew the part, and store what it has counted: call it every few seconds.

        Returns:
            The portion of the quotas; None: the part has ended, or its run has.
        """
        with self._transaction() as session:
            now = self._now(session)
            part = session.get(PartRow, part_id)
            if part is None or not is_part_alive(part, now):
                return None
            part.heartbeat, part.counts = now, dict(counts)
            run = _find_run(session, part.run_id, now)
            if run is None:
                return None
            part.portion = run.portion
            return run.portion

    def end_part(self, part_id: str, counts: Mapping[str, Any] | None = None) -> None:
        """Record that the part sends nothing any more, and what it has counted."""
        counted = {} if counts is None else {"counts": dict(counts)}
        with self._transaction() as session:
            session.execute(update(PartRow).where(PartRow.part_id == part_id).values(ended=True, **counted))

    def end_parts(self, run_id: str) -> None:
        """Make all parts of this run end: each finds out when it is renewed next."""
        with self._transaction() as session:
            session.execute(update(PartRow).where(PartRow.run_id == run_id).values(ended=True))

    def list_parts(self, run_id: str) -> list[PartState]:
        """Return the parts of this run that have begun."""
        with self._reading() as session:
            now = self._now(session)
            rows = session.scalars(select(PartRow).where(PartRow.run_id == run_id))
            return [
                PartState(row.part_id, is_part_alive(row, now), row.ended, row.counts or {}) for row in rows
            ]

    def _list_live_parts(self, session: Session) -> Sequence[str]:
        """The ids of all parts that may still send something."""
        now = self._now(session)
        rows = session.scalars(select(PartRow).where(PartRow.ended.is_(False)))
        return [row.part_id for row in rows if is_part_alive(row, now)]


def _find_run(session: Session, run_id: str, now: datetime) -> RunRow | None:
    """The run, if it files documents now."""
    found = session.scalar(select(RunRow).where(and_(RunRow.run_id == run_id, RunRow.role == RunRole.FILING)))
    return found if found is not None and is_under_way(found, now) else None
