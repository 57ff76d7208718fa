"""Opening the ledger: where it is, its key, its migrations, and SQLite's own settings."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from mailroom.errors import ConfigError, Transient
from mailroom.ledger.deliveries import Ledger
from mailroom.ledger.holders import holder_is_alive
from mailroom.privacy.scratch import Scratch
from mailroom.privacy.sealed import LedgerKey, key_beside, wrong_key
from mailroom.settings import Settings

CHECK = "key_check"
# Any number that nobody else locks in this database.
MIGRATION_LOCK = 7_220_260_001


def open_ledger(settings: Settings, throw_away: Scratch | None = None) -> Ledger:
    """Open the ledger that the settings name, or a throw-away one in scratch for a dry run.

    Raises:
        ConfigError: it cannot be reached, is no ledger, is newer than this program, or has another key.
    """
    if throw_away is not None:
        path = throw_away.directory() / "dry-run.sqlite3"
        return _opened(URL.create("sqlite", database=str(path)), key_beside(path))
    try:
        url = make_url(settings.ledger_url or f"sqlite:///{settings.state_dir / 'ledger.sqlite3'}")
    except ArgumentError:
        raise unusable("MAILROOM_LEDGER_URL is no SQLAlchemy URL") from None
    return _opened(url, _key(settings, url))


def _key(settings: Settings, url: URL) -> LedgerKey:
    if settings.ledger_key is not None:
        return LedgerKey(settings.ledger_key.get_secret_value())
    if url.get_backend_name() != "sqlite" or not url.database:
        raise key_required()
    path = Path(url.database)
    _make_room(path)
    return key_beside(path)


def _opened(url: URL, key: LedgerKey) -> Ledger:
    engine: Engine | None = None
    try:
        engine = _engine(url)
        with _one_at_a_time(engine):
            _migrate(engine)
        ledger = Ledger(engine, key)
        _check_key(ledger, key)
    except (SQLAlchemyError, sqlite3.Error, ImportError, Transient):
        raise unusable("The ledger cannot be opened") from None
    return ledger


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if url.database:
        _make_room(Path(url.database))
    engine = create_engine(url, connect_args={"timeout": 30}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin late, and two that read and then write would fail at once.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # An intent that was committed must stand after a power cut too.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _make_room(path: Path) -> None:
    """The directory and an empty file, for their owner only; SQLite gives its other files the same rights."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError:
        raise unusable("The ledger cannot be written", path) from None


@contextlib.contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[None]:
    """Two runs that start at once do not migrate one ledger at once."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        with Path(f"{engine.url.database}.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    elif engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK})
            yield
    else:
        yield


def _migrate(engine: Engine) -> None:
    known = known_schemas()
    with engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    if at == known[0]:
        return
    if at is not None and at not in known:
        raise newer()
    with engine.begin() as connection:
        config = _migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


def known_schemas() -> list[str]:
    """The schemas that this program can bring up to date, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_migrations()).walk_revisions()]


def _check_key(ledger: Ledger, key: LedgerKey) -> None:
    sealed = ledger.fact(CHECK)
    if sealed is None:
        ledger.remember(CHECK, key.seal(CHECK))
    elif key.open(sealed) != CHECK:
        raise wrong_key()


def free_claims_of_the_dead(ledger: Ledger) -> int:
    """Give back the files that killed runs of this machine had claimed; how many they were."""
    return ledger.free_dead_claims(holder_is_alive)


def key_required() -> ConfigError:
    """Only beside a SQLite file is there a place for a key of our own."""
    return ConfigError(
        "ledger_key_missing",
        what="A ledger that is no SQLite file needs a key of its own.",
        mend="Set MAILROOM_LEDGER_KEY to a long random text, for example from `openssl rand -hex 32`.",
    )


def newer() -> ConfigError:
    """Its schema is none that this program knows."""
    return ConfigError(
        "ledger_newer",
        what="The ledger was written by a newer version of the mail room.",
        mend="Update this installation to that version.",
    )


def unusable(what: str, path: Path | None = None) -> ConfigError:
    """It cannot be had."""
    return ConfigError(
        "ledger_unusable",
        what=f"{what}: {path}." if path else f"{what}.",
        mend="Check MAILROOM_LEDGER_URL (or MAILROOM_STATE_DIR), that it can be reached and written to.",
    )
