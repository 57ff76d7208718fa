"""What a child process does first, and how it answers: limits that it sets itself, and lines of JSON.

Standard output is for the answers alone, since whatever a library could print is about a client's document.
"""

from __future__ import annotations

import json
import os
import resource
from typing import IO, Any

NICENESS = 5


def set_up(memory_mb: int) -> IO[bytes]:
    """Limit the process, before it loads or opens anything, and return where its answers are written to."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit_memory(memory_mb)
    return replies


def send(replies: IO[bytes], message: dict[str, Any], data: bytes = b"") -> None:
    """Write a message as a line, and bytes after it."""
    replies.write(json.dumps(message).encode() + b"\n" + data)
    replies.flush()


def limit_memory(memory_mb: int) -> None:
    """Allow this much address space and no core file, which would hold the document.

    Let other processes go first.
    """
    size = memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def measure_cpu() -> float:
    """Return the seconds of processor time that this process has taken so far, with programs that it ran."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def allow_cpu(seconds: float) -> None:
    """Allow so many more seconds of processor time, so that a child that loops ends by itself."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime + max(0.0, seconds)) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))
