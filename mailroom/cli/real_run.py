"""A command at a terminal that works on the real systems as one run, in this process and without Prefect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from uuid import uuid4

from rich.console import Console

from mailroom.cli.signals import Signals
from mailroom.cli.target_line import confirm_first_run, print_target
from mailroom.cli.wrapping import print_line
from mailroom.config.target import TargetRequest, decide_target, not_configured
from mailroom.errors import RunStop, Transient
from mailroom.ledger.inspection import has_case_index
from mailroom.ledger.opening import require_ledger
from mailroom.orchestration.stored_settings import read_stored_settings
from mailroom.run.context import RunContext
from mailroom.run.head_start import HeadStart
from mailroom.run.lease import requesting_lease
from mailroom.run.options import RunOptions
from mailroom.run.reconcile import use_whole_quota


def work_on_real_systems(
    name: str,
    work: Callable[[RunContext, Console], int],
    *,
    real: bool,
    asks: bool = False,
    only_reads: bool = False,
) -> int:
    """Name the target, open a run on the real systems, and do the work in it.

    Args:
        name: what other runs call this one.
        work: gets the run, which holds the lease of the ledger, and the screen.
        real: whether blocks and variables of Prefect count too.
        asks: whether the first real run of a ledger is confirmed at the terminal.
        only_reads: whether it is a dry run, which does not wait for others and shares the quotas with them.

    Returns:
        The exit code: what the work returns; 1 not confirmed; 3 a system does not answer, or another run is
        active; 130 and 143 stopped by a signal.

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
        if asks and not confirm_first_run(target, console):
            print_line(console, "Not started. Nothing was done.")
            return 1
        signals.install()
        signals.hand_over(stop.set)
        run_id, options = str(uuid4()), RunOptions(dry_run=only_reads)
        run = RunContext.open(
            run_id,
            use_whole_quota(target.settings),
            options,
            head_start=HeadStart(meter),
            stop=stop,
            on_wait=partial(print_line, console),
            register=requesting_lease(run_id, options, name),
        )
        with run:
            return work(run, console)
    except (Transient, RunStop) as fault:
        print_line(console, f"Not finished: {fault}")
        return signals.exit_code if signals.received else 3
