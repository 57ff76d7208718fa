"""Changing the key that encrypts, while runs continue.

One fact, the key check, is encrypted with the key that encrypts this ledger now. Whoever encrypts reads it in
the same transaction and uses that key, not the first one it knows: so a change takes effect for all at one
time, and from then on no process encrypts with the old key. Older values are then encrypted again, a few rows
at a time; until it all is, both keys open. Where keys come from, and when the old one goes, is not decided
here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Column, ColumnElement

from mailroom.errors import ConfigError
from mailroom.ledger.absence import repeating
from mailroom.ledger.models import ENCRYPTED_FACTS, KEY_CHECK, Base, FactRow
from mailroom.ledger.store import Store, add_missing
from mailroom.privacy.encryption import wrong_key

ROWS_AT_ONCE = 200


@dataclass(frozen=True)
class RotationResult:
    """How many values were encrypted again, and how many no key opens: those were left as they are."""

    values: int
    undecryptable: int


class KeyRotation(Store):
    """The key check, and what is encrypted."""

    def check_key(self) -> None:
        """Make sure that the key opens this ledger; in a new one, note which key it is.

        Raises:
            ConfigError: it was encrypted with another key.
        """
        with self._transaction() as session:
            add_missing(session, FactRow, [{"name": KEY_CHECK, "value": self._key.encrypt(KEY_CHECK)}])
            stored = session.get_one(FactRow, KEY_CHECK).value
        if self._key.decrypt(stored) != KEY_CHECK:
            raise wrong_key()

    def use_first_key(self) -> None:
        """From now on everything is encrypted with the first key, by every process.

        Raises:
            ConfigError: another change is under way, to a key that is not known here.
        """
        self._key.reload()
        with self._transaction() as session:
            # Waits for those who are encrypting with the old one (PostgreSQL; in SQLite one transaction is
            # alone).
            check = session.get_one(FactRow, KEY_CHECK, with_for_update=True)
            if not self._key.is_current(check.value):
                check.value = self._key.reencrypt(check.value)

    def reencrypt_all(self, sleep: Callable[[float], None] = time.sleep) -> RotationResult:
        """Encrypt again whatever is not encrypted with the first key; may be broken off and begun again."""
        values = undecryptable = 0
        for column, which in list_encrypted_columns():
            after: str | None = None
            while True:
                began = time.monotonic()
                names, done, failed = self._reencrypt_some(column, which, after)
                values, undecryptable = values + done, undecryptable + failed
                if not names:
                    break
                after = names[-1]
                # As long as others were kept waiting, they have their turn.
                sleep(time.monotonic() - began)
        return RotationResult(values, undecryptable)

    @repeating
    def _reencrypt_some(
        self, column: Column[str], which: ColumnElement[bool], after: str | None
    ) -> tuple[list[str], int, int]:
        (name,) = column.table.primary_key.columns
        found = sa.select(name, column).where(column.is_not(None), which).order_by(name).limit(ROWS_AT_ONCE)
        with self._transaction() as session:
            rows = session.execute(found if after is None else found.where(name > after)).all()
            stale = [(one, stored) for one, stored in rows if not self._key.is_current(stored)]
            failed = 0
            for one, stored in stale:
                try:
                    token = self._key.reencrypt(stored)
                except ConfigError:
                    failed += 1
                    continue
                # Not over what another one wrote meanwhile: that is encrypted with the first key already.
                same = sa.and_(name == one, column == stored)
                session.execute(sa.update(column.table).where(same).values({column.name: token}))
        return [one for one, _ in rows], len(stale) - failed, failed


def list_encrypted_columns() -> list[tuple[Column[str], ColumnElement[bool]]]:
    """Every column that holds encrypted values, and in which rows it does."""
    columns = [
        (column, sa.true())
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    ]
    facts = Base.metadata.tables[FactRow.__tablename__].columns
    return [(facts["value"], facts["name"].in_(ENCRYPTED_FACTS)), *columns]
