"""docs/commands.md lists every command and option that the command line has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from mailroom.cli.daily_options import build_command
from mailroom.cli.main import app


def options_of(command: object, path: str = "") -> Iterator[str]:
    """Each command's name and options, ``extract --jsonl``."""
    for parameter in getattr(command, "params", []):
        for option in parameter.opts:
            if option.startswith("--") and option not in ("--help", "--version"):
                yield f"{path} {option}".strip()
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from options_of(inner, f"{path} {name}".strip())


OPTIONS = [
    *options_of(typer.main.get_command(build_command(lambda _options: 0))),
    *options_of(typer.main.get_command(app)),
]


@pytest.mark.parametrize("option", OPTIONS)
def test_the_page_lists_every_option(project: Path, option: str) -> None:
    """The row of the command, or of the daily run's option, names it."""
    command, _, name = option.rpartition(" ")
    page = (project / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith(f"| `{command}" if command else "| `--")]
    assert any(name in row for row in rows), option
