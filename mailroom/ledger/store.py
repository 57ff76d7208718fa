"""The database under every part of the ledger: transactions, faults, facts, and the one way to change a
state.

Each call of the ledger is one committed transaction. A database server that is away for a while is waited for
(`mailroom.ledger.absence`). Nothing here talks to Drive or to the CRM.
"""

from __future__ import annotations

import inspect
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

from mailroom.errors import FileFault, RunStop, Transient
from mailroom.ledger.absence import RETRY_SECONDS, Absence, Interrupted, repeating
from mailroom.ledger.models import KEY_CHECK, Base, FactRow
from mailroom.ledger.postgresql import (
    DISK_FULL,
    TIMELINE,
    TRANSACTION,
    find_interruption,
    get_sqlstate,
    read_outcome,
)
from mailroom.ledger.record import LedgerRecord
from mailroom.ledger.states import HELD_STATES, Event, list_targets
from mailroom.privacy.encryption import LedgerKey
from mailroom.time_spent import TimeSpent

# The execution option of connections that write nothing.
READS_ONLY = "mailroom_reads_only"
# No session holds the rows that are changed.
NO_SYNC = {"synchronize_session": False}
NO_HOLDER = {"holder": None, "lease_until": None}
# What an ended file loses.
NO_WORK = {**NO_HOLDER, "decision_id": None}
# What a file loses when it becomes pending again.
NO_DECISION = dict.fromkeys(
    ("outcome", "reason", "destination", "done_at", "decision_id", "fields_sealed"),
)
NO_FAULTS = {"fault_hours": 0, "fault_counted": None, "try_after": None}


def utc_now() -> datetime:
    """The present time, in UTC."""
    return datetime.now(UTC)


