"""Staying within an API's quota: token buckets, and a meter of the calls sent.

A tag's slot on the Prefect server is a share of the quota: with K slots and R calls a second, the holder of
a slot spends at most R/K a second from a ``TokenBucket``. The server makes the total hold over every run and
machine; the bucket costs nothing. A bucket holds one call, starts empty and refills at 0.99 of its share
(less where a share is below one call a second), so that no window of 100 s goes over the quota, also when a
slot passes from hand to hand. What a server asks for by ``Retry-After`` holds for all buckets of its API in
this process. Runs that are active at the same time spend a ``QuotaPortion`` each.

Nothing here knows of Drive, Logiqs or Prefect.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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
    """Return the seconds between two calls of one bucket: 100 s never hold more than 100 s of its share.

    A window can begin right at a call, which makes one call more than its length has intervals. At shares
    of one call a second and above the 0.99 makes room for that one; below, one call in 100 s is left out.
    """
    steady = 1.0 / (calls_per_second * REFILL)
    spare = WINDOW_SECONDS * calls_per_second - 1.0
    return max(steady, WINDOW_SECONDS / max(spare, 1.0)) if spare > 0 else steady


class CallMeter:
    """Counts the calls to one API in this process, the retries, and the most calls within one second.

    Calls are sent in the order of their times, so the window needs only those of the last second: memory
    stays flat however many calls there are.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._window: deque[float] = deque()
        self.calls = 0
        self.peak_1s = 0
        self.retries = 0

    def count_call(self) -> None:
        """Count one request that is about to be sent."""
        with self._lock:
            now = self._clock()
            self.calls += 1
            self._window.append(now)
            while self._window[0] <= now - 1.0:
                self._window.popleft()
            self.peak_1s = max(self.peak_1s, len(self._window))

    def count_retry(self) -> None:
        """Count one call that is about to be tried again."""
        with self._lock:
            self.retries += 1


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

    All buckets of a run use one object; a new value applies from the next call.
    """

    value: float = 1.0


class TokenBucket:
    """One slot's share of a quota, shared by the threads that work under that slot."""

    def __init__(
        self,
        calls_per_second: float,
        meter: CallMeter,
        *,
        pause: RetryAfter | None = None,
        portion: QuotaPortion | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._calls_per_second = calls_per_second
        self._meter = meter
        self._pause = pause or RetryAfter()
        self._portion = portion or QuotaPortion()
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._last = clock()

    def take(self) -> None:
        """Block until one call may be sent, and count it. Call it right before every HTTP request.

        Raises:
            RunStop: the server asks for a longer pause than a call waits.
        """
        while (wait := self._reserve()) > 0:
            self._sleep(wait)
        self._meter.count_call()

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
            following = self._last + compute_interval(self._calls_per_second * self._portion.value)
            if now < (ready := max(following, self._pause.until)):
                return ready - now
            # A burst of one call: unused time is not saved up.
            self._last = now
            return 0.0

    def _stop_if_pause_is_long(self, now: float) -> None:
        if (left := self._pause.until - now) > LONGEST_WAIT:
            until = datetime.now(UTC) + timedelta(seconds=left)
            raise RunStop(
                "asked_to_wait",
                what=f"{self._pause.system} asks for no more calls until {until:%Y-%m-%d %H:%M} UTC.",
                fix="Nothing is lost. A run after that time continues where this one stopped.",
            )
