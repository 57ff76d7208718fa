"""Opening the ledger: where it is, its key, its migrations, and SQLite's own settings."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from mailroom.config.setting_types import check_absolute
from mailroom.config.settings import Settings
from mailroom.errors import ConfigError, Transient
from mailroom.ledger import faults, postgresql
from mailroom.ledger.absence import PATIENCE_SECONDS
from mailroom.ledger.ledger import Ledger
from mailroom.ledger.models import FactRow
from mailroom.ledger.read_only import name_filing_run
from mailroom.ledger.record import LedgerRecord
from mailroom.ledger.store import READS_ONLY
from mailroom.privacy.encryption import KeyFile, LedgerKey
from mailroom.privacy.scratch import Scratch

# How long a statement waits for SQLite's lock.
LOCK_SECONDS = 30.0
# Any number that nobody else locks in this database.
MIGRATION_LOCK = 7_220_260_001


def open_ledger(
    settings: Settings, throw_away: Scratch | None = None, *, after_a_lost_one: bool = False
) -> Ledger:
    """Open the ledger that the settings name, or a throw-away one in scratch for a dry run.

    Args:
        settings: those that lead to the ledger.
        throw_away: where a dry run's ledger is made.
        after_a_lost_one: begin a new ledger although the key file of a lost one is there.

    Raises:
        ConfigError: it cannot be reached, is not a ledger, is newer than this program, or has another key; or
            its key file is there and the ledger is not.
        RunStop: another process holds SQLite's lock for longer than any work of ours takes.
    """
    if throw_away is not None:
        path = throw_away.directory() / "dry-run.sqlite3"
        return open_at(URL.create("sqlite", database=str(path)), None, None)
    url = find_ledger_url(settings)
    record = LedgerRecord(_find_record_file(settings, url))
    key_file = find_key_file(settings)
    if key_file is not None and is_lost(key_file):
        if not after_a_lost_one:
            raise faults.make_lost_error(key_file)
        # At least one: also where the lost ledger was of a version that kept no record.
        record.advance(1)
    return open_at(url, settings.ledger_key, record)


def is_lost(key_file: KeyFile) -> bool:
    """Whether the ledger of this key file is gone.

    A run makes the ledger's file first, so that a start that was interrupted is not taken for a loss.
    """
    return key_file.path.exists() and not key_file.database.exists()


def open_existing_ledger(settings: Settings) -> Ledger:
    """Open the ledger that the settings name, for work that makes no sense on a new one.

    Raises:
        ConfigError: as `open_ledger`; or there is none.
    """
    require_ledger(settings)
    return open_ledger(settings)


def require_ledger(settings: Settings) -> None:
    """Raise ConfigError when the settings name a file in which there is no ledger."""
    path = find_ledger_file(find_ledger_url(settings))
    if path is not None:
        check_ledger_exists(path)


def check_ledger_exists(path: Path) -> None:
    """Raise ConfigError when there is no ledger in this file."""
    if not (path.is_file() and path.stat().st_size):
        raise ConfigError(
            "no_ledger",
            what=f"There is no ledger at {path}.",
            fix="Check MAILROOM_LEDGER_URL and MAILROOM_STATE_DIR; the first run on the real systems creates the ledger.",
        )


def find_key_file(settings: Settings) -> KeyFile | None:
    """Return the file that holds the ledger's key; None when a setting does."""
    path = find_ledger_file(find_ledger_url(settings))
    return KeyFile(path) if path is not None and settings.ledger_key is None else None


def find_ledger_file(url: URL) -> Path | None:
    """The SQLite file that the ledger is; None for another database."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def find_ledger_url(settings: Settings) -> URL:
    """Where the ledger is: as the settings say, else a file in the state directory, whatever that is called.

    Raises:
        ConfigError: it is not a URL, or names no place where a ledger would be kept.
    """
    if settings.ledger_url is None:
        return URL.create("sqlite", database=str(settings.state_dir / "ledger.sqlite3"))
    try:
        url = make_url(settings.ledger_url)
    except (ArgumentError, ValueError):
        raise faults.make_unusable_error("MAILROOM_LEDGER_URL is not a SQLAlchemy URL") from None
    # In memory each connection has a database of its own, and nothing of it is there for the next run.
    unkept = not url.database or url.database == ":memory:" or url.database.startswith("file:")
    if url.get_backend_name() != "sqlite":
        return postgresql.check_url(url)
    if unkept:
        raise faults.make_unusable_error("MAILROOM_LEDGER_URL does not name a file for the ledger")
    try:
        return url.set(database=str(check_absolute(url.database)))
    except ValueError as error:
        raise faults.make_unusable_error(f"The path in MAILROOM_LEDGER_URL {error}") from None


def carry_record(old: Settings, new: Settings) -> None:
    """Give a copied ledger the record of the old one: a SQLite ledger without it counts as a restored backup.

    Raises:
        ConfigError: as `find_ledger_url`; a record cannot be read or written.
    """
    source = find_ledger_url(old)
    known = LedgerRecord(_find_record_file(old, source))
    # A SQLite ledger that lacks its record may be an older copy itself, and its copy too.
    if known.path.exists() or find_ledger_file(source) is None:
        LedgerRecord(_find_record_file(new, find_ledger_url(new))).advance(known.read().intents)


def _find_record_file(settings: Settings, url: URL) -> Path:
    """Where the ledger's record is: beside a SQLite ledger, else in the state directory."""
    path = find_ledger_file(url)
    if path is None or path.name == "ledger.sqlite3":
        return (path.parent if path else settings.state_dir) / "ledger.record"
    return path.with_name(f"{path.name}.record")


