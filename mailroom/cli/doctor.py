"""``mailroom doctor``: print what `mailroom.orchestration.doctor_lines` finds.

Exit code 0 when nothing is wrong, else 2.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console

from mailroom.call_retries import RetryPolicy
from mailroom.cli.target_line import name_target
from mailroom.cli.wrapping import print_line
from mailroom.config.settings import load_settings
from mailroom.config.target import Target
from mailroom.doctor.printing import LinePrinter
from mailroom.errors import MailroomError
from mailroom.orchestration.doctor_lines import list_lines, send_test_message
from mailroom.orchestration.ephemeral_server import EphemeralServer
from mailroom.orchestration.prefect_profile import may_hold_settings, server_is_configured
from mailroom.rate_limit import CallMeter


def run_doctor(*, real: bool, sends_test: bool) -> int:
    """Print the target, then the lines as they come; the exit code.

    Args:
        real: check the real systems, with settings of Prefect blocks and variables.
        sends_test: also send a test message through each notification block.
    """
    # Otherwise Prefect, when imported at a terminal, prints a notice about telemetry and may send some.
    os.environ.setdefault("DO_NOT_TRACK", "1")
    console = Console()
    printer = LinePrinter(console)
    configured = server_is_configured()

    def announce(target: Target) -> None:
        try:
            line = name_target(target, CallMeter(), RetryPolicy(delays=()))
        except MailroomError:
            # The checks say what is wrong.
            line = target.describe()
        print_line(console, line)

    with _silence(), ExitStack() as closing:
        try:
            if real and not configured and may_hold_settings():
                # Blocks and variables of the active profile can only be read through a server.
                log = load_settings().state_dir / "log" / "prefect-server.log"
                closing.enter_context(EphemeralServer(log)).wait_until_ready()
            for line in list_lines(announce, real=real, configured=configured):
                printer.show(line)
            if sends_test:
                for line in send_test_message(configured=configured):
                    printer.show(line)
        except KeyboardInterrupt:
            return 130
    return printer.close()


@contextmanager
def _silence() -> Iterator[None]:
    """Log messages and warnings of libraries would appear between the lines; each fault has its own line."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
