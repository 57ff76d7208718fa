"""How a daily run at a terminal ends: its exit code, and the line that says why.

0: every listed file reached an outcome.
1: the run failed, or a configuration error came up after it had begun.
2: configuration, arguments, credentials or folders are wrong; nothing was begun.
3: not finished: temporary faults, a system that is down, a quota that is used up, the run's time limit,
   another run on the ledger, a loss of the Prefect server, or a delivery left unfinished
   because its file is gone from the inbox.
130, 143: stopped by a signal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from mailroom.cli.wrapping import print_line
from mailroom.errors import ConfigError, FilesLeftPending, RunStop, Transient

SERVER_ENDED = "Prefect's temporary server ended during the run (see prefect-server.log beside the log)."


@dataclass(frozen=True)
class Ending:
    """What a run ended with.

    Args:
        failure: what the flow raised; None when every file reached an outcome.
        signals: the numbers of the signals that came.
        begun: whether the checks had passed and the inbox was listed.
        server_lost: the sentence about the loss of the Prefect server; empty: it was not lost.
        report_problem: why the report could not be written.
        closed: whether the run came to its end, where its report is built.
    """

    failure: BaseException | None = None
    signals: Sequence[int] = ()
    begun: bool = False
    server_lost: str = ""
    report_problem: str | None = None
    closed: bool = False

    @property
    def is_stopped(self) -> bool:
        """Whether a signal ended the run before its work was done; one that came later changes nothing."""
        was_done = self.failure is None or isinstance(self.failure, FilesLeftPending)
        return bool(self.signals) and not (self.begun and self.closed and was_done)

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        if self.is_stopped:
            return 128 + self.signals[0]
        if self.server_lost:
            return 3
        if self.failure is None:
            return 0
        if isinstance(self.failure, Transient | RunStop):
            return 3
        return 2 if isinstance(self.failure, ConfigError) and not self.begun else 1

    def show(self, console: Console) -> int:
        """Print in one line what the run ended with; the exit code."""
        if line := self._line():
            print_line(console, line, markup=True)
        if self.report_problem:
            problem = f"[yellow]The report could not be written[/] ({escape(self.report_problem)})"
            print_line(console, f"{problem}; everything else was done.", markup=True)
        return self.exit_code

    def _line(self) -> str | None:
        if self.is_stopped and not self.begun:
            return "Stopped before the inbox was listed. Nothing was filed or moved."
        if self.is_stopped:
            return "Stopped. Files not done are left for the next run; nothing is filed twice."
        if self.server_lost:
            return f"[yellow]Not finished:[/] {self.server_lost} Files not done are left for the next run."
        if isinstance(self.failure, ConfigError | RunStop):
            start = "Cannot continue" if self.begun else "Cannot start"
            return f"[red]{start}:[/] {escape(str(self.failure))}"
        if isinstance(self.failure, Transient):
            return f"[yellow]Not finished:[/] {escape(explain_fault(self.failure))}"
        if self.failure is not None:
            return "[red]The run failed because of a bug in the mail room;[/] the log shows where."
        return None


def explain_fault(failure: Transient) -> str:
    """A temporary failure in words for a person."""
    if isinstance(failure, FilesLeftPending):
        return str(failure)
    return f"A system does not answer ({failure}). Nothing is lost; start it again later."