class Store:
    """The database and its key; the parts of the ledger are subclasses.

    Public methods of the parts are repeated when the database server was away; ``absence`` knows about that.
    ``spent`` is the time of all threads in transactions, with what they waited for others.
    """

    def __init_subclass__(cls) -> None:
        for name, method in list(cls.__dict__.items()):
            if inspect.isfunction(method) and not name.startswith("_"):
                setattr(cls, name, repeating(method))

    def __init__(
        self,
        engine: Engine,
        key: LedgerKey,
        clock: Callable[[], datetime] | None = None,
        record: LedgerRecord | None = None,
    ) -> None:
        self._engine = engine
        self._key = key
        # Machines that share a database server may have different times; None: the server's time is taken.
        self._clock: Callable[[], datetime] | None = clock or (
            None if engine.dialect.name == "postgresql" else utc_now
        )
        self._record = record
        self.absence = Absence()
        self._timeline: str | None = None
        self._meeting = threading.Lock()
        self.spent = TimeSpent()
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        reads: dict[str, Any] = {READS_ONLY: True}
        self._readers = sessionmaker(engine.execution_options(**reads), expire_on_commit=False, info=reads)
        # SQLite has one writer at a time. A thread that waits here goes on at once; SQLite would look again
        # after up to 100 ms.
        is_sqlite = engine.dialect.name == "sqlite"
        self._writer: AbstractContextManager[Any] = threading.Lock() if is_sqlite else nullcontext()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections to the database."""
        self._engine.dispose()

    @repeating
    def read_clock(self) -> datetime:
        """The time by which claims and intents are judged: a database server's, else this machine's."""
        if self._clock is not None:
            return self._clock()
        with self._reading() as session:
            return self._now(session)

    def _now(self, session: Session) -> datetime:
        if self._clock is not None:
            return self._clock()
        if READS_ONLY in session.info:
            return read_clock(session)
        now: datetime
        now, session.info[TRANSACTION] = session.execute(_CLOCK_AND_TRANSACTION).one()
        return now

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        self.absence.check()
        with self.spent.measure(), _classified_faults(), self._writer, self._sessions() as session:
            self._meet_server(session)
            yield session
            self._commit(session)
        self.absence.note_answer(wrote=True)

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        self.absence.check()
        with self.spent.measure(), _classified_faults(), self._readers() as session:
            self._meet_server(session)
            yield session
        self.absence.note_answer(wrote=False)

    def _meet_server(self, session: Session) -> None:
        """Before anything else is asked of a server that has taken over, `_look_for_gap`."""
        timeline = session.connection().info.get(TIMELINE)
        if timeline == self._timeline:
            return
        with self._meeting:
            if self._timeline not in (None, timeline):
                self._look_for_gap(session)
                session.commit()
                # What follows is a transaction of its own.
                session.info.pop(TRANSACTION, None)
            self._timeline = timeline

    def _look_for_gap(self, _session: Session) -> int:
        """Note whether the database lacks what was done; the part of the ledger that knows of it does."""
        return 0

    def _commit(self, session: Session) -> None:
        """Commit, and if the connection breaks meanwhile find out whether it was done."""
        session.flush()
        if self._engine.dialect.name != "postgresql":
            session.commit()
            return
        number: str | None = session.info.get(TRANSACTION) or session.scalar(_TRANSACTION)
        timeline = session.connection().info.get(TIMELINE)
        try:
            session.commit()
        except DBAPIError as error:
            if number is None or not (error.connection_invalidated and self._was_committed(number, timeline)):
                raise

    def _was_committed(self, number: str, timeline: str | None) -> bool:
        """Whether the server has committed a transaction whose commit it did not confirm.

        Raises:
            Transient: nobody knows; another server may have taken the place of the one that was asked.
        """
        # One that is in progress was cut off before its commit arrived: the server ends it after a minute.
        for _ in range(int(self.absence.patience / RETRY_SECONDS)):
            outcome = self._read_outcome(number, timeline)
            if outcome in ("committed", "aborted"):
                return outcome == "committed"
            if outcome is None:
                break
            self.absence.sleep(RETRY_SECONDS)
        raise Transient("ledger_unreachable")

    @repeating
    def _read_outcome(self, number: str, timeline: str | None) -> str | None:
        with self._reading() as session:
            return read_outcome(session, number, timeline)

    def _encrypt(self, session: Session, text: str) -> str:
        """The text, encrypted as by `_choose_encryption`."""
        return self._choose_encryption(session)(text)

    def _choose_encryption(self, session: Session) -> Callable[[str], str]:
        """What encrypts with the key that this ledger uses now; see `mailroom.ledger.key_rotation`.

        Raises:
            ConfigError: the key was changed, and this process cannot read the new one.
        """
        # Locked until this transaction ends; in SQLite, transactions do not overlap.
        return self._key.choose_like(session.scalars(_KEY_CHECK).one())

    def _update(self, table: type[Base], which: ColumnElement[bool], **values: Any) -> int:
        """Set columns, and the time of the update, in the rows that ``which`` selects; their number.

        One statement, so that of two processes that want a row as they saw it one gets it.
        """
        with self._transaction() as session:
            done: Any = session.execute(
                update(table).where(which).values(updated=self._now(session), **values)
            )
            return int(done.rowcount)

    @repeating
    def get_fact(self, name: str) -> str | None:
        """The value stored under this name; None where there is none."""
        with self._reading() as session:
            return read_fact(session, name)

    @repeating
    def set_fact(self, name: str, value: str) -> None:
        """Store a value under this name; it replaces the one before."""
        with self._transaction() as session:
            one = _insert(session, FactRow).values(name=name, value=value)
            session.execute(one.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def wipe_traces(self) -> bool:
        """Rewrite SQLite's file, so that nothing overwritten is left in unused space or its side file.

        ``secure_delete`` alone leaves some copies of rows that were moved between pages. Takes about a second
        for each 50 MB, during which nobody else can write.

        Returns:
            False when a run is active, or something else kept it from being done.
        """
        if self._engine.dialect.name != "sqlite":
            return True
        # Not through the engine, which would start a transaction: neither statement works in one.
        with closing(self._engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            try:
                cursor.execute("SELECT id FROM files WHERE state IN (?, ?) LIMIT 1", HELD_STATES)
                at_work = cursor.fetchone() is not None
                if not at_work:
                    cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = cursor.fetchone() or (1,)
            except sqlite3.OperationalError:
                # Locked for longer than we wait, or no room on the disk for a second copy.
                return False
            return not (busy or at_work)


# Built once: files ask for them again and again.
_CLOCK = select(sa.func.clock_timestamp())
_CLOCK_AND_TRANSACTION = select(sa.func.clock_timestamp(), sa.cast(sa.func.pg_current_xact_id(), sa.String))
_TRANSACTION = select(sa.cast(sa.func.pg_current_xact_id_if_assigned(), sa.String))
_FACT = select(FactRow.value).where(FactRow.name == sa.bindparam("name"))
_KEY_CHECK = select(FactRow.value).where(FactRow.name == KEY_CHECK).with_for_update(read=True)


def read_clock(session: Session) -> datetime:
    """The time by which runs and claims are judged: a database server's, else this machine's."""
    if session.get_bind().dialect.name != "postgresql":
        return utc_now()
    now: datetime = session.execute(_CLOCK).scalar_one()
    return now


def read_fact(session: Session, name: str) -> str | None:
    """The value stored under this name; None where there is none."""
    return session.scalar(_FACT, {"name": name})


def change_state(
    session: Session,
    state: InstrumentedAttribute[str],
    event: Event,
    which: ColumnElement[bool],
    **values: Any,
) -> int:
    """Apply an event to the rows that ``which`` selects; the only place where a state is changed.

    One statement, so that of two processes that want a row one gets it.

    Args:
        session: the transaction that the change belongs to.
        state: the column that holds the state.
        event: what happened; the tables of `mailroom.ledger.states` say which states allow it.
        which: the rows, for example one file that its holder still has.
        values: other columns to set in the same rows.

    Returns:
        The number of rows changed; 0 where ``which`` selects none.

    Raises:
        FileFault: the row is in a state that does not allow the event.
    """
    targets = list_targets(event)
    changed = sa.case({source: target.value for source, target in targets.items()}, value=state)
    done: Any = session.execute(
        update(state.class_).where(which, state.in_(list(targets))).values({state.key: changed, **values}),
        execution_options={"synchronize_session": False},
    )
    if done.rowcount == 0 and (found := session.scalar(select(state).where(which).limit(1))) is not None:
        raise FileFault("illegal_state_change", state=found, event=event)
    return int(done.rowcount)


@contextmanager
def _classified_faults() -> Iterator[None]:
    """Raise a full disk, and a database that is gone or busy, as errors of the tree; others as they are."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        fault = _classify(error)
    else:
        return
    raise fault


