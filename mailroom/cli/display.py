"""What a person sees at the terminal: progress while it runs, a table and where to look when it is over."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from mailroom.cli.daily_options import DailyOptions
from mailroom.run.progress import STAGES, Phase, Progress, Snapshot
from mailroom.run.reasons import OUTCOMES, count_noun, in_words, meaning

if TYPE_CHECKING:
    from mailroom.orchestration.launch import RunResult
    from mailroom.run.report import Report


NO_CASES = "Without --cases the sandbox has no cases, so no notice can match."


class Display:
    """A live display on a terminal; anywhere else one line whenever the phase changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase: str = Phase.STARTING
        self._progress: Progress | None = None
        # Phases that wait for the first line; None once it is there.
        self._held: list[str] | None = []
        self._spinner = Spinner("dots")
        self._live = Live(console=console, get_renderable=self._draw, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Remove the live display; the closing lines come next."""
        self._live.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the live display while a person is asked something."""
        running = self._live.is_started
        self._live.stop()
        try:
            yield
        finally:
            if running:
                self._live.start()

    def announce(self, line: str) -> None:
        """Print the line that names the target; no phase is printed before it."""
        self._console.print(line, soft_wrap=True, markup=False)
        for phase in self._held or ():
            self._console.print(f"{phase} …")
        self._held = None

    def say(self, phase: str) -> None:
        """Show what is being done before the flow has begun to count."""
        self._phase = phase
        if self._console.is_terminal:
            return
        if self._held is None:
            self._console.print(f"{phase} …")
        else:
            self._held.append(phase)

    def watch(self, progress: Progress) -> None:
        """From now on show what this run counts."""
        self._progress = progress
        if not self._console.is_terminal:
            self._console.print(f"{Phase.FILING} …")
            progress.on_waiting = lambda: self._console.print(f"{Phase.WAITING} …")

    def _draw(self) -> RenderableType:
        if self._progress is None:
            self._spinner.update(text=Text(f" {self._phase} …"))
            return self._spinner
        snapshot = self._progress.snapshot()
        self._spinner.update(text=Text(f" {snapshot.phase} …"))
        return Group(self._spinner, _bars(snapshot), _stages(snapshot))


def _bars(snapshot: Snapshot) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, done, total in (
        ("files", snapshot.files_done, snapshot.files),
        ("batches", snapshot.batches_done, snapshot.batches),
    ):
        bar = ProgressBar(total=max(total, 1), completed=done, width=40)
        rate = f"{snapshot.rate:.1f} files per second" if name == "files" and snapshot.rate else ""
        table.add_row(name, bar, f"{done} of {total}" if total else "", rate)
    return table


def _stages(snapshot: Snapshot) -> Text:
    counts = [f"{name.removesuffix('_created')} {snapshot.stages[name]}" for name in STAGES]
    return Text(" · ".join(counts), style="dim")


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
            console.print(_tell_left(report, options), soft_wrap=True)
        console.print(f"Report: {written}", soft_wrap=True, markup=False)
        console.print(
            f"Calls: {report.drive_calls} to Drive, {report.logiqs_calls} to Logiqs, {report.retries} of them repeated."
        )
    if options.test:
        console.print("A dry run: nothing was written to Drive or Logiqs, and nothing is remembered.")
    console.print(f"Log (without client data): {log}", soft_wrap=True, markup=False)
    if report is None or not result.begun:
        return
    if sandbox_state is not None:
        _next_steps_in_sandbox(console, report, sandbox_state, options)
    else:
        _next_steps(console, report)


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
    if not report.scan_complete:
        return "the inbox could not be listed completely"
    if report.held_by_others:
        return "another run works on the PDFs in the inbox"
    return f"no new PDFs in the inbox{f', created since {options.since}' if options.since else ''}"


def _reasons(report: Report, outcome: str) -> list[tuple[str, int]]:
    """Reason codes of an outcome with their counts, which add up to its own; none where one says no more."""
    said = (outcome, meaning(outcome, report.mode))
    rows = [(reason, files) for name, reason, files in report.by_reason() if name == outcome]
    says_more = any(reason not in said and in_words(reason) not in said for reason, _ in rows)
    return rows if says_more else []


def _next_steps(console: Console, report: Report) -> None:
    if report.mode == "test":
        console.print("Next: the same without --test.")
        return
    from mailroom.drive.outcome_folders import NAMES  # noqa: PLC0415 - imported long before, by the run

    if folders := [NAMES[name] for name in ("review", "unmatched") if getattr(report, name)]:
        console.print(f"Next: look at the files in {' and '.join(folders)}.")


def _next_steps_in_sandbox(console: Console, report: Report, state: Path, options: DailyOptions) -> None:
    directory = shlex.quote(str(state))
    see = f"uv run mailroom sandbox --state {directory}"
    console.print(
        f"See the sandbox's folders, cases and tasks in a browser: {see}", soft_wrap=True, markup=False
    )
    if options.files is not None and options.cases is None and not report.matched:
        console.print(f"Next: add --cases FILE.csv with your cases. {NO_CASES}", soft_wrap=True)
        return
    if not options.test and (report.pending or report.left_in_inbox):
        rest = f"Next: to continue with the rest, use the same command with --state {directory}"
        console.print(rest, soft_wrap=True, markup=False)
        return
    own = options.files is not None or options.cases is not None
    first = "" if own else "try it on your own PDFs (--files DIR --cases FILE.csv), or "
    console.print(f"Next: {first}connect the real systems (docs/setup.md).", soft_wrap=True)
