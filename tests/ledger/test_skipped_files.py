"""Files that are not read become items when they stay in the inbox, and end when they leave it."""

from datetime import timedelta

import pytest

from mailroom.drive import ListedFile
from mailroom.errors import FileFault
from mailroom.ledger import ClosedBy, Ledger
from mailroom.ledger.decisions import Action, PersonDecision
from mailroom.ledger.notices import UNREAD_TYPE
from mailroom.ledger.scans import STAYS_AFTER
from tests.ledger.conftest import BASE, Clock, clock, ledger, listed, settings

IN_BOTH_DATABASES = True

__all__ = ["clock", "ledger", "settings"]
DOC = "doc"


def see(ledger: Ledger, run: str, *file_ids: str) -> None:
    """A run lists the whole inbox, and finds these files besides PDFs."""
    listed(ledger, 1, run)
    ledger.record_skipped(run, "inbox", file_ids)
    ledger.close_left_inbox(run)


def list_waiting(ledger: Ledger) -> list[str]:
    """The files that wait for a person."""
    return [one.file_id for one in ledger.list_open_items()]


@pytest.fixture
def staying(ledger: Ledger, clock: Clock) -> Ledger:
    """A document that two days' runs have seen."""
    see(ledger, "first", DOC)
    clock.now += timedelta(days=1)
    see(ledger, "second", DOC)
    return ledger


def test_a_file_that_stays_waits_for_a_person(ledger: Ledger, clock: Clock) -> None:
    """Not on the day on which it came; it counts from then."""
    see(ledger, "first", DOC)
    clock.now += STAYS_AFTER - timedelta(seconds=1)
    see(ledger, "again", DOC)
    assert list_waiting(ledger) == []
    clock.now += timedelta(days=1)
    see(ledger, "second", DOC, "new")
    [item] = ledger.list_open_items()
    assert (item.file_id, item.outcome, item.reason, item.since) == (DOC, "failed", UNREAD_TYPE, BASE)
    assert ledger.count_outcomes("second").total() == 0


def test_a_version_that_a_person_looked_at_stays(staying: Ledger, clock: Clock) -> None:
    """Further runs change nothing of it, so that a decision about it still fits."""
    seen = staying.find_files([DOC])[DOC].updated
    clock.now += timedelta(days=1)
    see(staying, "third", DOC)
    staying.note_person_decision(DOC, PersonDecision(Action.LATER, "kim"), seen=seen)
    assert list_waiting(staying) == [DOC]


def test_one_that_left_the_inbox_waits_no_longer_and_may_come_back(staying: Ledger, clock: Clock) -> None:
    """Then its time starts again: it may have been put there by mistake, for an hour."""
    see(staying, "third")
    assert list_waiting(staying) == []
    clock.now += timedelta(days=9)
    see(staying, "fourth", DOC)
    assert list_waiting(staying) == []
    clock.now += timedelta(days=1)
    see(staying, "fifth", DOC)
    assert list_waiting(staying) == [DOC]
    assert staying.list_open_items()[0].since == BASE + timedelta(days=10)


def test_a_person_may_close_it_for_good(staying: Ledger, clock: Clock) -> None:
    """It is not ours, and stays where it is."""
    staying.note_person_decision(DOC, PersonDecision(Action.NOT_OURS, "kim"))
    clock.now += timedelta(days=1)
    see(staying, "third", DOC)
    assert list_waiting(staying) == []


@pytest.mark.parametrize("action", [Action.FILE, Action.FILE_ANYWAY, Action.RETRY])
def test_it_can_be_neither_filed_nor_read(staying: Ledger, action: Action) -> None:
    """The refusal has words of its own."""
    decision = PersonDecision(action, "kim", None if action is Action.RETRY else 41)
    seen = staying.find_files([DOC])[DOC].updated
    with pytest.raises(FileFault, match=UNREAD_TYPE):
        staying.check_person_decision(DOC, decision, seen=seen)
    assert list_waiting(staying) == [DOC]


def test_new_content_that_is_a_pdf_is_processed(staying: Ledger, clock: Clock) -> None:
    """Drive keeps the id of a file whose content was replaced."""
    file = ListedFile(DOC, "inbox", 9, "md5", clock.now)
    staying.record_page("third", "inbox", [file], None)
    assert list_waiting(staying) == []
    assert staying.find_files([DOC])[DOC].state == "pending"


def test_a_file_that_failed_before_keeps_its_reason(ledger: Ledger, clock: Clock) -> None:
    """An image that could not be read, before images were left out."""
    listed(ledger, 1, "first")
    ledger.claim("f00000", "me", 60)
    ledger.fail("f00000", "me", "broken_image")
    clock.now += timedelta(days=1)
    ledger.add_folders("second", ["inbox"])
    ledger.record_skipped("second", "inbox", ["f00000"])
    ledger.close_left_inbox("second")
    assert [one.reason for one in ledger.list_open_items()] == ["broken_image"]
    ledger.close_items(["f00000"], ClosedBy.MOVED)
    ledger.record_skipped("third", "inbox", ["f00000"])
    assert list_waiting(ledger) == []
