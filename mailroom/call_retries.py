"""Retries of a call that may be repeated: the delays, and what a server asks for by ``Retry-After``.

The retries of Prefect tasks are in `mailroom.orchestration.retries`, with the same delays.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from mailroom.errors import Transient
from mailroom.rate_limit import TokenBucket

T = TypeVar("T")

# Number of retries, and seconds before the first, for a call that may be repeated or a Prefect task: 2, 4 and
# 8 s. The defaults of MAILROOM_RETRIES and MAILROOM_RETRY_DELAY.
RETRIES = 3
RETRY_DELAY_SECONDS = 2.0

# A longer Retry-After is assumed to be a server error, and might overflow a date.
LONGEST_ASKED = 30 * 86_400.0


def parse_retry_after(value: str | None) -> float | None:
    """Return a Retry-After header in seconds from now, at most 30 days; None when it is malformed.

    The forms are seconds and an HTTP date (RFC 9110, 10.2.3).
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return min(float(text), LONGEST_ASKED)
    try:
        time_asked = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if time_asked.tzinfo is None:
        time_asked = time_asked.replace(tzinfo=UTC)
    return min(max(0.0, (time_asked - datetime.now(UTC)).total_seconds()), LONGEST_ASKED)


def list_delays(retries: int, first_delay: float) -> tuple[float, ...]:
    """Return the seconds to wait before each retry: ``first_delay``, then twice as long each time."""
    return tuple(first_delay * 2**attempt for attempt in range(retries))


@dataclass(frozen=True)
class RetryPolicy:
    """How a call that may be repeated is tried again.

    After each of ``delays`` seconds, or as the server asks.
    """

    delays: Sequence[float] = list_delays(RETRIES, RETRY_DELAY_SECONDS)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def call(self, send: Callable[[], T], bucket: TokenBucket) -> T:
        """Call ``send`` until it does not raise `Transient`, and return its result.

        Raises:
            Transient: the last one, after all retries.
            RunStop: the server asks for a longer wait than `mailroom.rate_limit.LONGEST_WAIT`.
        """
        for delay in self.delays:
            try:
                return send()
            except Transient as fault:
                wait = max(delay, _pause_as_asked(fault, bucket))
            bucket.count_retry()
            self.sleep(wait)
        try:
            return send()
        except Transient as fault:
            _pause_as_asked(fault, bucket)
            raise


def _pause_as_asked(fault: Transient, bucket: TokenBucket) -> float:
    """Hold back every call for as long as the server asks, and return how many seconds that is."""
    if fault.retry_after is None:
        return 0.0
    bucket.pause(fault.retry_after)
    return fault.retry_after
