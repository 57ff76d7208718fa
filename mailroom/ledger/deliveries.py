"""Deliveries: which writes to the CRM were intended, and which confirmed, for each document and case.

A delivery is known by its marker, a keyed hash of the file's bytes and the case: the same bytes for the same
case are one delivery, whatever the file is called. The key of markers is made once, sealed in the ledger, and
outlives a change of the sealing key.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mailroom.ledger.models import MARKER_KEY, DeliveryRow, FactRow
from mailroom.ledger.resealing import Resealing
from mailroom.ledger.retention import Retention
from mailroom.ledger.store import FileStore, ScanStore
from mailroom.privacy.sealed import keyed_mark

Step = Literal["document", "task"]


@dataclass(frozen=True)
class DeliveryState:
    """Where a delivery stands; each step is ``none``, ``intended`` or ``confirmed``."""

    marker: str
    file_id: str
    holder: str | None
    target: str | None
    document: str
    task: str
    document_id: int | None
    task_id: int | None

    def step(self, name: Step) -> str:
        """The state of one step."""
        return self.document if name == "document" else self.task


class Ledger(ScanStore, FileStore, Resealing, Retention):
    """The whole ledger: scans, files, deliveries and facts; its keys, and what it lets go of."""

    _marker_key: str | None = None

    def marker(self, sha256: str, case_id: int) -> str:
        """``MR-`` and 26 characters that stand for these bytes in this case, and tell nothing."""
        if self._marker_key is None:
            # It never changes, so it is opened once.
            self._marker_key = self._key.open(self.fact(MARKER_KEY) or self._make_marker_key())
        return "MR-" + keyed_mark(self._marker_key, sha256, str(case_id))

    def begin_delivery(self, marker: str, file_id: str, holder: str, case_id: int) -> DeliveryState:
        """The delivery of this marker, made for this file when there is none yet."""
        now = self._clock()
        try:
            with self._transaction() as session:
                row = session.get(DeliveryRow, marker)
                if row is None:
                    row = DeliveryRow(
                        marker=marker,
                        file_id=file_id,
                        holder=holder,
                        case_sealed=self._sealed(session, str(case_id)),
                        document="none",
                        task="none",
                        begun=now,
                        updated=now,
                    )
                    session.add(row)
                    session.flush()
                return _state(row)
        except IntegrityError:
            # Another one made it between our look and our write.
            return self.delivery(marker)

    def delivery(self, marker: str) -> DeliveryState:
        """Where the delivery of this marker stands now."""
        with self._sessions() as session:
            return _state(session.get_one(DeliveryRow, marker))

    def a_confirmed_delivery(self, step: Step) -> tuple[str, int] | None:
        """Marker and case of a delivery whose write of this kind the CRM itself confirmed."""
        state, remote = getattr(DeliveryRow, step), getattr(DeliveryRow, f"{step}_id")
        confirmed = (state == "confirmed", remote.is_not(None), DeliveryRow.case_sealed.is_not(None))
        found = select(DeliveryRow.marker, DeliveryRow.case_sealed).where(*confirmed)
        with self._sessions() as session:
            row = session.execute(found.order_by(DeliveryRow.updated.desc()).limit(1)).first()
            return (row[0], int(self._key.open(row[1] or ""))) if row else None

    def take_over_delivery(self, marker: str, file_id: str, holder: str) -> None:
        """Go on with a delivery whose holder is gone, or that another file began and did not end."""
        with self._transaction() as session:
            row = session.get_one(DeliveryRow, marker)
            row.file_id, row.holder, row.updated = file_id, holder, self._clock()

    def intend(self, marker: str, step: Step) -> None:
        """Commit that this write is about to be sent."""
        self._set(marker, step, "intended", None)

    def confirm(self, marker: str, step: Step, remote_id: int | None) -> None:
        """Commit that this write was carried out; its id where the CRM told it."""
        self._set(marker, step, "confirmed", remote_id)

    def withdraw(self, marker: str, step: Step) -> None:
        """Commit that this write was certainly not carried out."""
        self._set(marker, step, "none", None)

    def end_delivery(self, marker: str, target: str) -> None:
        """Nobody works on it any more; its file went to ``target``."""
        with self._transaction() as session:
            row = session.get_one(DeliveryRow, marker)
            row.holder, row.target, row.updated = None, target, self._clock()

    def _set(self, marker: str, step: Step, state: str, remote_id: int | None) -> None:
        with self._transaction() as session:
            row = session.get_one(DeliveryRow, marker)
            setattr(row, step, state)
            setattr(row, f"{step}_id", remote_id)
            row.updated = self._clock()

    def _make_marker_key(self) -> str:
        sealed = ""
        try:
            with self._transaction() as session:
                sealed = self._sealed(session, secrets.token_urlsafe(32))
                session.add(FactRow(name=MARKER_KEY, value=sealed))
        except IntegrityError:
            # Another one made it between our look and our write.
            return self.fact(MARKER_KEY) or sealed
        return sealed


def _state(row: DeliveryRow) -> DeliveryState:
    return DeliveryState(
        row.marker,
        row.file_id,
        row.holder,
        row.target,
        row.document,
        row.task,
        row.document_id,
        row.task_id,
    )
