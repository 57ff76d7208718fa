"""A deadline for a whole HTTP answer; a socket's timeout only limits the time between two bytes."""

from __future__ import annotations

import time
from collections.abc import Callable

# A firm's line is hardly slower than this (256 kbit/s): 1 MB may take 31 s more than an empty answer.
SLOWEST_BYTES_A_SECOND = 32_000.0
# It does not stand still while the machine sleeps: on Linux CLOCK_MONOTONIC does (clock_gettime(2)).
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def read_clock() -> float:
    """Return monotonic seconds, which go on while the process is suspended or the machine sleeps."""
    return time.clock_gettime(_CLOCK)


class Deadline:
    """The time by which an answer must be complete.

    Args:
        seconds: for an answer with a small body or none; None: no limit.
        clock: monotonic seconds, also those that the machine sleeps.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = read_clock) -> None:
        self._clock = clock
        self._until = None if seconds is None else clock() + seconds

    def extend_for(self, size: int) -> None:
        """Add the time that ``size`` bytes take on a slow line."""
        if self._until is not None:
            self._until += size / SLOWEST_BYTES_A_SECOND

    def remaining(self) -> float | None:
        """Return the seconds that are left; None: no limit.

        Raises:
            TimeoutError: none are left.
        """
        if self._until is None:
            return None
        if (left := self._until - self._clock()) <= 0:
            raise TimeoutError
        return left
