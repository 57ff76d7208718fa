"""`python -m mailroom`: the commands beside the daily run.

Those of the core stand here. Others, which need Prefect, are found by the entry points ``mailroom.commands``
and imported only when they are called: the core imports nothing of what builds upon it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Any

from mailroom.cli import keys, purge
from mailroom.errors import ConfigError, MailroomError
from mailroom.notices import extract_command
from mailroom.privacy.error_boundary import guard_process
from mailroom.sandbox import command as sandbox_command

CORE: dict[str, Any] = {
    "extract": extract_command,
    "keys": keys,
    "purge": purge,
    "sandbox": sandbox_command,
}
GROUP = "mailroom.commands"
WORDS = {
    "doctor": "check configuration, credentials, rights, limits and ledger, a line each with what to do",
    "extract": "read PDFs and write what is in them, a JSON object a line",
    "keys": "`keys rotate`: seal the ledger with a new key, while runs go on",
    "purge": "let go of what is known of clients whose files are long closed",
    "sandbox": "the sandbox servers alone, in the foreground",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    args, command = _parsed(words)
    guard_process()
    try:
        code: int = command.run(args)
    except ConfigError as error:
        print(f"Cannot start: {error}", file=sys.stderr)  # noqa: T201 - the line for the person
        return 2
    except MailroomError as error:
        print(f"Stopped: {error}", file=sys.stderr)  # noqa: T201 - likewise
        return 1
    return code


def _parsed(words: Sequence[str]) -> tuple[argparse.Namespace, Any]:
    """The arguments, and the command's module with its ``add_arguments`` and ``run``."""
    parser = argparse.ArgumentParser(
        prog="python -m mailroom", description="The commands beside the daily run."
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    commands = dict(CORE)
    for name in sorted({*CORE, *found}):
        said = WORDS.get(name, "")
        subparser = subparsers.add_parser(name, help=said, description=said)
        if name not in commands and name in words[:1]:
            commands[name] = found[name].load()
        if name in commands:
            commands[name].add_arguments(subparser)
    args = parser.parse_args(words)
    return args, commands[args.command]


if __name__ == "__main__":
    raise SystemExit(main())
