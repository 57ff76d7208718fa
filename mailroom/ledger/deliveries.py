"""Deliveries: which writes to the CRM were intended, and which confirmed, for each document and case.

A delivery is known by its marker, a keyed hash of the file's bytes and the case: the same bytes for the same
case are one delivery, whatever the file is called. The key of markers is derived from the ledger's key once,
is stored encrypted in the ledger, and outlives a change of the ledger's key. `mailroom.ledger.states` has the
states of the two writes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import InstrumentedAttribute, Session

from mailroom.errors import Transient
from mailroom.ledger.files import renew_claim
from mailroom.ledger.history import History
from mailroom.ledger.holders import is_working
from mailroom.ledger.models import MARKER_KEY, DeliveryRow, FileRow, Step
from mailroom.ledger.row_changes import add_row, change_row, find_row, update_row
from mailroom.ledger.states import WriteEvent, WriteState
from mailroom.ledger.store import NO_HOLDER
from mailroom.privacy.encryption import keyed_hash

COLUMNS: dict[Step, InstrumentedAttribute[str]] = {
    "document": DeliveryRow.document,
    "task": DeliveryRow.task,
    "activity": DeliveryRow.activity,
}

# How far the clock of another machine may be ahead.
CLOCK_SKEW = timedelta(minutes=5)


# The other deliveries of a file and of its bytes, the oldest first.
_OTHERS = (
    select(DeliveryRow)
    .where(
        DeliveryRow.marker != bindparam("marker"),
        or_(DeliveryRow.file_id == bindparam("file_id"), DeliveryRow.sha256 == bindparam("sha256")),
    )
    .order_by(DeliveryRow.begun)
)


class DeliveryStore(History):
    """Deliveries, and their markers."""

    _marker_key: str | None = None

    def make_marker(self, sha256: str, case_id: int) -> str:
        """``MR-`` and 26 characters that stand for these bytes in this case, and reveal neither."""
        return "MR-" + keyed_hash(self._read_marker_key(), sha256, str(case_id))

    def hash_notice(self, *parts: str) -> str:
        """26 characters that stand for a client, a tax year and a letter type, and reveal none of them."""
        return keyed_hash(self._read_marker_key(), "notice", *parts)

    def _read_marker_key(self) -> str:
        if self._marker_key is None:
            # It never changes, so it is decrypted once.
            self._marker_key = self._key.decrypt(self.get_fact(MARKER_KEY) or self._make_marker_key())
        return self._marker_key

    def get_public_name(self) -> str:
        """Return a name of this ledger that reveals nothing; its copies and its successor have the same."""
        return self.make_marker("ledger", 0)

    def begin_delivery(
        self, marker: str, file_id: str, holder: str, case_id: int, sha256: str, lease_seconds: float
    ) -> DeliveryRow:
        """Return the delivery to work on: this marker's, new if there is none, or one that goes before it.

        One for another case goes before it if the match service once answered differently: it is unfinished,
        and of this file or of the same bytes; or it has ended with the same bytes, for another file or before
        the decision about this file was stored.
        """
        return self._begin((marker, file_id, sha256), holder, case_id, lease_seconds)

    def begin_delivery_beside(
        self, marker: str, file_id: str, holder: str, case_id: int, sha256: str, lease_seconds: float
    ) -> DeliveryRow:
        """Return this marker's delivery, new if there is none, also if the bytes are in another case.

        For a person's decision about the case. An unfinished delivery still goes before it.
        """
        return self._begin((marker, file_id, sha256), holder, case_id, lease_seconds, beside=True)

    def _begin(
        self,
        which: tuple[str, str, str],
        holder: str,
        case_id: int,
        lease_seconds: float,
        *,
        beside: bool = False,
    ) -> DeliveryRow:
        marker, file_id, sha256 = which
        with self._transaction() as session:
            now = self._now(session)
            first = _find_first(session, marker, file_id, sha256, now)
            if first is not None and not (beside and first.marker != marker and first.destination):
                return first
            made = {
                "marker": marker,
                "file_id": file_id,
                "sha256": sha256,
                "holder": holder,
                "lease_until": now + timedelta(seconds=lease_seconds),
                "case_sealed": self._encrypt(session, str(case_id)),
                "document": WriteState.NONE,
                "task": WriteState.NONE,
                "activity": WriteState.NONE,
                "begun": now,
                "updated": now,
            }
            return add_row(session, DeliveryRow, made)

    def find_filed_delivery(self, file_id: str) -> DeliveryRow | None:
        """Return the delivery that filed this file's document, for it or for the file that it duplicates.

        The same bytes may be in several cases: a person filed a copy elsewhere. One that was retracted comes
        last: a retraction may have been stopped before it was recorded.
        """
        with self._reading() as session:
            row = session.get(FileRow, file_id)
            mine = DeliveryRow.file_id == file_id
            same: ColumnElement[bool] = mine
            order = [DeliveryRow.destination, mine.desc(), DeliveryRow.updated.desc()]
            if row is not None and row.sha256 is not None:
                same = or_(mine, DeliveryRow.sha256 == row.sha256)
            if row is not None and row.document_id is not None:
                # The document that the last decision about the file was about.
                order.insert(0, (func.coalesce(DeliveryRow.document_id, 0) == row.document_id).desc())
            filed = and_(
                same,
                DeliveryRow.destination.in_(("matched", "review")),
                DeliveryRow.document == WriteState.CONFIRMED,
            )
            return session.scalars(select(DeliveryRow).where(filed).order_by(*order).limit(1)).first()

    def find_filed_files(self, markers: Collection[str]) -> list[str]:
        """Return the files of these deliveries, without retractions and what was retracted."""
        found = select(DeliveryRow.file_id).where(
            DeliveryRow.marker.in_(markers),
            DeliveryRow.destination == "matched",
            DeliveryRow.document != WriteState.NONE,
        )
        with self._reading() as session:
            return list(session.scalars(found))

    def record_retraction(self, marker: str) -> None:
        """Record that a document should not be in its case: its duplicates go to a person.

        The time of its writes stays: they prove what the CRM shows.
        """
        with self._transaction() as session:
            session.get_one(DeliveryRow, marker).destination = "review"

    def get_delivery(self, marker: str) -> DeliveryRow:
        """The delivery of this marker as it is stored now."""
        with self._reading() as session:
            row = find_row(session, DeliveryRow, marker)
        if row is None:
            raise NoResultFound
        return row

    def has_delivery(self, marker: str) -> bool:
        """Whether a delivery with this marker was ever begun."""
        with self._reading() as session:
            return session.get(DeliveryRow, marker) is not None

    def get_case_id(self, delivery: DeliveryRow) -> int | None:
        """The number of the delivery's case; None when a purge has removed it."""
        return int(self._key.decrypt(delivery.case_sealed)) if delivery.case_sealed else None

    def find_confirmed_delivery(self, step: Step) -> tuple[DeliveryRow, int] | None:
        """The newest delivery whose write of this kind is confirmed, and its case's number.

        A time in the future was taken from a clock that was wrong: it would hide every later write.
        """
        confirmed = (COLUMNS[step] == WriteState.CONFIRMED, DeliveryRow.case_sealed.is_not(None))
        with self._reading() as session:
            is_past = DeliveryRow.updated <= self._now(session) + CLOCK_SKEW
            found = select(DeliveryRow).where(*confirmed, is_past)
            row = session.scalars(found.order_by(DeliveryRow.updated.desc()).limit(1)).first()
        case_id = self.get_case_id(row) if row else None
        return (row, case_id) if row and case_id is not None else None

    def is_in_progress(self, delivery: DeliveryRow) -> bool:
        """Whether the holder of this delivery may still be sending."""
        with self._reading() as session:
            return is_working(delivery.holder, delivery.lease_until, self._now(session))

    def take_over_delivery(self, seen: DeliveryRow, file_id: str, holder: str, lease_seconds: float) -> bool:
        """Continue a delivery that nobody works on; False when it changed since it was ``seen``."""
        as_seen = {**_held(seen.marker, seen.file_id, seen.holder), "destination": None}
        with self._transaction() as session:
            now = self._now(session)
            lease = {"holder": holder, "lease_until": now + timedelta(seconds=lease_seconds), "updated": now}
            return update_row(session, DeliveryRow, as_seen, file_id=file_id, **lease) == 1

    def release_delivery(self, marker: str, file_id: str, holder: str) -> None:
        """Let the next try of its file, or of a duplicate, continue with the delivery."""
        with self._transaction() as session:
            mine = _held(marker, file_id, holder)
            update_row(session, DeliveryRow, mine, updated=self._now(session), **NO_HOLDER)

    def end_delivery(self, marker: str, destination: str, file_id: str, holder: str) -> None:
        """Record that the delivery has ended and that its file goes to ``destination``."""
        with self._transaction() as session:
            _end(session, _held(marker, file_id, holder), destination, self._now(session))

    def intend(
        self,
        marker: str,
        step: Step,
        file_id: str,
        holder: str,
        lease_seconds: float,
        *,
        needs_claim: bool = False,
    ) -> bool:
        """Commit that this write is about to be sent; False when the holder lost the delivery.

        ``needs_claim``: extend the holder's claim of the file too.

        Raises:
            FileFault: the write was confirmed meanwhile.
            Transient: ``claim_lost``, the holder lost the file.
        """
        mine = _held(marker, file_id, holder)
        with self._transaction() as session:
            now = self._now(session)
            if needs_claim and not renew_claim(session, file_id, holder, now, lease_seconds):
                raise Transient("claim_lost", file=file_id)
            values = {
                "intended_at": now,
                "lease_until": now + timedelta(seconds=lease_seconds),
                "updated": now,
            }
            if not change_row(session, COLUMNS[step], WriteEvent.INTEND, mine, **values):
                return False
            intents = self._count_intents(session)
        if self._record is not None:
            self._record.advance(intents)
        return True

    def record_refusal(self, marker: str, step: Step, file_id: str, holder: str, *, for_rights: bool) -> None:
        """Commit that the CRM refused this write, for missing permissions or another reason; nothing if it
        was not sent.
        """
        event = WriteEvent.DENY if for_rights else WriteEvent.REFUSE
        self._change_write(event, step, _intended(marker, step, file_id, holder))

    def withdraw(self, marker: str, step: Step, file_id: str, holder: str) -> None:
        """Commit that this write, which was intended, was certainly not carried out."""
        self._change_write(WriteEvent.WITHDRAW, step, _intended(marker, step, file_id, holder))

    def confirm(self, marker: str, step: Step, remote_id: int | None) -> None:
        """Commit that this write was carried out, whoever holds the delivery; its id where the CRM gave
        one.
        """
        self._change_write(WriteEvent.CONFIRM, step, {"marker": marker}, **{f"{step}_id": remote_id})

    def confirm_last(
        self, marker: str, step: Step, remote_id: int | None, destination: str, file_id: str, holder: str
    ) -> None:
        """Commit in one transaction what `confirm` and `end_delivery` commit."""
        with self._transaction() as session:
            now = self._now(session)
            values = {f"{step}_id": remote_id, "updated": now}
            change_row(session, COLUMNS[step], WriteEvent.CONFIRM, {"marker": marker}, **values)
            _end(session, _held(marker, file_id, holder), destination, now)

    def _change_write(self, event: WriteEvent, step: Step, which: Mapping[str, Any], **values: Any) -> None:
        with self._transaction() as session:
            change_row(session, COLUMNS[step], event, which, updated=self._now(session), **values)


