"""The plans by which a database carries out what the ledger asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from mailroom.ledger import Ledger


def explain(ledger: Ledger, look: Callable[[Ledger], object], about: str = "") -> list[str]:
    """Return the database's own plan of each statement with these words; PostgreSQL reads small tables whole
    unless it is told not to.
    """
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(ledger._engine, "before_cursor_execute", note)
    look(ledger)
    event.remove(ledger._engine, "before_cursor_execute", note)
    command = "EXPLAIN QUERY PLAN"
    with ledger._engine.connect() as connection:
        if ledger._engine.dialect.name == "postgresql":
            command = "EXPLAIN"
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [
            str(connection.exec_driver_sql(f"{command} {statement}", parameters).all())
            for statement, parameters in asked
            if about in statement
        ]
