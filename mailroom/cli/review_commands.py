"""The options of `mailroom review …`: what waits for a person."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from mailroom.cli.options import DriveLink, RealLedger, RealSystems

Workbook = Annotated[Path, Argument(metavar="FILE.xlsx", show_default=False, help="the spreadsheet")]

review = typer.Typer(help="The files that wait for a person.")


@review.callback()
def _review() -> None:
    pass


@review.command("list", help="List the files that wait for a person, the nearest deadline first.")
def list_(real: RealLedger = False) -> None:
    """List them, and end with the exit code."""
    from mailroom.cli.review import list_items  # noqa: PLC0415 - as mailroom/cli/main.py says

    raise typer.Exit(list_items(datetime.now().astimezone().date(), real=real))


@review.command(help="Show what is known about one file, and what people decided about it.")
def show(
    link: DriveLink,
    png: Annotated[
        Path | None,
        Option(
            metavar="OUT.png", help="also download the file, and draw page 1 with boxes around what was read"
        ),
    ] = None,
    real: RealSystems = False,
) -> None:
    """Show it, and end with the exit code."""
    from mailroom.cli.review import show_item  # noqa: PLC0415 - as mailroom/cli/main.py says

    raise typer.Exit(show_item(link, png, datetime.now().astimezone().date(), real=real))


@review.command(help="Write the files that wait for a person to a spreadsheet, in which you can decide.")
def export(
    file: Workbook,
    yes: Annotated[bool, Option("--yes", help="replace FILE.xlsx if it exists")] = False,
    real: RealLedger = False,
) -> None:
    """Write it, and end with the exit code."""
    from mailroom.cli.review_sheet import export_list  # noqa: PLC0415 - as mailroom/cli/main.py says

    raise typer.Exit(export_list(file, datetime.now().astimezone().date(), replaces=yes, real=real))


@review.command("import", help="Carry out the decisions in the spreadsheet, and write the results beside it.")
def import_(file: Workbook, real: RealSystems = False) -> None:
    """Carry it out, and end with the exit code."""
    from mailroom.cli.review_sheet import import_decisions  # noqa: PLC0415 - as mailroom/cli/main.py says

    raise typer.Exit(import_decisions(file, datetime.now().astimezone().date(), real=real))
