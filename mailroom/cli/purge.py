"""``python -m mailroom purge --older-than 90d``: what is known of clients whose files are long closed goes.

What that is, `mailroom.ledger.retention` says. Prints counts only.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailroom.config.settings import Settings
from mailroom.elsewhere import load_ledger_settings
from mailroom.ledger.opening import name_ledger, open_existing_ledger
from mailroom.ledger.retention import Purged

DAYS = {"d": 1, "w": 7, "y": 365}
# A hundred years.
MOST_DAYS = 36_500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "--older-than",
        type=days,
        required=True,
        metavar="AGE",
        help="what was closed longer ago than this: 90d, 12w or 1y (days, weeks, years)",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say how much would go")
    parser.add_argument(
        "--real",
        action="store_true",
        help="also use the ledger's URL and key of Prefect blocks and variables",
    )


def days(text: str) -> int:
    """The days in ``90d``, ``12w`` or ``1y``."""
    found = re.fullmatch(r"([0-9]{1,5})([dwy])", text.strip().lower())
    number = int(found[1]) * DAYS[found[2]] if found else 0
    if not 1 <= number <= MOST_DAYS:
        raise argparse.ArgumentTypeError(
            "must be an age such as 90d, 12w or 1y, from a day to a hundred years"
        )
    return number


def run(args: argparse.Namespace) -> int:
    """Purge and say how much went.

    Raises:
        ConfigError: there is no ledger, or it cannot be opened.
    """
    settings = load_ledger_settings(real=args.real)
    sys.stdout.write(f"Ledger: {name_ledger(settings)}\n")
    done = purge(settings, args.older_than, dry_run=args.dry_run)
    sys.stdout.write(f"{in_words(done, args.older_than, dry_run=args.dry_run)}\n")
    return 0


def purge(settings: Settings, older_than_days: int, *, dry_run: bool = False) -> Purged:
    """Let go of what was closed so many days ago or earlier.

    Raises:
        ConfigError: there is no ledger, or it cannot be opened.
    """
    with open_existing_ledger(settings) as ledger:
        done = ledger.purge(datetime.now(UTC) - timedelta(days=older_than_days), dry_run=dry_run)
        return done if dry_run else replace(done, wiped=ledger.wipe_traces())


def in_words(done: Purged, older_than_days: int, *, dry_run: bool = False) -> str:
    """How much went, in one line."""
    verb = "Would go" if dry_run else "Gone"
    return (
        f"{verb}: what was known of clients in {done.files} closed files and {done.deliveries} deliveries, and "
        f"{done.folders} folders of past scans, older than {older_than_days} days. "
        "Open files, hashes and markers stay." + ("" if done.wiped else _TRACES)
    )


_TRACES = " A run is at work: traces in unused space of the ledger's file go with the next purge."