def _find_first(
    session: Session, marker: str, file_id: str, sha256: str, now: datetime
) -> DeliveryRow | None:
    """Return the delivery that goes before a new one (`begin_delivery`); None if there is none.

    Removes deliveries of this file to other cases that were never sent.
    """
    known = find_row(session, DeliveryRow, marker)
    if known is not None and known.may_be_sent and known.destination is None:
        return known
    others = {"marker": marker, "file_id": file_id, "sha256": sha256}
    file = find_row(session, FileRow, file_id)
    was_decided = file is not None and file.sha256 == sha256
    unfinished, ended = [], []
    for row in session.scalars(_OTHERS, others):
        mine = row.file_id == file_id
        if row.destination is not None:
            if row.sha256 == sha256 and not (mine and was_decided):
                ended.append(row)
        elif row.may_be_sent or (not mine and is_working(row.holder, row.lease_until, now)):
            unfinished.append(row)
        elif mine:
            session.delete(row)
    if known is not None and known.destination is not None:
        ended.insert(0, known)
    return next(iter([*unfinished, *ended]), None)


def _end(session: Session, mine: Mapping[str, Any], destination: str, now: datetime) -> None:
    update_row(session, DeliveryRow, mine, destination=destination, updated=now, **NO_HOLDER)


def _held(marker: str, file_id: str, holder: str | None) -> dict[str, Any]:
    return {"marker": marker, "file_id": file_id, "holder": holder}


def _intended(marker: str, step: Step, file_id: str, holder: str) -> dict[str, Any]:
    return {**_held(marker, file_id, holder), step: WriteState.INTENDED}
