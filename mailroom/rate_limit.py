"""Staying within an API's quota: token buckets, and a meter of the calls sent.

A tag's slot on the Prefect server is a share of the quota: with K slots and R calls a second, a process
spends at most R/K a second for each slot that it holds, from one ``TokenBucket`` that all its threads share.
A process that knows that nobody else can hold a slot spends what all slots are worth. The server makes the
total hold over every run and machine; the bucket costs nothing. A bucket holds one call for each slot, starts
empty and refills at 0.99 of its share (less where a slot's share is below one call a second), so that no
window of 100 s goes over the quota, also when a slot passes from hand to hand. What a server asks for by
``Retry-After`` holds for all buckets of its API in this process. Runs that are active at the same time spend
a ``QuotaPortion`` each.

Nothing here knows of Drive, Logiqs or Prefect.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mailroom.call_history import CallHistory
from mailroom.errors import RunStop

# How much of its share a bucket spends, so that the call with which a window begins fits in as well.
REFILL = 0.99
WINDOW_SECONDS = 100.0
# A server that asks for no calls for longer than this ends the run: its slots would only be idle.
LONGEST_WAIT = 120.0


def compute_share(calls_per_second: float, slots: int) -> float:
    """Return the calls a second that the holder of one of the slots may spend."""
    return calls_per_second / slots


def compute_interval(calls_per_second: float) -> float:
    """Return the seconds between two calls of one slot: 100 s never hold more than 100 s of its share.

    A window can begin right at a call, which makes one call more than its length has intervals. At shares
    of one call a second and above the 0.99 makes room for that one; below, one call in 100 s is left out.
    """
    steady = 1.0 / (calls_per_second * REFILL)
    spare = WINDOW_SECONDS * calls_per_second - 1.0
    return max(steady, WINDOW_SECONDS / max(spare, 1.0)) if spare > 0 else steady


class CallMeter:
    """Counts the calls to one API in this process, the retries, and the most calls within one second.

    Calls are sent in the order of their times, so the window needs only those of the last second: memory
    stays flat however many calls there are. ``history`` has the calls since `begin_history`, ``waited`` the
    seconds for which threads waited until they were allowed to send one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._window: deque[float] = deque()
        self.calls = 0
        self.peak_1s = 0
        self.retries = 0
        self.waited = 0.0
        self.history: CallHistory | None = None

    def begin_history(self) -> None:
        """Count from now on when calls are sent and how long they wait, unless that has begun."""
        with self._lock:
            if self.history is None:
                self.history, self.waited = CallHistory(self._clock()), 0.0

    def count_call(self) -> None:
        """Count one request that is about to be sent."""
        with self._lock:
            now = self._clock()
            self.calls += 1
            self._window.append(now)
            while self._window[0] <= now - 1.0:
                self._window.popleft()
            self.peak_1s = max(self.peak_1s, len(self._window))
            if self.history is not None:
                self.history.count(now)

    def count_elsewhere(self, calls: int, retries: int, waited: float) -> None:
        """Add what another process has counted of late; ``peak_1s`` stays that of this process."""
        with self._lock:
            self.calls += calls
            self.retries += retries
            self.waited += waited
            if self.history is not None:
                self.history.count(self._clock(), calls)

    def count_retry(self) -> None:
        """Count one call that is about to be tried again."""
        with self._lock:
            self.retries += 1

    def count_wait(self, seconds: float) -> None:
        """A thread has waited for so many seconds."""
        with self._lock:
            self.waited += seconds


class RetryAfter:
    """Until when a server asks for no calls; one object for all buckets of its API in this process."""

    def __init__(self, system: str = "A server") -> None:
        self._lock = threading.Lock()
        self.system = system
        self.until = 0.0

    def extend(self, until: float) -> None:
        """No call before ``until``, on the buckets' clock; a shorter pause does not cut a longer one."""
        with self._lock:
            self.until = max(self.until, until)


@dataclass
class QuotaPortion:
    """The portion of every quota that this run may spend, above 0 to 1; other active runs spend the rest.

    All buckets of a run use one object; a new value applies from the next call. ``mean`` is that of the
    values at each renewal, which come at equal intervals.
    """

    value: float = 1.0
    _total: float = field(default=0.0, repr=False, compare=False)
    _renewals: int = field(default=0, repr=False, compare=False)

    def renew(self, value: float) -> None:
        """Set the portion that applies until the next renewal."""
        self.value = value
        self._total += value
        self._renewals += 1

    @property
    def mean(self) -> float:
        """The mean portion so far."""
        return self._total / self._renewals if self._renewals else self.value


