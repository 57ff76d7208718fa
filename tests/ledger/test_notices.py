"""Deadlines and open items: what opens them, what ends them, and that they tell nothing of a client."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mailroom.ledger import AnsweredBy, ClosedBy, DueKind, FileDecision, Ledger, NoticeRecord
from mailroom.ledger.notices import TAKEN_AWAY
from tests.ledger.conftest import BASE, Clock, listed

IN_BOTH_DATABASES = True

ME = "me"
DUE = date(2026, 12, 10)
CP2000 = NoticeRecord("CP2000", DUE, DueKind.PRINTED, "hash")


def decide(ledger: Ledger, number: int, notice: NoticeRecord | None = CP2000, outcome: str = "review") -> str:
    """A run takes a listed file to its outcome; the file's id."""
    name = f"f{number:05}"
    assert ledger.claim(name, ME, 600)
    ledger.record_decision(name, ME, FileDecision(outcome, "no_key", outcome, notice=notice))
    ledger.finish(name, ME)
    return name


def list_open(ledger: Ledger) -> list[str]:
    """The files with an open deadline, in order."""
    return [one.file_id for one in ledger.list_deadlines()]


def list_waiting(ledger: Ledger) -> list[str]:
    """The files that wait for a person, in order."""
    return [one.file_id for one in ledger.list_open_items()]


def put_back(ledger: Ledger, number: int, run: str) -> None:
    """A person put the files up to this one back into the inbox, and another run lists them."""
    listed(ledger, number + 1, run)


def test_deadlines_are_listed_the_nearest_first(ledger: Ledger) -> None:
    """Filed or not; a letter without a date, and a file without a letter, have none."""
    listed(ledger, 5)
    decide(ledger, 0, replace(CP2000, due=DUE + timedelta(days=1), client_hash=None), "matched")
    decide(ledger, 1)
    decide(ledger, 2, NoticeRecord("CP504"))
    decide(ledger, 3, None)
    decide(ledger, 4, NoticeRecord("LT11", DUE - timedelta(days=1), DueKind.FIXED), "unmatched")
    assert list_open(ledger) == ["f00004", "f00001", "f00000"]
    assert [one.file_id for one in ledger.list_deadlines(DUE)] == ["f00004", "f00001"]
    assert ledger.list_deadlines()[0].due_kind is DueKind.FIXED


def test_what_is_overdue_or_near_is_found_and_counted(ledger: Ledger) -> None:
    """However many are open, a page gets no more rows than it shows: the latest ones and the next ones.

    Both in the order of `mailroom deadlines`: the earliest first.
    """
    listed(ledger, 7)
    for number, days in enumerate((-30, -2, -1, 0, 7, 8, 9)):
        decide(ledger, number, NoticeRecord("CP2000", DUE + timedelta(days=days), DueKind.PRINTED))
    near = ledger.list_near_deadlines(DUE, 7, 2)
    assert [one.file_id for one in near.overdue] == ["f00001", "f00002"]
    assert [one.file_id for one in near.soon] == ["f00003", "f00004"]
    assert (near.overdue_count, near.soon_count, near.later_count) == (3, 2, 2)


def test_a_person_closes_a_deadline_once(ledger: Ledger, clock: Clock) -> None:
    """Repeating it changes nothing and says when it was; a file without a deadline is unknown."""
    listed(ledger, 2)
    decide(ledger, 0)
    decide(ledger, 1, None)
    first = ledger.close_deadline("f00000", AnsweredBy.PERSON)
    clock.now += timedelta(days=1)
    second = ledger.close_deadline("f00000", AnsweredBy.CRM)
    assert first is not None
    assert second is not None
    assert (first.is_new, second.is_new) == (True, False)
    assert (second.answered, second.answered_by) == (BASE, AnsweredBy.PERSON)
    assert list_open(ledger) == []
    assert ledger.close_deadline("f00001", AnsweredBy.PERSON) is None
    assert ledger.close_deadline("unknown", AnsweredBy.PERSON) is None


