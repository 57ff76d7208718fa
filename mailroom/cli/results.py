"""The closing lines of a run: the table of outcomes, where to look, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from mailroom.cli.daily_options import DailyOptions
from mailroom.cli.wrapping import print_command, print_line
from mailroom.run.reasons import OUTCOMES, count_noun, in_words, meaning

if TYPE_CHECKING:
    from mailroom.orchestration.launch import RunResult
    from mailroom.run.report import Report

NO_CASES = "Without --cases the sandbox has no cases, so no notice can match."


def show_results(
    console: Console,
    result: RunResult,
    options: DailyOptions,
    written: Path,
    log: Path,
    sandbox_state: Path | None,
) -> None:
    """Print the table of outcomes, where report and log are, and what to do next.

    Args:
        console: where to.
        result: the run's report, if there is one, and whether the run came as far as the inbox.
        options: what was asked for.
        written: the report's file.
        log: the log's file.
        sandbox_state: the directory of the sandbox's state; None for the real systems.
    """
    report = result.report
    if report is not None:
        console.print(_outcomes(result, report, options, on_sandbox=sandbox_state is not None))
        if result.begun and report.left_in_inbox:
            print_line(console, _tell_left(report, options))
        if report.skipped:
            print_line(console, report.explain_skipped())
        print_line(console, f"Report: {written}")
        calls = f"{report.drive_calls} to Drive, {report.logiqs_calls} to Logiqs"
        print_line(console, f"Calls: {calls}, {report.retries} of them repeated.")
    if options.test:
        print_line(console, "A dry run: nothing was written to Drive or Logiqs, and nothing is remembered.")
    print_line(console, f"Log (without client data): {log}")
    if sandbox_state is not None:
        _next_steps_in_sandbox(console, report if result.begun else None, sandbox_state, options)
    elif report is not None and result.begun:
        _next_steps(console, report)


def tell_how_to_continue(console: Console, state: Path, options: DailyOptions) -> None:
    """Print the command that continues on this sandbox; its cases are there, and files of a person are not.

    Args:
        console: where to.
        state: the directory of the sandbox's state.
        options: those of the run that ended.
    """
    kept: list[Sequence[str]] = [("--state", str(state))]
    if options.files is not None:
        kept.append(("--files", str(options.files)))
    if options.limit is not None:
        kept.append(("--limit", str(options.limit)))
    if options.since is not None:
        kept.append(("--since", str(options.since)))
    kept += [("--inbox", inbox) for inbox in options.inbox or ()]
    print_line(console, "Next: continue on the same sandbox:")
    print_command(console, "uv run python flows/daily.py", *kept)


def _tell_left(report: Report, options: DailyOptions) -> str:
    """How many PDFs are left in the inbox since ``--limit`` ended the run before them."""
    more = report.left_in_inbox
    are = "PDF is" if more == 1 else "PDFs are"
    follows = "this run did not look at them" if options.test else "the next run continues with them"
    return f"{more} more {are} in the inbox (--limit {options.limit}); {follows}."


def _outcomes(result: RunResult, report: Report, options: DailyOptions, *, on_sandbox: bool) -> Table:
    where = "the sandbox" if on_sandbox else "the real systems"
    title = f"{count_noun(report.listed, 'file')} in {report.seconds:.0f} s on {where}{', a dry run' if options.test else ''}"
    table = Table(title=title, title_justify="left")
    table.add_column("outcome")
    table.add_column("files", justify="right")
    table.add_column("what it means")
    for name in OUTCOMES:
        if count := getattr(report, name):
            table.add_row(name, str(count), meaning(name, report.mode))
            for reason, files in _reasons(report, name):
                table.add_row("", f"[dim]{files}[/]", f"[dim]{in_words(reason)}[/]")
    if not report.listed:
        table.add_row("nothing", "0", _explain_nothing(result, report, options))
    return table


def _explain_nothing(result: RunResult, report: Report, options: DailyOptions) -> str:
    """Why no file was picked up."""
    if not result.begun:
        return "the run ended before it had listed the inbox"
    return f"{report.explain_nothing()}{f', created since {options.since}' if options.since else ''}"


def _reasons(report: Report, outcome: str) -> list[tuple[str, int]]:
    """Reason codes of an outcome with their counts, which add up to its own; none where one says no more."""
    said = (outcome, meaning(outcome, report.mode))
    rows = [(reason, files) for name, reason, files in report.by_reason() if name == outcome]
    says_more = any(reason not in said and in_words(reason) not in said for reason, _ in rows)
    return rows if says_more else []


def _next_steps(console: Console, report: Report) -> None:
    if report.mode == "test":
        if report.listed:
            print_line(console, "Next: the same without --test.")
        return
    from mailroom.drive.outcome_folders import NAMES  # noqa: PLC0415 - imported long before, by the run

    if folders := [NAMES[name] for name in ("review", "unmatched") if getattr(report, name)]:
        print_line(console, f"Next: look at the files in {' and '.join(folders)}.")


def _next_steps_in_sandbox(
    console: Console, report: Report | None, state: Path, options: DailyOptions
) -> None:
    """Print them; ``report`` is None where the inbox was not listed, so that everything is left."""
    if report is not None:
        print_line(console, "See the sandbox's folders, cases and tasks in a browser:")
        print_command(console, "uv run mailroom sandbox", ("--state", str(state)))
    if report is not None and options.files is not None and options.cases is None and not report.matched:
        print_line(console, f"Next: add --cases FILE.csv with your cases. {NO_CASES}")
        return
    if not options.test and (report is None or report.pending or report.left_in_inbox):
        tell_how_to_continue(console, state, options)
        return
    own = options.files is not None or options.cases is not None
    first = "" if own else "try it on your own PDFs (--files DIR --cases FILE.csv), or "
    print_line(console, f"Next: {first}connect the real systems (docs/setup.md).")
