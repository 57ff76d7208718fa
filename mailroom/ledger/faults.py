"""The errors for a ledger that cannot be opened: what is wrong, and what a person does about it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.ledger.absence import Interrupted
from mailroom.ledger.postgresql import explain_refusal, make_refusal_error
from mailroom.privacy.encryption import KeyFile

# If the first page is overwritten, SQLite says that the file is not a database.
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that the file is damaged, or is not a database."""
    # Errors of the `sqlite3` module itself have no code. The lower byte is the kind of error.
    code: int = getattr(error, "sqlite_errorcode", 0)
    return isinstance(error, sqlite3.DatabaseError) and code & 0xFF in DAMAGE


def is_lock(error: BaseException) -> bool:
    """Whether another process holds SQLite's lock."""
    return isinstance(error, Transient) or "database is locked" in str(getattr(error, "orig", error))


def make_locked_error(run: str) -> RunStop:
    """Return the error for a SQLite ledger that another process keeps locked.

    Args:
        run: the run that files documents, in words; "" if none is known.
    """
    return RunStop(
        "ledger_locked",
        what=f"Another run holds the lock of this ledger: {run}."
        if run
        else "Another program holds the lock of this ledger.",
        fix="If that process is suspended (Ctrl-Z), continue or end it. Then start this command again.",
    )


def explain_not_opened(error: BaseException, url: URL) -> ConfigError:
    """Return the error for a ledger at this URL that could not be opened because of ``error``."""
    if is_damage(getattr(error, "orig", error)):
        return make_damaged_error()
    if isinstance(error, ImportError):
        return ConfigError(
            "ledger_driver_missing",
            what="The driver for PostgreSQL is not installed.",
            fix="Install it in the folder of the mail room: uv sync --extra postgresql",
        )
    if url.get_backend_name() == "postgresql" and isinstance(error, DBAPIError | Interrupted):
        return make_refusal_error(url, explain_refusal(error))
    return make_unusable_error("The ledger cannot be opened")


def make_moved_error(target: str) -> ConfigError:
    """Return the error for a ledger that was copied into another database, which has taken its place."""
    return ConfigError(
        "ledger_moved",
        what=f"This ledger was moved to {target}.",
        fix="Set MAILROOM_LEDGER_URL to it.",
    )


def make_unfinished_copy_error() -> ConfigError:
    """Return the error for a ledger that does not have all rows of its origin."""
    return ConfigError(
        "ledger_copy_unfinished",
        what="This ledger is an incomplete copy.",
        fix="Start `mailroom ledger copy` again; it continues.",
    )


def make_key_error() -> ConfigError:
    """Return the error for a missing key; only a SQLite ledger can keep its key in a file."""
    return ConfigError(
        "ledger_key_missing",
        what="The ledger's key is not set, and only a ledger in SQLite creates its own key.",
        fix="Set MAILROOM_LEDGER_KEY, or the Prefect block secret/mailroom-ledger-key: for a copied ledger to the "
        "content of its old ledger.key, for a new one to a long random text, for example from `openssl rand -hex 32`.",
    )


def make_lost_error(key_file: KeyFile) -> ConfigError:
    """Return the error for a ledger that was deleted, or is not where its key is."""
    return ConfigError(
        "ledger_lost",
        what=f"The ledger {key_file.database} is missing, but its key file {key_file.path} exists.",
        fix="Put the ledger back, for example from a backup. If it is lost, start once with --new-ledger: each delivery "
        "then checks whether the document is already in the case.",
    )


def make_newer_error() -> ConfigError:
    """Return the error for a schema that this program does not know."""
    return ConfigError(
        "ledger_newer",
        what="The ledger was written by a newer version of the mail room.",
        fix="Update this installation to that version, or restore the copy from before the update (docs/operations.md).",
    )


def make_unversioned_error() -> ConfigError:
    """Return the error for a ledger that does not say which version its tables have."""
    return ConfigError(
        "ledger_unversioned",
        what="The ledger does not say which version it has: its table alembic_version was changed.",
        fix="Restore the ledger, or only this table, from a backup (docs/ledger.md).",
    )


def make_damaged_error() -> ConfigError:
    """Return the error for a ledger whose file is damaged or is not a ledger."""
    return ConfigError(
        "ledger_damaged",
        what="The ledger is damaged and cannot be opened, or its file is not a ledger.",
        fix='Restore the last good copy that `mailroom ledger backup` made; docs/ledger.md ("Backing up the ledger") '
        "says how. Without a copy, recover the content with SQLite's `.recover`.",
    )


def make_unusable_error(what: str, path: Path | None = None) -> ConfigError:
    """Return the error for a ledger that cannot be opened, read or written."""
    return ConfigError(
        "ledger_unusable",
        what=f"{what}: {path}." if path else f"{what}.",
        fix="Check that MAILROOM_LEDGER_URL (or MAILROOM_STATE_DIR) is correct, and that this user can write there.",
    )
