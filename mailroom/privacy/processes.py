"""Whether the process that left something behind still lives; a number used anew by another is told apart."""

from __future__ import annotations

import os
from pathlib import Path


def start_ticks(pid: int) -> int:
    """When the process began, in clock ticks since boot; 0 where that cannot be told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    # Behind the command's name, which may hold spaces and brackets, the start is the twentieth field.
    return int(stat.rpartition(")")[2].split()[19])


def is_alive(pid: int, ticks: int) -> bool:
    """Whether the process ``pid`` that began at ``ticks`` (0: unknown) is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    now = start_ticks(pid)
    return not (ticks and now) or ticks == now
