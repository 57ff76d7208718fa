"""Looking at a ledger without making, migrating or changing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from mailroom.config.settings import Settings
from mailroom.errors import Transient
from mailroom.ledger import faults, opening
from mailroom.ledger.case_index import IndexState, IndexStore
from mailroom.ledger.ledger import Ledger
from mailroom.ledger.models import KEY_CHECK, MOVED_TO, UNFINISHED_COPY, FileRow
from mailroom.ledger.postgresql import check_permissions
from mailroom.ledger.read_only import make_reading_engine
from mailroom.ledger.runs import Lease, LeaseRequest, RunStore
from mailroom.privacy.encryption import KeyFile, LedgerKey, wrong_key


@dataclass(frozen=True)
class LedgerInspection:
    """What was seen. ``schema`` None: there is no ledger yet; ``file`` None: it is not a file."""

    where: str
    backend: str
    file: Path | None
    schema: str | None
    newest: str


def inspect_ledger(settings: Settings) -> LedgerInspection:
    """See whether a run could open it.

    Raises:
        ConfigError: it cannot be reached, is not a ledger, is newer than this program, has another key,
            was moved to another database, is an unfinished copy, or is gone while its key file is there.
    """
    url = opening.find_ledger_url(settings)
    file, schemas = opening.find_ledger_file(url), opening.list_schemas()
    try:
        schema = _schema_in(url, file, _key(settings, file))
    except OSError:
        raise faults.make_unusable_error("The ledger cannot be read", file) from None
    if schema is not None and schema not in schemas:
        raise faults.make_newer_error()
    backend = url.get_backend_name() if file is None else "SQLite"
    where = f"{url.host or ''}/{url.database or ''}" if file is None else str(file)
    return LedgerInspection(where, backend, file, schema, schemas[0])


def _key(settings: Settings, file: Path | None) -> LedgerKey | None:
    """The key; None where there is neither a ledger nor a key file yet."""
    if settings.ledger_key is not None:
        return LedgerKey(settings.ledger_key.get_secret_value())
    if file is None:
        raise faults.make_key_error()
    # A key is made only where there is no ledger either; that is for the run to do.
    key_file = KeyFile(file)
    if opening.is_lost(key_file):
        raise faults.make_lost_error(key_file)
    return key_file.key() if _is_there(file) or key_file.path.exists() else None


def _is_there(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def _schema_in(url: URL, file: Path | None, key: LedgerKey | None) -> str | None:
    if key is None or (file is not None and not _is_there(file)):
        return None
    engine: Engine | None = None
    try:
        engine = make_reading_engine(url, file)
        opening.check_undamaged(engine)
        with engine.connect() as connection:
            schema = opening.read_schema(connection)
            if engine.dialect.name == "postgresql" and schema != opening.list_schemas()[0]:
                check_permissions(connection)
        ledger = Ledger(engine, key)
        names = (KEY_CHECK, MOVED_TO, UNFINISHED_COPY) if schema in opening.list_schemas() else ()
        facts = {name: value for name in names if (value := ledger.get_fact(name)) is not None}
    except (SQLAlchemyError, sqlite3.Error, ImportError) as error:
        raise faults.explain_not_opened(error, url) from None
    finally:
        if engine is not None:
            engine.dispose()
    if MOVED_TO in facts:
        raise faults.make_moved_error(facts[MOVED_TO])
    if UNFINISHED_COPY in facts:
        raise faults.make_unfinished_copy_error()
    if KEY_CHECK in facts and key.decrypt(facts[KEY_CHECK]) != KEY_CHECK:
        raise wrong_key()
    return schema


def open_register(settings: Settings) -> Ledger | None:
    """Open the real ledger for a dry run, which registers in its table of runs and writes nothing else.

    Returns:
        None where no run of this version has made or migrated it yet, or it is lost.

    Raises:
        ConfigError: as `inspect_ledger`.
    """
    key_file = opening.find_key_file(settings)
    if key_file is not None and opening.is_lost(key_file):
        return None
    look = inspect_ledger(settings)
    if look.schema != look.newest:
        return None
    return opening.open_at(opening.find_ledger_url(settings), settings.ledger_key, None)


def find_refusal(settings: Settings, request: LeaseRequest) -> Lease | None:
    """The lease by which the ledger would refuse this run now; None if the run may work or wait.

    Also None where no run of this version has made or migrated the ledger yet.

    Raises:
        ConfigError: as `inspect_ledger`.
        Transient: it is locked, or its database does not answer.
    """
    look = inspect_ledger(settings)
    key = _key(settings, look.file)
    if key is None or look.schema != look.newest:
        return None
    engine = make_reading_engine(opening.find_ledger_url(settings), look.file)
    with RunStore(engine, key) as runs:
        return runs.find_refusal(request)


def is_new_ledger(settings: Settings) -> bool:
    """Whether no run has recorded a file in this ledger yet; it need not be there.

    Raises:
        ConfigError: as `inspect_ledger`.
    """
    look = inspect_ledger(settings)
    if look.schema is None:
        return True
    engine = make_reading_engine(opening.find_ledger_url(settings), look.file)
    try:
        with engine.connect() as connection:
            return connection.scalar(select(FileRow.id).limit(1)) is None
    except (SQLAlchemyError, sqlite3.Error):
        raise faults.make_unusable_error("The ledger cannot be read", look.file) from None
    finally:
        engine.dispose()


def read_index_state(settings: Settings) -> IndexState:
    """How many cases the ledger's case index holds, and how old they are; the ledger need not be there.

    Raises:
        ConfigError: as `inspect_ledger`.
    """
    with _open_index(settings) as index:
        return index.describe_index() if index else IndexState(0, None, None)


def has_case_index(settings: Settings) -> bool:
    """Whether there is a case in the ledger's case index; raises as `read_index_state`."""
    with _open_index(settings) as index:
        return index is not None and index.has_cases()


@contextmanager
def _open_index(settings: Settings) -> Iterator[IndexStore | None]:
    """Give the case index for reading; None where no run of this version has made or migrated the ledger."""
    look = inspect_ledger(settings)
    key = _key(settings, look.file)
    if key is None or look.schema != look.newest:
        yield None
        return
    engine = make_reading_engine(opening.find_ledger_url(settings), look.file)
    try:
        with IndexStore(engine, key) as index:
            yield index
    except (SQLAlchemyError, sqlite3.Error, Transient):
        raise faults.make_unusable_error("The ledger cannot be read", look.file) from None
