"""`python -m mailroom`: the commands beside the daily run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mailroom.errors import ConfigError
from mailroom.ledger import keys_command, purge_command
from mailroom.notices import extract_command
from mailroom.privacy.processes import no_core_dumps
from mailroom.sandbox import command as sandbox_command

COMMANDS = {
    "extract": (extract_command, "read PDFs and write what is in them, a JSON object a line"),
    "keys": (keys_command, "`keys rotate`: seal the ledger with a new key, while runs go on"),
    "purge": (purge_command, "let go of what is known of clients whose files are long closed"),
    "sandbox": (sandbox_command, "the sandbox servers alone, in the foreground"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit code."""
    parser = argparse.ArgumentParser(prog="python -m mailroom", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, words) in COMMANDS.items():
        module.add_arguments(subparsers.add_parser(name, help=words, description=words))
    args = parser.parse_args(argv)
    no_core_dumps()
    try:
        code: int = COMMANDS[args.command][0].run(args)
    except ConfigError as error:
        print(f"Cannot start: {error}", file=sys.stderr)  # noqa: T201 - the line for the person
        return 2
    return code


if __name__ == "__main__":
    raise SystemExit(main())