@pytest.mark.parametrize(
    ("earlier", "later", "is_replaced"),
    [
        (CP2000, replace(CP2000, due=DUE + timedelta(days=30)), True),
        (CP2000, CP2000, True),
        (CP2000, replace(CP2000, due=DUE - timedelta(days=1)), False),
        (CP2000, replace(CP2000, client_hash="other"), False),
        (CP2000, replace(CP2000, due=None, due_kind=None), False),
        (replace(CP2000, client_hash=None), replace(CP2000, client_hash=None), False),
        (replace(CP2000, due_kind=DueKind.FIXED), replace(CP2000, due_kind=DueKind.FIXED), False),
        (replace(CP2000, due_kind=DueKind.COMPUTED), CP2000, True),
    ],
)
def test_a_later_notice_replaces_the_deadline_of_the_earlier_one(
    ledger: Ledger, earlier: NoticeRecord, later: NoticeRecord, is_replaced: bool
) -> None:
    """Of the same client, year and letter, with a date that is not before; a right that ends stands."""
    listed(ledger, 2)
    decide(ledger, 0, earlier)
    decide(ledger, 1, later)
    assert ("f00000" not in list_open(ledger)) == is_replaced
    assert ("f00001" in list_open(ledger)) == (later.due is not None)
    if is_replaced:
        closing = ledger.close_deadline("f00000", AnsweredBy.PERSON)
        assert closing is not None
        assert closing.answered_by is AnsweredBy.REPLACED


@pytest.mark.parametrize(
    ("answered_by", "due", "is_open"),
    [
        (AnsweredBy.PERSON, DUE, False),
        (AnsweredBy.CRM, DUE, False),
        (AnsweredBy.REPLACED, DUE, True),
        (AnsweredBy.PERSON, DUE + timedelta(days=1), True),
    ],
)
def test_what_a_person_said_of_a_deadline_stays_when_the_notice_is_read_again(
    ledger: Ledger, answered_by: AnsweredBy, due: date, is_open: bool
) -> None:
    """Unless another date is read."""
    listed(ledger, 1)
    decide(ledger, 0)
    ledger.close_deadline("f00000", answered_by)
    put_back(ledger, 0, "next")
    decide(ledger, 0, replace(CP2000, due=due))
    assert (list_open(ledger) == ["f00000"]) == is_open


def test_a_lost_claim_notes_nothing(ledger: Ledger) -> None:
    """The holder that has the file now notes it."""
    listed(ledger, 1)
    ledger.claim("f00000", "you", 600)
    ledger.record_decision("f00000", ME, FileDecision("review", "no_key", "review", notice=CP2000))
    assert list_open(ledger) == []


def test_items_wait_from_the_nearest_deadline_to_the_oldest_file(ledger: Ledger) -> None:
    """Over all runs: what was filed, is pending or was taken away by a person is none of them."""
    listed(ledger, 8)
    decide(ledger, 0, None)
    decide(ledger, 1, replace(CP2000, client_hash=None), "unmatched")
    decide(ledger, 2, CP2000, "matched")
    decide(ledger, 3, NoticeRecord("LT11", DUE - timedelta(days=2), DueKind.FIXED))
    for number, code in ((4, "internal_error"), (5, TAKEN_AWAY[0])):
        ledger.claim(f"f{number:05}", ME, 600)
        ledger.fail(f"f{number:05}", ME, code)
    ledger.claim("f00006", ME, 600)
    ledger.record_decision("f00006", ME, FileDecision("matched", "matched", "matched"))
    ledger.release("f00006", ME, "move_forbidden")
    items = {one.file_id: one for one in ledger.list_open_items()}
    assert list(items) == ["f00003", "f00001", "f00000", "f00004", "f00006"]
    first = items["f00003"]
    assert (first.outcome, first.reason, first.notice_type) == ("review", "no_key", "LT11")
    assert (first.since, first.due, first.due_kind) == (BASE, date(2026, 12, 8), DueKind.FIXED)
    assert (items["f00004"].outcome, items["f00004"].reason) == ("failed", "internal_error")
    assert (items["f00006"].outcome, items["f00006"].reason) == ("failed", "move_forbidden")
    assert items["f00006"].decided == ("matched", "matched")


