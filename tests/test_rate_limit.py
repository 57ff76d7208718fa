"""Token buckets hold the quota in every window; meters count.

The contract under test, for K slots that share R calls a second: any 10 s hold at most 10·R + K calls, and
any 100 s at most 100·R, whatever the idle times, the pauses and the slots' passing from hand to hand.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.rate_limit import CallMeter, QuotaPortion, RetryAfter, Slots, TokenBucket, compute_interval

RATE = 10.0


class Clock:
    """Seconds that count only while someone sleeps."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self.slept.append(seconds)
        self.now += seconds


def bucket_on(
    clock: Clock, share: float, meter: CallMeter | None = None, pause: RetryAfter | None = None
) -> TokenBucket:
    """A bucket on this clock."""
    return TokenBucket(share, meter or CallMeter(clock), pause=pause, clock=clock, sleep=clock.sleep)


# What the holder of a slot does: so many calls one after the other, then a while of nothing, a server's
# pause, or the slot goes to the next holder.
Doing = tuple[int, float, str]
doings = st.lists(
    st.tuples(
        st.integers(1, 60), st.floats(0.0, 30.0), st.sampled_from(["go on", "idle", "pause", "hand over"])
    ),
    min_size=1,
    max_size=6,
)


def times_of_calls(share: float, start: float, plan: list[Doing]) -> Iterator[float]:
    """When one slot's calls are sent; the plan is repeated for 130 s."""
    clock = Clock(start)
    bucket = bucket_on(clock, share)
    while clock.now < start + 130.0:
        for calls, seconds, then in plan:
            for _ in range(calls):
                bucket.take()
                yield clock.now
            if then == "idle":
                clock.now += seconds
            elif then == "pause":
                bucket.pause(seconds)
            elif then == "hand over":
                bucket = bucket_on(clock, share)


def most_within(times: list[float], seconds: float) -> int:
    """The largest number of calls in any window of this length."""
    return max(bisect_left(times, moment + seconds) - place for place, moment in enumerate(times))


@settings(max_examples=40, deadline=None)
@given(slots=st.integers(1, 40), starts=st.lists(st.floats(0.0, 5.0), min_size=40, max_size=40), plan=doings)
def test_slots_together_stay_within_the_quota(slots: int, starts: list[float], plan: list[Doing]) -> None:
    """K buckets with a tenth of 100 calls each never send more than 100 + K in 10 s or 1,000 in 100 s."""
    share = RATE / slots
    times = sorted(
        moment for start in starts[:slots] for moment in times_of_calls(share, start, [*plan, (60, 0.0, "")])
    )
    assert most_within(times, 10.0) <= 10 * RATE + slots
    assert most_within(times, 100.0) <= 100 * RATE


class PortionOverTime(QuotaPortion):
    """A portion that another run's begin or end changes at one time."""

    def __init__(self, clock: Clock, before: float, change: float, after: float) -> None:
        self._clock, self._before, self._change, self._after = clock, before, change, after

    @property
    def value(self) -> float:
        """Return the portion at this time."""
        return self._before if self._clock.now < self._change else self._after

    @value.setter
    def value(self, _: float) -> None:
        raise AssertionError("only the time changes it")


def times_in_run(start: float, slots: int, before: float, change: float, after: float) -> Iterator[float]:
    """When the slots of a run send calls as fast as they may, for 250 s."""
    for slot in range(slots):
        clock = Clock(start + 0.01 * slot)
        bucket = TokenBucket(
            RATE / slots,
            CallMeter(clock),
            portion=PortionOverTime(clock, before, change, after),
            clock=clock,
            sleep=clock.sleep,
        )
        while clock.now < 250.0:
            bucket.take()
            yield clock.now


