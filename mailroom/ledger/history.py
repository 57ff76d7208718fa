"""Whether this ledger knows everything that was filed, and what it takes over from an earlier one.

A restored backup, or a ledger started beside the key of a lost one, does not know the last deliveries. It is
behind its record (`mailroom.ledger.record`), or the record is missing. From then on each delivery checks its
case before it sends anything. Markers are the same as before, so a check finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, String, cast, select, update
from sqlalchemy.orm import Session

from mailroom.errors import ConfigError
from mailroom.ledger.models import MARKER_KEY, DeliveryRow, FactRow, FileRow
from mailroom.ledger.row_changes import update_row
from mailroom.ledger.states import FileState
from mailroom.ledger.store import Store, add_missing

# The facts with the number of intended writes, and of runs.
INTENTS = "intents"
RUNS = "runs"
# The fact with the time until which documents may have been filed that the ledger does not know.
GAP_UNTIL = "gap_until"
# How far this machine's clock may be behind Drive's.
CLOCK_MARGIN = timedelta(hours=1)


@dataclass(frozen=True)
class LedgerState:
    """How many runs have begun on a ledger, and how many writes they intended; both only grow."""

    runs: int
    intents: int


class History(Store):
    """How many writes were intended, what the record says of it, and the key of markers."""

    def compare_with_record(self) -> None:
        """Note a gap when the ledger is behind its record; call it once, when the ledger is opened.

        A SQLite ledger that lacks its record was copied from elsewhere, and may be older too.
        """
        if self._record is None:
            return
        with self._transaction() as session:
            intents = self._look_for_gap(session)
        self._record.advance(intents)
        self.record_marker_key()

    def _look_for_gap(self, session: Session) -> int:
        """Note a gap when the ledger is behind its record; the number of intended writes.

        A standby that has taken over may lack the last transactions, as a copy does.
        """
        intents = _read_intents(session)
        if self._record is None:
            return intents
        is_copy = self._engine.dialect.name == "sqlite" and not self._record.path.exists()
        known = self._record.read()
        if intents < known.intents or (is_copy and intents):
            intents = self._count_intents(session, at_least=known.intents)
            self._note_gap(session)
        return intents

    def begin_run_after(self, known: LedgerState) -> LedgerState:
        """Count one more run; note a gap if the ledger is older than what is ``known`` of it elsewhere."""
        with self._transaction() as session:
            mine = _read_state(session)
            if known.runs > mine.runs or known.intents > mine.intents:
                self._note_gap(session)
            runs = max(mine.runs, known.runs) + 1
            session.merge(FactRow(name=RUNS, value=str(runs)))
            intents = mine.intents
            if known.intents > intents:
                intents = self._count_intents(session, at_least=known.intents)
        if self._record is not None:
            self._record.advance(intents)
        return LedgerState(runs, intents)

    def get_state(self) -> LedgerState:
        """Return how many runs have begun, and how many writes they intended."""
        with self._reading() as session:
            return _read_state(session)

    def note_gap(self) -> None:
        """Make every delivery check its case first from now on: files may have been filed before."""
        with self._transaction() as session:
            self._note_gap(session)

    def _note_gap(self, session: Session) -> None:
        session.merge(FactRow(name=GAP_UNTIL, value=self._now(session).isoformat()))

    def has_gap(self) -> bool:
        """Whether files may have been filed that the ledger does not know."""
        return self.get_gap() is not None

    def get_gap(self) -> datetime | None:
        """The time until which files may have been filed unknown to the ledger; None: it knows all."""
        until = self.get_fact(GAP_UNTIL)
        return datetime.fromisoformat(until) if until else None

    def is_in_gap(self, file_id: str) -> bool:
        """Whether this file was in Drive when something may have been filed unknown to the ledger."""
        until = self.get_gap()
        with self._reading() as session:
            row = session.get(FileRow, file_id)
        if until is None:
            return False
        return row is None or row.created <= until + CLOCK_MARGIN

    def has_history(self) -> bool:
        """Whether any file was finished, or any delivery begun, on this ledger."""
        done = select(FileRow.id).where(FileRow.state == FileState.DONE).limit(1)
        with self._reading() as session:
            begun = session.scalar(select(DeliveryRow.marker).limit(1))
            return begun is not None or session.scalar(done) is not None

    def record_marker_key(self) -> None:
        """Write the key of markers into the record, as the ledger stores it now."""
        stored = self.get_fact(MARKER_KEY)
        if self._record is not None and stored is not None and self._record.read().marker_key != stored:
            self._record.keep_marker_key(stored)

    def _make_marker_key(self) -> str:
        """Store the key of markers, unless another process has; return it as stored, encrypted.

        It is the key of the earlier ledger, if the record has it, or else derived from the ledger's key.
        """
        key = self._read_recorded_key() or self._key.derive_marker_key()
        with self._transaction() as session:
            add_missing(session, FactRow, [{"name": MARKER_KEY, "value": self._encrypt(session, key)}])
            stored = session.get_one(FactRow, MARKER_KEY).value
        self.record_marker_key()
        return stored

    def _read_recorded_key(self) -> str | None:
        token = self._record.read().marker_key if self._record else None
        try:
            return self._key.decrypt(token) if token else None
        except ConfigError:
            # The record is of a ledger with another key, so its markers are different.
            return None

    def _count_intents(self, session: Session, at_least: int = 0) -> int:
        """Count one more intended write, or continue from ``at_least`` if larger; return the number."""
        if not _count_one(session):
            add_missing(session, FactRow, [{"name": INTENTS, "value": "0"}])
            _count_one(session)
        intents = _read_intents(session)
        if intents < at_least:
            intents = at_least
            update_row(session, FactRow, {"name": INTENTS}, value=str(intents))
        return intents


# In the statement: PostgreSQL counts one after the other, without a look that would have to lock the row.
_FACTS = FactRow.metadata.tables[FactRow.__tablename__]
_IS_INTENTS = _FACTS.c.name == INTENTS
_ONE_MORE = update(_FACTS).where(_IS_INTENTS).values(value=cast(cast(_FACTS.c.value, Integer) + 1, String))
_INTENTS = select(_FACTS.c.value).where(_IS_INTENTS)


def _count_one(session: Session) -> bool:
    done: Any = session.execute(_ONE_MORE)
    return bool(done.rowcount)


def _read_state(session: Session) -> LedgerState:
    runs = session.get(FactRow, RUNS)
    return LedgerState(int(runs.value) if runs else 0, _read_intents(session))


def _read_intents(session: Session) -> int:
    return int(session.scalar(_INTENTS) or 0)
