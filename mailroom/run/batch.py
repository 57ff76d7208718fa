"""A batch: its files side by side in threads, each with its own fate.

A batch returns counts only. It raises at the end when files are left that another try may get done, so that
the task's retry runs it again for just those. The largest batch is the setting ``batch_size``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextvars import copy_context
from functools import partial

from mailroom.errors import ConfigError, FileFault, RunStop, Transient
from mailroom.run.file_pipeline import FilePipeline


class BatchUnfinished(Transient):
    """Files of this batch are still pending after transient faults; ``counts``: its files by outcome."""

    def __init__(self, counts: dict[str, int]) -> None:
        super().__init__("batch_unfinished", pending=counts["pending"])
        self.counts = counts


def process_batch(pipeline: FilePipeline, file_ids: Sequence[str], threads: int) -> dict[str, int]:
    """Take every file of the batch all the way, ``threads`` at a time.

    Returns:
        The number of files by outcome.

    Raises:
        BatchUnfinished: transient faults left files pending; the others are done.
        RunStop, ConfigError: the run cannot continue; files not begun are left pending.
    """
    counts: Counter[str] = Counter()
    stopped: RunStop | ConfigError | None = None
    with ThreadPoolExecutor(
        max_workers=min(threads, max(1, len(file_ids))), thread_name_prefix="file"
    ) as pool:
        # In the task's context: what is printed or logged within a file is the task run's own log, and
        # redacted.
        missing = pipeline.find_missing(file_ids)
        futures = [
            pool.submit(partial(copy_context().run, pipeline.process, one, is_missing=one in missing))
            for one in file_ids
        ]
        for future in as_completed(futures):
            if future.cancelled():
                continue
            try:
                counts[future.result() or "done already"] += 1
            except FileFault:
                # The ledger refused even to store the failure; it costs this file only.
                counts["failed"] += 1
            except Transient:
                # The ledger was unreachable; whatever is there of this file, another try finds out.
                counts["pending"] += 1
            except (RunStop, ConfigError) as stop:
                stopped = stopped or stop
                _cancel(futures)
    if stopped is not None:
        raise stopped
    if counts["pending"]:
        raise BatchUnfinished(dict(counts))
    return dict(counts)


def _cancel(futures: Sequence[Future[str | None]]) -> None:
    for future in futures:
        future.cancel()
