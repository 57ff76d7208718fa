"""What people are told after a daily run, and when nothing is worth a message."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.config.settings import load_settings
from mailroom.ledger import DueKind, NoticeRecord, OpenDeadline, PendingFiles, open_ledger
from mailroom.run.alerts import (
    DEADLINE_NEAR,
    EARLIER_FILES,
    FILES_PENDING,
    MOST_LINES,
    RECENT_FILES,
    find_alerts,
    tell_deadlines,
    tell_pending,
    tell_share,
)
from mailroom.run.trend import PastRun
from tests.ledger.conftest import Clock, listed
from tests.ledger.test_notices import decide

TODAY = date(2026, 12, 3)
NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)


def deadline(days: int, kind: DueKind = DueKind.PRINTED, name: str = "1aB") -> OpenDeadline:
    """An open deadline in so many days."""
    return OpenDeadline(name, "LT11", TODAY + timedelta(days=days), kind)


def past(matched: int, review: int = 0, pending: int = 0) -> PastRun:
    """A run with these files."""
    outcomes = Counter({"matched": matched, "review": review, "pending": pending})
    return PastRun(NOON, 60.0, outcomes, (("no_case", review),) if review else (), 0, 0)


def test_files_pending_for_two_days_are_told_with_what_to_do() -> None:
    """The reasons in words, the most frequent first, and the age of the oldest file."""
    files = PendingFiles(NOON - timedelta(days=5), Counter({"logiqs_down": 2, "pending": 1}))
    told = tell_pending(files, TODAY)
    assert told is not None
    assert told.title == "Mail room: 3 files pending for 2 days or more"
    assert "the oldest for 5 days" in told.words
    first, second = told.words.splitlines()[-2:]
    assert first.startswith(
        "- 2 × Logiqs was down, so the run ended early: nothing; the next run tries again"
    )
    assert second.startswith("- 1 × not done when the run ended")
    assert tell_pending(PendingFiles(None, Counter()), TODAY) is None


@pytest.mark.parametrize(
    ("days", "kind", "is_told"),
    [
        (7, DueKind.PRINTED, True),
        (0, DueKind.FIXED, True),
        (8, DueKind.FIXED, False),
        (3, DueKind.COMPUTED, False),
        (-1, DueKind.PRINTED, False),
    ],
)
def test_hard_deadlines_within_seven_days_are_told(days: int, kind: DueKind, is_told: bool) -> None:
    """A date that was only counted is none, and an overdue one was told on each of seven days."""
    assert (tell_deadlines([deadline(days, kind)], TODAY) is not None) is is_told


def test_a_deadline_is_told_with_its_letter_its_date_and_the_link() -> None:
    """Overdue ones are counted, and a long list is cut off."""
    overdue = [deadline(-2)]
    told = tell_deadlines([*overdue, deadline(0, DueKind.FIXED), deadline(3, name="2aB")], TODAY)
    assert told is not None
    assert told.title == "Mail room: 2 deadlines within 7 days"
    assert told.words.splitlines() == [
        "2 deadlines within 7 days, not closed yet:",
        "",
        "- due today: LT11, 2026-12-03 (cannot be extended) https://drive.google.com/file/d/1aB/view",
        "- 3 days left: LT11, 2026-12-06 (printed on the letter) https://drive.google.com/file/d/2aB/view",
        "",
        "1 more is overdue. After you respond to a notice, close its deadline: mailroom deadlines --close LINK",
    ]
    many = tell_deadlines([deadline(1)] * (MOST_LINES + 5), TODAY)
    assert many is not None
    assert "- and 5 more\n\nAfter you respond" in many.words


@pytest.mark.parametrize(
    ("runs", "is_told"),
    [
        ([past(9, 21), past(80, 20)], True),
        ([past(19, 11), past(80, 20)], False),
        ([past(8, 21), past(80, 20)], False),
        ([past(9, 21), past(79, 20)], False),
        ([past(3, 7), past(3, 7), past(3, 7), past(80, 20)], True),
        ([past(24, 6, pending=200), past(80, 20)], False),
        ([], False),
    ],
    ids=[
        "far under",
        "near the usual",
        "too few files",
        "too few files before",
        "too few on one day",
        "pending",
        "none",
    ],
)
def test_a_share_without_a_person_far_under_the_usual(runs: Sequence[PastRun], is_told: bool) -> None:
    """By twenty hundredths, of enough files; days with few files count together, pending files nowhere."""
    assert (RECENT_FILES, EARLIER_FILES) == (30, 100)
    assert (tell_share(runs) is not None) is is_told


def test_the_share_is_told_with_the_main_reasons() -> None:
    """The percentages of the last files and of those before."""
    told = tell_share([past(9, 21), past(80, 20)])
    assert told is not None
    assert told.title == "Mail room: 30 % without a person, usually 80 %"
    assert "Of the last 30 files, 30 % needed nobody; of the 100 before, 80 %." in told.words
    assert "- 21 × no case with this surname and SSN" in told.words


def test_what_the_ledger_knows_is_told(tmp_path: Path) -> None:
    """Files that this run listed again after two days, and a notice that is due."""
    clock = Clock()
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        ledger._clock = clock
        listed(ledger, 3)
        day = clock.now.date()
        decide(ledger, 0, NoticeRecord("LT11", day + timedelta(days=5), DueKind.FIXED))
        assert [one.event for one in find_alerts(ledger, "run", [], day)] == [DEADLINE_NEAR]
        ledger.pick_up("run", None)
        ledger.claim("f00001", "me", 60)
        ledger.release("f00001", "me", "logiqs_unreachable")
        clock.now += timedelta(days=2, minutes=1)
        ledger.record_page("later", "inbox", [], None)
        told = find_alerts(ledger, "run", [], day + timedelta(days=2))
        assert [one.event for one in told] == [FILES_PENDING, DEADLINE_NEAR]
        assert told[0].title.startswith("Mail room: 2 files pending")
        assert "- 1 × Logiqs was unreachable" in told[0].words
        # Another run did not list them: a person may have taken them out of the inbox.
        assert [one.event for one in find_alerts(ledger, "later", [], day)] == [DEADLINE_NEAR]