@dataclass(frozen=True)
class Slots:
    """Into how many equal shares a quota is split, and whether only this process can use any, for certain."""

    number: int = 1
    is_alone: Callable[[], bool] = lambda: False


class TokenBucket:
    """What a process may spend of a quota for the slots that it holds; all its threads share it.

    Args:
        calls_per_second: the quota, or the share of it that is spent here.
        meter: counts the calls.
        slots: each `hold` is worth one of them; default: a single one. A process that holds none spends one,
            for single calls beside its tasks.
        pause: what the server asked for.
        portion: what the run may spend of the quota.
        clock: monotonic seconds.
        sleep: waits for so many seconds; may raise when the run is to stop.
    """

    def __init__(
        self,
        calls_per_second: float,
        meter: CallMeter,
        *,
        slots: Slots | None = None,
        pause: RetryAfter | None = None,
        portion: QuotaPortion | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._slots = slots or Slots()
        self._share = compute_share(calls_per_second, self._slots.number)
        self._meter = meter
        self._pause = pause or RetryAfter()
        self._portion = portion or QuotaPortion()
        self._clock = clock
        self._sleep = sleep
        # Whoever has the turn waits for the next call; the others wait for their turn, and wake up once.
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._held = 0
        self._interval, self._saved = self._compute_pace()
        self._next = clock() + self._interval

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Spend the share of one more slot within the block, in which this process holds it."""
        with self._lock:
            now = self._clock()
            self._settle(now)
            if self._held == 0 and not self.spends_all():
                # Another process may have spent it just now.
                self._next = max(self._next, now + self._interval)
            self._held += 1
            self._settle(now)
        try:
            yield
        finally:
            with self._lock:
                now = self._clock()
                self._settle(now)
                self._held -= 1
                self._settle(now)

    def spends_all(self) -> bool:
        """Whether it spends what all slots are worth, whichever this process holds."""
        return self._slots.is_alone()

    def take(self) -> None:
        """Block until one call may be sent, and count it. Call it right before every HTTP request.

        Raises:
            RunStop: the server asks for a longer pause than a call waits.
        """
        asked = self._clock()
        with self._turn:
            while (wait := self._reserve()) > 0:
                self._sleep(wait)
            self._meter.count_call()
            self._meter.count_wait(self._clock() - asked)

    def pause(self, seconds: float) -> None:
        """Let no call through for ``seconds``, as a server's Retry-After asks.

        Raises:
            RunStop: that is longer than a call waits; until then every `take` raises it too.
        """
        now = self._clock()
        self._pause.extend(now + seconds)
        self._stop_if_pause_is_long(now)

    def count_retry(self) -> None:
        """Count on the meter one call that is about to be tried again."""
        self._meter.count_retry()

    def _reserve(self) -> float:
        """Take the token and return 0, or return how many seconds to wait before the next attempt."""
        with self._lock:
            now = self._clock()
            self._stop_if_pause_is_long(now)
            self._settle(now)
            if now < (ready := max(self._next, self._pause.until)):
                return ready - now
            self._next += self._interval
            return 0.0

    def _settle(self, now: float) -> None:
        """Count what was saved up until now at the pace until now, then continue at the present pace."""
        saved = max(self._next, now - self._saved) - now
        interval, self._saved = self._compute_pace()
        self._next = now + max(saved * interval / self._interval, -self._saved)
        self._interval = interval

    def _compute_pace(self) -> tuple[float, float]:
        """Return the seconds between two calls now, and the seconds of idle time that are made up for.

        These are a call for each slot, as if each had a bucket of its own: a thread that wakes up late costs
        nothing.
        """
        held = self._slots.number if self.spends_all() else max(self._held, 1)
        interval = compute_interval(self._share * self._portion.value) / held
        return interval, (held - 1) * interval

    def _stop_if_pause_is_long(self, now: float) -> None:
        if (left := self._pause.until - now) > LONGEST_WAIT:
            until = datetime.now(UTC) + timedelta(seconds=left)
            raise RunStop(
                "asked_to_wait",
                what=f"{self._pause.system} asks for no more calls until {until:%Y-%m-%d %H:%M} UTC.",
                fix="Nothing is lost. A run after that time continues where this one stopped.",
            )
