"""`mailroom cases import FILE.csv` and `mailroom cases sync`: fill the case index of the real ledger.

They show counts, never a client.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from uuid import uuid4

from rich.console import Console
from rich.prompt import Confirm

from mailroom.call_retries import RetryPolicy, list_delays
from mailroom.cli.ledger_settings import load_ledger_settings
from mailroom.cli.signals import Signals
from mailroom.cli.target_line import print_target
from mailroom.cli.wrapping import print_line
from mailroom.config.settings import Settings
from mailroom.config.target import TargetRequest, decide_target, not_configured
from mailroom.crm.case_file import open_cases
from mailroom.crm.connection import CrmConnection
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.ledger import LeaseRequest, make_holder, open_ledger
from mailroom.ledger.opening import name_ledger
from mailroom.matching.case_index import import_cases
from mailroom.orchestration.stored_settings import read_stored_settings
from mailroom.run.case_sync import SyncResult, sync_cases
from mailroom.run.lease import hold_lease
from mailroom.run.limits import RunLimits
from mailroom.run.reasons import count_noun, in_words


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
    left = f" Removed: {count_noun(done.left, 'case')} of the last import." if done.left else ""
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


def run_sync(*, real: bool) -> int:
    """Name the target, copy the CRM's cases into the index within the quota, and say what was done.

    Returns:
        0; 3 when the CRM did not answer, 130 or 143 after a signal: the next sync continues.

    Raises:
        ConfigError: Drive, Logiqs or the statuses are not configured, or the tenant lists no cases.
    """
    console = Console(highlight=False, markup=False)
    tell = partial(print_line, console)
    # The index that the sync fills may be all that a run lacks.
    target = decide_target(TargetRequest(real=real), read_stored_settings(real=real), lambda _settings: True)
    if not target.is_real:
        raise not_configured(None)
    if not target.settings.logiqs.case_statuses:
        raise ConfigError(
            "no_case_statuses",
            what="MAILROOM_LOGIQS__CASE_STATUSES is not set.",
            fix="Set it to the StatusIDs of the cases to copy, as a JSON list: [2, 5].",
        )
    signals, stop = Signals(), threading.Event()
    try:
        print_target(target, console)
        signals.install()
        signals.hand_over(stop.set)
        tell(_sync(target.settings, RunLimits(target.settings.run_hours, stop), tell).describe())
    except (Transient, RunStop) as fault:
        why = f"{in_words(fault.code)}." if isinstance(fault, Transient) else str(fault)
        tell(f"Not finished; the next sync continues: {why}")
        return signals.exit_code if signals.received else 3
    return 0


def _sync(settings: Settings, limits: RunLimits, tell: Callable[[str], None]) -> SyncResult:
    policy = RetryPolicy(list_delays(settings.retries, settings.retry_delay), limits.sleep)
    run_id = str(uuid4())
    # It writes nothing to the CRM, so that it shares the quota with a run as a dry run does.
    request = LeaseRequest(run_id, make_holder(run_id), "cases sync", dry_run=True)
    with ExitStack() as closing:
        ledger = closing.enter_context(open_ledger(settings))
        portion = closing.enter_context(hold_lease(ledger, request, limits, tell))
        crm = closing.enter_context(CrmConnection(settings, limits.sleep, portion))
        crm.check_tenant(ledger)
        source, statuses = crm.make_case_source(policy), settings.logiqs.case_statuses
        return sync_cases(source, ledger, statuses, limits.check, tell)
