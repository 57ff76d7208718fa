"""Waiting for what happens in other threads and processes, however long a busy machine takes over it."""

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], seconds: float = 180.0) -> None:
    """Wait until something holds; fails when it does not within the time.

    It is asked at once, and then less and less often, at least four times a second: asking another process
    costs CPU time here and there.
    """
    deadline = time.monotonic() + seconds
    pause = 0.01
    while not holds():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)
