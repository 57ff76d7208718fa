"""`mailroom reconcile`: compare Drive, the ledger and Logiqs at a terminal, and repair the differences.

0: they agree, or everything was repaired.
2: configuration or credentials are wrong.
3: differences are left, a system does not answer, or another run is active and a second one waits already.
130, 143: stopped by a signal.
"""

from __future__ import annotations

from functools import partial

from rich.console import Console

from mailroom.cli.real_run import work_on_real_systems
from mailroom.cli.wrapping import print_line
from mailroom.run.context import RunContext
from mailroom.run.reconcile import open_reconciler, reconcile

NAME = "reconcile"


def run_reconciliation(*, repair: bool, real: bool, yes: bool) -> int:
    """Name the target, list the differences, repair them when asked, and return the exit code.

    Raises:
        ConfigError: the real systems are not configured, reject the credentials, or there is no ledger.
    """

    def compare(run: RunContext, console: Console) -> int:
        done = reconcile(open_reconciler(run, repair=repair), partial(print_line, console), repair=repair)
        print_line(console, done.describe())
        return 3 if done.left else 0

    return work_on_real_systems(NAME, compare, real=real, asks=repair and not yes)
