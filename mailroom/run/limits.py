"""What ends a run before its work is done: a person, its time limit, the loss of its lease, or what stopped a
batch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mailroom.errors import ConfigError, RunStop
from mailroom.run.side_thread import run_beside

STOPPED = "The run was asked to stop."
STOPPED_CODE = "stopped"
# What a batch says of itself when something else ends the run.
ENDED_EARLY = "The run ended early; its own state says why."
LOOK_SECONDS = 0.2


class RunLimits:
    """The limits of a run, which every step of a file checks.

    Args:
        hours: its time limit.
        stop: is set when a person asks the run to stop; all waits then end.
        clock: monotonic seconds.
    """

    def __init__(
        self, hours: float, stop: threading.Event, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._hours = hours
        self._stop = stop
        self._error: RunStop | ConfigError = RunStop(
            STOPPED_CODE,
            what=STOPPED,
            fix="Start it again; it continues with the rest.",
        )
        self.begin()

    def begin(self) -> None:
        """Start the time limit now: a run may have waited before it started to work."""
        self._began = self._clock()

    @property
    def seconds(self) -> float:
        """For how many seconds the run has worked."""
        return self._clock() - self._began

    def end(self, error: RunStop | ConfigError) -> None:
        """Make every check and wait of the run raise this error from now on, unless the run ends already."""
        if not self._stop.is_set():
            self._error = error
            self._stop.set()

    @property
    def reason(self) -> str | None:
        """The code of what ended the run before its work was done; None as long as nothing has."""
        return self._error.code if self._stop.is_set() else None

    def check(self) -> None:
        """Raise what ends the run, if it must end; called between the steps of a file."""
        self.sleep(0.0)
        if self.seconds > 3600 * self._hours:
            raise RunStop(
                "run_timed_out",
                what=f"The run reached its time limit of {self._hours:g} hours (MAILROOM_RUN_HOURS).",
                fix="Start it again; it continues with the rest.",
            )

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds, or until the run must end.

        Raises:
            RunStop, ConfigError: a person stopped the run, or `end` was called.
        """
        if self._stop.wait(seconds):
            raise self._error

    @contextmanager
    def when_stopped(self, act: Callable[[], None]) -> Iterator[None]:
        """Call ``act`` in a thread, once, if the run is asked to stop within the block."""

        def watch(ended: threading.Event) -> None:
            while not ended.wait(LOOK_SECONDS):
                if self._stop.is_set():
                    act()
                    return

        with run_beside(watch, "stop"):
            yield
