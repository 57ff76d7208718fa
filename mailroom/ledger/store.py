"""What is known of every file: the ledger's calls, each one committed transaction.

The truth about a file stands here, not in Prefect's tables and not in the folder it lies in. Claims are
atomic: of two runs that want one file, one gets it. States: pending → claimed → settled (its outcome is
decided, only the move is left) → done, or failed. Nothing here talks to Drive or Logiqs.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Engine, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from mailroom.drive.listing import ListedFile
from mailroom.errors import RunStop, Transient
from mailroom.ledger import runs
from mailroom.ledger.models import KEY_CHECK, Base, FactRow, FileRow, FolderRow
from mailroom.privacy.client_data import ClientData
from mailroom.privacy.encryption import LedgerKey

TERMINAL = ("done", "failed")


@dataclass(frozen=True)
class FolderProgress:
    """How far a folder's listing has come in one run."""

    page_token: str | None
    done: bool


@dataclass(frozen=True, repr=False)
class Settled(ClientData):
    """What was decided of a file. ``target`` names the folder it goes to; None leaves it in the inbox."""

    outcome: str
    reason: str
    target: str | None
    sha256: str | None = None
    case_id: int | None = None
    document_id: int | None = None
    task_id: int | None = None


@dataclass(frozen=True)
class FileResult:
    """What became of a file; no client data."""

    id: str
    outcome: str
    reason: str | None
    stage_seconds: dict[str, float]


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Store:
    """The database and its key; the parts of the ledger build upon it."""

    def __init__(self, engine: Engine, key: LedgerKey, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._key = key
        self._clock = clock
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with _faults_judged(), self._sessions.begin() as session:
            yield session

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with _faults_judged(), self._sessions() as session:
            yield session

    def _sealed(self, session: Session, text: str) -> str:
        """The text, sealed with the key that seals this ledger now; see `mailroom.ledger.key_rotation`.

        Raises:
            ConfigError: the key was changed, and this process cannot come by the new one.
        """
        # Read so that it stands until this transaction has ended; in SQLite, transactions do not meet.
        check = session.get_one(FactRow, KEY_CHECK, with_for_update={"read": True})
        return self._key.seal_like(check.value, text)

    def fact(self, name: str) -> str | None:
        """Something remembered under this name."""
        with self._reading() as session:
            row = session.get(FactRow, name)
            return row.value if row else None

    def remember(self, name: str, value: str) -> None:
        """Remember it, in place of what stood there."""
        with self._transaction() as session:
            one = _insert(session, FactRow).values(name=name, value=value)
            session.execute(one.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


class ScanStore(Store):
    """A run's begin and end, and folders and listed files of its scan."""

    def begin_run(self, run_id: str, holder: str) -> None:
        """It is under way from now on: no other run takes over what it takes up."""
        with self._transaction() as session:
            runs.begin(session, run_id, holder, self._clock())

    def end_run(self, run_id: str) -> None:
        """What it left is the next run's."""
        with self._transaction() as session:
            runs.end(session, run_id)

    def start_scan(self, run_id: str, folder_ids: Sequence[str]) -> None:
        """Begin with these folders; beginning twice changes nothing."""
        self.add_folders(run_id, folder_ids)

    def add_folders(self, run_id: str, folder_ids: Sequence[str]) -> list[str]:
        """Note folders that are to be listed; the new ones come back, so none is listed twice."""
        with self._transaction() as session:
            known = set(
                session.scalars(
                    select(FolderRow.folder_id).where(
                        FolderRow.run_id == run_id, FolderRow.folder_id.in_(folder_ids)
                    )
                )
            )
            new = [one for one in dict.fromkeys(folder_ids) if one not in known]
            now = self._clock()
            rows = [{"run_id": run_id, "folder_id": one, "done": False, "noted": now} for one in new]
            _add_missing(session, FolderRow, rows)
            return new

    def folders_to_scan(self, run_id: str) -> list[str]:
        """The folders of this run's scan whose listing has not come to its end."""
        with self._reading() as session:
            found = select(FolderRow.folder_id).where(FolderRow.run_id == run_id, FolderRow.done.is_(False))
            return list(session.scalars(found.order_by(FolderRow.folder_id)))

    def folder_progress(self, run_id: str, folder_id: str) -> FolderProgress:
        """Where this folder's listing goes on."""
        with self._reading() as session:
            row = session.get(FolderRow, (run_id, folder_id))
            return FolderProgress(row.page_token, row.done) if row else FolderProgress(None, done=False)

    def record_page(
        self, run_id: str, folder_id: str, files: Sequence[ListedFile], next_token: str | None
    ) -> None:
        """Take a page's files and the token of the next one into the ledger, both or neither."""
        now = self._clock()
        with self._transaction() as session:
            _add_missing(session, FileRow, [_new_file(file, run_id, now) for file in files])
            # In one order, and locked where the database locks rows: two runs may list the same files.
            listed = select(FileRow).where(FileRow.id.in_([file.id for file in files]))
            rows = session.scalars(listed.order_by(FileRow.id).with_for_update())
            known = {row.id: row for row in rows}
            taken = runs.others(session, run_id, now)
            for file in files:
                # This page may be older than what the other run has done with the file since.
                if known[file.id].taken_run_id not in taken:
                    _listed_again(known[file.id], file, run_id, now)
            self._keep_token(session, run_id, folder_id, next_token)

    def restart_folder(self, run_id: str, folder_id: str) -> None:
        """Its page token was rejected: list it from the first page."""
        with self._transaction() as session:
            self._keep_token(session, run_id, folder_id, None)

    def folder_done(self, run_id: str, folder_id: str) -> None:
        """Its listing came to its end."""
        with self._transaction() as session:
            row = session.get_one(FolderRow, (run_id, folder_id))
            row.done, row.page_token, row.noted = True, None, self._clock()

    def _keep_token(self, session: Session, run_id: str, folder_id: str, token: str | None) -> None:
        at, noted = {"run_id": run_id, "folder_id": folder_id}, self._clock()
        session.merge(FolderRow(**at, page_token=token, done=False, noted=noted))


@contextmanager
def _faults_judged() -> Iterator[None]:
    """Tell a full disk, and a database that is gone or busy, from faults of this program."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        fault, cause = error, getattr(error, "orig", None)
    else:
        return
    said = str(cause)
    if "full" in said or "No space left" in said:
        raise RunStop(
            "ledger_full",
            what="The disk that holds the ledger is full.",
            mend="Free some space on it and start the run again; it continues where it stopped.",
        )
    # SQLite has a kind for almost everything; a server's are all of the passing kind.
    if isinstance(cause, sqlite3.Error) and "locked" not in said:
        raise fault
    raise Transient("ledger_unreachable")


def _insert(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what to do about a row that another run has put there meanwhile."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _add_missing(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose keys are not there yet, in the order of their keys."""
    if rows:
        keys = [column.name for column in table.__table__.primary_key]
        in_order = sorted(rows, key=lambda row: [row[key] for key in keys])
        session.execute(_insert(session, table).on_conflict_do_nothing(index_elements=keys), in_order)


def _new_file(file: ListedFile, run_id: str, now: datetime) -> dict[str, Any]:
    return {
        "id": file.id,
        "parent_id": file.parent_id,
        "size": file.size,
        "md5": file.md5,
        "created": file.created,
        "state": "pending",
        "attempts": 0,
        "scan_run_id": run_id,
        "first_seen": now,
        "updated": now,
    }


def _listed_again(row: FileRow, file: ListedFile, run_id: str, now: datetime) -> None:
    """What a listing says of a file.

    A done one in the inbox again was put back, and is pending anew; so is one that was decided, if it holds
    other bytes by now.
    """
    if row.state == "claimed":
        return
    if row.state in TERMINAL or (row.state == "settled" and row.md5 != file.md5):
        row.state, row.attempts = "pending", 0
        row.outcome = row.reason = row.target = row.done_at = None
    row.parent_id, row.size, row.md5 = file.parent_id, file.size, file.md5
    row.created, row.scan_run_id, row.taken_run_id, row.updated = file.created, run_id, None, now


class FileStore(Store):
    """Claims, outcomes and results of files."""

    def take_up(self, run_id: str, limit: int | None) -> int:
        """Mark which of the files that this run listed it takes up, the oldest first; how many they are.

        Those that another run has taken up, which is under way, are that run's.
        """
        now = self._clock()
        values = {"taken_run_id": run_id, "stage_seconds": None, "fault": None, "updated": now}
        with self._transaction() as session:
            free = and_(
                FileRow.scan_run_id == run_id,
                FileRow.state.in_(("pending", "settled")),
                sa.func.coalesce(FileRow.taken_run_id, "").not_in(runs.others(session, run_id, now)),
            )
            wanted = select(FileRow.id).where(free).order_by(FileRow.created, FileRow.id).limit(limit)
            ids, taken = list(session.scalars(wanted)), 0
            for start in range(0, len(ids), 500):
                chosen = and_(FileRow.id.in_(ids[start : start + 500]), free)
                done: Any = session.execute(update(FileRow).where(chosen).values(**values))
                taken += int(done.rowcount)
            return taken

    def pending(self, run_id: str, after: str | None, limit: int) -> list[str]:
        """The next ids that this run took up and has not done, behind ``after``, the oldest first."""
        found = select(FileRow.id).where(
            FileRow.taken_run_id == run_id, FileRow.state.in_(("pending", "settled"))
        )
        with self._reading() as session:
            if after is not None and (last := session.get(FileRow, after)) is not None:
                behind = and_(FileRow.created == last.created, FileRow.id > last.id)
                found = found.where(or_(FileRow.created > last.created, behind))
            return list(session.scalars(found.order_by(FileRow.created, FileRow.id).limit(limit)))

    def claim(self, file_id: str, holder: str, lease_seconds: float) -> FileRow | None:
        """Make the file this holder's alone.

        Returns:
            Its row; None when another one has it, or nothing is left to do.
        """
        now = self._clock()
        lapsed = and_(FileRow.state == "claimed", FileRow.lease_until < now)
        free = or_(FileRow.state.in_(("pending", "settled")), lapsed)
        with self._transaction() as session:
            won: Any = session.execute(
                update(FileRow)
                .where(FileRow.id == file_id, free)
                .values(
                    state="claimed",
                    holder=holder,
                    attempts=FileRow.attempts + 1,
                    lease_until=now + timedelta(seconds=lease_seconds),
                    updated=now,
                )
            )
            return session.get(FileRow, file_id) if won.rowcount == 1 else None

    def still_mine(self, file_id: str, holder: str, lease_seconds: float) -> bool:
        """Whether this holder's claim stands; it is renewed if so. Ask before every write to the outside."""
        until = self._clock() + timedelta(seconds=lease_seconds)
        return self._change(file_id, holder, lease_until=until) == 1

    def release(self, file_id: str, holder: str, reason: str) -> None:
        """Give the file back, to be tried again."""
        with self._transaction() as session:
            row = session.get(FileRow, file_id)
            if row is not None and row.state == "claimed" and row.holder == holder:
                row.state = "settled" if row.outcome else "pending"
                row.fault = reason
                row.holder = row.lease_until = None

    def settle(self, file_id: str, holder: str, settled: Settled) -> None:
        """Commit what was decided; the claim stands until the move is done."""
        values = {name: value for name, value in vars(settled).items() if name != "case_id"}
        with self._transaction() as session:
            case = settled.case_id
            sealed = None if case is None else self._sealed(session, str(case))
            self._change_in(session, file_id, holder, case_sealed=sealed, **values)

    def finish(self, file_id: str, holder: str) -> None:
        """It was moved: nothing is left to do."""
        self._end(file_id, holder, state="done")

    def fail(self, file_id: str, holder: str, reason: str) -> None:
        """A lasting fault left it in the inbox; the next scan takes it up again."""
        self._end(file_id, holder, state="failed", outcome="failed", reason=reason, target=None)

    def note_seconds(self, file_id: str, seconds: dict[str, float]) -> None:
        """Keep how long each stage took."""
        with self._transaction() as session:
            session.execute(update(FileRow).where(FileRow.id == file_id).values(stage_seconds=seconds))

    def free_dead_claims(self, is_alive: Callable[[str], bool]) -> int:
        """Give back what dead holders of this machine have claimed, and what leases ran out on; how many."""
        now = self._clock()
        claimed = select(FileRow.holder).where(FileRow.state == "claimed").distinct()
        with self._transaction() as session:
            dead = [one for one in session.scalars(claimed) if one is not None and not is_alive(one)]
            over = or_(FileRow.holder.in_(dead), FileRow.lease_until < now)
            freed = 0
            for state, which in (("settled", FileRow.outcome.is_not(None)), ("pending", sa.true())):
                freed += _give_back(session, state, and_(FileRow.state == "claimed", over, which))
            return freed

    def counts(self, run_id: str) -> Counter[str]:
        """Files that the run took up, by outcome."""
        return Counter(result.outcome for result in self.results(run_id))

    def results(self, run_id: str) -> Iterator[FileResult]:
        """What became of each file that the run took up, the oldest first."""
        found = select(FileRow).where(FileRow.taken_run_id == run_id).order_by(FileRow.created, FileRow.id)
        with self._reading() as session:
            for row in session.scalars(found.execution_options(yield_per=500)):
                ended = row.state in TERMINAL and row.outcome is not None
                outcome = row.outcome if ended and row.outcome else "pending"
                yield FileResult(row.id, outcome, row.reason if ended else row.fault, row.stage_seconds or {})

    def _change(self, file_id: str, claimed_by: str, **values: Any) -> int:
        with self._transaction() as session:
            return self._change_in(session, file_id, claimed_by, **values)

    def _change_in(self, session: Session, file_id: str, claimed_by: str, **values: Any) -> int:
        mine = and_(FileRow.id == file_id, FileRow.holder == claimed_by, FileRow.state == "claimed")
        done: Any = session.execute(update(FileRow).where(mine).values(updated=self._clock(), **values))
        return int(done.rowcount)

    def _end(self, file_id: str, claimed_by: str, **values: Any) -> None:
        self._change(file_id, claimed_by, done_at=self._clock(), holder=None, lease_until=None, **values)


def _give_back(session: Session, state: str, which: ColumnElement[bool]) -> int:
    done: Any = session.execute(
        update(FileRow)
        .where(which)
        .values(state=state, holder=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)
