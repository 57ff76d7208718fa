"""How a run waits at its end for the files that were postponed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.ledger import Ledger, open_ledger
from mailroom.run.batch_plan import BatchPlan
from mailroom.run.limits import RunLimits
from mailroom.run.progress import Progress
from tests.ledger.conftest import BASE, Clock, listed


@dataclass
class End:
    """The end of a run that picked up three files, after its batches; waits turn the clock."""

    ledger: Ledger
    clock: Clock
    waits: list[float] = field(default_factory=list)
    plan: BatchPlan = field(init=False)

    def __post_init__(self) -> None:
        listed(self.ledger, 3)
        limits = cast("RunLimits", SimpleNamespace(sleep=self.sleep))
        self.plan = BatchPlan("run", self.ledger, Progress(), limits, 2, 2, lambda: None)
        self.plan.pick_up(None)

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.waits.append(seconds)
        self.clock.now += timedelta(seconds=seconds)

    def postpone(self, *minutes: int) -> None:
        """One file after the other, for so many minutes from now."""
        for number, one in enumerate(minutes):
            file_id = f"f{number:05}"
            assert self.ledger.claim(file_id, "me", 60)
            self.ledger.postpone(file_id, "me", "document_in_doubt", self.clock.now + timedelta(minutes=one))

    def list_again(self) -> list[list[str]]:
        """The batches of the next round."""
        return [batch for window in self.plan.list_windows() for batch in window]


@pytest.fixture
def end(tmp_path: Path) -> Iterator[End]:
    """The end of a run at the time `BASE`."""
    clock = Clock()
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        ledger._clock = clock
        yield End(ledger, clock)


def finish(end: End) -> None:
    """All three files are done."""
    for number in range(3):
        if end.ledger.claim(f"f{number:05}", "me", 60):
            end.ledger.fail(f"f{number:05}", "me", "too_large")


def test_a_run_waits_once_until_the_last_postponed_file_may_be_tried(end: End) -> None:
    """Then it has all that is pending, in batches of the size that is set."""
    end.postpone(2, 5, 4)
    assert end.list_again() == []
    assert end.plan.wait_for_postponed()
    assert end.waits == [300.0]
    assert end.list_again() == [["f00000", "f00001"], ["f00002"]]
    finish(end)
    assert not end.plan.wait_for_postponed()
    assert end.waits == [300.0]


def test_a_run_without_postponed_files_ends_at_once(end: End) -> None:
    """Also where faults left files pending: the next run takes those."""
    assert not end.plan.wait_for_postponed()
    assert end.waits == []


def test_files_that_need_longer_are_left_for_the_next_run(end: End) -> None:
    """It waits for the others only, and shares them out over its slots again."""
    end.postpone(2, 3, 11)
    assert end.plan.wait_for_postponed()
    assert end.waits == [180.0]
    assert end.list_again() == [["f00000"], ["f00001"]]


def test_a_run_waits_ten_minutes_in_all(end: End) -> None:
    """A file that is postponed again and again does not keep it for hours."""
    end.postpone(6)
    assert end.plan.wait_for_postponed()
    end.postpone(3)
    assert end.plan.wait_for_postponed()
    end.postpone(2)
    assert not end.plan.wait_for_postponed()
    assert end.waits == [360.0, 180.0]
    assert end.clock.now == BASE + timedelta(minutes=9)


def test_a_clock_that_was_set_back_does_not_make_the_wait_longer(end: End) -> None:
    """Ten minutes at most, whatever the difference is now."""
    end.postpone(6)
    assert end.plan.wait_for_postponed()
    end.postpone(3)
    end.clock.now -= timedelta(hours=5)
    assert end.plan.wait_for_postponed()
    assert end.waits == [360.0, 600.0]


def test_a_file_that_is_due_already_is_tried_without_a_wait(end: End) -> None:
    """Its time came while the batches of others were under way."""
    end.postpone(1)
    end.clock.now += timedelta(minutes=2)
    assert end.plan.wait_for_postponed()
    assert end.waits == []
    assert end.list_again() == [["f00000", "f00001"], ["f00002"]]
