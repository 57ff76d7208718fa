"""Purging the ledger that the settings name, and saying in one line how much was removed.

What is removed, `mailroom.ledger.retention` says.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailroom.config.settings import Settings
from mailroom.ledger.opening import open_existing_ledger
from mailroom.ledger.retention import Purged

# A hundred years.
MOST_DAYS = 36_500


def purge(settings: Settings, older_than_days: int, *, dry_run: bool = False) -> Purged:
    """Remove what is known of clients whose files were closed so many days ago or earlier.

    Raises:
        ConfigError: there is no ledger, or it cannot be opened.
    """
    with open_existing_ledger(settings) as ledger:
        done = ledger.purge(datetime.now(UTC) - timedelta(days=older_than_days), dry_run=dry_run)
        return done if dry_run else replace(done, wiped=ledger.wipe_traces())


def describe_purge(done: Purged, older_than_days: int, *, dry_run: bool = False) -> str:
    """How much was removed, in one line."""
    verb = "Would be removed" if dry_run else "Removed"
    return (
        f"{verb}: what was known of clients in {done.files} closed files and {done.deliveries} deliveries, and "
        f"{done.folders} folders of past scans, older than {older_than_days} days. "
        "Open files, hashes and markers stay." + ("" if done.wiped else _TRACES)
    )


_TRACES = " A run is active: the next purge also overwrites unused space in the ledger's file."
