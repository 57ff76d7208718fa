"""Staying within an API's quota: token buckets, a meter of the calls sent, and repeats in place.

A tag's slot on the Prefect server is a share of the quota: with K slots and R calls a second, the holder of
a slot spends at most R/K a second from a ``TokenBucket``. The server makes the sum hold over every run and
machine; the bucket costs nothing. A bucket holds one call, starts empty and refills at 0.99 of its share
(less where a share is below one call a second), so that no window of 100 s goes over the quota, also when a
slot passes from hand to hand.

Nothing here knows of Drive, Logiqs or Prefect.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mailroom.errors import Transient

T = TypeVar("T")

REFILL = 0.99
WINDOW_SECONDS = 100.0


def interval(calls_per_second: float) -> float:
    """Seconds between two calls of one bucket, so that 100 s never hold more than 100 s of its share.

    A window can begin right at a call, which makes one call more than its length has intervals. At shares
    of one call a second and above the 0.99 makes room for that one; below, one call in 100 s is left out.
    """
    steady = 1.0 / (calls_per_second * REFILL)
    spare = WINDOW_SECONDS * calls_per_second - 1.0
    return max(steady, WINDOW_SECONDS / max(spare, 1.0)) if spare > 0 else steady


class CallMeter:
    """Counts the calls sent to one API in this process, repeats, and the most within any one second.

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

    def sent(self) -> None:
        """Note one request that is about to be sent."""
        with self._lock:
            now = self._clock()
            self.calls += 1
            self._window.append(now)
            while self._window[0] <= now - 1.0:
                self._window.popleft()
            self.peak_1s = max(self.peak_1s, len(self._window))

    def repeated(self) -> None:
        """Note that a call is about to be tried again."""
        with self._lock:
            self.retries += 1


class TokenBucket:
    """One slot's share of a quota, shared by the threads that work under that slot."""

    def __init__(
        self,
        calls_per_second: float,
        meter: CallMeter,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = interval(calls_per_second)
        self._meter = meter
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock() + self._interval

    def take(self) -> None:
        """Block until one call may be sent, and count it. Call it right before every HTTP request."""
        while (wait := self._reserve()) > 0:
            self._sleep(wait)
        self._meter.sent()

    def pause(self, seconds: float) -> None:
        """Let no call through for ``seconds``: what a server's Retry-After asks for."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)

    def repeated(self) -> None:
        """Note a repeat on the meter."""
        self._meter.repeated()

    def _reserve(self) -> float:
        """Take the token and answer 0, or answer how long to wait before asking again, in seconds."""
        with self._lock:
            now = self._clock()
            if now < self._next:
                return self._next - now
            # Burst one: time that nobody used is not saved up.
            self._next = now + self._interval
            return 0.0


@dataclass(frozen=True)
class Repeats:
    """How a call that may be repeated is tried again: after each of ``delays`` seconds, or as asked."""

    delays: Sequence[float] = (2.0, 4.0, 8.0)
    longest_wait: float = 120.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @classmethod
    def of(cls, retries: int, delay: float) -> Repeats:
        """``retries`` repeats after delay, 2*delay, 4*delay … seconds."""
        return cls(delays=tuple(delay * 2**n for n in range(retries)))

    def call(self, send: Callable[[], T], bucket: TokenBucket) -> T:
        """Call ``send`` until it gives something else than `Transient`; the last one is raised.

        A ``retry_after`` longer than ``longest_wait`` is not waited for: the file goes back to pending.
        """
        for delay in self.delays:
            try:
                return send()
            except Transient as fault:
                if fault.retry_after is not None:
                    if fault.retry_after > self.longest_wait:
                        raise
                    bucket.pause(fault.retry_after)
                    delay = max(delay, fault.retry_after)  # noqa: PLW2901 - the server's word goes first
                bucket.repeated()
            self.sleep(delay)
        return send()
