"""Staying within an API's quota: token buckets, a meter of the calls sent, and repeats in place.

A tag's slot on the Prefect server is a share of the quota: with K slots and R calls a second, the holder of
a slot spends at most R/K a second from a ``TokenBucket``. The server makes the sum hold over every run and
machine; the bucket costs nothing. A bucket holds one call, starts empty and refills at 0.99 of its share
(less where a share is below one call a second), so that no window of 100 s goes over the quota, also when a
slot passes from hand to hand. What a server asks for by ``Retry-After`` holds for all buckets of its API in
this process.

Nothing here knows of Drive, Logiqs or Prefect.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

from mailroom.errors import RunStop, Transient

T = TypeVar("T")

REFILL = 0.99
WINDOW_SECONDS = 100.0
# A server that wants no calls for longer than this ends the run: its slots would only stand idle.
LONGEST_WAIT = 120.0


def interval(calls_per_second: float) -> float:
    """Seconds between two calls of one bucket, so that 100 s never hold more than 100 s of its share.

    A window can begin right at a call, which makes one call more than its length has intervals. At shares
    of one call a second and above the 0.99 makes room for that one; below, one call in 100 s is left out.
    """
    steady = 1.0 / (calls_per_second * REFILL)
    spare = WINDOW_SECONDS * calls_per_second - 1.0
    return max(steady, WINDOW_SECONDS / max(spare, 1.0)) if spare > 0 else steady


# More than this is an error of the server's; and it could not be told as a date.
LONGEST_ASKED = 30 * 86_400.0


def parse_retry_after(value: str | None) -> float | None:
    """A Retry-After header in seconds from now, at most 30 days, given as seconds or as an HTTP date (RFC 9110, 10.2.3)."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return min(float(text), LONGEST_ASKED)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_ASKED)


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


class RetryAfter:
    """Until when a server wants no calls; one for all buckets of its API in this process."""

    def __init__(self, asker: str = "A server") -> None:
        self._lock = threading.Lock()
        self.asker = asker
        self.until = 0.0

    def extend(self, until: float) -> None:
        """No call before ``until``, on the buckets' clock; a shorter pause does not cut a longer one."""
        with self._lock:
            self.until = max(self.until, until)


class TokenBucket:
    """One slot's share of a quota, shared by the threads that work under that slot."""

    def __init__(
        self,
        calls_per_second: float,
        meter: CallMeter,
        *,
        pause: RetryAfter | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = interval(calls_per_second)
        self._meter = meter
        self._pause = pause or RetryAfter()
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock() + self._interval

    def take(self) -> None:
        """Block until one call may be sent, and count it. Call it right before every HTTP request.

        Raises:
            RunStop: the server wants no calls for longer than a call waits.
        """
        while (wait := self._reserve()) > 0:
            self._sleep(wait)
        self._meter.sent()

    def pause(self, seconds: float) -> None:
        """Let no call through for ``seconds``: what a server's Retry-After asks for.

        Raises:
            RunStop: that is longer than a call waits; until then every `take` raises it too.
        """
        now = self._clock()
        self._pause.extend(now + seconds)
        self._stop_at_a_long_pause(now)

    def repeated(self) -> None:
        """Note a repeat on the meter."""
        self._meter.repeated()

    def _reserve(self) -> float:
        """Take the token and answer 0, or answer how long to wait before asking again, in seconds."""
        with self._lock:
            now = self._clock()
            self._stop_at_a_long_pause(now)
            if now < (ready := max(self._next, self._pause.until)):
                return ready - now
            # Burst one: time that nobody used is not saved up.
            self._next = now + self._interval
            return 0.0

    def _stop_at_a_long_pause(self, now: float) -> None:
        if (left := self._pause.until - now) > LONGEST_WAIT:
            until = datetime.now(UTC) + timedelta(seconds=left)
            raise RunStop(
                "asked_to_wait",
                what=f"{self._pause.asker} asks for no more calls until {until:%Y-%m-%d %H:%M} UTC.",
                mend="Nothing is lost; a run after that goes on where this one stopped.",
            )


@dataclass(frozen=True)
class RetryPolicy:
    """How a call that may be repeated is tried again: after each of ``delays`` seconds, or as asked."""

    delays: Sequence[float] = (2.0, 4.0, 8.0)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @classmethod
    def of(cls, retries: int, delay: float) -> RetryPolicy:
        """``retries`` repeats after delay, 2*delay, 4*delay … seconds."""
        return cls(delays=tuple(delay * 2**n for n in range(retries)))

    def call(self, send: Callable[[], T], bucket: TokenBucket) -> T:
        """Call ``send`` until it gives something else than `Transient`; the last one is raised.

        Raises:
            RunStop: the server asks for a longer wait than `LONGEST_WAIT`.
        """
        for delay in self.delays:
            try:
                return send()
            except Transient as fault:
                wait = max(delay, _pause_asked_for(fault, bucket))
            bucket.repeated()
            self.sleep(wait)
        try:
            return send()
        except Transient as fault:
            _pause_asked_for(fault, bucket)
            raise


def _pause_asked_for(fault: Transient, bucket: TokenBucket) -> float:
    """Hold every call back for as long as the server asks, and say how long that is."""
    if fault.retry_after is None:
        return 0.0
    bucket.pause(fault.retry_after)
    return fault.retry_after
