"""A circuit breaker: an API that is down costs a run a few calls and a minute, not all its retries.

After several failures in a row the threads of the run stop calling the API, and one call at a time probes
it. When it answers, all threads continue. If it does not answer for `PATIENCE_SECONDS`, the run ends early
and its files stay pending. A failure is a call without an answer, or with a server error as its answer. An
answer about one file, or one that asks for fewer calls, shows that the API works.

No library does this: they refuse calls, but the threads of a run must wait. Also, pybreaker holds its lock
during a call (one call at a time), and circuitbreaker has no lock. This module is independent of Drive,
Logiqs and HTTP.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mailroom.errors import RunStop

log = logging.getLogger(__name__)

# This many failures in a row open it, or a single call without an answer for this long.
FAILURES = 5
SILENCE_SECONDS = 30.0
# The run ends when a probe fails this long after the first failure.
PATIENCE_SECONDS = 60.0
# The delay before the first probe; it doubles for each later one, up to the second number.
FIRST_PROBE_SECONDS, LONGEST_PROBE_SECONDS = 1.0, 8.0
# How often a waiting thread checks whether the probe of another thread has ended.
LOOK_SECONDS = 0.5


@dataclass
class Call:
    """One call in progress. Its sender sets when it began, and whether it failed."""

    began: float
    failure: str | None = None

    def fail(self, what: str) -> None:
        """Note that the API did not answer, or answered with a server error; ``what`` says which."""
        self.failure = what


class CircuitBreaker:
    """Whether one API answers; one object for all threads of a run.

    Args:
        code: the code of the error that ends the run.
        system: the API's name on screens and in logs.
        failures: how many in a row open it; infinite: it never opens.
        clock: monotonic seconds.
        sleep: waits for a number of seconds; may raise when the run must stop.
    """

    def __init__(
        self,
        code: str,
        system: str,
        *,
        failures: float = FAILURES,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._code = code
        self._system = system
        self._limit = failures
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._answered = -math.inf
        self._failures = 0
        self._failing_since = 0.0
        self._probe_at: float | None = None
        self._probe_delay = FIRST_PROBE_SECONDS
        self._prober: int | None = None
        self._stop: tuple[float, str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls wait because the API is down."""
        return self._probe_at is not None

    @contextmanager
    def call(self) -> Iterator[Call]:
        """Let one call through, after waiting while the API is down. A probe may contain further calls.

        Raises:
            RunStop: the API has not answered for `PATIENCE_SECONDS`.
        """
        while (wait := self._reserve()) > 0:
            self._sleep(wait)
        call = Call(self._clock())
        try:
            yield call
        except BaseException:
            # If no failure was noted, the call was not sent, and says nothing about the API.
            self._end(call, is_answer=False)
            raise
        self._end(call, is_answer=True)

    def begin(self, call: Call) -> None:
        """Note that the request is sent now, after the wait for the quota."""
        call.began = self._clock()

    def _reserve(self) -> float:
        """Return 0 if the calling thread may call, or how many seconds to wait before the next attempt."""
        with self._lock:
            if self._stop is not None:
                raise self._make_stop(*self._stop)
            me = threading.get_ident()
            if self._probe_at is None or self._prober == me:
                return 0.0
            if self._prober is not None:
                return LOOK_SECONDS
            if (wait := self._probe_at - self._clock()) > 0:
                return min(wait, LOOK_SECONDS)
            self._prober = me
            return 0.0

    def _end(self, call: Call, *, is_answer: bool) -> None:
        """Count how the call ended; if it was a probe, another call may probe next."""
        with self._lock:
            is_probe = self._prober == threading.get_ident()
            if is_probe:
                self._prober = None
            if call.failure is not None:
                self._count_failure(call, call.failure, is_probe=is_probe)
            elif is_answer:
                self._close()

    def _close(self) -> None:
        if self._probe_at is not None:
            log.warning("%s answers again.", self._system)
        self._answered = self._clock()
        self._failures, self._probe_at, self._probe_delay = 0, None, FIRST_PROBE_SECONDS

    def _count_failure(self, call: Call, what: str, *, is_probe: bool) -> None:
        now = self._clock()
        if self._failures == 0:
            self._failing_since = max(call.began, self._answered)
        self._failures += FAILURES if now - call.began >= SILENCE_SECONDS else 1
        if self._probe_at is None and self._failures >= self._limit:
            log.warning("%s is down (%s); calls wait until it answers again.", self._system, what)
            self._probe_at = now + self._probe_delay
        elif is_probe:
            self._probe_delay = min(2 * self._probe_delay, LONGEST_PROBE_SECONDS)
            self._probe_at = now + self._probe_delay
            if (silent := now - self._failing_since) >= PATIENCE_SECONDS:
                self._stop = silent, what

    def _make_stop(self, silent: float, what: str) -> RunStop:
        return RunStop(
            self._code,
            what=f"{self._system} has been down for {silent:.0f} s ({what}).",
            fix="Nothing is lost: files not done are left for the next run.",
        )


def never_open() -> CircuitBreaker:
    """Return a breaker that never opens, for single calls outside a run, such as those of a check."""
    return CircuitBreaker("never_opens", "A server", failures=math.inf)
