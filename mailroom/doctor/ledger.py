"""Checks the ledger: its schema, its key, and whether it can be written to. Does not create or migrate it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from mailroom.config.settings import Settings
from mailroom.doctor.lines import Line, not_checked, note, ok, wrong
from mailroom.doctor.machine import can_be_written, find_existing
from mailroom.errors import ConfigError
from mailroom.ledger.inspection import LedgerInspection, inspect_ledger, is_new_ledger, read_index_state

TOPIC = "ledger"
INDEX = "case index"
# Clients come and go: an index that is older misses some.
OLD = timedelta(days=30)


def check_ledger(settings: Settings) -> Line:
    """Return one line: the ledger can be used, will be created, will be migrated, or cannot be used."""
    try:
        inspection = inspect_ledger(settings)
    except ConfigError as error:
        return wrong(TOPIC, error.what, error.fix)
    where = f"{inspection.where} ({inspection.backend})"
    if inspection.file is not None and not _can_be_written(inspection):
        return wrong(
            TOPIC,
            f"The ledger {where} cannot be written to.",
            "Give this user write permission for the file and its folder, or set MAILROOM_STATE_DIR to another folder.",
        )
    if inspection.schema is None:
        return ok(TOPIC, f"{where} does not exist yet; the first run on the real systems creates it")
    if inspection.schema != inspection.newest:
        return note(
            TOPIC,
            f"{where} has schema {inspection.schema}; the next run migrates it to {inspection.newest}",
            "Keep a copy of the ledger and its key until that run has ended.",
        )
    new = "; it is new, no run has recorded a file in it" if is_new_ledger(settings) else ""
    return ok(TOPIC, f"{where} can be opened with its key, schema {inspection.schema}{new}")


def has_ledger(settings: Settings) -> bool:
    """Whether the ledger is there, or may continue an earlier one with its key, or cannot be read."""
    try:
        return settings.ledger_key is not None or inspect_ledger(settings).schema is not None
    except ConfigError:
        return True


def _can_be_written(inspection: LedgerInspection) -> bool:
    assert inspection.file is not None  # noqa: S101 - the caller checks it
    if inspection.file.exists() and not os.access(inspection.file, os.W_OK):
        return False
    return can_be_written(find_existing(inspection.file.parent))


def check_index(settings: Settings) -> Line:
    """Return one line: how many cases the case index holds, and how old they are."""
    try:
        state = read_index_state(settings)
    except ConfigError:
        return not_checked(INDEX, "the ledger must be readable first")
    if not state.cases or state.newest is None:
        return ok(INDEX, "empty: only a match service finds cases")
    words = f"{state.cases:,} case{'' if state.cases == 1 else 's'}, last filled on {state.newest:%Y-%m-%d}"
    if datetime.now(UTC) - state.newest > OLD:
        fix = "Fill it again: mailroom cases import FILE.csv, or mailroom cases sync."
        return note(INDEX, f"{words}: newer clients are not in it", fix)
    return ok(INDEX, words)