def name_ledger(settings: Settings) -> str:
    """The ledger's path, or its URL without password and query, for a screen.

    Raises:
        ConfigError: as `find_ledger_url`.
    """
    return name_url(find_ledger_url(settings))


def name_url(url: URL) -> str:
    """The path of a SQLite file; another database's URL without password and query."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def open_at(url: URL, key: SecretStr | None, record: LedgerRecord | None) -> Ledger:
    """Open the ledger at this URL; see `open_ledger`.

    Args:
        url: where it is.
        key: its key; None: in a file beside it.
        record: what is known of it outside it; None: that is of no interest.
    """
    path = find_ledger_file(url)
    if path is not None:
        _make_file(path)
    if key is not None:
        ledger_key = LedgerKey(key.get_secret_value())
    elif path is not None:
        ledger_key = KeyFile(path).key()
    else:
        raise faults.make_key_error()
    with explain_faults(url), contextlib.ExitStack() as closing:
        ledger = Ledger(migrate_at(url), ledger_key, record=record)
        closing.callback(ledger.close)
        ledger.check_in_use()
        ledger.check_key()
        ledger.compare_with_record()
        # From now on: a server that is away when a command starts is said at once.
        ledger.absence.patience = PATIENCE_SECONDS
        closing.pop_all()
        return ledger


def migrate_at(url: URL) -> Engine:
    """Return the database at this URL, with the tables of this version; a SQLite file was read through.

    Raises:
        ConfigError: it is newer than this program, or damaged. Other errors are as SQLAlchemy has them.
    """
    path = find_ledger_file(url)
    if path is not None:
        _make_file(path)
    with contextlib.ExitStack() as closing:
        engine = _create_engine(url)
        closing.callback(engine.dispose)
        with _lock_migration(engine):
            _migrate(engine)
        check_undamaged(engine)
        closing.pop_all()
        return engine


@contextlib.contextmanager
def explain_faults(url: URL) -> Iterator[None]:
    """Raise the errors of the database at this URL as those of the tree."""
    path = find_ledger_file(url)
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, CommandError, ImportError, OSError, Transient) as error:
        if path is not None and faults.is_lock(error):
            raise faults.make_locked_error(name_filing_run(path)) from None
        raise faults.explain_not_opened(error, url) from None


def _create_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return postgresql.make_engine(url)
    engine = create_engine(url, connect_args={"timeout": LOCK_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin late, and two that read and then write would fail at once.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # An intent that was committed must stand after a power cut too.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # What is deleted or encrypted again is overwritten in the file, and not only forgotten.
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Who only reads waits for nobody (WAL): it sees what was committed when it began.
        begin = "BEGIN" if connection.get_execution_options().get(READS_ONLY) else "BEGIN IMMEDIATE"
        try:
            # SQLAlchemy's own way takes as long as a whole query, and a file has fourteen transactions.
            cast("sqlite3.Connection", connection.connection.driver_connection).execute(begin)
        except sqlite3.Error as error:
            if faults.is_damage(error):
                raise faults.make_damaged_error() from None
            raise DBAPIError.instance(begin, None, error, sqlite3.Error, hide_parameters=True) from None

    event.listen(engine, "handle_error", _translate_damage)
    return engine


def _translate_damage(context: ExceptionContext) -> BaseException | None:
    """What SQLAlchemy raises instead of SQLite's own error; None: as it is."""
    return faults.make_damaged_error() if faults.is_damage(context.original_exception) else None


def check_undamaged(engine: Engine) -> None:
    """Read a SQLite file through, which takes about a second for a million files in it.

    Raises:
        ConfigError: it is damaged. Better now than after an upload that it cannot remember.
    """
    if engine.dialect.name != "sqlite":
        return
    # Without the transaction that would keep other runs from writing meanwhile.
    with contextlib.closing(engine.raw_connection()) as connection:
        try:
            answer = connection.cursor().execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            if not faults.is_damage(error):
                raise
            answer = None
    if answer != ("ok",):
        raise faults.make_damaged_error() from None


def _make_file(path: Path) -> None:
    """The directory and an empty file, for their owner only; SQLite's other files get the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError:
        raise faults.make_unusable_error("The ledger cannot be written", path) from None


@contextlib.contextmanager
def _lock_migration(engine: Engine) -> Iterator[None]:
    """Two runs that start at once do not migrate one ledger at once."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        with Path(f"{engine.url.database}.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    else:
        with engine.begin() as connection:
            # The other one may need long, and so may this one, whose own transaction is another.
            for limit in postgresql.SERVER_SETTINGS:
                connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK})
            yield


def _migrate(engine: Engine) -> None:
    known = list_schemas()
    with engine.connect() as connection:
        at = read_schema(connection)
        if at is not None and at not in known:
            raise faults.make_newer_error()
        if at == known[0]:
            return
        if engine.dialect.name == "postgresql":
            postgresql.check_permissions(connection)
    with engine.begin() as connection:
        config = _make_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def read_schema(connection: Connection) -> str | None:
    """Return the version of a ledger's schema; None where there is no ledger yet.

    Raises:
        ConfigError: it does not have one version, so that nobody knows what migrates it.
    """
    heads = MigrationContext.configure(connection).get_current_heads()
    if len(heads) > 1 or (not heads and inspect(connection).has_table(FactRow.__tablename__)):
        raise faults.make_unversioned_error()
    return heads[0] if heads else None


def _make_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


@cache
def list_schemas() -> tuple[str, ...]:
    """The schemas that this program can bring up to date, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_make_config()).walk_revisions())