def _classify(error: DBAPIError | PoolTimeout) -> Exception:
    cause = getattr(error, "orig", None)
    is_operational = isinstance(error, OperationalError | InterfaceError | PoolTimeout)
    said, is_sqlite = str(cause), isinstance(cause, sqlite3.Error)
    is_full = "No space left" in said or (is_sqlite and "full" in said)
    if get_sqlstate(error) == DISK_FULL or (is_operational and is_full):
        return RunStop(
            "ledger_full",
            what="The disk that holds the ledger is full.",
            fix="Free some space on it and start the run again; it continues where it stopped.",
        )
    if is_sqlite:
        # SQLite has an error for almost everything.
        return Transient("ledger_unreachable") if is_operational and "locked" in said else error
    if isinstance(error, DBAPIError) and (why := find_interruption(error)) is not None:
        return Interrupted(why)
    return Transient("ledger_unreachable") if is_operational else error


def _insert(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what to do about a row that another run has inserted meanwhile."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def add_missing(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose keys are not in the table yet, in the order of their keys."""
    if rows:
        keys = [column.name for column in table.__table__.primary_key]
        in_order = sorted(rows, key=lambda row: [row[key] for key in keys])
        session.execute(_insert(session, table).on_conflict_do_nothing(index_elements=keys), in_order)
