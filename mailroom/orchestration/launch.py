"""What a command line hands to the flow that it calls in its own process, and what it gets back.

Credentials, paths and a display do not belong in a flow's parameters, where Prefect would keep and show them.
A deployment's run is given an empty `Launch`: its settings come from all sources. Imports no Prefect.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom.config.settings import Settings
from mailroom.run.head_start import HeadStart

if TYPE_CHECKING:
    from mailroom.run.context import RunContext
    from mailroom.run.report import Report


SERVER_AWAY = "The Prefect server was unavailable for more than two minutes."


@dataclass
class RunResult:
    """The result of a run: filled by the flow, read by whoever called it.

    ``begun`` is true when the checks have passed and the inbox is listed; until then nothing was filed.
    ``report_problem`` says why the report could not be written. ``server_lost`` is true when the Prefect
    server was unavailable for too long, ``cancelled`` when a person cancelled the run in Prefect.
    """

    begun: bool = False
    server_lost: bool = False
    cancelled: bool = False
    report: Report | None = None
    report_problem: str | None = None


@dataclass
class Launch:
    """One run's surroundings.

    Args:
        settings: where they are decided already; None: from all sources, for the real systems.
        on_sandbox: whether the settings lead to a sandbox.
        head_start: what was done before the run, for example to name the target.
        report_path: where the report goes; None: nowhere.
        on_wait: called with a line for a person when the run waits for another one.
        on_open: called with the run's context when it is open.
        stop: set when a person asked the run to stop.
        on_server_lost: called when the Prefect server was unavailable for too long; None: the run is to stop.
        server_returned: set when the Prefect server answers again after an absence.
    """

    settings: Settings | None = None
    on_sandbox: bool = False
    head_start: HeadStart = field(default_factory=HeadStart)
    report_path: Path | None = None
    on_wait: Callable[[str], None] = lambda _line: None
    on_open: Callable[[RunContext], None] = lambda _run: None
    stop: threading.Event = field(default_factory=threading.Event)
    on_server_lost: Callable[[], None] | None = None
    server_returned: threading.Event = field(default_factory=threading.Event)
    result: RunResult = field(default_factory=RunResult)

    def cancel(self) -> None:
        """A person cancelled the run in Prefect: it stops as after Ctrl-C."""
        self.result.cancelled = True
        self.stop.set()
