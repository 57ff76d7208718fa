"""`mailroom deadlines`: the open deadlines, overdue ones first, and closing one that was answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from mailroom.cli.ledger_settings import open_named_ledger
from mailroom.cli.wrapping import write_line
from mailroom.drive.links import make_file_link, parse_file_link
from mailroom.ledger import AnsweredBy, OpenDeadline
from mailroom.run.open_items import SOON_DAYS, group_deadlines, word_days_left, word_deadline
from mailroom.run.reasons import ANSWERED, count_noun


def run_deadlines(within_days: int | None, close: str | None, today: date, *, real: bool) -> int:
    """List the open deadlines, or close one; return the exit code, 1 if the file to close is unknown.

    Args:
        within_days: only what is overdue, or due within so many days; None: everything.
        close: the link of a file in Drive, or its id, whose deadline was met.
        today: the day from which days are counted.
        real: also use settings of Prefect blocks and variables.

    Raises:
        ConfigError: there is no ledger, or it cannot be opened.
    """
    with open_named_ledger(real=real) as ledger:
        if close is not None:
            file_id = parse_file_link(close)
            closing = ledger.close_deadline(file_id, AnsweredBy.PERSON) if file_id else None
            if closing is None:
                write_line(f"The ledger has no deadline for this file: {close}", to_stderr=True)
                return 1
            verb = "Closed" if closing.is_new else "Already closed"
            when = (
                "" if closing.is_new else f" on {closing.answered:%Y-%m-%d}, {ANSWERED[closing.answered_by]}"
            )
            write_line(f"{verb}{when}: {_describe(closing.deadline)}")
            return 0
        until = None if within_days is None else today + timedelta(days=within_days)
        _list(ledger.list_deadlines(until), today)
    return 0


def _list(deadlines: Iterable[OpenDeadline], today: date) -> None:
    groups = group_deadlines(deadlines, today)
    titles = ("Overdue", f"Due within {SOON_DAYS} days", "Later")
    for title, group in zip(titles, groups, strict=True):
        if group:
            write_line(f"{title}: {count_noun(len(group), 'notice')}")
        for one in group:
            write_line(f"  {word_days_left(one.due, today)}: {_describe(one)}")
    if not any(groups):
        write_line("No open deadlines.")


def _describe(deadline: OpenDeadline) -> str:
    return f"{word_deadline(deadline)}  {make_file_link(deadline.file_id)}"
