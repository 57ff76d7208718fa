"""What a daily run tells people who do not look at Prefect's pages, and when.

Files that stay pending, deadlines that are near, and a share without a person that is far below the usual. No
client data: numbers, reasons, letter types, dates, and links that only the firm's people can open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mailroom.drive.links import make_file_link
from mailroom.ledger import DueKind, Ledger, OpenDeadline, PendingFiles
from mailroom.run.open_items import SOON_DAYS, group_deadlines, word_days_left, word_deadline
from mailroom.run.reasons import count_noun, find_remedy, in_words
from mailroom.run.summary import SETTLED, word_share
from mailroom.run.trend import RUNS_SHOWN, PastRun

# The names of the events.
FILES_PENDING, DEADLINE_NEAR, SHARE_LOW = (
    f"mailroom.{name}" for name in ("files-pending", "deadline-near", "share-low")
)
PENDING_DAYS = 2
# These dates bind the client; one that was counted from the letter's date is only an estimate.
HARD = (DueKind.PRINTED, DueKind.FIXED)
# The last runs with at least so many files together are compared with the runs before them.
RECENT_FILES, EARLIER_FILES = 30, 100
# Far below the usual: by this share of all files. With 30 files, chance alone rarely makes such a difference.
FAR_UNDER = 0.2
# A message with more lines is not read.
MOST_LINES = 10


@dataclass(frozen=True)
class Alert:
    """A message for people, and the name of the event that carries it."""

    event: str
    title: str
    words: str


def find_alerts(ledger: Ledger, run_id: str, runs: Sequence[PastRun], today: date) -> list[Alert]:
    """Return what people must be told after this run.

    Args:
        ledger: the run's ledger.
        run_id: the run, which has listed the inbox as far as it came.
        runs: the real runs with files, the newest first (`mailroom.run.trend.read_past_runs`).
        today: the day from which days are counted.
    """
    before = ledger.read_clock() - timedelta(days=PENDING_DAYS)
    found = (
        tell_pending(ledger.find_long_pending(run_id, before), today),
        tell_deadlines(ledger.list_deadlines(today + timedelta(days=SOON_DAYS)), today),
        tell_share(runs),
    )
    return [one for one in found if one is not None]


def tell_pending(files: PendingFiles, today: date) -> Alert | None:
    """Return the message about files that were pending for too long; None where there are none."""
    if files.oldest is None:
        return None
    days = (today - files.oldest.astimezone().date()).days
    number = count_noun(files.reasons.total(), "file")
    lines = [
        f"- {number} × {in_words(reason)}" + (f": {remedy}" if (remedy := find_remedy(reason)) else "")
        for reason, number in files.reasons.most_common(MOST_LINES)
    ]
    return Alert(
        FILES_PENDING,
        f"Mail room: {number} pending for {PENDING_DAYS} days or more",
        f"{number} in the inbox could not be finished for {PENDING_DAYS} days or more, the oldest for {days} days. "
        "Each run tries again. Why, and what to do:\n\n" + "\n".join(lines),
    )


def tell_deadlines(deadlines: Iterable[OpenDeadline], today: date) -> Alert | None:
    """Return the message about hard deadlines that are near; None where none is.

    Those that are overdue are only counted: each was told on every day before.
    """
    overdue, soon, _ = group_deadlines((one for one in deadlines if one.due_kind in HARD), today)
    if not soon:
        return None
    lines = [
        f"- {word_days_left(one.due, today)}: {word_deadline(one)} {make_file_link(one.file_id)}"
        for one in soon[:MOST_LINES]
    ]
    if len(soon) > MOST_LINES:
        lines.append(f"- and {len(soon) - MOST_LINES} more")
    close = "After you respond to a notice, close its deadline: mailroom deadlines --close LINK"
    late = f"{len(overdue)} more {'is' if len(overdue) == 1 else 'are'} overdue. " if overdue else ""
    number = count_noun(len(soon), "deadline")
    return Alert(
        DEADLINE_NEAR,
        f"Mail room: {number} within {SOON_DAYS} days",
        f"{number} within {SOON_DAYS} days, not closed yet:\n\n" + "\n".join(lines) + f"\n\n{late}{close}",
    )


def tell_share(runs: Sequence[PastRun]) -> Alert | None:
    """Return the message about a share without a person that is far below the usual; None where it is not.

    Pending files do not count: nothing is decided about them.
    """
    recent, number = Counter[str](), 0
    while number < len(runs) and recent.total() < RECENT_FILES:
        recent += _count_decided(runs[number])
        number += 1
    earlier = sum((_count_decided(run) for run in runs[number:RUNS_SHOWN]), Counter[str]())
    if recent.total() < RECENT_FILES or earlier.total() < EARLIER_FILES:
        return None
    if _share(recent) > _share(earlier) - FAR_UNDER:
        return None
    reasons = Counter[str]()
    for run in runs[:number]:
        reasons.update(dict(run.reasons))
    lines = [f"- {files} × {in_words(reason)}" for reason, files in reasons.most_common(MOST_LINES)]
    return Alert(
        SHARE_LOW,
        f"Mail room: {word_share(recent)} without a person, usually {word_share(earlier)}",
        f"Of the last {recent.total()} files, {word_share(recent)} needed nobody; of the {earlier.total()} before, "
        f"{word_share(earlier)}. The main reasons why files need a person:\n\n" + "\n".join(lines) + "\n\n"
        "Open some of these files in CP2000_REVIEW and CP2000_UNMATCHED: are the scans bad, or is the letter type new? "
        "If cases are not found, check the match service or the case index: mailroom doctor --real",
    )


def _count_decided(run: PastRun) -> Counter[str]:
    return Counter({name: files for name, files in run.outcomes.items() if name != "pending"})


def _share(outcomes: Counter[str]) -> float:
    return sum(outcomes[name] for name in SETTLED) / outcomes.total()
