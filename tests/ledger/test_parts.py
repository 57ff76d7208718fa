"""The parts of a run that other processes file: how they live and end, and who gets what they had claimed."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest

from mailroom.config.settings import Settings
from mailroom.errors import RunStop
from mailroom.ledger import LEASE_SECONDS, LeaseRequest, Ledger, make_holder, open_ledger
from mailroom.ledger.parts import make_part_id
from mailroom.ledger.runs import SILENT_SECONDS
from tests.ledger.conftest import Clock, listed

IN_BOTH_DATABASES = True
FIRST = make_part_id("run", 1, 1)
ELSEWHERE = "another-machine-4026531836:7:99"


@pytest.fixture
def day(ledger: Ledger) -> Ledger:
    """The ledger of a run that has listed and picked up two files."""
    ledger.request_lease(LeaseRequest("run", make_holder("run")))
    listed(ledger, 2)
    ledger.pick_up("run", None)
    return ledger


@pytest.fixture
def worker(settings: Settings, clock: Clock) -> Iterator[Ledger]:
    """The same ledger, as a worker has it open."""
    with open_ledger(settings) as opened:
        opened._clock = clock
        yield opened


def begin(ledger: Ledger, holder: str = ELSEWHERE) -> str:
    """Begin the first part; return who it holds its claims as."""
    mine = f"{holder}:{FIRST}"
    assert ledger.begin_part(FIRST, "run", mine) == 1.0
    return mine


def test_a_part_spends_what_its_run_may_spend(day: Ledger, worker: Ledger) -> None:
    """A dry run that begins meanwhile takes its share of the quotas from the run, and so from its parts.

    It begins when no part spends the run's former portion any more.
    """
    begin(worker)
    dry = LeaseRequest("dry", make_holder("dry"), dry_run=True)
    assert day.request_lease(dry).portion == 0.0
    assert day.request_lease(LeaseRequest("run", make_holder("run"))).portion == 0.75
    assert day.request_lease(dry).portion == 0.0
    assert worker.renew_part(FIRST, {"drive": {"calls": 3}}) == 0.75
    assert day.request_lease(dry).portion == 0.25
    assert [(one.part_id, one.is_alive, one.counts) for one in day.list_parts("run")] == [
        (FIRST, True, {"drive": {"calls": 3}})
    ]


def test_a_dry_run_waits_for_the_parts_of_a_suspended_run(day: Ledger, worker: Ledger, clock: Clock) -> None:
    """Somebody pressed Ctrl-Z in the terminal of the daily run: the workers work on."""
    begin(worker)
    for _ in range(2):
        clock.now += timedelta(seconds=SILENT_SECONDS - 1)
        assert worker.renew_part(FIRST, {}) == 1.0
    dry = LeaseRequest("dry", make_holder("dry"), dry_run=True)
    assert day.request_lease(dry).portion == 0.0
    assert day.request_lease(LeaseRequest("run", make_holder("run"))).portion == 0.75
    assert worker.renew_part(FIRST, {}) == 0.75
    assert day.request_lease(dry).portion == 0.25


def test_a_run_that_was_suspended_has_a_portion_for_its_parts(
    day: Ledger, worker: Ledger, clock: Clock
) -> None:
    """A dry run spends all by now; with no portion at all a part could not compute its pace."""
    clock.now += timedelta(seconds=SILENT_SECONDS)
    dry = LeaseRequest("dry", make_holder("dry"), dry_run=True)
    assert day.request_lease(dry).portion == 1.0
    assert day.request_lease(LeaseRequest("run", make_holder("run"))).portion == 0.75
    assert worker.begin_part(FIRST, "run", f"{ELSEWHERE}:{FIRST}") == 0.75
    assert day.request_lease(dry).portion == 0.25


def test_a_part_does_not_begin_without_its_run(ledger: Ledger) -> None:
    """The run has ended, or this is another ledger; the line says which setting to check."""
    with pytest.raises(RunStop, match="MAILROOM_LEDGER_URL"):
        ledger.begin_part(FIRST, "run", ELSEWHERE)
    ledger.request_lease(LeaseRequest("run", make_holder("run"), dry_run=True))
    with pytest.raises(RunStop, match="has ended"):
        ledger.begin_part(FIRST, "run", ELSEWHERE)


def test_a_part_does_not_begin_without_a_portion(ledger: Ledger, worker: Ledger) -> None:
    """Its run was taken for over while a dry run began, and is back now: its bucket could not be made."""
    dry = LeaseRequest("dry", make_holder("dry"), dry_run=True)
    assert ledger.request_lease(dry).portion == 1.0
    assert ledger.request_lease(LeaseRequest("run", f"{ELSEWHERE}:run")).portion == 0.0
    with pytest.raises(RunStop, match="Nothing is lost"):
        worker.begin_part(FIRST, "run", ELSEWHERE)
    assert ledger.request_lease(dry).portion == 0.25
    assert ledger.request_lease(LeaseRequest("run", f"{ELSEWHERE}:run")).portion == 0.75
    assert worker.begin_part(FIRST, "run", ELSEWHERE) == 0.75


def test_a_part_begins_once(day: Ledger, worker: Ledger) -> None:
    """A person may retry its flow run in Prefect, when others have its files already."""
    begin(worker)
    with pytest.raises(RunStop, match="another worker"):
        worker.begin_part(FIRST, "run", ELSEWHERE)
    assert len(day.list_parts("run")) == 1


def test_a_part_ends_with_its_run(day: Ledger, worker: Ledger) -> None:
    """It finds out when it is renewed next."""
    begin(worker)
    day.end_run("run")
    assert worker.renew_part(FIRST, {}) is None
    assert day.list_parts("run") == []


def test_a_part_ends_with_a_run_that_died(day: Ledger, worker: Ledger, clock: Clock) -> None:
    """Nobody has ended that run; on another machine it is dead when it is silent."""
    day.request_lease(LeaseRequest("run", f"{ELSEWHERE}:run"))
    begin(worker)
    clock.now += timedelta(seconds=SILENT_SECONDS - 1)
    assert worker.renew_part(FIRST, {}) == 1.0
    clock.now += timedelta(seconds=2)
    assert worker.renew_part(FIRST, {}) is None


def test_the_next_run_forgets_the_parts_of_a_dead_one(day: Ledger, worker: Ledger, clock: Clock) -> None:
    """Their workers find that they have ended."""
    day.request_lease(LeaseRequest("run", f"{ELSEWHERE}:run"))
    begin(worker)
    clock.now += timedelta(seconds=SILENT_SECONDS)
    day.request_lease(LeaseRequest("next", make_holder("next")))
    assert day.list_parts("run") == []


@pytest.mark.parametrize(
    ("holder", "after", "is_freed"),
    [
        (ELSEWHERE, SILENT_SECONDS - 1, False),
        (ELSEWHERE, SILENT_SECONDS, True),
        # On this machine a process can be seen: one that was suspended keeps nothing, one that is gone loses
        # its claims at once.
        ("here", SILENT_SECONDS - 1, False),
        ("here", SILENT_SECONDS, True),
        ("gone", 1, True),
    ],
)
def test_what_a_silent_part_had_claimed_is_free(
    day: Ledger, worker: Ledger, clock: Clock, holder: str, after: float, is_freed: bool
) -> None:
    """Long before the lease of its claim ends; when it wakes up it has lost its file, and has ended."""
    here = make_holder("").rpartition(":")[0]
    gone = here.replace(f":{os.getpid()}:", ":1:")
    mine = begin(worker, {"here": here, "gone": gone}.get(holder, holder))
    assert worker.claim("f00000", mine, LEASE_SECONDS)
    clock.now += timedelta(seconds=after)
    assert day.free_dead_claims() == is_freed
    assert day.list_left("run", ["f00000", "f00001"]) == ["f00000", "f00001"][1 - is_freed :]
    assert worker.renew_claim("f00000", mine, LEASE_SECONDS) is not is_freed
    assert (worker.renew_part(FIRST, {}) is None) is is_freed


def test_a_part_that_said_its_last_word_has_ended(day: Ledger, worker: Ledger) -> None:
    """Its counts stay for the report; the claims that it could not give back are free."""
    mine = begin(worker)
    assert worker.claim("f00000", mine, LEASE_SECONDS)
    worker.end_part(FIRST, {"drive": {"calls": 9}})
    (part,) = day.list_parts("run")
    assert (part.is_alive, part.has_ended, part.counts) == (False, True, {"drive": {"calls": 9}})
    assert day.free_dead_claims() == 1


def test_a_run_that_stops_ends_its_parts(day: Ledger, worker: Ledger) -> None:
    """All of them, also on machines that nobody reaches."""
    begin(worker)
    day.end_parts("run")
    assert worker.renew_part(FIRST, {}) is None


def test_what_a_dead_part_had_begun_to_deliver_is_taken_over(day: Ledger, worker: Ledger) -> None:
    """Nothing of it was sent; whoever has the file next finds the delivery of nobody, and continues it."""
    mine = begin(worker)
    marker = day.make_marker("sha", 7)
    assert worker.claim("f00000", mine, LEASE_SECONDS)
    assert worker.begin_delivery(marker, "f00000", mine, 7, "sha", LEASE_SECONDS).holder == mine
    worker.end_part(FIRST)
    assert day.free_dead_claims() == 1
    assert day.claim("f00000", "next", LEASE_SECONDS)
    found = day.begin_delivery(marker, "f00000", "next", 7, "sha", LEASE_SECONDS)
    assert found.holder is None
    assert day.take_over_delivery(found, "f00000", "next", LEASE_SECONDS)
    assert day.get_delivery(marker).holder == "next"


def test_of_two_that_begin_one_delivery_one_gets_it(day: Ledger, worker: Ledger) -> None:
    """The other one is told who has it."""
    marker = day.make_marker("sha", 7)
    assert worker.begin_delivery(marker, "f00000", "first", 7, "sha", LEASE_SECONDS).holder == "first"
    assert day.begin_delivery(marker, "f00000", "second", 7, "sha", LEASE_SECONDS).holder == "first"
