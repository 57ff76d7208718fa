"""A call that may be repeated waits as it should, and as its server asks; other calls are not repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from mailroom.call_retries import RetryPolicy, list_delays, parse_retry_after
from mailroom.errors import FileFault, RunStop, Transient
from mailroom.rate_limit import CallMeter, RetryAfter
from tests.test_rate_limit import Clock, bucket_on


class Flaky:
    """Fails with each of its faults in turn, then answers."""

    def __init__(self, *faults: Exception) -> None:
        self._faults = list(faults)

    def __call__(self) -> str:
        """Fail while there are faults left."""
        if self._faults:
            raise self._faults.pop(0)
        return "answer"


def repeats_on(clock: Clock) -> RetryPolicy:
    """The default repeats on this clock."""
    return RetryPolicy(sleep=clock.sleep)


def test_a_call_is_repeated_after_2_4_and_8_seconds() -> None:
    """Three transient faults are waited out, each longer than the one before, and counted."""
    clock = Clock()
    meter = CallMeter(clock)
    flaky = Flaky(*[Transient("drive_unreachable")] * 3)
    assert repeats_on(clock).call(flaky, bucket_on(clock, 10.0, meter)) == "answer"
    assert clock.slept == [2.0, 4.0, 8.0]
    assert meter.retries == 3


def test_the_last_fault_is_raised() -> None:
    """After three repeats the fault goes to the caller."""
    clock = Clock()
    faults = [Transient(f"fault_{n}") for n in range(5)]
    with pytest.raises(Transient, match="fault_3"):
        repeats_on(clock).call(Flaky(*faults), bucket_on(clock, 10.0))


def test_a_servers_word_goes_first() -> None:
    """Retry-After is waited for when it is longer than the delay, and pauses the bucket for all."""
    clock = Clock()
    bucket = bucket_on(clock, 10.0)
    flaky = Flaky(Transient("drive_rate_limited", retry_after=7.0), Transient("x", retry_after=1.0))
    repeats_on(clock).call(flaky, bucket)
    assert clock.slept == [7.0, 4.0]
    bucket.pause(0.0)
    bucket.take()
    assert clock.now >= 11.0


def test_the_last_try_pauses_too() -> None:
    """What a server asks for in its last answer holds for the calls of others."""
    clock = Clock()
    bucket = bucket_on(clock, 10.0)
    with pytest.raises(Transient):
        repeats_on(clock).call(Flaky(*[Transient("x", retry_after=30.0)] * 4), bucket)
    began = clock.now
    bucket.take()
    assert clock.now == began + 30.0


def test_a_wait_too_long_ends_the_run() -> None:
    """More than two minutes: one refused call, and no bucket of this API lets a call through any more."""
    clock, meter, pause = Clock(), CallMeter(), RetryAfter("Google Drive")
    bucket, neighbour = (bucket_on(clock, 2.0, meter, pause) for _ in range(2))

    def send() -> None:
        bucket.take()
        raise Transient("drive_rate_limited", retry_after=300.0)

    for _ in range(100):
        with pytest.raises(
            RunStop, match=r"Google Drive asks for no more calls until \d{4}-.* UTC\. Nothing"
        ):
            repeats_on(clock).call(send, bucket)
    with pytest.raises(RunStop):
        neighbour.take()
    assert meter.calls == 1
    clock.now += 181.0
    bucket.take()
    assert clock.now > 300.0


def test_retry_after_in_both_forms() -> None:
    """Seconds, or an HTTP date; a date that is past means now, and nonsense means nothing."""
    assert parse_retry_after("120") == 120.0
    assert parse_retry_after("0.5") == 0.5
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert 80_000.0 < (parse_retry_after(format_datetime(tomorrow, usegmt=True)) or 0.0) <= 86_400.0
    assert parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT") == 0.0
    assert parse_retry_after("Sun, 06 Nov 1994 08:49:37 -0000") == 0.0
    for nonsense in (None, "", "soon", "-5", "1e9", "٣", ".", "1.2.3"):
        assert parse_retry_after(nonsense) is None


def test_permanent_faults_are_not_repeated() -> None:
    """Only transient faults are tried again."""
    clock = Clock()
    with pytest.raises(FileFault):
        repeats_on(clock).call(Flaky(FileFault("vanished")), bucket_on(clock, 10.0))
    assert clock.slept == []


def test_delays_come_from_the_settings() -> None:
    """``retries`` delays, each twice the one before; none means one try."""
    assert list_delays(3, 2.0) == (2.0, 4.0, 8.0)
    clock = Clock()
    with pytest.raises(Transient):
        RetryPolicy(list_delays(0, 2.0)).call(Flaky(Transient("x")), bucket_on(clock, 10.0))
