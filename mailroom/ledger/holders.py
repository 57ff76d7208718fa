"""Who holds a claim: ``host:pid:start-ticks:run``, so that a later run can tell whether the holder lives.

The host is its name with a hash of the process-id namespace: two containers may have one name, or the same
process ids.
"""

from __future__ import annotations

import os
import socket
from datetime import datetime

from mailroom.privacy.processes import is_alive, pid_namespace_id, read_start_ticks

# A claim outlives the longest file: every call's repeats and Retry-After waits, several times over.
LEASE_SECONDS = 1800.0
# Between a run's id and the number of a part of it.
PART = "/"


def make_holder(run_id: str) -> str:
    """This process, working on this run."""
    return f"{_host()}:{os.getpid()}:{read_start_ticks(os.getpid())}:{run_id}"


def holder_is_alive(holder: str) -> bool:
    """Whether the holder may still be active; True for one on another machine, where only its heartbeat or
    lease decides.
    """
    if not is_local(holder):
        return True
    _, pid, ticks, *_ = holder.split(":")
    return is_alive(int(pid), int(ticks))


def is_working(holder: str | None, lease_until: datetime | None, now: datetime) -> bool:
    """Whether the holder of a claim may still be active, by the ledger's clock.

    For a holder on this machine its process decides, whatever the clock says; for others the lease.
    """
    if holder is None:
        return False
    if is_local(holder):
        return holder_is_alive(holder)
    return lease_until is not None and lease_until >= now


def is_local(holder: str) -> bool:
    """Whether this machine, or this container, can see the holder's process."""
    host, pid, ticks, *_ = [*holder.split(":"), "", "", ""]
    return host == _host() and pid.isdigit() and ticks.isdigit()


def find_run_id(holder: str) -> str:
    """The id of the run that the holder works on; "" where it names none."""
    return holder.split(":", 3)[-1] if holder.count(":") >= 3 else ""


def is_of_part(run_id: str) -> bool:
    """Whether this is the id of a part of a run (`mailroom.ledger.parts`), not of the run itself."""
    return PART in run_id


def find_place(holder: str) -> str:
    """Where the holder works, for a person who looks for it: ``process 123 on HOST``."""
    host, pid, *_ = [*holder.split(":"), ""]
    return f"process {pid or '?'} on {host.rpartition('-')[0] or host}"


def _host() -> str:
    return f"{socket.gethostname().replace(':', '-')}-{pid_namespace_id()}"
