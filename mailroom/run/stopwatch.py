"""How long each stage of one file takes, and each phase of a run."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stopwatch:
    """Seconds spent in each stage of one file."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to the stage, also when it raises."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - began, 3)


class PhaseClock:
    """Seconds spent in each phase of a run, and processor seconds of this process meanwhile.

    Args:
        clock: monotonic seconds.
        processor: processor seconds of this process, all threads together.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock = clock
        self._processor = processor
        self._phase: str | None = None
        self._entered = (0.0, 0.0)
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.processor_seconds: defaultdict[str, float] = defaultdict(float)

    def enter(self, phase: str) -> None:
        """End the phase before, if there is one, and begin this one."""
        now, used = self._clock(), self._processor()
        if self._phase is not None:
            self.seconds[self._phase] += now - self._entered[0]
            self.processor_seconds[self._phase] += used - self._entered[1]
        self._phase, self._entered = phase, (now, used)
