"""An API that is down costs a few calls and a minute; one that hesitates costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from mailroom.circuit_breaker import (
    FAILURES,
    LONGEST_PROBE_SECONDS,
    PATIENCE_SECONDS,
    SILENCE_SECONDS,
    CircuitBreaker,
    never_open,
)
from mailroom.errors import RunStop
from tests.test_rate_limit import Clock


class Api:
    """An API behind a breaker on a clock of its own; ``works`` says at which second it answers."""

    def __init__(self, works: Callable[[float], bool] = lambda _now: False, takes: float = 0.1) -> None:
        self.clock = Clock()
        self.works = works
        self.takes = takes
        self.calls: list[float] = []
        self.circuit = CircuitBreaker("drive_down", "Google Drive", clock=self.clock, sleep=self.clock.sleep)

    def call(self) -> bool:
        """Send one call; whether it was answered."""
        with self.circuit.call() as call:
            self.calls.append(self.clock.now)
            answers = self.works(self.clock.now)
            self.clock.now += self.takes
            if not answers:
                call.fail("HTTP status 503")
        return answers

    def call_until_stop(self) -> RunStop:
        """Call again and again until the run is stopped."""
        for _ in range(1000):
            try:
                self.call()
            except RunStop as stop:
                return stop
        raise AssertionError("nothing stopped the run")


def test_an_api_that_is_down_ends_the_run() -> None:
    """Five calls, then a probe after 1, 2, 4, 8, 8 … s; after a minute everyone is stopped, by one line."""
    api = Api()
    stop = api.call_until_stop()
    assert PATIENCE_SECONDS <= api.clock.now < PATIENCE_SECONDS + LONGEST_PROBE_SECONDS + 1
    waits = [later - earlier for earlier, later in zip(api.calls, api.calls[1:], strict=False)]
    assert waits[FAILURES - 1 : FAILURES + 5] == pytest.approx([1.1, 2.1, 4.1, 8.1, 8.1, 8.1])
    assert len(api.calls) < FAILURES + 15
    assert stop.code == "drive_down"
    assert str(stop) == (
        f"Google Drive has been down for {api.clock.now:.0f} s (HTTP status 503). "
        "Nothing is lost: files not done are left for the next run."
    )
    with pytest.raises(RunStop):
        api.call()


def test_an_api_that_comes_back_is_used_again(caplog: pytest.LogCaptureFixture) -> None:
    """A probe that is answered lets everyone through, and the count begins again."""
    api = Api(lambda now: now > 40.0)
    while not api.call():
        pass
    assert 40.0 < api.clock.now < 40.0 + LONGEST_PROBE_SECONDS + 1
    began = api.clock.now
    assert all(api.call() for _ in range(10))
    assert api.clock.now == pytest.approx(began + 1.0)
    assert [record.getMessage() for record in caplog.records] == [
        "Google Drive is down (HTTP status 503); calls wait until it answers again.",
        "Google Drive answers again.",
    ]


def test_single_failures_open_nothing() -> None:
    """Four failures in a row and an answer, however often, make no call wait."""
    turns = iter([*[False] * (FAILURES - 1), True] * 20)
    api = Api(lambda _now: next(turns))
    for _ in range(20 * FAILURES):
        api.call()
    assert api.clock.slept == []


def test_a_call_that_hangs_opens_it_alone() -> None:
    """With a timeout of 60 s two calls are enough to know: the run ends after two minutes, not seventeen."""
    api = Api(takes=60.0)
    stop = api.call_until_stop()
    assert len(api.calls) == 2
    assert 120.0 < api.clock.now < 125.0
    assert "for 121 s" in str(stop)


def test_an_outage_is_measured_from_the_last_answer() -> None:
    """A slow call that fails while others are answered is no minute of silence: that begins after them."""
    api = Api(lambda _now: True)
    with api.circuit.call() as slow:
        api.clock.now += PATIENCE_SECONDS + SILENCE_SECONDS
        others = threading.Thread(target=api.call)
        others.start()
        others.join()
        slow.fail("no answer")
    answered = api.clock.now
    api.works = lambda _now: False
    api.call_until_stop()
    assert api.clock.now >= answered + PATIENCE_SECONDS


def test_time_spent_waiting_for_the_quota_is_not_silence() -> None:
    """A call begins when it leaves; a server that asked to wait is not down."""
    api = Api()
    with api.circuit.call() as call:
        api.clock.now += 100.0
        api.circuit.begin(call)
        call.fail("no connection")
    api.works = lambda _now: True
    assert api.call()
    assert api.clock.slept == []


def test_one_call_probes_while_the_others_wait() -> None:
    """Of eight threads one calls; the others go on when it is answered."""
    down = threading.Event()
    down.set()
    probing, waiting = threading.Event(), threading.Event()
    most, inside = 0, 0
    lock = threading.Lock()

    def sleep(_seconds: float) -> None:
        if probing.is_set():
            waiting.set()
        threading.Event().wait(0.001)

    circuit = CircuitBreaker("drive_down", "Google Drive", sleep=sleep)
    for _ in range(FAILURES):
        with circuit.call() as call:
            call.fail("no answer")

    def work() -> None:
        nonlocal most, inside
        with circuit.call():
            with lock:
                inside += 1
                most = max(most, inside) if down.is_set() else most
            if down.is_set():
                probing.set()
                assert waiting.wait(10)
                down.clear()
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (most, inside) == (1, 0)


def test_a_call_that_was_not_sent_says_nothing() -> None:
    """A run that stops within a probe gives the probe back, and the next one may try."""
    api = Api()
    for _ in range(FAILURES):
        api.call()
    with pytest.raises(RunStop, match="stopped"), api.circuit.call():
        raise RunStop("stopped")
    assert api.circuit._failures == FAILURES
    api.works = lambda _now: True
    assert api.call()


def test_a_call_within_a_probe_is_part_of_it() -> None:
    """A request that is repeated with a new token does not wait for the probe that it belongs to."""
    api = Api()
    for _ in range(FAILURES):
        api.call()
    with api.circuit.call(), api.circuit.call():
        pass
    assert sum(api.clock.slept) == pytest.approx(1.0)


def test_outside_a_run_nothing_waits() -> None:
    """A check gets its fault at once, however many there were."""
    circuit = never_open()
    for _ in range(100):
        with circuit.call() as call:
            call.fail("no answer")
