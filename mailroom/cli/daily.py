"""`python flows/daily.py`: the day at a terminal, with a display, closing lines and exit codes.

Decides which systems the run works on and names them first. Starts what a machine with nothing configured lacks
(a temporary Prefect server, the sandbox), calls the flow in this process, and says how it went. Exit codes: 0
every file reached an outcome, 1 failed, 2 configuration, 3 files left pending by a temporary fault, 130 and 143
stopped by a signal.
"""

from __future__ import annotations

import argparse
import atexit
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from mailroom.cli.daily_options import check_writable, choice_of, parser
from mailroom.cli.display import Display, closing_lines
from mailroom.cli.exit_codes import SERVER_LOST_SECONDS, abandon, leave_a_report, say_how_it_ended
from mailroom.cli.signals import PATIENCE_SECONDS, Interrupted, Signals, end_later
from mailroom.config.settings import Settings, load_settings
from mailroom.config.target import Choice, Target, decide_target
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.orchestration.ephemeral_server import LocalServer, server_is_configured, use_own_prefect
from mailroom.orchestration.launch import current
from mailroom.orchestration.prefect_environment import prefect_settings_fault, prepare_prefect
from mailroom.orchestration.stored_settings import StoredSettingsProbe
from mailroom.privacy.error_boundary import guard_process
from mailroom.rate_limit import RetryPolicy, list_delays

if TYPE_CHECKING:
    from mailroom.run.context import Office


class NotStarted(Exception):
    """Drive does not answer, or asks for a pause, before anything was begun."""

    def __init__(self, fault: Transient | RunStop) -> None:
        super().__init__(fault.code)
        self.fault = fault


def main(argv: Sequence[str] | None = None, *, signals: Signals | None = None) -> int:
    """Run the day and answer the exit code; ``signals`` are those that may have come already."""
    guard_process()
    if signals is None:
        signals = Signals()
        signals.install()
    args = parser().parse_args(argv)
    console = Console(stderr=False, highlight=False)
    try:
        return _run(args, console, signals)
    except Interrupted:
        console.print("Stopped before anything was begun.")
        return signals.exit_code
    except KeyboardInterrupt:
        console.print("Stopped before anything was begun.")
        return 130
    except NotStarted as not_started:
        return say_how_it_ended(console, not_started.fault, signals.received)
    except ConfigError as error:
        console.print(f"[red]Cannot start:[/] {escape(str(error))}", soft_wrap=True)
        return 2
    finally:
        leave_a_report(args)


FIRST_START = "this first time it makes its database, which takes some 15 seconds"


def _run(args: argparse.Namespace, console: Console, signals: Signals) -> int:
    choice = choice_of(args)
    settings = load_settings()
    log = _log_path(args, settings)
    if args.report_json:
        check_writable(args.report_json, "--report-json")
    # None: with --real the target is known only when the stored settings are.
    current.target = None if choice.real else decide_target(choice)
    prepare_prefect()
    make_state_dir(settings.state_dir)
    with ExitStack() as closing:
        display = closing.enter_context(Display(console))
        start = _Start(args, settings, display, signals, log)
        if _is_sandbox():
            sandbox = start.on_sandbox(closing)
        else:
            sandbox = None
            start.on_real_systems(choice)
            if not (args.test or args.yes or _confirm(console, display)):
                return 1
        current.report_path = args.report_json or settings.state_dir / "report.json"
        _arrange_the_end(display, console, signals, start.server)
        failure = _call_flow(args)
        display.stop()
        if current.checked or not isinstance(failure, ConfigError):
            closing_lines(
                console, current.report, args, written=current.report_path, log=log, sandbox_state=sandbox
            )
        return say_how_it_ended(console, failure, signals.received)


def _is_sandbox() -> bool:
    return current.target is not None and not current.target.is_real


def _confirm(console: Console, display: Display) -> bool:
    """Ask before the first real run of a ledger, the live picture out of the way."""
    from mailroom.cli.target_line import confirm_first_run  # noqa: PLC0415 - not for the sandbox

    assert current.target is not None  # noqa: S101 - it was decided before
    with display.paused():
        if confirm_first_run(current.target, console):
            return True
    console.print("Not started. Nothing was done.")
    return False


