"""`mailroom reconcile`: compare Drive, the ledger and Logiqs at a terminal, and repair the differences.

0: they agree, or everything was repaired.
2: configuration or credentials are wrong.
3: differences are left, a system does not answer, or another run is active and a second one waits already.
130, 143: stopped by a signal.
"""

from __future__ import annotations

import threading
from functools import partial
from uuid import uuid4

from rich.console import Console

from mailroom.cli.signals import Signals
from mailroom.cli.target_line import confirm_first_run, print_target
from mailroom.cli.wrapping import print_line
from mailroom.config.target import Target, TargetRequest, decide_target, not_configured
from mailroom.errors import RunStop, Transient
from mailroom.ledger.inspection import has_case_index
from mailroom.ledger.opening import require_ledger
from mailroom.orchestration.stored_settings import read_stored_settings
from mailroom.rate_limit import CallMeter
from mailroom.run.context import RunContext
from mailroom.run.options import RunOptions
from mailroom.run.reconcile import Reconciliation, open_reconciler, reconcile, use_whole_quota

NAME = "reconcile"


def run_reconciliation(*, repair: bool, real: bool, yes: bool) -> int:
    """Name the target, list the differences, repair them when asked, and return the exit code.

    Raises:
        ConfigError: the real systems are not configured, reject the credentials, or there is no ledger.
    """
    console = Console(highlight=False, markup=False)
    target = decide_target(TargetRequest(real=real), read_stored_settings(real=real), has_case_index)
    if not target.is_real:
        # A run's sandbox ends with the run; `mailroom sandbox` counts as real systems.
        raise not_configured(None)
    require_ledger(target.settings)
    signals, stop = Signals(), threading.Event()
    try:
        meter = print_target(target, console)
        if repair and not yes and not confirm_first_run(target, console):
            print_line(console, "Not started. Nothing was done.")
            return 1
        signals.install()
        signals.hand_over(stop.set)
        done = _reconcile(target, console, meter, stop, repair=repair)
    except (Transient, RunStop) as fault:
        print_line(console, f"Not finished: {fault}")
        return signals.exit_code if signals.received else 3
    print_line(console, done.describe())
    return 3 if done.left else 0


def _reconcile(
    target: Target, console: Console, meter: CallMeter, stop: threading.Event, *, repair: bool
) -> Reconciliation:
    run = RunContext.open(
        str(uuid4()),
        use_whole_quota(target.settings),
        RunOptions(),
        name=NAME,
        drive_meter=meter,
        stop=stop,
        on_wait=partial(print_line, console),
    )
    with run:
        return reconcile(open_reconciler(run, repair=repair), partial(print_line, console), repair=repair)
