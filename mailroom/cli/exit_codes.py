"""How a day at a terminal ends: the exit code, the line that says why, and the report where there is none yet."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from contextlib import suppress

from rich.console import Console
from rich.markup import escape

from mailroom.cli.signals import Signals
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.orchestration.launch import current

# Files under way have so long to end when Prefect's temporary server is gone; Prefect itself would ask for it
# for minutes yet.
SERVER_LOST_SECONDS = 30.0


def exit_code(failure: BaseException | None, received: Sequence[int], *, checked: bool) -> int:
    """The exit code for what the flow ended with; ``checked``: the start was over when it did."""
    if received:
        return 128 + received[0]
    if current.server_lost:
        return 3
    if failure is None:
        return 0
    if isinstance(failure, Transient | RunStop):
        return 3
    return 2 if isinstance(failure, ConfigError) and not checked else 1


def say_how_it_ended(console: Console, failure: BaseException | None, received: Sequence[int]) -> int:
    """Say in one line what the run ended with, and answer its exit code."""
    code = exit_code(failure, received, checked=current.checked)
    if code >= 128:
        console.print("Stopped. Files not done are left for the next run; nothing is filed twice.")
    elif current.server_lost:
        console.print(
            "[yellow]Not finished:[/] Prefect's temporary server ended in the middle of the run (its own words are in "
            "prefect-server.log beside the log). Files not done are left for the next run.",
            soft_wrap=True,
        )
    elif isinstance(failure, ConfigError | RunStop):
        console.print(
            f"[red]{'Cannot go on' if current.checked else 'Cannot start'}:[/] {escape(str(failure))}",
            soft_wrap=True,
        )
    elif isinstance(failure, Transient):
        console.print(f"[yellow]Not finished:[/] {escape(words_for(failure))}", soft_wrap=True)
    elif failure is not None:
        console.print(
            "[red]The run failed by a fault of this program;[/] the log says where.", soft_wrap=True
        )
    if current.report_problem:
        console.print(
            f"[yellow]The report could not be written[/] ({current.report_problem}); the rest was done.",
            soft_wrap=True,
        )
    return code


def abandon(console: Console, signals: Signals) -> None:
    """The flow does not come back: say what is known, leave nothing in scratch, and end the process at once."""
    from mailroom.run.report import build_report, write_report  # noqa: PLC0415 - imported long before

    if current.office is not None and current.report_path is not None:
        with suppress(OSError):
            write_report(build_report(current.office), current.report_path)
        current.office.scratch.close()
    code = say_how_it_ended(console, None, signals.received)
    os._exit(code)


def words_for(failure: Transient) -> str:
    """A transient failure in words for a person."""
    if failure.code in ("files_left_pending", "scan_incomplete"):
        return str(failure)
    return f"A system does not answer ({failure}). Nothing is lost; start it again later."


def leave_a_report(args: argparse.Namespace) -> None:
    """Whoever asked for a report finds one, of nothing done, where the run could not begin."""
    if args.report_json is None or current.report is not None:
        return
    from mailroom.run.report import empty_report, write_report  # noqa: PLC0415 - only here, and it takes a while

    on_sandbox = current.target is not None and not current.target.is_real
    mode = "test" if args.test else "sandbox" if on_sandbox else "real"
    with suppress(OSError):
        # That it cannot be written was said at the start.
        write_report(empty_report(mode), args.report_json)
