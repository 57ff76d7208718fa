"""`mailroom purge --older-than 90d`: remove what is known of clients whose files were closed long ago."""

from __future__ import annotations

import re

import typer

from mailroom.cli.ledger_settings import open_named_ledger
from mailroom.cli.wrapping import write_line
from mailroom.ledger.purge import MOST_DAYS

DAYS = {"d": 1, "w": 7, "y": 365}


def parse_age(text: str) -> int:
    """The days in ``90d``, ``12w`` or ``1y``.

    Raises:
        typer.BadParameter: not an age, or over a hundred years.
    """
    found = re.fullmatch(r"([0-9]{1,5})([dwy])", text.strip().lower())
    number = int(found[1]) * DAYS[found[2]] if found else 0
    if not 1 <= number <= MOST_DAYS:
        raise typer.BadParameter("must be an age such as 90d, 12w or 1y, from a day to a hundred years")
    return number


def run_purge(older_than_days: int, *, dry_run: bool, real: bool) -> int:
    """Purge and say how much was removed; the exit code.

    Raises:
        ConfigError: there is no ledger, or it cannot be opened.
    """
    with open_named_ledger(real=real) as ledger:
        done = ledger.purge_older_than(older_than_days, dry_run=dry_run)
    write_line(done.describe(older_than_days, dry_run=dry_run))
    return 0
