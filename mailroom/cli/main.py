"""`mailroom` (and `python -m mailroom`): the commands beside the daily run, their options and exit codes.

What a command does is imported when it is called: help, and the other commands, do not wait for it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from mailroom.cli.options import DriveLink, RealLedger, RealSystems
from mailroom.cli.purge import parse_age
from mailroom.cli.review_commands import review
from mailroom.errors import ConfigError, MailroomError
from mailroom.privacy.error_boundary import guard_process

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The commands of the mail room besides the daily run (python flows/daily.py).",
)
keys = typer.Typer(help="The key that encrypts the ledger.")
app.add_typer(keys, name="keys")
cases = typer.Typer(
    help="The case index: a copy of the cases in Logiqs, which a run searches without a call."
)
app.add_typer(cases, name="cases")
ledger = typer.Typer(help="The ledger: what the mail room has done.")
app.add_typer(ledger, name="ledger")
app.add_typer(review, name="review")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code.

    Args:
        argv: the words of the command line; default: this process's.
    """
    guard_process()
    try:
        app(args=None if argv is None else list(argv), prog_name="mailroom")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except ConfigError as error:
        _write_error(f"Cannot start: {error}")
        return 2
    except MailroomError as error:
        _write_error(f"Stopped: {error}")
        return 3 if error.code == "ledger_locked" else 1
    raise AssertionError("a command always ends with an exit code")


def _write_error(line: str) -> None:
    from mailroom.cli.wrapping import write_line  # noqa: PLC0415 - as the module says

    write_line(line, to_stderr=True)


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"mailroom {version('mailroom')}\n")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, Option("--version", callback=_show_version, is_eager=True, help="show the version")
    ] = False,
) -> None:
    pass


@app.command(help="Check what a run depends on, and say what to do.")
def doctor(
    real: Annotated[
        bool,
        Option(
            "--real", help="check the real systems, even if only Prefect blocks and variables configure them"
        ),
    ] = False,
    send_test: Annotated[
        bool, Option("--send-test", help="also send a test message through each notification block")
    ] = False,
) -> None:
    """Check everything that a run depends on."""
    from mailroom.cli.doctor import run_doctor  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_doctor(real=real, sends_test=send_test))


@app.command(help="Set up a Prefect server: block types, work pool, deployments, automations.")
def deploy() -> None:
    """Create what is missing on the configured Prefect server, and correct the rest."""
    from mailroom.cli.deploy import run_deploy  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_deploy())


@app.command(
    help="Read PDFs and write what is in them, one JSON object per line.\n\nFILE: PDFs, or folders of them."
)
def extract(
    paths: Annotated[list[Path] | None, Argument(metavar="FILE", hidden=True)] = None,
    jsonl: Annotated[str | None, Option(metavar="OUT", help='file to write ("-": standard output)')] = None,
    jobs: Annotated[
        int | None,
        Option(min=1, max=64, metavar="N", help="files read at the same time [default: the number of cores]"),
    ] = None,
    explain: Annotated[
        Path | None,
        Option(metavar="FILE", help="show page 1 of this one file as a PNG with boxes around what was read"),
    ] = None,
    png: Annotated[
        Path | None,
        Option(metavar="OUT.png", help="where --explain draws [default: FILE's name with .explained.png]"),
    ] = None,
) -> None:
    """Write what is read in files, or show one of them."""
    if explain is not None and (paths or jsonl):
        raise typer.BadParameter("--explain takes only one file. Leave out other files and --jsonl.")
    if explain is None and png is not None:
        raise typer.BadParameter("--png says where --explain draws. Name a file with --explain FILE.")
    if explain is not None:
        from mailroom.cli.explain import run_explain  # noqa: PLC0415 - as the module says

        raise typer.Exit(run_explain(explain, png))
    if not (paths and jsonl):
        raise typer.BadParameter("FILE and --jsonl are required: extract FILE… --jsonl OUT.")
    from mailroom.cli.extract import run_extract  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_extract(paths, jsonl, jobs or os.cpu_count() or 1))


@keys.command(help="Encrypt the ledger with a new key, while runs continue.")
def rotate(real: RealLedger = False) -> None:
    """Change the ledger's key."""
    from mailroom.cli.keys import run_rotation  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_rotation(real=real))


@ledger.command(help="Copy the ledger to a new file, while runs continue.")
def backup(
    path: Annotated[Path, Argument(metavar="PATH", show_default=False, help="the new file")],
    real: RealLedger = False,
) -> None:
    """Make a consistent copy of the ledger, and end with the exit code."""
    from mailroom.cli.backup import run_backup  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_backup(path, real=real))


@ledger.command("copy", help="Copy the ledger into another database, and use that one from then on.")
def copy_(
    to: Annotated[str, Option("--to", metavar="URL", show_default=False, help="an empty database")],
    from_: Annotated[
        str | None, Option("--from", metavar="URL", help="the ledger [default: as the settings say]")
    ] = None,
    trial: Annotated[
        bool, Option("--trial", help="copy and compare only; the old ledger stays in use")
    ] = False,
    real: RealLedger = False,
) -> None:
    """Move the ledger, and end with the exit code."""
    from mailroom.cli.ledger_copy import run_copy  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_copy(from_, to, trial=trial, real=real))


