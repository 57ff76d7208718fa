"""Waiting for something to come about."""

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], seconds: float = 180.0) -> None:
    """Wait until something holds; fails when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
