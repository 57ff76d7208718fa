"""The limits that a child process sets itself: memory, processor time, no core file."""

from __future__ import annotations

import os
import resource

NICENESS = 5


def limit_memory(memory_mb: int) -> None:
    """Allow this much address space and no core file, which would hold the document.

    Let other processes go first.
    """
    size = memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def allow_cpu(seconds: int) -> None:
    """Allow so many more seconds of processor time, so that a child that loops ends by itself."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))
