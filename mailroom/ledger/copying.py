"""Copying a ledger into another database, row by row, and closing the old one.

Nothing is decrypted: the copy has the same key. A copy that was interrupted continues. No run opens a ledger
that was moved, or one whose copy is not complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Engine, Select, Table, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from mailroom.errors import ConfigError
from mailroom.ledger import faults
from mailroom.ledger.models import (
    KEY_CHECK,
    MOVED_TO,
    UNFINISHED_COPY,
    Base,
    DecisionRow,
    FactRow,
    PartRow,
    RunRow,
)
from mailroom.ledger.opening import explain_faults, migrate_at, name_url
from mailroom.ledger.runs import name_active_run
from mailroom.ledger.store import read_clock

ROWS_AT_ONCE = 500
# By their keys.
Rows = dict[tuple[Any, ...], dict[str, Any]]
# What a ledger says of its own database.
OWN_FACTS = (MOVED_TO, UNFINISHED_COPY)
# The runs of the old ledger, and their parts, do not work on the new one.
_OF_RUNS = (RunRow.__tablename__, PartRow.__tablename__)
TABLES = [table for table in Base.metadata.sorted_tables if table.name not in _OF_RUNS]


def copy_ledger(source: URL, target: URL, *, trial: bool, show: Callable[[str, int], object]) -> None:
    """Copy all rows and compare each; then close the old ledger and open the new one.

    Args:
        source: the ledger.
        target: an empty database, or the same one as before if the copy was interrupted or a trial.
        trial: leave the old ledger open and the new one closed.
        show: is called with the name and the number of rows of each table that is the same in both.

    Raises:
        ConfigError: a database cannot be opened, the target holds something else, a run is active, or a row
            changed meanwhile.
    """
    with _open(source) as old, _open(target) as new:
        _check_target(old, new, name_url(target))
        for table in TABLES:
            _bring_up_to_date(table, old, new)
        if not trial:
            _close(old, name_url(target))
        for table in TABLES:
            _bring_up_to_date(table, old, new)
            show(table.name, _compare(table, old, new))
        _restart_numbers(new)
        if not trial:
            _delete_fact(new, UNFINISHED_COPY)


@contextmanager
def _open(url: URL) -> Iterator[Engine]:
    with explain_faults(url), ExitStack() as closing:
        engine = migrate_at(url)
        closing.callback(engine.dispose)
        yield engine


def _check_target(old: Engine, new: Engine, name: str) -> None:
    """Refuse a target that is in use; mark an empty one, so that no run opens it before it is complete.

    A ledger's key check differs from that of every other ledger.
    """
    origin = _read_fact(old, KEY_CHECK)
    if origin is None:
        raise ConfigError(
            "no_ledger",
            what="There is no ledger at the URL of --from.",
            fix="Check --from, or MAILROOM_LEDGER_URL and MAILROOM_STATE_DIR.",
        )
    if _read_fact(old, MOVED_TO) not in (None, name):
        raise faults.make_moved_error(_read_fact(old, MOVED_TO) or "")
    if _read_fact(new, UNFINISHED_COPY) == origin:
        return
    if any(_count(table, new) for table in Base.metadata.sorted_tables):
        raise ConfigError(
            "ledger_target_used",
            what="The database of --to already holds a ledger.",
            fix="Name an empty database.",
        )
    with new.begin() as connection:
        connection.execute(sa.insert(FactRow).values(name=UNFINISHED_COPY, value=origin))


def _close(old: Engine, name: str) -> None:
    """Let no run begin on the old ledger.

    Raises:
        ConfigError: one is active; the ledger stays open.
    """
    with Session(old) as session, session.begin():
        # As runs register: one that begins meanwhile waits until this is done, and is refused.
        session.get_one(FactRow, KEY_CHECK, with_for_update=True)
        run = name_active_run(session, read_clock(session))
        if run is not None:
            raise ConfigError(
                "ledger_in_use",
                what=f"A run is active on this ledger: {run}.",
                fix="Wait until it has ended, and start this command again; it continues.",
            )
        session.merge(FactRow(name=MOVED_TO, value=name))


def _bring_up_to_date(table: Table, old: Engine, new: Engine) -> None:
    for page in _list_pages(table, old):
        known = _find(table, new, page)
        changed = {key: row for key, row in page.items() if known.get(key) != row}
        if changed:
            with new.begin() as connection:
                connection.execute(sa.delete(table).where(_is_one_of(table, list(changed))))
                connection.execute(sa.insert(table), list(changed.values()))
    if _count(table, new) != _count(table, old):
        for page in _list_pages(table, new):
            gone = list(page.keys() - _find(table, old, page).keys())
            if gone:
                with new.begin() as connection:
                    connection.execute(sa.delete(table).where(_is_one_of(table, gone)))


def _compare(table: Table, old: Engine, new: Engine) -> int:
    """Return the number of rows, which are the same in both databases.

    Raises:
        ConfigError: they are not the same.
    """
    rows = _count(table, old)
    same = all(_find(table, new, page) == page for page in _list_pages(table, old))
    if not same or _count(table, new) != rows:
        raise ConfigError(
            "ledger_copy_differs",
            what=f"The table {table.name} changed while it was copied.",
            fix="Start this command again when no run is active; it continues.",
        )
    return rows


def _select(table: Table) -> Select[Any]:
    rows = select(table)
    if table.name == FactRow.__tablename__:
        return rows.where(table.c.name.not_in(OWN_FACTS))
    return rows


def _list_pages(table: Table, engine: Engine) -> Iterator[Rows]:
    """Yield all rows by their keys, in pages."""
    keys, last = list(table.primary_key), None
    while True:
        page = _select(table).order_by(*keys).limit(ROWS_AT_ONCE)
        if last is not None:
            page = page.where(sa.tuple_(*keys) > sa.tuple_(*(sa.literal(part) for part in last)))
        found = _read(table, engine, page)
        if found:
            yield found
        if len(found) < ROWS_AT_ONCE:
            return
        last = next(reversed(found))


def _find(table: Table, engine: Engine, page: Rows) -> Rows:
    return _read(table, engine, _select(table).where(_is_one_of(table, list(page))))


def _read(table: Table, engine: Engine, rows: Select[Any]) -> Rows:
    with engine.begin() as connection:
        found = connection.execute(rows).mappings().all()
    return {tuple(row[key] for key in table.primary_key): dict(row) for row in found}


def _is_one_of(table: Table, keys: list[tuple[Any, ...]]) -> ColumnElement[bool]:
    return sa.tuple_(*table.primary_key).in_(keys)


def _count(table: Table, engine: Engine) -> int:
    with engine.begin() as connection:
        return connection.scalar(select(sa.func.count()).select_from(_select(table).subquery())) or 0


def _read_fact(engine: Engine, name: str) -> str | None:
    with engine.begin() as connection:
        return connection.scalar(select(FactRow.value).where(FactRow.name == name))


def _delete_fact(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.delete(FactRow).where(FactRow.name == name))


def _restart_numbers(new: Engine) -> None:
    """PostgreSQL numbers rows by a counter of its own, which copied rows do not advance."""
    if new.dialect.name != "postgresql":
        return
    counter = sa.func.pg_get_serial_sequence(DecisionRow.__tablename__, DecisionRow.id.key)
    with new.begin() as connection:
        connection.execute(select(sa.func.setval(counter, sa.func.max(DecisionRow.id))))
