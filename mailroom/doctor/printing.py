"""Prints the doctor's lines: aligned, what to do below each result, wrapped only on a terminal."""

from __future__ import annotations

import textwrap
from collections import Counter

from rich.console import Console
from rich.text import Text

from mailroom.doctor.lines import Level, Line

STYLES: dict[Level, str] = {"ok": "green", "note": "yellow", "wrong": "bold red"}
LEVEL_WIDTH = 7
TOPIC_WIDTH = 20
# With fewer columns for the text, lines that the terminal wraps are easier to read.
LEAST_WIDTH = 40


class LinePrinter:
    """Prints each line as soon as it is known, and counts the lines of each level."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.counts: Counter[Level] = Counter()

    def show(self, line: Line) -> None:
        """Print one line, and below it what to do, if the line says so."""
        self.counts[line.level] += 1
        margin = LEVEL_WIDTH + TOPIC_WIDTH
        head = Text(f"{line.level:<{LEVEL_WIDTH}}", STYLES[line.level])
        head.append(f"{line.topic:<{TOPIC_WIDTH}}", "default")
        first, *others = self._wrap(line.words, margin)
        head.append(first, "default")
        rows = [head, *(Text(" " * margin + row) for row in others)]
        if line.fix:
            sign = "→ "
            for row in self._wrap(line.fix, margin + len(sign)):
                rows.append(Text(" " * margin + sign + row, "bold"))
                sign = "  "
        for each in rows:
            self._console.print(each, soft_wrap=True, highlight=False)

    def close(self) -> int:
        """Print the number of lines of each level, and return the exit code: 2 if any is wrong, else 0."""
        notes = f"{self.counts['note']} {'note' if self.counts['note'] == 1 else 'notes'}"
        counts = f"{self.counts['wrong']} wrong, {notes}, {self.counts['ok']} ok"
        said = "Fix what is wrong, then try again" if self.counts["wrong"] else "Nothing is wrong"
        self._console.print(f"\n{said}: {counts}.", soft_wrap=True, highlight=False)
        return 2 if self.counts["wrong"] else 0

    def _wrap(self, words: str, margin: int) -> list[str]:
        width = self._console.width - margin
        if not self._console.is_terminal or width < LEAST_WIDTH:
            return [words]
        return textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False) or [""]
