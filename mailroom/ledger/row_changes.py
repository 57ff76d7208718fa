"""Looks at one row and changes of one row, by statements that are built once in a process.

Each file has several of them. SQLAlchemy needs more processor time to build a statement, and to see that it
was compiled before, than SQLite needs to carry it out. The session's connection carries changes out: the
session would first prepare for objects, of which there are none. A row is selected by values that its columns
all have to equal. Changes of many rows are in `mailroom.ledger.store`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from mailroom.errors import FileFault
from mailroom.ledger.models import Base
from mailroom.ledger.states import Event, list_targets

Names = tuple[str, ...]
Row = TypeVar("Row", bound=Base)


def find_row(session: Session, table: type[Row], key: str) -> Row | None:
    """Return the row of this primary key as it is stored; None if there is none."""
    return session.scalars(_build_find(table), {"key": key}).first()


def add_row(session: Session, table: type[Row], values: Mapping[str, Any]) -> Row:
    """Insert a row, unless one with its primary key is there; return the one that is stored now."""
    insert = _build_insert(table, tuple(values), session.get_bind().dialect.name)
    # Without this option the number is unknown with PostgreSQL.
    done = session.connection().execute(
        insert, _bind({}, values), execution_options={"preserve_rowcount": True}
    )
    if done.rowcount:
        return table(**values)
    (key,) = table.__mapper__.primary_key
    found = find_row(session, table, values[key.name])
    assert found is not None  # noqa: S101 - it kept the insert from being carried out
    return found


def update_row(session: Session, table: type[Base], which: Mapping[str, Any], **values: Any) -> int:
    """Set columns of the row in which all columns of ``which`` have these values; the number of rows: 0 or 1.

    ``which`` and ``values`` are by the names of the class's attributes.
    """
    statement = _build_update(table, tuple(which), tuple(values))
    return session.connection().execute(statement, _bind(which, values)).rowcount


def change_row(
    session: Session,
    state: InstrumentedAttribute[str],
    event: Event,
    which: Mapping[str, Any],
    **values: Any,
) -> int:
    """Apply an event to one row, as `mailroom.ledger.store.change_state` does; the number of rows: 0 or 1.

    Raises:
        FileFault: the row is in a state that does not allow the event.
    """
    table = cast("type[Base]", state.class_)
    names = tuple(which), tuple(values)
    statement = _build_change(table, state.key, event, *names)
    rows = session.connection().execute(statement, _bind(which, values)).rowcount
    if rows == 0:
        found = session.scalar(_build_look(table, state.key, tuple(which)), _bind(which, {}))
        if found is not None:
            raise FileFault("illegal_state_change", state=found, event=event)
    return rows


def _bind(which: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"is_{name}": value for name, value in which.items()} | {
        f"new_{name}": value for name, value in values.items()
    }


@cache
def _build_find(table: type[Row]) -> sa.Select[tuple[Row]]:
    (key,) = table.__mapper__.primary_key
    return sa.select(table).where(key == bindparam("key"))


@cache
def _build_insert(table: type[Base], values: Names, dialect: str) -> postgresql.Insert | sqlite.Insert:
    columns = table.__mapper__.columns
    new: dict[Any, Any] = {columns[name]: bindparam(f"new_{name}") for name in values}
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(cast("sa.Table", table.__table__)).values(new).on_conflict_do_nothing()


@cache
def _build_update(table: type[Base], which: Names, values: Names) -> sa.Update:
    columns = table.__mapper__.columns
    changed: dict[Any, Any] = {columns[name]: bindparam(f"new_{name}") for name in values}
    return sa.update(cast("sa.Table", table.__table__)).where(*_select(table, which)).values(changed)


@cache
def _build_change(table: type[Base], state: str, event: Event, which: Names, values: Names) -> sa.Update:
    column, targets = table.__mapper__.columns[state], list_targets(event)
    changed = sa.case({source: target.value for source, target in targets.items()}, value=column)
    return _build_update(table, which, values).where(column.in_(list(targets))).values({column: changed})


@cache
def _build_look(table: type[Base], state: str, which: Names) -> sa.Select[tuple[str]]:
    return sa.select(table.__mapper__.columns[state]).where(*_select(table, which))


def _select(table: type[Base], which: Names) -> list[ColumnElement[bool]]:
    """The conditions; also a value that is missing equals one that is missing."""
    columns = table.__mapper__.columns
    return [
        columns[name] == bindparam(f"is_{name}")
        if columns[name].primary_key
        else columns[name].is_not_distinct_from(bindparam(f"is_{name}"))
        for name in which
    ]