@settings(max_examples=40, deadline=None)
@given(
    slots=st.integers(1, 20),
    change=st.floats(0.0, 150.0),
    later=st.floats(0.0, 10.0),
    end=st.one_of(st.just(999.0), st.floats(160.0, 200.0)),
)
def test_runs_that_share_a_quota_stay_within_it(slots: int, change: float, later: float, end: float) -> None:
    """A run lowers its portion, then a dry run beside it begins, each with all slots of its own server."""
    real = list(times_in_run(0.0, slots, 1.0, change, 0.75))
    dry = [time for time in times_in_run(change + later, slots, 0.25, 999.0, 0.25) if time < end]
    times = sorted(real + dry)
    assert most_within(times, 10.0) <= 10 * RATE + 2 * slots
    assert most_within(times, 100.0) <= 100 * RATE


class Waits(Exception):
    """A bucket lets no call through now; its argument is for how many seconds."""


def make_process(clock: Clock, rate: float, slots: int, is_alone: Callable[[], bool]) -> TokenBucket:
    """A process's bucket, which says how long it would wait instead of waiting."""

    def sleep(seconds: float) -> NoReturn:
        raise Waits(seconds)

    return TokenBucket(rate, CallMeter(clock), slots=Slots(slots, is_alone), clock=clock, sleep=sleep)


def send_all(buckets: Sequence[TokenBucket], clock: Clock, until: float) -> Iterator[float]:
    """When these processes send calls, each as soon as it may, until this time."""
    while clock.now < until:
        wait = until - clock.now
        for bucket in buckets:
            try:
                while True:
                    bucket.take()
                    yield clock.now
            except Waits as waits:
                wait = min(wait, waits.args[0])
        clock.now += max(wait, 1e-6)


@settings(max_examples=40, deadline=None)
@given(
    rate=st.sampled_from([0.5, 3.0, 10.0]),
    slots=st.integers(1, 12),
    plan=st.lists(
        st.tuples(st.floats(0.0, 40.0), st.floats(0.0, 1.0), st.booleans()), min_size=1, max_size=8
    ),
)
def test_processes_between_which_slots_pass_stay_within_the_quota(
    rate: float, slots: int, plan: list[tuple[float, float, bool]]
) -> None:
    """Two processes hold all slots between them, in changing numbers, and idle at times."""
    clock = Clock()
    one, other = (make_process(clock, rate, slots, lambda: False) for _ in range(2))
    times: list[float] = []
    for seconds, part, idle in [*plan, (130.0, 0.5, False)]:
        with ExitStack() as holding:
            numbers = {one: round(slots * part), other: slots - round(slots * part)}
            for bucket, number in numbers.items():
                for _ in range(number):
                    holding.enter_context(bucket.hold())
            until = clock.now + seconds
            if idle:
                clock.now = until
            times += send_all([bucket for bucket, number in numbers.items() if number], clock, until)
    assert most_within(times, 1.0) <= rate + slots
    assert most_within(times, 100.0) <= 100 * rate


def test_a_process_spends_what_its_slots_are_worth() -> None:
    """One slot of five is a fifth of the quota, as is none; all are the quota, as is to be alone."""
    clock, alone = Clock(), [False]
    bucket = make_process(clock, RATE, 5, lambda: alone[0])

    def count(seconds: float = 100.0) -> int:
        return len(list(send_all([bucket], clock, clock.now + seconds)))

    assert count() == pytest.approx(198, abs=1)
    with bucket.hold():
        assert count() == pytest.approx(198, abs=1)
        with bucket.hold(), bucket.hold(), bucket.hold(), bucket.hold():
            assert count() == pytest.approx(990, abs=1)
        assert count() == pytest.approx(198, abs=1)
        alone[0] = True
        assert count() == pytest.approx(990, abs=1)
        alone[0] = False
        assert count() == pytest.approx(198, abs=5)


