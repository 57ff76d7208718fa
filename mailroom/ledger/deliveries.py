"""Deliveries: which writes to the CRM were intended, and which confirmed, for each document and case.

A delivery is known by its marker, a keyed hash of the file's bytes and the case: the same bytes for the same
case are one delivery, whatever the file is called. The key of markers is made once, sealed in the ledger, and
outlives a change of the sealing key.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import IntegrityError

from mailroom.ledger.key_rotation import Resealing
from mailroom.ledger.models import MARKER_KEY, DeliveryRow, FactRow
from mailroom.ledger.retention import Retention
from mailroom.ledger.store import FileStore, ScanStore
from mailroom.privacy.encryption import keyed_mark

Step = Literal["document", "task"]


@dataclass(frozen=True)
class DeliveryState:
    """Where a delivery stands.

    Each step is ``none``, ``intended``, ``refused`` (Logiqs said no), ``denied`` (for want of rights) or
    ``confirmed``. Whoever finds anything but ``none`` looks before the write is sent.
    """

    marker: str
    file_id: str
    holder: str | None
    target: str | None
    document: str
    task: str
    document_id: int | None
    task_id: int | None
    lease_until: datetime | None
    intended_at: datetime | None
    updated: datetime

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

    def begin_delivery(
        self, marker: str, file_id: str, holder: str, case_id: int, lease_seconds: float
    ) -> DeliveryState:
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
                        lease_until=now + timedelta(seconds=lease_seconds),
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
        with self._reading() as session:
            return _state(session.get_one(DeliveryRow, marker))

    def a_confirmed_delivery(self, step: Step) -> tuple[DeliveryState, int] | None:
        """The newest delivery whose write of this kind the CRM itself confirmed, and its case."""
        state, remote = getattr(DeliveryRow, step), getattr(DeliveryRow, f"{step}_id")
        confirmed = (state == "confirmed", remote.is_not(None), DeliveryRow.case_sealed.is_not(None))
        found = select(DeliveryRow).where(*confirmed)
        with self._reading() as session:
            row = session.scalars(found.order_by(DeliveryRow.updated.desc()).limit(1)).first()
            return (_state(row), int(self._key.open(row.case_sealed or ""))) if row else None

    def take_over_delivery(
        self, seen: DeliveryState, file_id: str, holder: str, lease_seconds: float
    ) -> bool:
        """Go on with a delivery that nobody works on; False when somebody took it since it was ``seen``."""
        until = self._clock() + timedelta(seconds=lease_seconds)
        as_seen = and_(_held(seen.marker, seen.file_id, seen.holder), DeliveryRow.target.is_(None))
        return self._change_delivery(as_seen, file_id=file_id, holder=holder, lease_until=until)

    def release_delivery(self, marker: str, file_id: str, holder: str) -> None:
        """Nobody works on it for now: its file's next try, or a twin, may go on with it."""
        self._change_delivery(_held(marker, file_id, holder), holder=None, lease_until=None)

    def intend(self, marker: str, step: Step, file_id: str, holder: str, lease_seconds: float) -> bool:
        """Commit that this write is about to be sent; False when the delivery is not this holder's any more."""
        now = self._clock()
        until = now + timedelta(seconds=lease_seconds)
        values = {step: "intended", "intended_at": now, "lease_until": until}
        return self._change_delivery(_held(marker, file_id, holder), **values)

    def refused(self, marker: str, step: Step, file_id: str, holder: str, *, for_rights: bool) -> None:
        """Commit that the CRM said no to this write, if it was sent at all."""
        under_way = and_(_held(marker, file_id, holder), getattr(DeliveryRow, step) == "intended")
        self._change_delivery(under_way, **{step: "denied" if for_rights else "refused"})

    def withdraw(self, marker: str, step: Step, file_id: str, holder: str) -> None:
        """Commit that this write, which was intended, was certainly not carried out."""
        under_way = and_(_held(marker, file_id, holder), getattr(DeliveryRow, step) == "intended")
        self._change_delivery(under_way, **{step: "none"})

    def confirm(self, marker: str, step: Step, remote_id: int | None) -> None:
        """Commit that this write was carried out, whoever holds the delivery; its id where the CRM told it."""
        values = {step: "confirmed", f"{step}_id": remote_id}
        self._change_delivery(DeliveryRow.marker == marker, **values)

    def end_delivery(self, marker: str, target: str, file_id: str, holder: str) -> None:
        """Nobody works on it any more; its file went to ``target``."""
        self._change_delivery(_held(marker, file_id, holder), target=target, holder=None, lease_until=None)

    def _change_delivery(self, which: ColumnElement[bool], **values: Any) -> bool:
        """One statement, so that of two that want a row as they saw it one gets it."""
        with self._transaction() as session:
            done: Any = session.execute(
                update(DeliveryRow).where(which).values(updated=self._clock(), **values)
            )
            return int(done.rowcount) == 1

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


def _held(marker: str, file_id: str, holder: str | None) -> ColumnElement[bool]:
    held = DeliveryRow.holder.is_(None) if holder is None else DeliveryRow.holder == holder
    return and_(DeliveryRow.marker == marker, DeliveryRow.file_id == file_id, held)


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
        row.lease_until,
        row.intended_at,
        row.updated,
    )
