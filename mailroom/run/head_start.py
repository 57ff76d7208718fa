"""What a run brings along: calls that were counted before it opened, and whether it has the quotas to itself.

Imports nothing that is slow to import: a command line makes it before it knows whether there will be a run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mailroom.rate_limit import CallMeter


@dataclass
class HeadStart:
    """What was known or done before a run opens.

    Attributes:
        drive_meter: has counted the calls to Drive, for example those that name the inbox.
        is_alone: whether it is certain that no other process holds slots on the Prefect server.
    """

    drive_meter: CallMeter = field(default_factory=CallMeter)
    is_alone: Callable[[], bool] = lambda: False