@cases.command(
    "import", help="Fill the case index from a CSV file, which replaces the cases imported before."
)
def import_(
    file: Annotated[Path, Argument(metavar="FILE.csv", show_default=False, help="the CRM's cases")],
    yes: Annotated[bool, Option("--yes", help="do not ask before the index is replaced")] = False,
    real: RealLedger = False,
) -> None:
    """Import the cases, and end with the exit code."""
    from mailroom.cli.cases import run_import  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_import(file, yes=yes, real=real))


@cases.command(help="Fill the case index from Logiqs, if it lists its cases by status.")
def sync(
    real: RealSystems = False,
) -> None:
    """Copy the cases, and end with the exit code."""
    from mailroom.cli.cases import run_sync  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_sync(real=real))


@cases.callback()
@ledger.callback()
@keys.callback()
def _keys() -> None:
    pass


@app.command(help="Remove the data of clients whose files were closed long ago.")
def purge(
    older_than: Annotated[
        int,
        Option(
            parser=parse_age,
            metavar="AGE",
            help="data of files closed longer ago than this: 90d, 12w or 1y (days, weeks, years)",
        ),
    ],
    dry_run: Annotated[bool, Option("--dry-run", help="only say how much would be removed")] = False,
    real: RealLedger = False,
) -> None:
    """Remove old client data from the ledger, and end with the exit code."""
    from mailroom.cli.purge import run_purge  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_purge(older_than, dry_run=dry_run, real=real))


@app.command(help="List the open deadlines, or close one that was met.")
def deadlines(
    within: Annotated[
        int | None,
        Option(parser=parse_age, metavar="AGE", help="only what is overdue, or due within this time: 7d, 2w"),
    ] = None,
    close: Annotated[
        str | None,
        Option(metavar="DRIVE_LINK", help="close the deadline of this file: its link in Drive, or its id"),
    ] = None,
    real: RealLedger = False,
) -> None:
    """List or close deadlines, and end with the exit code."""
    from mailroom.cli.deadlines import run_deadlines  # noqa: PLC0415 - as the module says

    today = datetime.now().astimezone().date()
    raise typer.Exit(run_deadlines(within, close, today, real=real))


@app.command(help="Compare Drive, the ledger and Logiqs, and list the differences.")
def reconcile(
    repair: Annotated[bool, Option("--repair", help="repair the differences too")] = False,
    real: RealSystems = False,
    yes: Annotated[bool, Option("--yes", help="do not ask before the first real run of a ledger")] = False,
) -> None:
    """Compare, and end with the exit code."""
    from mailroom.cli.reconcile import run_reconciliation  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_reconciliation(repair=repair, real=real, yes=yes))


@app.command("file", help="File one document in the case that you name, at once.")
def file_in_case(
    link: DriveLink,
    case: Annotated[int, Option("--case", min=1, metavar="N", help="the number of the case in Logiqs")],
    anyway: Annotated[
        bool,
        Option("--anyway", help="even if neither the surname nor the SSN on the notice matches the case"),
    ] = False,
    real: RealSystems = False,
) -> None:
    """File it, and end with the exit code."""
    from mailroom.cli.decide import run_decision  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_decision("file_anyway" if anyway else "file", link, case, real=real))


@app.command(help="Read one file again, and file it if its case is now found.")
def retry(link: DriveLink, real: RealSystems = False) -> None:
    """Read it again, and end with the exit code."""
    from mailroom.cli.decide import run_decision  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_decision("retry", link, real=real))


@app.command(
    help="Take one file back from a wrong case: an urgent task there says what to remove, and the file goes "
    "to CP2000_REVIEW."
)
def retract(link: DriveLink, real: RealSystems = False) -> None:
    """Take it back, and end with the exit code."""
    from mailroom.cli.decide import run_decision  # noqa: PLC0415 - as the module says

    raise typer.Exit(run_decision("retract", link, real=real))


@app.command(help="Run the sandbox's servers alone and print how to use them.")
def sandbox(
    port: Annotated[
        int,
        Option(
            min=0,
            max=65_534,
            metavar="N",
            show_default=False,
            help="Drive on N, Logiqs on N + 1 [default: any]",
        ),
    ] = 0,
    state: Annotated[
        Path | None,
        Option(metavar="DIR", help="where its state is kept; an existing sandbox there is continued"),
    ] = None,
    seed_notices: Annotated[
        int | None, Option(metavar="N", help="fill a new sandbox with N synthetic notices")
    ] = None,
) -> None:
    """Serve until Ctrl-C, and end with the exit code."""
    from mailroom.sandbox.options import SandboxOptions  # noqa: PLC0415 - as the module says
    from mailroom.sandbox.process import run_in_foreground  # noqa: PLC0415 - likewise

    if state is not None and seed_notices is None and not state.exists():
        raise ConfigError(
            "no_sandbox",
            what=f"There is no sandbox in {state}: the folder does not exist.",
            fix="Correct --state, or add --seed-notices N to fill a new sandbox there.",
        )
    state = state or Path(tempfile.mkdtemp(prefix="mailroom-sandbox-"))
    raise typer.Exit(run_in_foreground(SandboxOptions(state=state, notices=seed_notices, port=port)))
