"""`mailroom cases import FILE.csv`: fill the case index of the real ledger. Shows counts, never a client."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.prompt import Confirm

from mailroom.cli.ledger_settings import load_ledger_settings
from mailroom.cli.wrapping import print_line
from mailroom.crm.case_file import open_cases
from mailroom.ledger import open_ledger
from mailroom.ledger.opening import name_ledger
from mailroom.matching.case_index import import_cases
from mailroom.run.reasons import count_noun


def run_import(path: Path, *, yes: bool, real: bool) -> int:
    """Show how the file is understood, ask in a terminal, and let it replace the cases imported before.

    Returns:
        0; 1 when a person says no.

    Raises:
        ConfigError: the file or the ledger cannot be used; the index is as it was before.
    """
    console = Console(highlight=False, markup=False)
    settings = load_ledger_settings(real=real)
    print_line(console, f"Ledger: {name_ledger(settings)}")
    file = open_cases(path)
    print_line(console, file.describe())
    print_line(console, f"{count_noun(file.lines, 'line')}, {count_noun(file.cases, 'case')}.")
    if not yes and not _confirm(console):
        print_line(console, "Not imported. Nothing was changed.")
        return 1
    with open_ledger(settings) as ledger:
        done = import_cases(ledger, file)
        now = ledger.describe_index()
    left = f" {count_noun(done.left, 'case')} of the import before left it." if done.left else ""
    print_line(console, f"Imported. The case index holds {count_noun(now.cases, 'case')}.{left}")
    return 0


def _confirm(console: Console) -> bool:
    """Whether the import may begin; only a person in a terminal is asked."""
    if not (sys.stdin.isatty() and console.is_terminal):
        return True
    try:
        return Confirm.ask("Replace the cases imported before?", console=console, default=False)
    except EOFError:
        return False
