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
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from mailroom.errors import ConfigError
from mailroom.ledger.deliveries import Ledger
from mailroom.ledger.holders import holder_is_alive
from mailroom.privacy.scratch import Scratch
from mailroom.privacy.sealed import KeyFile, LedgerKey, key_beside
from mailroom.settings import Settings


def open_ledger(settings: Settings, throw_away: Scratch | None = None) -> Ledger:
    """Open the ledger that the settings name, or a throw-away one in scratch for a dry run.

    Raises:
        ConfigError: it cannot be reached, is no ledger, is newer than this program, or has another key.
    """
    if throw_away is not None:
        path = throw_away.directory() / "dry-run.sqlite3"
        return _opened(URL.create("sqlite", database=str(path)), key_beside(path))
    url = _url(settings)
    return _opened(url, _key(settings, url))


def open_existing_ledger(settings: Settings) -> Ledger:
    """Open the ledger that the settings name, for work that makes no sense on a new one.

    Raises:
        ConfigError: as `open_ledger`; or there is none.
    """
    url = _url(settings)
    path = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    if path is not None and not (path.is_file() and path.stat().st_size):
        raise ConfigError(
            "no_ledger",
            what=f"There is no ledger at {path}.",
            mend="Check MAILROOM_LEDGER_URL and MAILROOM_STATE_DIR; the first run makes the ledger.",
        )
    return _opened(url, _key(settings, url))


def key_file(settings: Settings) -> KeyFile | None:
    """The file that holds the ledger's key; None when a setting does."""
    url = _url(settings)
    beside = settings.ledger_key is None and url.get_backend_name() == "sqlite"
    return KeyFile(Path(url.database)) if beside and url.database else None


def _url(settings: Settings) -> URL:
    try:
        return make_url(settings.ledger_url or f"sqlite:///{settings.state_dir / 'ledger.sqlite3'}")
    except ArgumentError:
        raise _unusable("MAILROOM_LEDGER_URL is no SQLAlchemy URL") from None


def _key(settings: Settings, url: URL) -> LedgerKey:
    if settings.ledger_key is not None:
        return LedgerKey(settings.ledger_key.get_secret_value())
    if url.get_backend_name() != "sqlite" or not url.database:
        raise ConfigError(
            "ledger_key_missing",
            what="A ledger that is no SQLite file needs a key of its own.",
            mend="Set MAILROOM_LEDGER_KEY, or make the Prefect block secret/mailroom-ledger-key, with a long random "
            "text, for example from `openssl rand -hex 32`.",
        )
    path = Path(url.database)
    _make_room(path)
    return key_beside(path)


def _opened(url: URL, key: LedgerKey) -> Ledger:
    try:
        with contextlib.ExitStack() as closing:
            engine = _engine(url)
            closing.callback(engine.dispose)
            with _one_at_a_time(url):
                _migrate(engine)
            ledger = Ledger(engine, key)
            ledger.check_key()
            closing.pop_all()
    except (SQLAlchemyError, sqlite3.Error, ImportError):
        raise _unusable("The ledger cannot be opened") from None
    return ledger


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database:
        _make_room(Path(url.database))
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions begin late, and two that read and then write would fail at once.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        # An intent that was committed must stand after a power cut too.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # What is deleted or sealed anew is overwritten in the file, and not only forgotten.
        connection.execute("PRAGMA secure_delete=ON")

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
        raise _unusable("The ledger cannot be written", path) from None


@contextlib.contextmanager
def _one_at_a_time(url: URL) -> Iterator[None]:
    """Two runs that start at once do not migrate one SQLite file at once."""
    if url.get_backend_name() != "sqlite" or not url.database:
        yield
        return
    with Path(f"{url.database}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    known = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    if at == known.get_current_head():
        return
    if at is not None and at not in {script.revision for script in known.walk_revisions()}:
        raise ConfigError(
            "ledger_newer",
            what="The ledger was written by a newer version of the mail room.",
            mend="Update this installation to that version.",
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def free_claims_of_the_dead(ledger: Ledger) -> int:
    """Give back the files that killed runs of this machine had claimed; how many they were."""
    return ledger.free_dead_claims(holder_is_alive)


def _unusable(what: str, path: Path | None = None) -> ConfigError:
    return ConfigError(
        "ledger_unusable",
        what=f"{what}: {path}." if path else f"{what}.",
        mend="Check MAILROOM_LEDGER_URL (or MAILROOM_STATE_DIR), that it can be reached and written to.",
    )
