"""The case index: cases of the CRM in the ledger, encrypted, and found by keyed hashes without any call.

What a record holds, and by which texts it is found, its callers decide (`mailroom.matching.case_index`). An
import writes a generation of its own, which replaces the one before in one transaction when it is complete:
a broken import changes nothing. The hashes' key is made at the first use, and `keys rotate` keeps it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from mailroom.errors import RunStop
from mailroom.ledger.absence import repeating
from mailroom.ledger.models import INDEX_KEY, FactRow, IndexEntryRow, IndexHashRow
from mailroom.ledger.store import NO_SYNC, Store, add_missing, read_fact
from mailroom.privacy.client_data import ClientData
from mailroom.privacy.encryption import keyed_hash

# The generation of the cases that `cases sync` reads.
SYNCED = 0
# Facts: the generation that counts, the last one that was begun, and the times of the last import and sync.
COUNTING, BEGUN, IMPORTED_AT, SYNCED_AT = "index_counts", "index_begun", "index_imported", "index_synced"
HASH_LENGTH = 26
ROWS_AT_ONCE = 1000


@dataclass(frozen=True, repr=False)
class IndexEntry(ClientData):
    """A case for the index: its number, the record to be given back, and the texts by which it is found."""

    number: str
    record: str
    found_by: frozenset[str]


@dataclass(frozen=True)
class IndexState:
    """How many cases the index holds, and when they were last imported or synced; None: never."""

    cases: int
    imported: datetime | None
    synced: datetime | None

    @property
    def newest(self) -> datetime | None:
        """When the index was last filled."""
        return max((time for time in (self.imported, self.synced) if time), default=None)


@dataclass(frozen=True)
class ImportResult:
    """How many cases an import put into the index, and how many of the one before left it."""

    cases: int
    left: int


class IndexStore(Store):
    """The tables of the case index."""

    _index_key: str | None = None

    def begin_import(self) -> int:
        """Begin a generation, which nobody finds until `finish_import`; return its number."""
        with self._transaction() as session:
            number = 1 + max(_read_number(session, BEGUN), _read_number(session, COUNTING))
            session.merge(FactRow(name=BEGUN, value=str(number)))
            return number

    def add_to_index(self, entries: Sequence[IndexEntry], generation: int = SYNCED) -> None:
        """Put cases into a generation; one that is in it already is replaced.

        One transaction: a thousand or two at once are a good number.
        """
        with self._transaction() as session:
            key, encrypt, now = (
                self._ensure_index_key(session),
                self._choose_encryption(session),
                self._now(session),
            )
            named = {f"{keyed_hash(key, 'case', one.number)}.{generation}": one for one in entries}
            if generation == SYNCED:
                _delete_entries(session, list(named))
            rows = [
                {"entry": name, "generation": generation, "record_sealed": encrypt(one.record), "noted": now}
                for name, one in named.items()
            ]
            hashes = [
                {"hash": keyed_hash(key, "found by", text), "entry": name}
                for name, one in named.items()
                for text in one.found_by
            ]
            for table, values in ((IndexEntryRow, rows), (IndexHashRow, hashes)):
                if values:
                    session.execute(insert(table.__table__), values)  # type: ignore[arg-type]

    def finish_import(self, generation: int, cases: int) -> ImportResult:
        """Let this generation of so many cases replace the imported ones.

        Raises:
            RunStop: another import has replaced it meanwhile.
        """
        with self._transaction() as session:
            before = _read_number(session, COUNTING)
            there = _count(session, IndexEntryRow.generation == generation)
            if there != cases or before > generation:
                raise RunStop(
                    "another_import",
                    what="Another import of cases into this ledger has ended in the meantime.",
                    fix="Start the command again if this file is the newer one.",
                )
            left = _count_left(session, before, generation) if before else 0
            session.merge(FactRow(name=COUNTING, value=str(generation)))
            session.merge(FactRow(name=IMPORTED_AT, value=self._now(session).isoformat()))
        self._delete_where(IndexEntryRow.generation.not_in((SYNCED, generation)))
        return ImportResult(cases, left)

    def find_in_index(self, text: str) -> list[str]:
        """Return the records that are found by this text, in an order that does not change."""
        with self._reading() as session:
            if (key := self._read_index_key(session)) is None:
                return []
            rows = session.scalars(_FOUND, {"hash": keyed_hash(key, "found by", text)}).all()
        return [self._key.decrypt(sealed) for sealed in rows]

    def has_cases(self) -> bool:
        """Whether there is a case in the index."""
        with self._reading() as session:
            return session.scalar(select(IndexEntryRow.entry).where(_COUNTS).limit(1)) is not None

    def describe_index(self) -> IndexState:
        """Return how many cases are in the index, and how old they are."""
        with self._reading() as session:
            distinct = func.count(func.distinct(func.substr(IndexEntryRow.entry, 1, HASH_LENGTH)))
            cases = session.scalar(select(distinct).where(_COUNTS)) or 0
            times = (_read_time(session, name) for name in (IMPORTED_AT, SYNCED_AT))
            return IndexState(cases, *times)

    def list_to_sync(self, numbers: Collection[str], before: datetime) -> list[str]:
        """Return those of these case numbers that no sync has seen since ``before``."""
        with self._transaction() as session:
            key = self._ensure_index_key(session)
            fresh = set(
                session.scalars(
                    select(IndexEntryRow.entry).where(
                        IndexEntryRow.generation == SYNCED, IndexEntryRow.noted >= before
                    )
                )
            )
            return [one for one in numbers if f"{keyed_hash(key, 'case', one)}.{SYNCED}" not in fresh]

    def finish_sync(self, numbers: Collection[str]) -> int:
        """Drop the synced cases that are not among these numbers, note the time, and return how many went."""
        with self._transaction() as session:
            key = self._ensure_index_key(session)
            listed = {f"{keyed_hash(key, 'case', one)}.{SYNCED}" for one in numbers}
            known = session.scalars(select(IndexEntryRow.entry).where(IndexEntryRow.generation == SYNCED))
            gone = [entry for entry in known if entry not in listed]
            session.merge(FactRow(name=SYNCED_AT, value=self._now(session).isoformat()))
        return sum(
            self._delete_where(IndexEntryRow.entry.in_(gone[start : start + ROWS_AT_ONCE]))
            for start in range(0, len(gone), ROWS_AT_ONCE)
        )

    def count_in_index(self, before: datetime) -> int:
        """Return how many entries were last seen before this time."""
        with self._reading() as session:
            return _count(session, IndexEntryRow.noted < before)

    def purge_index(self, before: datetime) -> int:
        """Drop the entries that no import and no sync has seen since this time; return how many went."""
        return self._delete_where(IndexEntryRow.noted < before)

    def _delete_where(self, which: ColumnElement[bool]) -> int:
        """Delete entries with their hashes, some in each transaction; return their number."""
        total = 0
        while True:
            gone = self._delete_some(which)
            total += gone
            if gone < ROWS_AT_ONCE:
                return total

    @repeating
    def _delete_some(self, which: ColumnElement[bool]) -> int:
        with self._transaction() as session:
            found = session.scalars(select(IndexEntryRow.entry).where(which).limit(ROWS_AT_ONCE)).all()
            _delete_entries(session, found)
            return len(found)

    def _read_index_key(self, session: Session) -> str | None:
        if self._index_key is None and (sealed := read_fact(session, INDEX_KEY)) is not None:
            self._index_key = self._key.decrypt(sealed)
        return self._index_key

    def _ensure_index_key(self, session: Session) -> str:
        if read_fact(session, INDEX_KEY) is None:
            new = self._encrypt(session, secrets.token_urlsafe(32))
            add_missing(session, FactRow, [{"name": INDEX_KEY, "value": new}])
        sealed = read_fact(session, INDEX_KEY)
        assert sealed is not None  # noqa: S101 - it was stored above
        # Not kept: this transaction may not be committed.
        return self._key.decrypt(sealed)


# The entries that count: what was synced, and the import that was finished last.
_COUNTS = or_(
    IndexEntryRow.generation == SYNCED,
    IndexEntryRow.generation
    == select(cast(FactRow.value, Integer)).where(FactRow.name == COUNTING).scalar_subquery(),
)
_FOUND = (
    select(IndexEntryRow.record_sealed)
    .join(IndexHashRow, IndexHashRow.entry == IndexEntryRow.entry)
    .where(IndexHashRow.hash == bindparam("hash"), _COUNTS)
    .order_by(IndexEntryRow.entry)
)


def _read_number(session: Session, name: str) -> int:
    row = session.get(FactRow, name)
    return int(row.value) if row else 0


def _read_time(session: Session, name: str) -> datetime | None:
    row = session.get(FactRow, name)
    return datetime.fromisoformat(row.value) if row else None


def _count(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(IndexEntryRow).where(which)) or 0


def _count_left(session: Session, before: int, after: int) -> int:
    """Return how many cases of one generation are not in another."""
    newer = aliased(IndexEntryRow)
    name = func.substr(IndexEntryRow.entry, 1, HASH_LENGTH).op("||")(literal(f".{after}"))
    stays: Select[Any] = select(newer.entry).where(newer.entry == name)
    return _count(session, (IndexEntryRow.generation == before) & ~stays.exists())


def _delete_entries(session: Session, names: Sequence[str] | Iterable[str]) -> None:
    names = list(names)
    for column in (IndexHashRow.entry, IndexEntryRow.entry):
        session.execute(delete(column.class_).where(column.in_(names)), execution_options=NO_SYNC)
