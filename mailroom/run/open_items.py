"""Open deadlines and files that wait for a person, in words. Pure functions; no client data.

A person opens a file by its link: its name and its content are shown by Google Drive only.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice

from mailroom.drive.links import make_file_link
from mailroom.drive.outcome_folders import NAMES
from mailroom.ledger import DueKind, NearDeadlines, OpenDeadline, OpenItem
from mailroom.run.reasons import DUE_KINDS, count_noun, find_remedy, in_words

# From so many days before its due date a notice is urgent.
SOON_DAYS = 7
# A page with more rows is of no use to anybody.
MOST_ROWS = 200
# Prefect's pages show 600 pixels of a table (its first UI 700) on a screen that is 1,300 wide: chars of a
# column beside two others, and of one beside a number.
NARROW, WIDE = 40, 78
BREAK = "<br>"
LOOK = "look at it"


def group_deadlines(
    deadlines: Iterable[OpenDeadline], today: date
) -> tuple[list[OpenDeadline], list[OpenDeadline], list[OpenDeadline]]:
    """Return what is overdue, what is due within `SOON_DAYS`, and the rest; each in the order given."""
    overdue: list[OpenDeadline] = []
    soon: list[OpenDeadline] = []
    later: list[OpenDeadline] = []
    for one in deadlines:
        days = (one.due - today).days
        (overdue if days < 0 else soon if days <= SOON_DAYS else later).append(one)
    return overdue, soon, later


def word_days_left(due: date, today: date) -> str:
    """Return ``3 days left``, ``due today`` or ``2 days overdue``."""
    days = (due - today).days
    if days == 0:
        return "due today"
    return f"{count_noun(abs(days), 'day')} {'left' if days > 0 else 'overdue'}"


def count_days(item: OpenItem, today: date) -> int:
    """Return for how many days a file has waited."""
    return max((today - item.since.astimezone().date()).days, 0)


def word_reason(item: OpenItem) -> str:
    """Return why a file waits for a person."""
    if item.decided is None:
        return in_words(item.reason)
    destination, reason = item.decided
    return f"{in_words(reason)}; Google Drive does not let the mail room move it to {NAMES[destination]}"


def word_deadline(deadline: OpenDeadline) -> str:
    """Return letter type, due date and its kind in words."""
    return f"{deadline.notice_type or 'letter'}, {deadline.due.isoformat()} ({DUE_KINDS[deadline.due_kind]})"


def open_items_markdown(items: Sequence[OpenItem], today: date, *, in_drive: bool = True) -> str:
    """Return the page of the files that wait for a person: counts by reason, then a row for each file.

    Args:
        items: the files, the most urgent first.
        today: the day from which ages and days left are counted.
        in_drive: whether the files are in Google Drive, so that a link leads there.
    """
    if not items:
        return "# Nothing needs a person\n"
    reasons = Counter(one.reason for one in items)
    counts = [f"| {number} | {_wrap(in_words(reason), WIDE)} |" for reason, number in reasons.most_common()]
    rows = [
        f"| {_link(one.file_id, one.notice_type, in_drive)}{BREAK}{count_noun(count_days(one, today), 'day')} here "
        f"| {_word_due(one.due, one.due_kind, today)} "
        f"| {_wrap(word_reason(one))}{BREAK}{_wrap(f'**To do:** {find_remedy(one.reason) or LOOK}')} |"
        for one in islice(items, MOST_ROWS)
    ]
    verb = "needs" if len(items) == 1 else "need"
    return (
        f"# {count_noun(len(items), 'file')} {verb} a person\n\n"
        + _join_table("| files | reason |", "|---:|---|", counts)
        + _join_table("| file | due | reason, and what to do |", "|---|---|---|", rows)
        + _word_rest(len(items), len(rows))
        + "`mailroom file LINK --case N` files one, and `mailroom retry LINK` tries one again. The next run removes a "
        "row if its file was moved out of its folder or deleted. A deadline stays until it is closed: "
        "`mailroom deadlines --close LINK`.\n"
    )


def deadlines_markdown(near: NearDeadlines, today: date, *, in_drive: bool = True) -> str:
    """Return the page of the deadlines that are overdue or near; arguments as `open_items_markdown`."""
    tables = ""
    for title, rows, number, rest in (
        ("Overdue, the oldest first", near.overdue, near.overdue_count, "older"),
        (f"Due within {SOON_DAYS} days", near.soon, near.soon_count, "more"),
    ):
        lines = [
            f"| {_word_due(one.due, one.due_kind, today)} | {_link(one.file_id, one.notice_type, in_drive)} |"
            for one in rows
        ]
        if lines:
            tables += f"## {title}\n\n" + _join_table("| due | notice |", "|---|---|", lines)
            tables += _word_rest(number, len(lines), rest)
    return (
        f"# {near.overdue_count} overdue, {near.soon_count} due within {SOON_DAYS} days\n\n"
        + tables
        + f"Due later: {count_noun(near.later_count, 'notice')}. `mailroom deadlines` lists all of them, and closes "
        "one with `--close LINK`.\n"
    )


def _join_table(head: str, line: str, rows: Iterable[str]) -> str:
    return "\n".join([head, line, *rows]) + "\n\n"


def _word_due(due: date | None, kind: DueKind | None, today: date) -> str:
    if due is None or kind is None:
        return ""
    left = word_days_left(due, today)
    left = f"**{left}**" if (due - today).days <= SOON_DAYS else left
    return f"{left}{BREAK}{due.isoformat()}{BREAK}{DUE_KINDS[kind]}"


def _wrap(words: str, width: int = NARROW) -> str:
    """Return the words on lines of so many chars: Prefect's tables do not wrap them."""
    return BREAK.join(textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False))


def _link(file_id: str, notice_type: str | None, in_drive: bool) -> str:
    words = notice_type or "file"
    return f"[{words}]({make_file_link(file_id)})" if in_drive else f"{words} `{file_id}`"


def _word_rest(number: int, shown: int, rest: str = "more") -> str:
    return f"And {number - shown} {rest}.\n\n" if number > shown else ""
