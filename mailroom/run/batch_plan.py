"""Which files a run picks up, in which batches, and the wait at its end for the files that were postponed.

Processes no file: `mailroom.run.batch` does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from mailroom.ledger import Ledger
from mailroom.run.limits import RunLimits
from mailroom.run.progress import Progress
from mailroom.run.reasons import count_noun

# Batches whose futures are held at one time.
WINDOW = 50
# How long a run waits in total, at its end, until postponed files can be checked.
LONGEST_POSTPONED_WAIT = timedelta(minutes=10)

log = logging.getLogger(__name__)


def compute_batch_sizes(files: int, largest: int, slots: int) -> list[int]:
    """How many files each batch takes: at most ``largest``, so that no slot is idle early.

    The number of batches is a multiple of ``slots`` (or every batch holds one file), and they differ by one
    file at most, so that all slots end at about the same time.
    """
    if files == 0:
        return []
    rounds = -(-files // (largest * slots))
    batches = min(files, rounds * slots)
    smaller, larger_ones = divmod(files, batches)
    return [smaller + 1] * larger_ones + [smaller] * (batches - larger_ones)


def cut_batches(file_ids: Sequence[str], largest: int, slots: int) -> Iterator[list[str]]:
    """Yield the files, cut into batches as `compute_batch_sizes` says."""
    ids = iter(file_ids)
    for size in compute_batch_sizes(len(file_ids), largest, slots):
        yield list(islice(ids, size))


@dataclass
class BatchPlan:
    """The batches of one run, which listed its inbox before.

    Args:
        run_id: the run's id.
        ledger: knows which files are pending and which are postponed.
        progress: is told how many files and batches there are.
        limits: they end a wait when a person stops the run.
        largest: the largest number of files in a batch: the setting ``batch_size``.
        slots: how many batches run side by side.
        check_crm: raises if the CRM was down and is still down; nothing is waited for then.
    """

    run_id: str
    ledger: Ledger
    progress: Progress
    limits: RunLimits
    largest: int
    slots: int
    check_crm: Callable[[], None]
    files: int = 0
    _sizes: list[int] = field(default_factory=list)
    _waits_until: datetime | None = None

    def pick_up(self, limit: int | None) -> None:
        """Mark the files that this run picks up, at most ``limit``; ``files`` is their number then."""
        self.files = self.ledger.pick_up(self.run_id, limit)
        self._sizes = compute_batch_sizes(self.files, self.largest, self.slots)
        self.progress.begin_batches(len(self._sizes), self.files)

    def list_windows(self) -> Iterator[list[list[str]]]:
        """Yield the ids of the files that are still pending, cut into batches, a bounded number at a time."""
        sizes = self._sizes
        after: str | None = None
        for start in range(0, len(sizes), WINDOW):
            window: list[list[str]] = []
            for size in sizes[start : start + WINDOW]:
                ids = self.ledger.list_pending(self.run_id, after, size)
                if ids:
                    window.append(ids)
                    after = ids[-1]
            yield window

    def list_parts(self, size: int) -> Iterator[list[str]]:
        """Yield the ids of the files that are still pending, for workers: at most ``size`` in a part.

        Each part is looked up when it is asked for.
        """
        after: str | None = None
        while ids := self.ledger.list_pending(self.run_id, after, size):
            yield ids
            after = ids[-1]

    def wait_for_postponed(self) -> bool:
        """When all batches are done, wait until what was postponed can be tried again.

        A run waits ten minutes at most; files that need longer are left for the next run.

        Returns:
            Whether there is something to try again; then `list_windows` has all that is pending.

        Raises:
            RunStop: a person asked the run to stop, or the CRM is down.
            Transient: the CRM does not answer.
        """
        now = self.ledger.read_clock()
        self._waits_until = self._waits_until or now + LONGEST_POSTPONED_WAIT
        times = [time for time in self.ledger.list_postponed(self.run_id) if time <= self._waits_until]
        if not times:
            return False
        self.check_crm()
        if (seconds := (times[-1] - now).total_seconds()) > 0:
            log.info("Waiting %.0f s for %s.", seconds, count_noun(len(times), "postponed file"))
            self.progress.begin_waiting()
            # Also where the clock was set back meanwhile.
            self.limits.sleep(min(seconds, LONGEST_POSTPONED_WAIT.total_seconds()))
        due = self.ledger.count_due(self.run_id)
        self._sizes = compute_batch_sizes(due, self.largest, self.slots)
        self.progress.begin_again(len(self._sizes))
        return True
