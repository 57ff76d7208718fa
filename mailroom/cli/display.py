"""What a person sees at the terminal while a run works: the target, the phase and the progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from mailroom.cli.wrapping import print_line
from mailroom.run.progress import STAGES, Phase, Progress, Snapshot


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
        print_line(self._console, line)
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
    return Text(", ".join(counts), style="dim")
