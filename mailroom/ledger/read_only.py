"""Reading a ledger that must not be changed, or that another process has locked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from mailroom.ledger.models import RunRow
from mailroom.ledger.postgresql import make_engine
from mailroom.ledger.runs import RunRole, describe_run

TIMEOUT_SECONDS = 5


def make_reading_engine(url: URL, file: Path | None) -> Engine:
    """Return an engine for reading; on SQLite it opens ``file``, and is not blocked by one that writes."""
    if file is None:
        return make_engine(url, NullPool)
    address = f"{file.absolute().as_uri()}?mode=ro"
    return create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, timeout=TIMEOUT_SECONDS),
        poolclass=NullPool,
    )


def name_filing_run(file: Path) -> str:
    """The run that files documents on a SQLite ledger, in words; "" if none is known."""
    engine = make_reading_engine(URL.create("sqlite"), file)
    filing = select(RunRow).where(RunRow.role == RunRole.FILING).order_by(RunRow.begun).limit(1)
    try:
        with Session(engine) as session:
            run = session.scalar(filing)
    except SQLAlchemyError:
        # A ledger of an older version has another table of runs, or none.
        return ""
    finally:
        engine.dispose()
    return describe_run(run) if run is not None else ""
