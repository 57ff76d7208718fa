"""The ledger as it lies there: its schema and whether the key fits. It is neither made nor migrated nor sealed."""

from __future__ import annotations

import os

from mailroom.config.settings import Settings
from mailroom.doctor.lines import Line, note, ok, wrong
from mailroom.doctor.machine import can_be_written, existing
from mailroom.errors import ConfigError
from mailroom.ledger.inspection import LedgerInspection, inspect_ledger

TOPIC = "ledger"


def check_ledger(settings: Settings) -> Line:
    """One line: it is well, will be made, will be brought up to date, or cannot be used."""
    try:
        look = inspect_ledger(settings)
    except ConfigError as error:
        return wrong(TOPIC, error.what, error.mend)
    where = f"{look.where} ({look.backend})"
    if look.file is not None and not _writable(look):
        return wrong(
            TOPIC,
            f"{where} cannot be written to.",
            "Give this user the right to write to it and its folder, or set MAILROOM_STATE_DIR to another one.",
        )
    if look.schema is None:
        return ok(TOPIC, f"{where} is not there yet: it will be made at the first run")
    if look.schema != look.newest:
        return note(
            TOPIC,
            f"{where} has schema {look.schema}: the next run brings it to {look.newest}",
            "Keep a copy of it and of its key until that run is over.",
        )
    return ok(TOPIC, f"{where} opens, schema {look.schema}, its key fits")


def _writable(look: LedgerInspection) -> bool:
    assert look.file is not None  # noqa: S101 - asked before
    if look.file.exists() and not os.access(look.file, os.W_OK):
        return False
    return can_be_written(existing(look.file.parent))
