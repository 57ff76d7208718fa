"""Closes deadlines whose tasks are completed in the CRM, as its report of activities shows.

A call for each day since the last run, and none while no deadline could be closed. A task is known by the
marker in its subject; nothing else of the report is looked at, logged or kept. What goes wrong here is said
in one line, and the run goes on: people can close deadlines too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from mailroom.crm.base import NotOffered, RightMissing, TaskSource
from mailroom.delivery.marker import find_task_markers
from mailroom.errors import ConfigError, Transient
from mailroom.ledger import Ledger
from mailroom.run.reasons import count_noun, in_words

log = logging.getLogger(__name__)

FACT = "completed_tasks_read"
# The report's days are Pacific ones. In summer they begin an hour earlier, which the overlap of days covers.
PACIFIC = timedelta(hours=-8)
DAY = timedelta(days=1)
MOST_DAYS = 31
MARKERS_AT_ONCE = 500


def close_completed_deadlines(
    ledger: Ledger, source: TaskSource, now: datetime, check_stop: Callable[[], None] = lambda: None
) -> None:
    """Read the report of each day since the last one that was read, and close what is completed.

    Args:
        ledger: has the deadlines, and the day that was read last.
        source: the CRM.
        now: the current time in UTC.
        check_stop: raises when a person asked the run to stop.

    Raises:
        RunStop: a person stopped the run, or Logiqs asks for a long pause.
    """
    try:
        closed, stay = _read_days(ledger, source, (now + PACIFIC).date(), check_stop)
    except NotOffered:
        log.warning(
            "This Logiqs tenant has no activity report, so only people close deadlines. "
            "Remove MAILROOM_LOGIQS__REPORT_EMAIL."
        )
        return
    except RightMissing:
        log.warning(
            "The Logiqs key has no permission for the activity report, so only people close deadlines. "
            "Give it this permission, or remove MAILROOM_LOGIQS__REPORT_EMAIL."
        )
        return
    except ConfigError as refused:
        # The key and the address are right: preflight has checked both.
        log.warning("Logiqs' activity report was not read. %s", refused)
        return
    except Transient as fault:
        log.warning("Logiqs' activity report was not read (%s). The next run reads it.", in_words(fault.code))
        return
    if closed or stay:
        log.info("Completed in Logiqs: %s closed.%s", count_noun(closed, "deadline"), _word_rest(stay))


def _read_days(
    ledger: Ledger, source: TaskSource, today: date, check_stop: Callable[[], None]
) -> tuple[int, int]:
    """Return how many deadlines were closed, and how many only a person may close."""
    closed, stay = 0, set[str]()
    day = _find_first_day(ledger, today)
    while day is not None and day <= today:
        check_stop()
        # Whether the last day of the window counts is not documented, so it is one more.
        found = source.list_completed_tasks(day, day + DAY)
        if found is None:
            raise Transient("logiqs_answer_unreadable")
        markers = sorted({marker for one in found for marker in find_task_markers(one.text.reveal())})
        for start in range(0, len(markers), MARKERS_AT_ONCE):
            files = ledger.find_filed_files(markers[start : start + MARKERS_AT_ONCE])
            number, others = ledger.close_answered_tasks(files)
            closed += number
            stay.update(others)
        # It is read again by the next run: it is not over yet.
        ledger.set_fact(FACT, day.isoformat())
        day += DAY
    return closed, len(stay)


def _find_first_day(ledger: Ledger, today: date) -> date | None:
    """Return the day that was read last, or that of the oldest open deadline; None if none can be closed."""
    oldest = ledger.find_oldest_closable()
    if oldest is None:
        return None
    told = ledger.get_fact(FACT)
    day = date.fromisoformat(told) if told else (oldest + PACIFIC).date()
    return min(max(day, today - MOST_DAYS * DAY), today)


def _word_rest(stay: int) -> str:
    return f" {count_noun(stay, 'other')} cannot be extended, so only a person closes them." if stay else ""