def test_an_item_and_its_deadline_end_apart(ledger: Ledger) -> None:
    """Who moved the file out of REVIEW has not answered it; who answered it may leave the file there."""
    listed(ledger, 2)
    decide(ledger, 0)
    decide(ledger, 1, replace(CP2000, client_hash=None))
    ledger.close_items(["f00000"], ClosedBy.MOVED)
    ledger.close_deadline("f00001", AnsweredBy.PERSON)
    assert list_open(ledger) == ["f00000"]
    [item] = ledger.list_open_items()
    assert (item.file_id, item.due, item.due_kind) == ("f00001", None, None)


def test_a_closed_file_that_comes_back_is_open_again(ledger: Ledger, clock: Clock) -> None:
    """Put back into the inbox, it is pending, and then waits for a person once more."""
    listed(ledger, 1)
    decide(ledger, 0, None)
    ledger.close_items(["f00000"], ClosedBy.MOVED)
    assert list_waiting(ledger) == []
    clock.now += timedelta(days=1)
    put_back(ledger, 0, "next")
    assert list_waiting(ledger) == []
    decide(ledger, 0, None)
    assert list_waiting(ledger) == ["f00000"]


def test_a_failed_file_is_closed_when_the_inbox_does_not_show_it_any_more(ledger: Ledger) -> None:
    """While it is listed again by each run, it stays open."""
    listed(ledger, 2)
    for name in ("f00000", "f00001"):
        ledger.claim(name, ME, 600)
        ledger.fail(name, ME, "internal_error")
    put_back(ledger, 0, "next")
    ledger.claim("f00000", ME, 600)
    ledger.fail("f00000", ME, "internal_error")
    assert ledger.close_left_inbox("next") == 1
    assert ledger.close_left_inbox("next") == 0
    assert list_waiting(ledger) == ["f00000"]


def test_only_files_that_have_been_in_the_folder_for_a_while_are_looked_for(
    ledger: Ledger, clock: Clock
) -> None:
    """Drive may not list a file that was moved a short while ago."""
    listed(ledger, 3)
    decide(ledger, 0, None)
    decide(ledger, 1, None, "unmatched")
    clock.now += timedelta(hours=2)
    decide(ledger, 2, None)
    before = clock.now - timedelta(hours=1)
    assert ledger.list_waiting_files("review", before) == {"f00000": BASE}
    assert set(ledger.list_waiting_files("unmatched", before)) == {"f00001"}


def test_purge_forgets_what_is_over_and_keeps_what_is_open(ledger: Ledger, clock: Clock) -> None:
    """Of an open deadline that is long over, only what would find another notice of the client goes."""
    listed(ledger, 5)
    decide(ledger, 0, replace(CP2000, client_hash="a"), "matched")
    decide(ledger, 1, replace(CP2000, client_hash="b"), "matched")
    decide(ledger, 2, NoticeRecord("CP504"), "matched")
    decide(ledger, 3, replace(CP2000, client_hash="c"))
    ledger.close_deadline("f00001", AnsweredBy.PERSON)
    ledger.close_deadline("f00003", AnsweredBy.PERSON)
    ledger.close_items(["f00003"], ClosedBy.MOVED)
    clock.now += timedelta(days=200)
    before = clock.now - timedelta(days=90)
    assert ledger.purge(before, dry_run=True).notices == 2
    assert ledger.purge(before).notices == 2
    assert ledger.purge(before).notices == 0
    assert list_open(ledger) == ["f00000"]
    assert list_waiting(ledger) == []
    with ledger._reading() as session:
        found = session.connection().exec_driver_sql("SELECT file_id, client_hash FROM notices").all()
    assert [tuple(row) for row in found] == [("f00000", None), ("f00003", None)]


def test_the_hash_of_a_client_outlives_a_change_of_key(ledger: Ledger) -> None:
    """A later notice is still recognized; the hash says nothing, and is not that of a delivery."""
    before = ledger.hash_notice("case 777123", "1234", "2023", "CP2000")
    ledger.use_first_key()
    ledger.reencrypt_all(sleep=lambda _seconds: None)
    ledger._marker_key = None
    assert ledger.hash_notice("case 777123", "1234", "2023", "CP2000") == before
    assert ledger.hash_notice("case 777123", "1234", "2022", "CP2000") != before
    assert "777123" not in before
    assert before not in ledger.make_marker("notice", 777_123)
