"""The ledger's tables. What is of a client is in encrypted columns; no file name is stored.

A document's hashes are not client data: nothing can be read from them, and who holds the same document to
compare has read it. Where something must be found by a case, a keyed hash takes its place: the marker of
a delivery. Nothing here opens a database; the migrations make these tables.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, DateTime, Index, MetaData, String, Text, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from mailroom.drive.faults import MOVE_FORBIDDEN
from mailroom.ledger.states import FINAL_STATES, FileState, WriteState

Step = Literal["document", "task", "activity"]

# The fact that is encrypted with whichever key encrypts the ledger now.
KEY_CHECK = "key_check"
# The key of delivery markers. It is never changed: markers are in the CRM permanently.
MARKER_KEY = "marker_key"
# The key of the case index's hashes. `keys rotate` encrypts it again and does not change it, so that the
# index need not be hashed again.
INDEX_KEY = "index_key"
# Where the ledger was moved to; and, in a copy that is not complete, the key check of its origin.
MOVED_TO = "moved_to"
UNFINISHED_COPY = "unfinished_copy"
# The rows that an index of its own leads to, since they are few among many; queries use the same words. With
# parameters in their place neither database could see that the index has all rows.
ENDED_WITH_PEOPLE = "state = 'done' AND outcome IN ('review', 'unmatched')"
OPEN_DEADLINE = "answered IS NULL AND due IS NOT NULL"
# Of these, a run may take any.
FREE = "state IN ('pending', 'settled')"
# Facts whose value is encrypted, like every column that is called ``…_sealed``; the key check sees to itself.
ENCRYPTED_FACTS = (MARKER_KEY, INDEX_KEY)


class _Microseconds(sqlite.DATETIME):
    """A time as a number, which takes 8 bytes; SQLAlchemy's own text takes 26."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], int | None]:  # noqa: ARG002
        """Return what makes the number that is stored."""
        return lambda value: None if value is None else (value - _EPOCH) // _MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """Return what makes the time of it."""
        return lambda stored: None if stored is None else _EPOCH + timedelta(microseconds=stored)


_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def _index_some(name: str, *columns: str, where: str) -> Index:
    """An index of the rows for which this holds."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class UtcTime(TypeDecorator[datetime]):
    """A time in UTC, to the microsecond; SQLite has no type for it, and stores a number."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return how the database stores it."""
        if dialect.name != "sqlite":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(_Microseconds())  # type: ignore[no-untyped-call] # SQLAlchemy's is untyped

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the time in UTC, as it is stored."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back a time that knows its zone, whichever the database's is."""
        return value.astimezone(UTC) if value else None


# The stages of a file in the order in which their seconds are stored.
_STAGES = ("download", "read", "match", "deliver", "move")


