"""How a run waits for its lease, renews it, and loses it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.ledger import Lease, LeaseRequest, Ledger, RunRole, make_holder, open_ledger
from mailroom.ledger.models import MOVED_TO
from mailroom.rate_limit import QuotaPortion
from mailroom.run import lease as lease_module
from mailroom.run.lease import WAIT_OVER, hold_lease
from mailroom.run.limits import RunLimits
from tests.waiting import until


class FakeLimits(RunLimits):
    """Waits take no time; what happens in them is the test's."""

    def __init__(self, while_waiting: Callable[[], None] = lambda: None) -> None:
        super().__init__(1.0, threading.Event())
        self.waits = 0
        self._while_waiting = while_waiting

    def sleep(self, seconds: float) -> None:
        """Let something happen, and see whether the run is to stop."""
        self.waits += bool(seconds)
        assert self.waits < 20, "the run waits for ever"
        self._while_waiting()
        super().sleep(0.0)


def a_run(name: str, *, dry_run: bool = False, may_wait: bool = True) -> LeaseRequest:
    """A run of this process."""
    return LeaseRequest(name, make_holder(name), f"daily {name}", dry_run, may_wait)


@pytest.fixture
def ledgers(tmp_path: Path) -> Iterator[tuple[Ledger, Ledger]]:
    """Two processes' handles on one ledger."""
    settings = load_settings(state_dir=tmp_path)
    with open_ledger(settings) as first, open_ledger(settings) as second:
        yield first, second


def test_a_run_waits_until_the_other_one_has_ended(ledgers: tuple[Ledger, Ledger]) -> None:
    """It says once for whom, and gives the lease back at its end."""
    first, second = ledgers
    first.request_lease(a_run("A"))
    told: list[str] = []

    def end_after_three() -> None:
        if limits.waits == 3:
            first.end_run("A")

    limits = FakeLimits(end_after_three)
    with hold_lease(second, a_run("B"), limits, told.append) as portion:
        assert portion == QuotaPortion(1.0)
        assert first.request_lease(a_run("A", may_wait=False)).other.startswith("daily B, since ")
    line, over = told
    assert over == "The wait is over. This run starts now."
    assert line.startswith("Another run is active on this ledger: daily A, since ")
    assert line.endswith(" This run waits until it has ended.")
    assert limits.waits == 3
    assert first.request_lease(a_run("A")).role is RunRole.FILING


