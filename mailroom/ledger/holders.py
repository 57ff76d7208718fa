"""Who holds a claim: ``host:pid:start-ticks:run``, so that a later run can tell whether the holder lives."""

from __future__ import annotations

import os
import socket

from mailroom.privacy.processes import is_alive, read_start_ticks

# A claim outlives the longest file: every call's repeats and Retry-After waits, several times over.
LEASE_SECONDS = 1800.0


def make_holder(run_id: str) -> str:
    """This process, working on this run."""
    return f"{_host()}:{os.getpid()}:{read_start_ticks(os.getpid())}:{run_id}"


def holder_is_alive(holder: str) -> bool:
    """Whether it may still be active; of one on another machine nothing is known, so its lease decides."""
    host, pid, ticks, *_ = [*holder.split(":"), "", "", ""]
    if host != _host() or not (pid.isdigit() and ticks.isdigit()):
        return True
    return is_alive(int(pid), int(ticks))


def _host() -> str:
    return socket.gethostname().replace(":", "-")