class StageSeconds(TypeDecorator[dict[str, float]]):
    """Seconds of each stage, stored as a list in milliseconds; older rows have an object with names."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: dict[str, float] | None, dialect: Dialect) -> list[int | None] | None:  # noqa: ARG002
        """Return milliseconds, null for a stage that did not take place."""
        if value is None:
            return None
        return [round(1000 * value[stage]) if stage in value else None for stage in _STAGES]

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, float] | None:  # noqa: ARG002
        """Return seconds by stage, without those that did not take place."""
        if not isinstance(value, list):
            return value  # type: ignore[no-any-return]
        return {stage: took / 1000 for stage, took in zip(_STAGES, value, strict=True) if took is not None}


class Base(DeclarativeBase):
    """All tables of the ledger."""

    metadata = MetaData(naming_convention={"ix": "ix_%(column_0_label)s", "pk": "pk_%(table_name)s"})


class FileRow(Base):
    """A Drive file: its state, what was decided, and who works on it. ``id`` is Drive's.

    ``reason`` belongs to ``outcome``; ``fault`` is what left it pending or settled when it was last tried,
    and nobody tries it before ``try_after``. ``fault_hours`` counts the faults of the file itself that are at
    least an hour apart; ``fault_counted`` is the time of the last of these.
    ``state`` is one of `mailroom.ledger.states.FileState`. ``decision_id``: a person's decision that is still
    to be carried out. ``fields_sealed``: what was read of a file that waits for a person (`ReadFieldStore`).
    """

    __tablename__ = "files"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    parent_id: Mapped[str] = mapped_column(String(128))
    # None where a listing lacks it.
    size: Mapped[int | None] = mapped_column(BigInteger)
    md5: Mapped[str | None] = mapped_column(String(32))
    created: Mapped[datetime] = mapped_column(UtcTime)
    modified: Mapped[datetime | None] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    fault: Mapped[str | None] = mapped_column(String(64))
    destination: Mapped[str | None] = mapped_column("target", String(16))
    sha256: Mapped[str | None] = mapped_column(String(64))
    document_id: Mapped[int | None] = mapped_column(BigInteger)
    task_id: Mapped[int | None] = mapped_column(BigInteger)
    fault_hours: Mapped[int] = mapped_column(default=0)
    fault_counted: Mapped[datetime | None] = mapped_column(UtcTime)
    try_after: Mapped[datetime | None] = mapped_column(UtcTime)
    holder: Mapped[str | None] = mapped_column(String(255))
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    scan_run_id: Mapped[str] = mapped_column(String(64))
    taken_run_id: Mapped[str | None] = mapped_column(String(64))
    first_seen: Mapped[datetime] = mapped_column(UtcTime)
    updated: Mapped[datetime] = mapped_column(UtcTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)
    fields_sealed: Mapped[str | None] = mapped_column(Text)
    stage_seconds: Mapped[dict[str, float] | None] = mapped_column(StageSeconds)
    decision_id: Mapped[int | None] = mapped_column()

    __table_args__ = (
        _index_some("ix_files_free", "taken_run_id", "created", "id", where=FREE),
        Index("ix_files_taken", "taken_run_id", "state"),
        Index("ix_files_holder", "state", "holder"),
        _index_some(
            "ix_files_people", "state", "outcome", "done_at", "id", "created", where=ENDED_WITH_PEOPLE
        ),
        _index_some("ix_files_decision", "decision_id", where="decision_id IS NOT NULL"),
    )

    @property
    def has_ended(self) -> bool:
        """Whether no run has anything left to do, but a move that Drive refuses."""
        is_refused = (self.state, self.fault) == (FileState.SETTLED, MOVE_FORBIDDEN)
        return self.state in FINAL_STATES or is_refused


class RunRow(Base):
    """An active run, its role, and the time of its last heartbeat.

    ``role`` is one of `mailroom.ledger.runs.RunRole`; ``begun``: when it took that role. ``portion`` is what
    it may spend of the quotas, 0 to 1: those of all runs add up to 1 at most.
    """

    __tablename__ = "runs"

    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255), server_default="")
    role: Mapped[str] = mapped_column(String(16), server_default="filing")
    portion: Mapped[float] = mapped_column(server_default="1")
    begun: Mapped[datetime] = mapped_column(UtcTime)
    heartbeat: Mapped[datetime | None] = mapped_column(UtcTime)


class PartRow(Base):
    """A part of a run that another process files: who, and the time of its last heartbeat.

    ``counts`` is what it has counted so far (`mailroom.run.part.PartCounts`), and ``portion`` what it may
    spend of the quotas with the run's other parts: that of its run when the part was last renewed. A part
    that has ``ended`` sends nothing any more, also where its process still lives.
    """

    __tablename__ = "parts"

    part_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64))
    holder: Mapped[str] = mapped_column(String(255))
    heartbeat: Mapped[datetime] = mapped_column(UtcTime)
    ended: Mapped[bool] = mapped_column(default=False)
    portion: Mapped[float] = mapped_column(server_default="0")
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class FolderRow(Base):
    """A folder in one run's scan: how far its listing has come."""

    __tablename__ = "folders"

    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    folder_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    # Drive promises no length for its tokens.
    page_token: Mapped[str | None] = mapped_column(Text)
    done: Mapped[bool] = mapped_column(default=False)
    noted: Mapped[datetime] = mapped_column(UtcTime)


