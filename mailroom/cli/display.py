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
    from mailroom.run.report import Report


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

    def _draw(self) -> RenderableType:
        if self._progress is None:
            self._spinner.update(text=Text(f" {self._phase} …"))
            return self._spinner
        moment = self._progress.snapshot()
        self._spinner.update(text=Text(f" {moment.phase} …"))
        return Group(self._spinner, _bars(moment), _stages(moment))


def _bars(moment: Snapshot) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, done, total in (
        ("files", moment.files_done, moment.files),
        ("batches", moment.batches_done, moment.batches),
    ):
        bar = ProgressBar(total=max(total, 1), completed=done, width=40)
        rate = f"{moment.rate:.1f} files per second" if name == "files" and moment.rate else ""
        table.add_row(name, bar, f"{done} of {total}" if total else "", rate)
    return table


def _stages(moment: Snapshot) -> Text:
    counts = [f"{name.removesuffix('_created')} {moment.stages[name]}" for name in STAGES]
    return Text(" · ".join(counts), style="dim")


def show_results(
    console: Console,
    report: Report | None,
    options: DailyOptions,
    written: Path,
    log: Path,
    sandbox_state: Path | None,
) -> None:
    """Print the table of outcomes, where report and log are, and what to do next.

    Args:
        console: where to.
        report: the run's report; None where there is none.
        options: what was asked for.
        written: the report's file.
        log: the log's file.
        sandbox_state: the directory of the sandbox's state; None for the real systems.
    """
    if report is not None:
        console.print(_outcomes(report, options, on_sandbox=sandbox_state is not None))
        console.print(f"Report: {written}", soft_wrap=True, markup=False)
        console.print(
            f"Calls: {report.drive_calls} to Drive, {report.logiqs_calls} to Logiqs, {report.retries} of them repeated."
        )
    if options.test:
        console.print("A dry run: nothing was written to Drive or Logiqs, and nothing is remembered.")
    console.print(f"Log (without client data): {log}", soft_wrap=True, markup=False)
    if sandbox_state is not None:
        own_files = options.files is not None or options.cases is not None
        _next_steps_in_sandbox(console, report, sandbox_state, own_files=own_files)
    elif report is not None:
        _next_steps(console, report)


def _outcomes(report: Report, options: DailyOptions, *, on_sandbox: bool) -> Table:
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
        since = f", created since {options.since}" if options.since else ""
        table.add_row("nothing", "0", f"no new PDFs in the inbox{since}")
    return table


def _reasons(report: Report, outcome: str) -> list[tuple[str, int]]:
    """Reason codes of an outcome with their counts, where they say more than the outcome itself."""
    said = (outcome, meaning(outcome, report.mode))
    return [
        (reason, files)
        for name, reason, files in report.by_reason()
        if name == outcome and reason not in said and in_words(reason) not in said
    ]


def _next_steps(console: Console, report: Report) -> None:
    if report.mode == "test":
        console.print("Next: the same without --test.")
    elif report.review + report.unmatched:
        console.print("Next: look at the files in CP2000_REVIEW and CP2000_UNMATCHED.")


def _next_steps_in_sandbox(console: Console, report: Report | None, state: Path, *, own_files: bool) -> None:
    directory = shlex.quote(str(state))
    see = f"uv run mailroom sandbox --state {directory}"
    console.print(
        f"See the sandbox's folders, cases and tasks in a browser: {see}", soft_wrap=True, markup=False
    )
    if report is not None and report.pending:
        rest = f"Next: to file the rest, use the same command with --state {directory}"
        console.print(rest, soft_wrap=True, markup=False)
        return
    own = "" if own_files else "try it on your own PDFs (--files DIR --cases FILE.csv), or "
    console.print(f"Next: {own}connect the real systems (docs/setup.md).", soft_wrap=True)
