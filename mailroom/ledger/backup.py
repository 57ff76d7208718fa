"""A consistent copy of the ledger, made while runs continue.

SQLite's ``VACUUM INTO`` copies what one transaction sees, so no run has to stop. Source: SQLite's
documentation of VACUUM, "VACUUM with an INTO clause".
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from mailroom.config.settings import Settings
from mailroom.errors import ConfigError
from mailroom.ledger.faults import is_damage, make_damaged_error
from mailroom.ledger.opening import (
    check_ledger_exists,
    find_ledger_file,
    find_ledger_url,
)

BUSY_SECONDS = 30


def back_up_ledger(settings: Settings, copy: Path) -> int:
    """Copy the ledger to a new file that only its owner can read.

    Args:
        settings: those that lead to the ledger.
        copy: the file, which must not exist.

    Returns:
        The size of the copy in bytes.

    Raises:
        ConfigError: there is no ledger, it is damaged or not SQLite's, ``copy`` exists, or the copy cannot
            be written; no partial copy is left.
    """
    source = find_ledger_file(find_ledger_url(settings))
    if source is None:
        raise ConfigError(
            "backup_of_a_server",
            what="The ledger is on a database server, which this command does not copy.",
            fix="Use the database server's own tool; for PostgreSQL, this is pg_dump.",
        )
    check_ledger_exists(source)
    try:
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise _not_written(copy, error.strerror) from None
    try:
        with closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as database:
            database.execute("VACUUM INTO ?", [str(copy)])
    except sqlite3.Error as error:
        copy.unlink(missing_ok=True)
        refusal = make_damaged_error() if is_damage(error) else _not_written(copy, error.sqlite_errorname)
    else:
        return copy.stat().st_size
    raise refusal


def _not_written(copy: Path, problem: str | None) -> ConfigError:
    return ConfigError(
        "backup_not_written",
        what=f"The ledger cannot be copied to {copy} ({problem}).",
        fix="Name a new file in a folder that exists and has space.",
    )
