"""Whether the process that left a file or a claim behind is still alive; and no core files.

The system uses a process id again for a new process. The start time of the process shows the difference.
"""

from __future__ import annotations

import hashlib
import os
import resource
import socket
from pathlib import Path


def disable_core_dumps() -> None:
    """Forbid core files of this process and its children, since their memory holds client data."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def pid_namespace_id() -> str:
    """Return eight hex digits for the machine and container in which this process's id is valid."""
    try:
        numbering = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        numbering = ""
    return hashlib.sha256(f"{socket.gethostname()} {numbering}".encode()).hexdigest()[:8]


def read_start_ticks(pid: int) -> int:
    """Return when the process started, in clock ticks since boot; 0 when that is unknown."""
    told = _read_stat(pid)
    return int(told[19]) if told else 0


def _read_stat(pid: int) -> list[str]:
    """Return the fields of ``/proc/PID/stat`` after the command name, the state first; [] when there are
    none.

    The command name may hold spaces and brackets, so the fields are split after its last bracket.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return stat.rpartition(")")[2].split()


def is_alive(pid: int, ticks: int) -> bool:
    """Return whether the process ``pid`` that started at ``ticks`` (0: unknown) is alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    if _read_stat(pid)[:1] in (["Z"], ["X"]):
        # A zombie: it has ended, but its parent did not wait for it. In a container it may stay so forever.
        return False
    now = read_start_ticks(pid)
    return not (ticks and now) or ticks == now
