"""Deliveries: which writes to the CRM were intended, and which confirmed, for each document and case.

A delivery is known by its marker, a keyed hash of the file's bytes and the case: the same bytes for the same
case are one delivery, whatever the file is called. The key of markers is made once, is stored encrypted in
the ledger, and outlives a change of the ledger's key. `mailroom.ledger.states` has the states of the two
writes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from mailroom.ledger.models import MARKER_KEY, DeliveryRow, FactRow
from mailroom.ledger.states import WriteEvent, WriteState
from mailroom.ledger.store import Store, change_state
from mailroom.privacy.encryption import keyed_hash

Step = Literal["document", "task"]
COLUMNS: dict[Step, InstrumentedAttribute[str]] = {"document": DeliveryRow.document, "task": DeliveryRow.task}


@dataclass(frozen=True)
class DeliveryRecord:
    """A delivery as it is stored; ``target`` is set when it has ended.

    Whoever finds a write in any state but `WriteState.NONE` checks the case before the write is sent.
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
        """The state of one of the two writes, a value of `WriteState`."""
        return self.document if name == "document" else self.task


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
    ) -> DeliveryRecord:
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
                        case_sealed=self._encrypt(session, str(case_id)),
                        document=WriteState.NONE,
                        task=WriteState.NONE,
                        begun=now,
                        updated=now,
                    )
                    session.add(row)
                    session.flush()
                return _make_record(row)
        except IntegrityError:
            # Another process made it between our look and our write.
            return self.get_delivery(marker)

    def get_delivery(self, marker: str) -> DeliveryRecord:
        """The delivery of this marker as it is stored now."""
        with self._reading() as session:
            return _make_record(session.get_one(DeliveryRow, marker))

    def find_confirmed_delivery(self, step: Step) -> tuple[DeliveryRecord, int] | None:
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
            return (_make_record(row), int(self._key.decrypt(row.case_sealed or ""))) if row else None

    def take_over_delivery(
        self, seen: DeliveryRecord, file_id: str, holder: str, lease_seconds: float
    ) -> bool:
        """Go on with a delivery that nobody works on; False when it changed since it was ``seen``."""
        until = self._clock() + timedelta(seconds=lease_seconds)
        as_seen = and_(_is_held(seen.marker, seen.file_id, seen.holder), DeliveryRow.target.is_(None))
        return self._update_delivery(as_seen, file_id=file_id, holder=holder, lease_until=until)

    def release_delivery(self, marker: str, file_id: str, holder: str) -> None:
        """Let the next try of its file, or of a duplicate, continue with the delivery."""
        self._update_delivery(_is_held(marker, file_id, holder), holder=None, lease_until=None)

    def end_delivery(self, marker: str, target: str, file_id: str, holder: str) -> None:
        """Record that the delivery has ended and that its file goes to ``target``."""
        self._update_delivery(_is_held(marker, file_id, holder), target=target, holder=None, lease_until=None)

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

    def _update_delivery(self, which: ColumnElement[bool], **values: Any) -> bool:
        """One statement, so that of two processes that want a row as they saw it one gets it."""
        with self._transaction() as session:
            changed = update(DeliveryRow).where(which).values(updated=self._clock(), **values)
            done: Any = session.execute(changed)
            return int(done.rowcount) == 1

    def _make_marker_key(self) -> str:
        """Make the key of markers; returns it as it is stored, encrypted."""
        stored = ""
        try:
            with self._transaction() as session:
                stored = self._encrypt(session, secrets.token_urlsafe(32))
                session.add(FactRow(name=MARKER_KEY, value=stored))
        except IntegrityError:
            # Another process made it between our look and our write.
            return self.get_fact(MARKER_KEY) or stored
        return stored


def _is_held(marker: str, file_id: str, holder: str | None) -> ColumnElement[bool]:
    held = DeliveryRow.holder.is_(None) if holder is None else DeliveryRow.holder == holder
    return and_(DeliveryRow.marker == marker, DeliveryRow.file_id == file_id, held)


def _is_intended(marker: str, step: Step, file_id: str, holder: str) -> ColumnElement[bool]:
    return and_(_is_held(marker, file_id, holder), COLUMNS[step] == WriteState.INTENDED)


def _make_record(row: DeliveryRow) -> DeliveryRecord:
    return DeliveryRecord(
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
