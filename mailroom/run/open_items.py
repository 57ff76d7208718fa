"""Open deadlines and files that wait for a person, in words. Pure functions; no client data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mailroom.ledger import OpenDeadline
from mailroom.run.reasons import DUE_KINDS, count_noun

# From so many days before its due date a notice is urgent.
SOON_DAYS = 7


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


def word_deadline(deadline: OpenDeadline) -> str:
    """Return letter type, due date and its kind in words."""
    return f"{deadline.notice_type or 'letter'}, {deadline.due.isoformat()} ({DUE_KINDS[deadline.due_kind]})"
