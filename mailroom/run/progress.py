"""What a run has done so far, counted by stage, for a display or an artifact to show.

Only numbers: a snapshot may be shown to anyone. It draws nothing itself.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailroom.run.stopwatch import PhaseClock

STAGES = ("listed", "downloaded", "read", "matched", "uploaded", "tasks_created", "moved")


class Phase(StrEnum):
    """What a run is doing, in the words that a person sees."""

    STARTING = "Starting"
    CHECKING = "Checking both systems"
    LISTING = "Listing the inbox"
    FILING = "Filing"
    UNTAKEN = "Waiting for a worker"
    WAITING = "Waiting, 10 minutes at most, until postponed files can be checked"
    REPORTING = "Writing the report"
    DONE = "Done"


@dataclass(frozen=True)
class Snapshot:
    """A snapshot: the phase, batches and files done of how many, and counts by stage.

    ``listed``: the inbox is listed, so ``batches`` and ``files`` are known.
    """

    phase: Phase
    listed: bool
    batches_done: int
    batches: int
    files_done: int
    files: int
    stages: Counter[str]
    outcomes: Counter[str]
    doubts: Counter[str]
    evidence: Counter[str]
    rate: float


@dataclass
class Progress:
    """Counts by many threads; the rate is files done a second since the first batch began.

    ``on_waiting`` is called when the run begins to wait; ``clock`` has the seconds of the phases before the
    present one.
    """

    phase: Phase = Phase.STARTING
    on_waiting: Callable[[], None] = lambda: None
    batches: int = 0
    files: int = 0
    clock: PhaseClock = field(default_factory=PhaseClock, repr=False)
    _batches_done: int = 0
    _stages: Counter[str] = field(default_factory=Counter)
    _outcomes: Counter[str] = field(default_factory=Counter)
    _doubts: Counter[str] = field(default_factory=Counter)
    _evidence: Counter[str] = field(default_factory=Counter)
    _began: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def enter(self, phase: Phase) -> None:
        """Note what the run does from now on."""
        self.phase = phase
        self.clock.enter(phase)

    def begin_batches(self, batches: int, files: int) -> None:
        """The scan is over: so many batches of so many files in all are to be done."""
        with self._lock:
            self.enter(Phase.FILING)
            self.batches, self.files = batches, files
            self._began = time.monotonic()

    def begin_waiting(self) -> None:
        """Note that everything that can be done now is done."""
        self.enter(Phase.WAITING)
        self.on_waiting()

    def begin_again(self, batches: int) -> None:
        """Note that the wait is over, and how many batches of postponed files follow."""
        with self._lock:
            self.enter(Phase.FILING)
            self.batches += batches

    def count_stage(self, stage: str, count: int = 1) -> None:
        """``count`` files have passed a stage."""
        with self._lock:
            self._stages[stage] += count

    def count_outcome(self, outcome: str) -> None:
        """One file has reached its outcome."""
        with self._lock:
            self._outcomes[outcome] += 1

    def count_doubts(self, codes: Iterable[str]) -> None:
        """A file was read with doubts of these causes."""
        with self._lock:
            self._doubts.update(codes)

    def count_evidence(self, codes: Iterable[str]) -> None:
        """A file's case was found by this evidence."""
        with self._lock:
            self._evidence.update(codes)

    def count_elsewhere(
        self,
        *,
        stages: Mapping[str, int],
        outcomes: Mapping[str, int],
        doubts: Mapping[str, int],
        evidence: Mapping[str, int],
    ) -> None:
        """Add what another process has counted of this run's files."""
        with self._lock:
            self._stages.update(stages)
            self._outcomes.update(outcomes)
            self._doubts.update(doubts)
            self._evidence.update(evidence)

    def count_batch(self) -> None:
        """One batch is over."""
        with self._lock:
            self._batches_done += 1

    def snapshot(self) -> Snapshot:
        """A copy that nothing changes any more."""
        with self._lock:
            done = sum(self._outcomes.values())
            seconds = time.monotonic() - self._began if self._began else 0.0
            return Snapshot(
                self.phase,
                self._began is not None,
                self._batches_done,
                self.batches,
                done,
                self.files,
                self._stages.copy(),
                self._outcomes.copy(),
                self._doubts.copy(),
                self._evidence.copy(),
                done / seconds if seconds > 0 else 0.0,
            )
