"""Processes: whether the one that left something behind still lives, and that none leaves its memory behind.

A process number used anew by another process is told apart by when that one began.
"""

from __future__ import annotations

import hashlib
import os
import resource
import socket
from pathlib import Path


def disable_core_dumps() -> None:
    """From here on neither this process nor a child of it leaves a core file: its memory holds client data."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def pid_namespace_id() -> str:
    """Eight hex digits for where process numbers mean this: this machine, and in it this container."""
    try:
        numbering = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        numbering = ""
    return hashlib.sha256(f"{socket.gethostname()} {numbering}".encode()).hexdigest()[:8]


def read_start_ticks(pid: int) -> int:
    """When the process began, in clock ticks since boot; 0 where that cannot be told."""
    told = _read_stat(pid)
    return int(told[19]) if told else 0


def _read_stat(pid: int) -> list[str]:
    """What Linux tells of a process behind its command's name, which may hold spaces and brackets: its state first."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return stat.rpartition(")")[2].split()


def is_alive(pid: int, ticks: int) -> bool:
    """Whether the process ``pid`` that began at ``ticks`` (0: unknown) is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    if _read_stat(pid)[:1] in (["Z"], ["X"]):
        # Killed, and waited for by nobody: in a container where nobody does, it stays so for good.
        return False
    now = read_start_ticks(pid)
    return not (ticks and now) or ticks == now
