"""The first line on a screen: which systems a command works on. Before a ledger's first real run, a
question.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console
from rich.prompt import Confirm

from mailroom.call_retries import RetryPolicy, list_delays
from mailroom.cli.wrapping import print_line
from mailroom.config.target import Target
from mailroom.drive import DriveClient, DriveConnection, Folder
from mailroom.drive.connection import make_circuit
from mailroom.ledger.inspection import is_new_ledger
from mailroom.rate_limit import CallMeter, TokenBucket


def name_target(
    target: Target,
    meter: CallMeter,
    repeats: RetryPolicy,
    then: Callable[[DriveClient, list[Folder]], None] = lambda _drive, _inboxes: None,
) -> str:
    """The target's line with the inbox's name and the account, by two or three calls that only read.

    Args:
        target: the systems; nothing is called for the sandbox.
        meter: counts the calls.
        repeats: how a call that fails is tried again.
        then: is called with what asked Drive, and the inboxes.

    Raises:
        ConfigError: Drive rejects the credential, or does not show the inbox to this account.
        Transient: Drive does not answer.
        RunStop: Drive is down, or asks for a pause.
    """
    if not target.is_real:
        return target.describe()
    settings = target.settings.drive
    connection = DriveConnection(settings, make_circuit(repeats.sleep))
    drive = DriveClient(settings, connection, TokenBucket(settings.calls_per_second, meter), repeats)
    # Only Drive knows whose an access token is.
    account = drive.share_with if connection.account else drive.get_account_email()
    inboxes = [drive.get_folder(one) for one in target.inboxes]
    then(drive, inboxes)
    return target.describe(
        [f"{_show(inbox.name)} ({one})" for one, inbox in zip(target.inboxes, inboxes, strict=True)], account
    )


def print_target(target: Target, console: Console) -> CallMeter:
    """Print the line that names the target; return the meter that counted the calls for it.

    Raises:
        ConfigError, Transient, RunStop: as `name_target`.
    """
    meter = CallMeter()
    policy = RetryPolicy(list_delays(target.settings.retries, target.settings.retry_delay))
    print_line(console, name_target(target, meter, policy))
    return meter


def confirm_first_run(target: Target, console: Console) -> bool:
    """Whether the run may begin: a person in a terminal is asked before a ledger's first real run.

    Raises:
        ConfigError: the ledger cannot be opened.
    """
    if not (target.is_real and sys.stdin.isatty() and console.is_terminal):
        return True
    if not is_new_ledger(target.settings):
        return True
    print_line(
        console,
        "This is the first real run of this ledger: documents will be filed in Logiqs, and files will be moved in Drive.",
    )
    try:
        return Confirm.ask("Continue?", console=console, default=False)
    except EOFError:
        return False


def _show(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)[:100]
