"""What the command line hands to the flow that it starts in its own process.

Credentials, paths and a display do not belong into a flow's parameters, where Prefect would keep and show
them. A deployment's run has none of this: then the settings and blocks alone count. Imports no Prefect.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom.config.settings import Settings
from mailroom.config.target import Target
from mailroom.rate_limit import CallMeter

if TYPE_CHECKING:
    from mailroom.run.context import Office
    from mailroom.run.report import Report


def _nobody_watches(_office: Office) -> None:
    pass


@dataclass
class Launch:
    """Set before the flow is called, and read by it; the flow leaves its report here."""

    target: Target | None = None
    settings: Settings | None = None
    drive_meter: CallMeter = field(default_factory=CallMeter)
    alone_on_server: Callable[[], bool] = lambda: False
    report_path: Path | None = None
    report_problem: str | None = None
    on_open: Callable[[Office], None] = _nobody_watches
    stop: threading.Event = field(default_factory=threading.Event)
    office: Office | None = None
    server_lost: bool = False
    checked: bool = False
    report: Report | None = None

    def begin_flow(self) -> None:
        """A run begins: nothing of an earlier one in this process counts any more."""
        self.checked, self.report, self.report_problem = False, None, None


current = Launch()