def test_a_run_that_keeps_the_ledger_locked_is_waited_for(
    ledgers: tuple[Ledger, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is suspended within a transaction; its name is read from the file all the same."""
    first, second = ledgers
    first.request_lease(a_run("A"))
    request = second.request_lease
    locked = [Transient("ledger_unreachable")] * 2

    def request_lease(run: LeaseRequest) -> Lease:
        if locked:
            raise locked.pop()
        return request(run)

    monkeypatch.setattr(second, "request_lease", request_lease)
    told: list[str] = []
    limits = FakeLimits(lambda: None if locked else first.end_run("A"))
    with hold_lease(second, a_run("B"), limits, told.append) as portion:
        assert portion == QuotaPortion(1.0)
    assert told[0].startswith("Another run is active on this ledger: daily A, since ")
    locked.append(Transient("ledger_unreachable"))
    first.request_lease(a_run("A"))
    with (
        pytest.raises(RunStop, match="daily A"),
        hold_lease(second, a_run("C", may_wait=False), limits, told.append),
    ):
        pass
    first.end_run("A")
    locked.append(Transient("ledger_unreachable"))
    with pytest.raises(Transient), hold_lease(second, a_run("D"), limits, told.append):
        pass


@pytest.mark.parametrize(
    ("may_wait", "remedy"),
    [(False, "Start this run again"), (True, "A second run is already waiting for it. Start this run again")],
)
def test_a_run_that_may_not_wait_ends_with_the_other_ones_name(
    ledgers: tuple[Ledger, Ledger], may_wait: bool, remedy: str
) -> None:
    """With `--no-wait`, and a third run: the same line, and no wait."""
    first, second = ledgers
    first.request_lease(a_run("A"))
    if may_wait:
        first.request_lease(a_run("B"))
    limits = FakeLimits()
    with pytest.raises(RunStop) as stop, hold_lease(second, a_run("C", may_wait=may_wait), limits, print):
        pass
    assert stop.value.what.startswith("Another run is active on this ledger: daily A, since ")
    assert stop.value.fix.startswith(remedy)
    assert limits.waits == 0


def test_a_run_that_is_stopped_while_it_waits_leaves_its_place(ledgers: tuple[Ledger, Ledger]) -> None:
    """At once; another one may wait then."""
    first, second = ledgers
    first.request_lease(a_run("A"))
    limits = RunLimits(1.0, stop := threading.Event())
    with (
        pytest.raises(RunStop, match="asked to stop"),
        hold_lease(second, a_run("B"), limits, lambda _line: stop.set()),
    ):
        pass
    assert first.request_lease(a_run("C")).role is RunRole.WAITING


def test_a_dry_run_waits_for_its_portion_only(ledgers: tuple[Ledger, Ledger]) -> None:
    """The other run lowers its own when it renews its lease."""
    first, second = ledgers
    first.request_lease(a_run("A"))
    told: list[str] = []
    limits = FakeLimits(lambda: cast("None", first.request_lease(a_run("A"))))
    with hold_lease(second, a_run("D", dry_run=True), limits, told.append) as portion:
        assert portion.value == 0.25
    assert limits.waits == 1
    line, over = told
    assert line.startswith("Another run is active on this ledger: daily A, ")
    assert line.endswith(" This run waits for its share of the quotas.")
    assert over == WAIT_OVER


class Answers:
    """A ledger that gives these answers, one after the other, and then the last one for ever."""

    def __init__(self, *answers: Lease | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[LeaseRequest] = []

    def request_lease(self, request: LeaseRequest) -> Lease:
        """Give the next answer."""
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end_run(self, run_id: str) -> None:
        """The database is gone at the end."""
        raise Transient("ledger_unreachable", run=run_id)


def test_a_run_that_lost_its_lease_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults of the ledger and other portions come and go; another run in its place ends it."""
    monkeypatch.setattr(lease_module, "RENEW_SECONDS", 0.001)
    answers = Answers(
        Lease(RunRole.FILING, 1.0, ""),
        Transient("ledger_unreachable"),
        Lease(RunRole.FILING, 0.75, ""),
        Lease(RunRole.FILING, 0.0, ""),
        Lease(None, 0.0, "daily B, since 2026-11-24 06:00 UTC, process 5 on elsewhere"),
    )
    limits = RunLimits(1.0, stop := threading.Event())
    with hold_lease(cast("Ledger", answers), a_run("A"), limits, print) as portion:
        until(stop.is_set, 20)
        assert portion.value == 0.75
        with pytest.raises(RunStop, match=r"daily B, .* It continues the work of this run") as lost:
            limits.check()
    assert lost.value.code == "lease_lost"
    assert [one.may_wait for one in answers.requests] == [True, False, False, False, False]


def test_a_run_whose_ledger_was_moved_ends(
    ledgers: tuple[Ledger, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not continue on a ledger that no other run opens; the line says which one to set."""
    monkeypatch.setattr(lease_module, "RENEW_SECONDS", 0.001)
    mine, other = ledgers
    limits = RunLimits(1.0, stop := threading.Event())
    with hold_lease(mine, a_run("A"), limits, print):
        other.set_fact(MOVED_TO, "another database")
        until(stop.is_set, 20)
        with pytest.raises(ConfigError, match="was moved to another database"):
            limits.check()


def test_the_time_limit_of_a_run_does_not_count_its_wait() -> None:
    """It counts from when the run began to work."""
    now = 1000.0
    limits = RunLimits(1.0, threading.Event(), clock=lambda: now)
    now += 3601.0
    limits.begin()
    limits.check()
    now += 3601.0
    with pytest.raises(RunStop, match="time limit"):
        limits.check()