def test_a_process_starts_empty_with_its_first_slot_and_makes_up_for_what_it_lost() -> None:
    """Another process may have spent it just now; while it holds slots, one call for each is saved up."""
    clock = Clock()
    bucket = make_process(clock, RATE, 5, lambda: False)
    clock.now += 50.0
    with bucket.hold():
        with pytest.raises(Waits, match=r"0\.505"):
            bucket.take()
        with bucket.hold(), bucket.hold():
            clock.now += 50.0
            assert len(list(send_all([bucket], clock, clock.now + 0.001))) == 3


@settings(deadline=None)
@given(share=st.floats(0.01, 10_000.0))
def test_a_bucket_keeps_to_its_share(share: float) -> None:
    """No share is spent faster than it is given, and one of a call a second or more loses 1 % only."""
    assert 1.0 / compute_interval(share) <= share
    if share >= 1.0:
        assert 1.0 / compute_interval(share) == pytest.approx(0.99 * share)


def test_a_tiny_share_still_gets_its_calls() -> None:
    """Less than a call in 100 s is slow, not never."""
    assert compute_interval(0.005) == pytest.approx(1 / (0.005 * 0.99))
    assert compute_interval(0.015) == pytest.approx(100.0)


def test_a_bucket_starts_empty_and_saves_nothing_up() -> None:
    """The first call waits an interval, and idle time gives one call at once, not many."""
    clock = Clock()
    bucket = bucket_on(clock, 2.0)
    bucket.take()
    assert clock.now == pytest.approx(1 / 1.98)
    clock.now += 50.0
    idle_until = clock.now
    bucket.take()
    assert clock.now == idle_until
    bucket.take()
    assert clock.now == pytest.approx(idle_until + 1 / 1.98)


def test_a_pause_holds_every_call_back() -> None:
    """After a pause of 30 s the next call is sent 30 s later; a shorter pause does not cut a longer one."""
    clock = Clock()
    bucket = bucket_on(clock, 10.0)
    bucket.pause(30.0)
    bucket.pause(5.0)
    bucket.take()
    assert clock.now == pytest.approx(30.0)


def test_threads_share_one_bucket() -> None:
    """Threads that take from one bucket are each let through once, an interval apart."""
    lock = threading.Lock()
    clock = Clock()

    def sleep(seconds: float) -> None:
        with lock:
            clock.now += seconds

    def take_twenty() -> None:
        for _ in range(20):
            bucket.take()

    meter = CallMeter(clock)
    bucket = TokenBucket(10.0, meter, clock=clock, sleep=sleep)
    threads = [threading.Thread(target=take_twenty) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.calls == 160
    assert clock.now >= 160 / 9.9 - 1e-6


def test_a_meter_counts_calls_repeats_and_the_busiest_second() -> None:
    """Calls and repeats are counted; the peak is the most calls within any one second."""
    clock = Clock()
    meter = CallMeter(clock)
    for moment in (0.0, 0.5, 0.9, 1.2, 5.0, 6.0):
        clock.now = moment
        meter.count_call()
    meter.count_retry()
    assert (meter.calls, meter.peak_1s, meter.retries) == (6, 3, 1)


def test_a_meter_knows_when_calls_were_sent_and_how_long_they_waited() -> None:
    """From the beginning of the period, which begins once; calls and waits before it are left out."""
    clock = Clock(50.0)
    meter = CallMeter(clock)
    bucket = bucket_on(clock, 1.0, meter)
    bucket.take()
    meter.begin_history()
    began = clock.now
    for _ in range(3):
        bucket.take()
    meter.begin_history()
    assert meter.history is not None
    assert meter.calls == 4
    assert meter.waited == pytest.approx(clock.now - began)
    assert sum(meter.history.split(10.0, 2)) == 3.0


def test_the_mean_portion_is_that_of_the_renewals() -> None:
    """They come at equal intervals; a run that is over before the first has the portion of its start."""
    portion = QuotaPortion(0.75)
    assert portion.mean == 0.75
    for value in (0.5, 0.5, 1.0, 1.0):
        portion.renew(value)
    assert (portion.value, portion.mean) == (1.0, 0.75)
