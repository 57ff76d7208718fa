"""What a child process allows itself before it touches anything from outside: memory, processor time, no core file."""

from __future__ import annotations

import os
import resource

NICENESS = 5


def limit(memory_mb: int) -> None:
    """No more address space than this, no core file (it would hold the document), and after others in line."""
    size = memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def allow_cpu(seconds: int) -> None:
    """So many more seconds of CPU time: a child whose parent was killed over a looping file ends by itself."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))
