"""When a run ends before its work is done: a person stops it, its time is over, or it lost its lease."""

from __future__ import annotations

import threading
import time

from mailroom.errors import RunStop


class RunLimits:
    """How long a run goes on.

    Args:
        hours: its time limit.
        stop: is set when a person asks the run to stop: then nothing waits any more.
    """

    def __init__(self, hours: float, stop: threading.Event) -> None:
        self._hours = hours
        self._stop = stop
        self._error = RunStop(
            "stopped",
            what="The run was asked to stop.",
            fix="Start it again; it continues with the rest.",
        )
        self.begin()

    def begin(self) -> None:
        """Count the time limit from now: a run may have waited before it began to work."""
        self._ends_at = time.monotonic() + 3600 * self._hours

    def end(self, error: RunStop) -> None:
        """Let the run end with this error, as soon as it checks or waits."""
        self._error = error
        self._stop.set()

    def check(self) -> None:
        """Raise RunStop when the run is to end; called between the steps of a file."""
        self.sleep(0.0)
        if time.monotonic() > self._ends_at:
            raise RunStop(
                "run_timed_out",
                what=f"The run reached its time limit of {self._hours:g} hours (MAILROOM_RUN_HOURS).",
                fix="Start it again; it continues with the rest.",
            )

    def sleep(self, seconds: float) -> None:
        """Wait, but not on after the run was asked to stop.

        Raises:
            RunStop: a person asked, or `end` was called.
        """
        if self._stop.wait(seconds):
            raise self._error
