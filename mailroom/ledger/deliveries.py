"""Deliveries: which writes to the CRM were intended, and which confirmed, for each document and case.

A delivery is known by its marker, a keyed hash of the file's bytes and the case: the same bytes for the same
case are one delivery, whatever the file is called. The key of markers is made once, is stored encrypted in
the ledger, and outlives a change of the ledger's key. `mailroom.ledger.states` has the states of the two
writes.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute

from mailroom.ledger.models import MARKER_KEY, DeliveryRow, FactRow, Step
from mailroom.ledger.states import WriteEvent, WriteState
from mailroom.ledger.store import NO_HOLDER, Store, add_missing, change_state
from mailroom.privacy.encryption import keyed_hash

COLUMNS: dict[Step, InstrumentedAttribute[str]] = {"document": DeliveryRow.document, "task": DeliveryRow.task}


class DeliveryStore(Store):
    """Deliveries and the key of their markers."""

    _marker_key: str | None = None

    def make_marker(self, sha256: str, case_id: int) -> str:
        """``MR-`` and 26 characters that stand for these bytes in this case, and reveal neither."""
        if self._marker_key is None:
            # It never changes, so it is decrypted once.
            self._marker_key = self._key.decrypt(self.get_fact(MARKER_KEY) or self._make_marker_key())
        return "MR-" + keyed_hash(self._marker_key, sha256, str(case_id))

    def begin_delivery(
        self, marker: str, file_id: str, holder: str, case_id: int, lease_seconds: float
    ) -> DeliveryRow:
        """The delivery of this marker, made for this file when there is none yet."""
        now = self._clock()
        with self._transaction() as session:
            made = {
                "marker": marker,
                "file_id": file_id,
                "holder": holder,
                "lease_until": now + timedelta(seconds=lease_seconds),
                "case_sealed": self._encrypt(session, str(case_id)),
                "document": WriteState.NONE,
                "task": WriteState.NONE,
                "begun": now,
                "updated": now,
            }
            add_missing(session, DeliveryRow, [made])
            return session.get_one(DeliveryRow, marker)

    def get_delivery(self, marker: str) -> DeliveryRow:
        """The delivery of this marker as it is stored now."""
        with self._reading() as session:
            return session.get_one(DeliveryRow, marker)

    def find_confirmed_delivery(self, step: Step) -> tuple[DeliveryRow, int] | None:
        """The newest delivery whose write of this kind the CRM itself confirmed, and its case's number."""
        remote_id = getattr(DeliveryRow, f"{step}_id")
        confirmed = (
            COLUMNS[step] == WriteState.CONFIRMED,
            remote_id.is_not(None),
            DeliveryRow.case_sealed.is_not(None),
        )
        found = select(DeliveryRow).where(*confirmed)
        with self._reading() as session:
            row = session.scalars(found.order_by(DeliveryRow.updated.desc()).limit(1)).first()
            return (row, int(self._key.decrypt(row.case_sealed or ""))) if row else None

    def take_over_delivery(self, seen: DeliveryRow, file_id: str, holder: str, lease_seconds: float) -> bool:
        """Continue a delivery that nobody works on; False when it changed since it was ``seen``."""
        until = self._clock() + timedelta(seconds=lease_seconds)
        as_seen = and_(_is_held(seen.marker, seen.file_id, seen.holder), DeliveryRow.destination.is_(None))
        return self._update(DeliveryRow, as_seen, file_id=file_id, holder=holder, lease_until=until) == 1

    def release_delivery(self, marker: str, file_id: str, holder: str) -> None:
        """Let the next try of its file, or of a duplicate, continue with the delivery."""
        self._update(DeliveryRow, _is_held(marker, file_id, holder), **NO_HOLDER)

    def end_delivery(self, marker: str, destination: str, file_id: str, holder: str) -> None:
        """Record that the delivery has ended and that its file goes to ``destination``."""
        self._update(DeliveryRow, _is_held(marker, file_id, holder), destination=destination, **NO_HOLDER)

    def intend(self, marker: str, step: Step, file_id: str, holder: str, lease_seconds: float) -> bool:
        """Commit that this write is about to be sent; False when the holder lost the delivery.

        Raises:
            FileFault: the write was confirmed meanwhile.
        """
        now = self._clock()
        values = {"intended_at": now, "lease_until": now + timedelta(seconds=lease_seconds)}
        return self._change_write(WriteEvent.INTEND, step, _is_held(marker, file_id, holder), **values)

    def record_refusal(self, marker: str, step: Step, file_id: str, holder: str, *, for_rights: bool) -> None:
        """Commit that the CRM refused this write, for missing permissions or another reason; nothing if it
        was not sent.
        """
        event = WriteEvent.DENY if for_rights else WriteEvent.REFUSE
        self._change_write(event, step, _is_intended(marker, step, file_id, holder))

    def withdraw(self, marker: str, step: Step, file_id: str, holder: str) -> None:
        """Commit that this write, which was intended, was certainly not carried out."""
        self._change_write(WriteEvent.WITHDRAW, step, _is_intended(marker, step, file_id, holder))

    def confirm(self, marker: str, step: Step, remote_id: int | None) -> None:
        """Commit that this write was carried out, whoever holds the delivery; its id where the CRM gave
        one.
        """
        values = {f"{step}_id": remote_id}
        self._change_write(WriteEvent.CONFIRM, step, DeliveryRow.marker == marker, **values)

    def _change_write(self, event: WriteEvent, step: Step, which: ColumnElement[bool], **values: Any) -> bool:
        with self._transaction() as session:
            return change_state(session, COLUMNS[step], event, which, updated=self._clock(), **values) == 1

    def _make_marker_key(self) -> str:
        """Make the key of markers, unless another process has; returns it as it is stored, encrypted."""
        with self._transaction() as session:
            made = self._encrypt(session, secrets.token_urlsafe(32))
            add_missing(session, FactRow, [{"name": MARKER_KEY, "value": made}])
            return session.get_one(FactRow, MARKER_KEY).value


def _is_held(marker: str, file_id: str, holder: str | None) -> ColumnElement[bool]:
    held = DeliveryRow.holder.is_(None) if holder is None else DeliveryRow.holder == holder
    return and_(DeliveryRow.marker == marker, DeliveryRow.file_id == file_id, held)


def _is_intended(marker: str, step: Step, file_id: str, holder: str) -> ColumnElement[bool]:
    return and_(_is_held(marker, file_id, holder), COLUMNS[step] == WriteState.INTENDED)
