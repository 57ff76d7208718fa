"""The arguments of `python flows/daily.py`."""

from __future__ import annotations

import argparse
import os
import re
from datetime import date
from pathlib import Path

from mailroom.config.target import Choice
from mailroom.errors import ConfigError

MOST_FILES = 100_000
# Drive's ids are letters, digits, - and _, at least a dozen of them; "root" is My Drive.
FOLDER_ID = r"^[A-Za-z0-9_-]{3,128}$"


def parser() -> argparse.ArgumentParser:
    """The arguments of `python flows/daily.py`."""
    made = argparse.ArgumentParser(
        prog="flows/daily.py", description="File the IRS notices of the Drive inbox into Logiqs cases."
    )
    made.add_argument("--test", action="store_true", help="dry run: write nothing, remember nothing")
    made.add_argument("--limit", type=_positive, metavar="N", help="at most N files, the oldest first")
    made.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="only files created since that day")
    made.add_argument(
        "--inbox",
        type=_folder_id,
        action="append",
        metavar="FOLDER_ID",
        help="in place of the inbox; repeatable",
    )
    made.add_argument(
        "--real",
        action="store_true",
        help="the real systems, also where only Prefect blocks and variables name them",
    )
    made.add_argument("--yes", action="store_true", help="do not ask before the first real run of a ledger")
    made.add_argument(
        "--sandbox", action="store_true", help="run on the sandbox even where real systems are set"
    )
    made.add_argument("--files", type=Path, metavar="DIR", help="fill the sandbox with the PDFs of a folder")
    made.add_argument(
        "--cases", type=Path, metavar="FILE.csv", help="fill the sandbox's CRM with these cases"
    )
    made.add_argument("--state", type=Path, metavar="DIR", help="keep the sandbox and its ledger here")
    made.add_argument(
        "--report-json", type=Path, metavar="PATH", help="write the run's report, also on failure"
    )
    made.add_argument("--log-file", type=Path, metavar="PATH", help="where the redacted log goes")
    return made


def _positive(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= MOST_FILES:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST_FILES}")
    return int(text)


def _folder_id(text: str) -> str:
    # A folder's name may be a client's: it is refused here, before anything keeps or shows it.
    if not re.fullmatch(FOLDER_ID, text):
        raise argparse.ArgumentTypeError("must be a folder's id, the last part of its address in the browser")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day such as 2026-11-01") from None


def check_writable(path: Path, option: str) -> None:
    """Find out at the start, and not after the day's work, that a file cannot be written.

    Raises:
        ConfigError: it is a folder, or its folder is missing or not writable.
    """
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(
            "file_not_writable",
            what=f"The file that {option} names cannot be written.",
            mend="Name a file in an existing folder that you may write to.",
        )


def choice_of(args: argparse.Namespace) -> Choice:
    """Which systems the arguments ask for.

    Raises:
        ConfigError: both the real systems and the sandbox.
    """
    sandbox = bool(args.sandbox or args.files or args.cases or args.state)
    if sandbox and args.real:
        raise ConfigError(
            "real_and_sandbox",
            what="--real cannot be combined with --sandbox, --files, --cases or --state.",
            mend="Leave out --real for a run on the sandbox.",
        )
    return Choice(real=args.real, sandbox=sandbox, inboxes=tuple(args.inbox or ()))