class DeliveryRow(Base):
    """One document for one case: which of its writes were intended and which confirmed.

    A delivery has a document and a task; a retraction, a row of its own, has an activity and a task.
    ``intended_at`` is the time at which the last of them was about to be sent, or its answer was lost;
    ``destination`` is set when the delivery has ended. Whoever finds a write in any state but
    `WriteState.NONE` checks the case before the write is sent.
    """

    __tablename__ = "deliveries"

    marker: Mapped[str] = mapped_column(String(40), primary_key=True)
    file_id: Mapped[str] = mapped_column(String(128), index=True)
    # None in deliveries of older versions.
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    case_sealed: Mapped[str | None] = mapped_column(String(256))
    document: Mapped[str] = mapped_column(String(16), default="none")
    document_id: Mapped[int | None] = mapped_column(BigInteger)
    task: Mapped[str] = mapped_column(String(16), default="none")
    task_id: Mapped[int | None] = mapped_column(BigInteger)
    activity: Mapped[str] = mapped_column(String(16), server_default="none")
    activity_id: Mapped[int | None] = mapped_column(BigInteger)
    destination: Mapped[str | None] = mapped_column("target", String(16))
    holder: Mapped[str | None] = mapped_column(String(255))
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    intended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    begun: Mapped[datetime] = mapped_column(UtcTime)
    updated: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        _index_some("ix_deliveries_unfinished", "begun", "marker", where="target IS NULL"),
        _index_some("ix_deliveries_newest", "updated", where="case_sealed IS NOT NULL"),
    )

    def step(self, name: Step) -> str:
        """The state of one of the writes, a value of `mailroom.ledger.states.WriteState`."""
        states: dict[Step, str] = {"document": self.document, "task": self.task, "activity": self.activity}
        return states[name]

    @property
    def may_be_sent(self) -> bool:
        """Whether any of its writes may have reached the CRM."""
        return {self.document, self.task, self.activity} != {WriteState.NONE}


class NoticeRow(Base):
    """A file's notice: its deadline, and whether a person has dealt with it.

    `mailroom.ledger.notices` has the values of ``due_kind``, ``answered_by`` and ``closed_by``.
    ``client_hash`` is a keyed hash of client, tax year and letter type. ``answered`` ends the deadline.
    ``closed`` is when a person dealt with a file that was left to people; a file that ended later is open
    again.
    """

    __tablename__ = "notices"

    file_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    notice_type: Mapped[str | None] = mapped_column(String(32))
    due: Mapped[date | None]
    due_kind: Mapped[str | None] = mapped_column(String(16))
    client_hash: Mapped[str | None] = mapped_column(String(26), index=True)
    noted: Mapped[datetime] = mapped_column(UtcTime)
    answered: Mapped[datetime | None] = mapped_column(UtcTime)
    answered_by: Mapped[str | None] = mapped_column(String(16))
    closed: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_by: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (
        _index_some("ix_notices_open", "due", "file_id", where=OPEN_DEADLINE),
        _index_some("ix_notices_closed", "file_id", "closed", where="closed IS NOT NULL"),
    )


class DecisionRow(Base):
    """What a person decided of a file; rows are only added, and removed by a purge alone.

    ``outcome_before`` and ``reason_before`` are what the mail room had decided. ``values_sealed`` is a JSON
    object: the case's number, and the fields before and after that the person corrected.
    """

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[str] = mapped_column(String(128), index=True)
    decided: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[str] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(16))
    outcome_before: Mapped[str | None] = mapped_column(String(16))
    reason_before: Mapped[str | None] = mapped_column(String(64))
    values_sealed: Mapped[str | None] = mapped_column(Text)


class FactRow(Base):
    """Something remembered of the tenant or of the ledger itself."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(1024))


class IndexEntryRow(Base):
    """A case of the CRM in the case index.

    ``entry`` is its generation and a keyed hash of its number: each import is a generation of its own, cases
    of `cases sync` are in generation 0. ``noted``: when an import or a sync saw it last.
    """

    __tablename__ = "index_entries"

    entry: Mapped[str] = mapped_column(String(40), primary_key=True)
    generation: Mapped[int] = mapped_column(index=True)
    record_sealed: Mapped[str] = mapped_column(Text)
    noted: Mapped[datetime] = mapped_column(UtcTime)


class IndexHashRow(Base):
    """A keyed hash by which an entry of the case index is found: of four digits, or of a surname."""

    __tablename__ = "index_hashes"

    hash: Mapped[str] = mapped_column(String(26), primary_key=True)
    entry: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)
