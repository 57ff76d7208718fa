"""Seconds that threads spend on something, added up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class TimeSpent:
    """The total of many threads: two that spend a second side by side have spent two."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Add seconds that were measured elsewhere."""
        with self._lock:
            self.seconds += seconds

    @contextmanager
    def measure(self) -> Iterator[None]:
        """Add the time of the block, also when it raises."""
        began = self._clock()
        try:
            yield
        finally:
            self.add(self._clock() - began)
