"""The options of `python flows/daily.py`: what they are called, and what they may hold."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Option

from mailroom.config.target import TargetRequest
from mailroom.errors import ConfigError
from mailroom.run.options import FOLDER_ID, MOST_FILES


@dataclass(frozen=True)
class DailyOptions:
    """The options of one command, as a person typed them; the command line has one for each field."""

    test: Annotated[bool, Option("--test", help="dry run: write nothing, remember nothing")] = False
    limit: Annotated[
        int | None, Option(parser=_parse_limit, metavar="N", help="at most N files, the oldest first")
    ] = None
    since: Annotated[
        date | None,
        Option(parser=_parse_day, metavar="YYYY-MM-DD", help="only files created since that day"),
    ] = None
    inbox: Annotated[
        list[str] | None,
        Option(
            parser=_parse_folder_id,
            metavar="FOLDER_ID",
            help="read this folder instead of the inbox; repeatable",
        ),
    ] = None
    real: Annotated[
        bool,
        Option(
            "--real", help="use the real systems, even if only Prefect blocks and variables configure them"
        ),
    ] = False
    yes: Annotated[bool, Option("--yes", help="do not ask before the first real run of a ledger")] = False
    no_wait: Annotated[
        bool,
        Option(
            "--no-wait", help="end (exit code 3) if another run is active on the ledger, instead of waiting"
        ),
    ] = False
    sandbox: Annotated[
        bool, Option("--sandbox", help="run on the sandbox, even if real systems are configured")
    ] = False
    files: Annotated[
        Path | None, Option(metavar="DIR", help="fill the sandbox with the PDFs of a folder")
    ] = None
    cases: Annotated[
        Path | None, Option(metavar="FILE.csv", help="fill the sandbox's CRM with these cases")
    ] = None
    state: Annotated[Path | None, Option(metavar="DIR", help="keep the sandbox and its ledger here")] = None
    new_ledger: Annotated[
        bool, Option("--new-ledger", help="start a new ledger even if the key file of a lost one exists")
    ] = False
    report_json: Annotated[
        Path | None, Option(metavar="PATH", help="write the run's report here, even if the run fails")
    ] = None
    log_file: Annotated[
        Path | None, Option(metavar="PATH", help="where the log (without client data) goes")
    ] = None

    @property
    def asks_for_sandbox(self) -> bool:
        """Whether an option names the sandbox, or what it is filled with."""
        return self.sandbox or any((self.files, self.cases, self.state))

    @property
    def target_request(self) -> TargetRequest:
        """Which systems the options ask for.

        Raises:
            ConfigError: both the real systems and the sandbox, or cases without files.
        """
        if self.asks_for_sandbox and self.real:
            raise ConfigError(
                "real_and_sandbox",
                what="--real cannot be combined with --sandbox, --files, --cases or --state.",
                fix="Leave out --real for a run on the sandbox.",
            )
        if self.cases and not (self.files or self.state):
            raise ConfigError(
                "cases_without_files",
                what="--cases needs --files, or --state with the folder of an earlier sandbox.",
                fix="Add --files with the folder of your PDFs.",
            )
        return TargetRequest(real=self.real, sandbox=self.asks_for_sandbox, inboxes=self.inbox or ())


def build_command(run: Callable[[DailyOptions], int]) -> typer.Typer:
    """The command line, which calls ``run`` with the options and ends with its exit code."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    def daily(**values: Any) -> None:
        raise typer.Exit(run(DailyOptions(**values)))

    # Typer reads the parameters, their types and their defaults from here.
    daily.__dict__["__signature__"] = inspect.signature(DailyOptions, eval_str=True)
    app.command(help="File the IRS notices of the Drive inbox into Logiqs cases.")(daily)
    return app


def _parse_limit(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= MOST_FILES:
        raise typer.BadParameter(f"must be a whole number from 1 to {MOST_FILES}")
    return int(text)


def _parse_folder_id(text: str) -> str:
    # A folder's name may be a client's: it is refused here, before anything keeps or shows it.
    if not re.fullmatch(FOLDER_ID, text):
        raise typer.BadParameter("must be a folder's id, the last part of its address in the browser")
    return text


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("must be a day such as 2026-11-01") from None


def check_writable(path: Path, option: str) -> None:
    """Find out at the start, and not at the end of the run, that a file cannot be written.

    Raises:
        ConfigError: it is a folder, or its folder is missing or not writable.
    """
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(
            "file_not_writable",
            what=f"The file that {option} names cannot be written.",
            fix="Name a file in an existing folder that you can write to.",
        )
