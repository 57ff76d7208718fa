"""Processes: whether the one that left something behind still lives, and that none leaves its memory behind.

A process number used anew by another process is told apart by when that one began.
"""

from __future__ import annotations

import hashlib
import os
import resource
import socket
from pathlib import Path


def no_core_dumps() -> None:
    """From here on neither this process nor a child of it leaves a core file: its memory holds client data."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def place() -> str:
    """Eight hex digits for where process numbers mean this: this machine, and in it this container."""
    try:
        numbering = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        numbering = ""
    return hashlib.sha256(f"{socket.gethostname()} {numbering}".encode()).hexdigest()[:8]


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
