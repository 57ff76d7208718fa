"""Lines on terminals of all widths, and in pipes."""

import io

import pytest
from rich.console import Console

from mailroom.cli.wrapping import print_command, print_line

PATH = "/var/lib/mailroom/a-very-long-name-of-a-directory/sandbox/2026-11-29T054635.455512"


def make_console(width: int, *, terminal: bool = True) -> tuple[Console, io.StringIO]:
    """A console, and what it has shown."""
    shown = io.StringIO()
    return Console(file=shown, width=width, force_terminal=terminal, color_system=None), shown


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_line_breaks_between_words_only(width: int) -> None:
    """A path keeps a line of its own, however wide it is."""
    console, shown = make_console(width)
    words = ["Report:", PATH, *["[word]"] * 40]
    print_line(console, " ".join(words))
    rows = shown.getvalue().splitlines()
    assert " ".join(rows).split() == words
    assert all(len(row) <= width for row in rows if PATH not in row)
    assert len(rows) > 1


def test_indented_lines_stay_indented() -> None:
    """As the lines below a heading."""
    console, shown = make_console(40)
    print_line(console, f"  {'word ' * 20}")
    rows = shown.getvalue().splitlines()
    assert [len(row) - len(row.lstrip()) for row in rows] == [2] * 3
    assert max(map(len, rows)) <= 40


def test_a_line_in_a_pipe_is_not_broken() -> None:
    """Whoever reads it has a width of its own."""
    console, shown = make_console(40, terminal=False)
    print_line(console, f"Report: {PATH} {'word ' * 20}")
    assert shown.getvalue().count("\n") == 1


def test_a_wide_command_continues_on_the_next_line() -> None:
    """It can be copied as it is; names with spaces are quoted."""
    options = [("--state", PATH), ("--files", "my notices")]
    whole = f"uv run mailroom --state {PATH} --files 'my notices'"
    console, shown = make_console(80)
    print_command(console, "uv run mailroom", *options)
    assert shown.getvalue().count("\\\n") == 2
    assert " ".join(shown.getvalue().replace("\\\n", " ").split()) == whole
    for console, shown in (make_console(200), make_console(80, terminal=False)):
        print_command(console, "uv run mailroom", *options)
        assert shown.getvalue() == f"  {whole}\n"
