"""Many files read at the same time, their readings in the order of the files."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from mailroom.notices.reader_pool import ReaderPool
from mailroom.notices.reading import Reading


def read_in_order(
    paths: Iterable[Path], pool: ReaderPool, threads: ThreadPoolExecutor, ahead: int
) -> Iterator[Reading]:
    """Yield the reading of each file.

    Args:
        paths: the files.
        pool: reads them.
        threads: as many as files are to be read at a time.
        ahead: files given to the threads before the first of them is waited for.
    """
    waiting: deque[Future[Reading]] = deque()
    for path in paths:
        waiting.append(threads.submit(_read, pool, path))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _read(pool: ReaderPool, path: Path) -> Reading:
    """Return the reading; a file that vanished since it was found is not one that cannot be opened."""
    reading = pool.read(path)
    if reading.error == "cannot_be_opened" and not os.path.lexists(path):
        return Reading("unreadable", needs_review=True, error="vanished", seconds=reading.seconds)
    return reading
