"""What a run brings along: calls that were counted before it opened, and whether it has the quotas to itself.

Imports nothing that is slow to import: a command line makes it before it knows whether there will be a run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailroom.rate_limit import CallMeter

if TYPE_CHECKING:
    from mailroom.run.early_checks import EarlyChecks


@dataclass
class HeadStart:
    """What was known or done before a run opens.

    Attributes:
        drive_meter: has counted the calls to Drive, for example those that name the inbox.
        crm_meter: the same for the CRM.
        is_alone: whether it is certain that no other process holds slots on the Prefect server.
        early: what both systems have answered already; None: nothing was asked.
    """

    drive_meter: CallMeter = field(default_factory=CallMeter)
    crm_meter: CallMeter = field(default_factory=CallMeter)
    is_alone: Callable[[], bool] = lambda: False
    early: EarlyChecks | None = None
