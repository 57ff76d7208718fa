"""A deadline for an HTTP answer as a whole; time-outs of sockets hold between two bytes only."""

from __future__ import annotations

import time
from collections.abc import Callable

# No line that a firm works on is slower for long (256 kbit/s): 1 MB may take 31 s more than an empty answer.
SLOWEST_BYTES_A_SECOND = 32_000.0


class Deadline:
    """When an answer has to be complete.

    Args:
        seconds: until the head has come, or a body that is not worth mentioning; None: never.
        clock: monotonic seconds.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = None if seconds is None else clock() + seconds

    def extend_for(self, size: int) -> None:
        """Allow the time that so many bytes take on a slow line."""
        if self._until is not None:
            self._until += size / SLOWEST_BYTES_A_SECOND

    def remaining(self) -> float | None:
        """Return the seconds that are left; None: any number.

        Raises:
            TimeoutError: none are left.
        """
        if self._until is None:
            return None
        if (left := self._until - self._clock()) <= 0:
            raise TimeoutError
        return left
