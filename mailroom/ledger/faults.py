"""The errors for a ledger that cannot be opened: what is wrong, and what a person does about it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from mailroom.errors import ConfigError
from mailroom.privacy.encryption import KeyFile

# A first page that is overwritten makes the file something else than a database.
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that the file's content is damaged, or is not a database any more."""
    # Errors of the module's own have no code; the lower byte tells the kind.
    code: int = getattr(error, "sqlite_errorcode", 0)
    return isinstance(error, sqlite3.DatabaseError) and code & 0xFF in DAMAGE


def explain_not_opened(error: BaseException) -> ConfigError:
    """Return the error for a ledger that this error kept from being opened."""
    if is_damage(getattr(error, "orig", error)):
        return make_damaged_error()
    return make_unusable_error("The ledger cannot be opened")


def make_key_error() -> ConfigError:
    """Return the error for a missing key: only beside a SQLite file is there a place for one."""
    return ConfigError(
        "ledger_key_missing",
        what="With a database other than SQLite you must set MAILROOM_LEDGER_KEY.",
        fix="Set it, or create the Prefect block secret/mailroom-ledger-key, with a long random "
        "text, for example from `openssl rand -hex 32`.",
    )


def make_lost_error(key_file: KeyFile) -> ConfigError:
    """Return the error for a ledger that was deleted, or is not where its key is."""
    return ConfigError(
        "ledger_lost",
        what=f"The ledger {key_file.database} is not there, but its key file {key_file.path} is.",
        fix="Put the ledger back, for example from a backup. If it is lost, start once with --new-ledger: before the "
        "new ledger files a document, it looks whether the case has it already.",
    )


def make_newer_error() -> ConfigError:
    """Return the error for a schema that this program does not know."""
    return ConfigError(
        "ledger_newer",
        what="The ledger was written by a newer version of the mail room.",
        fix="Update this installation to that version.",
    )


def make_damaged_error() -> ConfigError:
    """Return the error for a file whose content cannot be relied upon."""
    return ConfigError(
        "ledger_damaged",
        what="The ledger is damaged and cannot be opened, or its file is not a ledger.",
        fix="Put the last good copy that `mailroom ledger backup` made in its place, as docs/operations.md "
        '("Backing up the ledger") says. Without a copy, recover what is there with SQLite\'s `.recover`.',
    )


def make_unusable_error(what: str, path: Path | None = None) -> ConfigError:
    """Return the error for a ledger that cannot be opened, read or written."""
    return ConfigError(
        "ledger_unusable",
        what=f"{what}: {path}." if path else f"{what}.",
        fix="Check MAILROOM_LEDGER_URL (or MAILROOM_STATE_DIR), that it can be reached and written to.",
    )
