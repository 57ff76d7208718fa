"""A circuit breaker: an API that is down costs a run a few calls and a minute, not all its retries.

After several failures in a row no thread of the run calls the API. One call at a time probes whether it
answers again: if so, all go on; if it has not answered for the whole patience, the run ends early and its
files stay pending. A failure is a call without an answer, or one that is answered with a server error. An
answer about one file, or one that asks for fewer calls, shows that the API works.

Written here because the libraries for it refuse calls, where threads of a run must wait, and because
pybreaker holds its lock during a call (one call at a time) and circuitbreaker has no lock. Nothing here knows
of Drive, Logiqs or HTTP.
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

# So many failures in a row open it, or a single call that was not answered for so long.
FAILURES = 5
SILENCE_SECONDS = 30.0
# A run ends when a probe fails so long after the first failure.
PATIENCE_SECONDS = 60.0
# The first probe comes so long after it opened, each later one after twice the time, up to the second number.
FIRST_PROBE_SECONDS, LONGEST_PROBE_SECONDS = 1.0, 8.0
# A thread that waits for the probe of another one looks so often for its result.
LOOK_SECONDS = 0.5


@dataclass
class Call:
    """One call while it is under way. Whoever sends it says when it began, and whether it failed."""

    began: float
    failure: str | None = None

    def fail(self, what: str) -> None:
        """Note that the API did not answer, or with a server error; ``what`` says so in words."""
        self.failure = what


class CircuitBreaker:
    """Whether one API answers; one object for all threads of a run.

    Args:
        code: of the error that ends the run.
        system: the API's name for a person.
        failures: so many in a row open it; infinite: it never opens.
        clock: monotonic seconds.
        sleep: waits for so many seconds; may raise when the run is to stop.
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
        """Let one call through, after waiting while the API is down. A call within a call is one of it.

        Raises:
            RunStop: the API has not answered for the whole patience.
        """
        while (wait := self._reserve()) > 0:
            self._sleep(wait)
        call = Call(self._clock())
        try:
            yield call
        except BaseException:
            # Without a failure that was noted, nothing is known of the API: the call was not even sent.
            self._end(call, is_answer=False)
            raise
        self._end(call, is_answer=True)

    def begin(self, call: Call) -> None:
        """Note that the call's request leaves now, after it waited for its quota."""
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
        """Count how the call ended, and give its probe back if it was one."""
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
