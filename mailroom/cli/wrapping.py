"""Lines for people: on a terminal they break between words only, elsewhere not at all.

A path, an id or a command stays in one piece, so that it can be copied.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text


def print_line(console: Console, line: str, *, markup: bool = False) -> None:
    """Print a line; a word that is wider than the terminal has a line of its own.

    Args:
        console: where to.
        line: the text.
        markup: whether it holds rich's markup.
    """
    text = Text.from_markup(line) if markup else Text(line)
    rows: Iterable[Text] = [text]
    if console.is_terminal:
        rows = [row for part in text.split(allow_blank=True) for row in _break(part, console.width)]
    for row in rows:
        console.print(row, highlight=False, soft_wrap=True)


def _break(text: Text, width: int) -> Iterable[Text]:
    """Return the rows of a paragraph; rich would cut a word that is wider than the terminal."""
    starts, indent = [0], 0
    for word in re.finditer(r"\S+", text.plain):
        if starts == [0] and not text.plain[: word.start()].strip():
            indent = word.start()
        elif word.end() - starts[-1] + indent * (starts != [0]) > width:
            starts.append(word.start())
    first, *others = text.divide(starts[1:])
    for row in others:
        row.pad_left(indent)
    for row in (first, *others):
        row.rstrip()
    return first, *others


def write_line(line: str, *, to_stderr: bool = False) -> None:
    """Print a plain line to standard output, or to standard error."""
    print_line(Console(stderr=to_stderr), line)


def print_command(console: Console, command: str, *options: Sequence[str]) -> None:
    """Print a command to copy; one that is wider than the terminal continues on lines of its own.

    Args:
        console: where to.
        command: its first words.
        options: each option with its values; they are quoted for a shell.
    """
    parts = [command, *(shlex.join(option) for option in options)]
    line = f"  {' '.join(parts)}"
    if console.is_terminal and len(line) > console.width:
        line = "  " + " \\\n    ".join(parts)
    console.print(line, markup=False, highlight=False, soft_wrap=True)