@dataclass
class _Start:
    """The steps between the arguments and the flow."""

    args: argparse.Namespace
    settings: Settings
    display: Display
    signals: Signals
    log: Path
    server: LocalServer | None = None

    def on_sandbox(self, closing: ExitStack) -> Path:
        """Start the sandbox and a Prefect of its own.

        Returns:
            The directory that keeps the sandbox's state.
        """
        assert current.target is not None  # noqa: S101 - it was decided before
        self.display.announce(current.target.describe())
        stored = StoredSettingsProbe() if _should_look(self.args) else None
        use_own_prefect(self.settings.state_dir / "prefect")
        self._start_server()
        from mailroom.orchestration.sandbox_run import running_sandbox, sandbox_overrides  # noqa: PLC0415 - likewise

        self.display.say("Filling the sandbox")
        sandbox, state = closing.enter_context(
            running_sandbox(
                self.settings, state=self.args.state, files=self.args.files, cases=self.args.cases
            )
        )
        self._wait_for_prefect()
        if stored is not None and (hint := stored.tell()):
            self.display.announce(hint)
        current.settings = load_settings(**sandbox_overrides(sandbox, state))
        return state

    def on_real_systems(self, choice: Choice) -> None:
        """Settle on the systems and name them, before anything is written."""
        configured = server_is_configured()
        if not configured:
            self._start_server()
        if not (configured or choice.real):
            # While the server starts.
            self._name(current.target)
        self._wait_for_prefect()
        if configured or choice.real:
            from mailroom.orchestration.block_settings import stored_settings  # noqa: PLC0415 - needs the server

            current.target = decide_target(choice, stored_settings())
            self._name(current.target)
        assert current.target is not None  # noqa: S101 - just decided
        current.settings = current.target.settings

    def _name(self, target: Target | None) -> None:
        from mailroom.cli.target_line import name_target  # noqa: PLC0415 - not before the server is starting

        assert target is not None  # noqa: S101 - it was decided before
        repeats = RetryPolicy(list_delays(target.settings.retries, target.settings.retry_delay))
        try:
            self.display.announce(name_target(target, current.drive_meter, repeats))
        except (Transient, RunStop) as fault:
            raise NotStarted(fault) from None
        self.signals.check()

    def _start_server(self) -> None:
        self.display.say("Starting")
        self.server = LocalServer(self.settings.state_dir / "log" / "prefect-server.log")
        self.server.start()
        # Not before: at the end of the process Prefect still hands its last logs and events over.
        atexit.register(self.server.stop)
        self.signals.check()

    def _wait_for_prefect(self) -> None:
        self.signals.check()
        _import_flow()
        self.signals.check()
        from mailroom.orchestration.log_setup import send_logs_to  # noqa: PLC0415 - not before the server is starting
        from mailroom.orchestration.server_checks import check_prefect_server  # noqa: PLC0415 - likewise

        # Until the very end: Prefect's own threads may still have something to say.
        atexit.register(send_logs_to(self.log))
        if self.server is not None:
            self.display.say(
                f"Waiting for Prefect; {FIRST_START}" if self.server.makes_database else "Waiting for Prefect"
            )
            self.server.wait_until_ready(self.signals.check)
            current.alone_on_server = self.server.is_alone
        check_prefect_server()


def _should_look(args: argparse.Namespace) -> bool:
    """Blocks are of interest only to a person who did not ask for the sandbox."""
    return not choice_of(args).sandbox and server_is_configured()


def _arrange_the_end(
    display: Display, console: Console, signals: Signals, server: LocalServer | None
) -> None:
    """From here on a signal, or the end of the temporary server, lets the run end well; patience has an end."""

    def watch(office: Office) -> None:
        current.office = office
        display.watch(office.progress)
        # Prefect sets a handler of its own while a flow runs, which breaks the flow off.
        signals.install()

    def give_up() -> None:
        display.stop()
        abandon(console, signals)

    def stop_well() -> None:
        current.stop.set()
        end_later(PATIENCE_SECONDS, give_up)

    def server_lost() -> None:
        current.server_lost = True
        current.stop.set()
        end_later(SERVER_LOST_SECONDS, give_up)

    if server is not None:
        server.watch(server_lost)
    current.on_open = watch
    signals.hand_over(stop_well)


def _import_flow() -> None:
    """Import the flow, and Prefect with it, while its server starts.

    Raises:
        ConfigError: Prefect cannot use its own settings.
    """
    try:
        import flows.daily  # noqa: F401, PLC0415 - not before its server starts
    except ValidationError as error:
        raise prefect_settings_fault(error) from None


def _call_flow(args: argparse.Namespace) -> BaseException | None:
    """Call the flow in this process; what it ended with, None when every file reached an outcome."""
    from flows.daily import daily  # noqa: PLC0415 - imported before

    state = daily(
        limit=args.limit,
        since=args.since,
        inbox=args.inbox,
        dry_run=args.test,
        return_state=True,
    )
    ended = state.result(raise_on_failure=False)
    return ended if isinstance(ended, BaseException) else None


def _log_path(args: argparse.Namespace, settings: Settings) -> Path:
    if args.log_file:
        check_writable(args.log_file, "--log-file")
        return Path(args.log_file)
    path = settings.state_dir / "log" / "mailroom.log"
    make_state_dir(path.parent)
    return path


def make_state_dir(path: Path) -> None:
    """Make a directory below the state directory, for its owner only.

    Raises:
        ConfigError: it cannot be made, or not be written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        usable = False
    else:
        usable = os.access(path, os.W_OK)
    if not usable:
        raise ConfigError(
            "state_dir",
            what=f"The state directory {path} cannot be written to.",
            mend="Set MAILROOM_STATE_DIR to a directory that you may write to.",
        )
