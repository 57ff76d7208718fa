"""An answer has a deadline as a whole, longer for a long one."""

from __future__ import annotations

import time

import pytest

from mailroom import deadline as deadline_module
from mailroom.deadline import Deadline, read_clock
from tests.one_module import replace_in
from tests.test_rate_limit import Clock


def test_what_is_left_gets_less_and_ends() -> None:
    """However often something comes, the time is over at the deadline."""
    clock = Clock()
    deadline = Deadline(60.0, clock)
    for _ in range(3):
        clock.now += 19.0
        deadline.remaining()
    assert deadline.remaining() == pytest.approx(3.0)
    clock.now += 3.0
    with pytest.raises(TimeoutError):
        deadline.remaining()


def test_a_long_body_gets_more_time() -> None:
    """A megabyte at 256 kbit/s takes about half a minute."""
    clock = Clock()
    deadline = Deadline(60.0, clock)
    deadline.extend_for(1_000_000)
    assert deadline.remaining() == pytest.approx(91.25)


def test_without_a_limit_there_is_none() -> None:
    """A timeout that is switched off stays so."""
    deadline = Deadline(None)
    deadline.extend_for(1_000)
    assert deadline.remaining() is None


def test_the_time_that_the_machine_sleeps_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Linux the usual monotonic clock stands still meanwhile."""
    clocks = {time.CLOCK_MONOTONIC: 1.0, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC): 3_601.0}
    replace_in(monkeypatch, deadline_module, time, clock_gettime=clocks.__getitem__)
    assert read_clock() == 3_601.0
