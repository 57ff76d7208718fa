"""`python flows/daily.py`: the day at a terminal, with a display, closing lines and exit codes.

Starts what a machine with nothing configured lacks (a temporary Prefect server, the sandbox), calls the flow
in this process, and says how it went. Exit codes: 0 every file reached an outcome, 1 failed, 2 configuration,
3 files left pending by something that passes, 130 and 143 stopped by a signal.
"""

from __future__ import annotations

import argparse
import atexit
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from flows.arguments import check_writable, parser, wants_sandbox
from flows.display import Display, closing_lines
from flows.ending import SERVER_LOST_SECONDS, abandon, leave_a_report, say_how_it_ended
from flows.launch import current
from flows.local_server import LocalServer, server_is_configured
from flows.signals import PATIENCE_SECONDS, Interrupted, Signals, end_later
from mailroom.errors import ConfigError
from mailroom.privacy.error_boundary import guard_process
from mailroom.settings import Settings, load_settings, missing_for_real_systems

if TYPE_CHECKING:
    from mailroom.office import Office
    from mailroom.sandbox.launcher import Sandbox


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
    except ConfigError as error:
        console.print(f"[red]Cannot start:[/] {escape(str(error))}", soft_wrap=True)
        return 2
    finally:
        leave_a_report(args)


FIRST_START = "this first time it makes its database, which takes some 15 seconds"


def _run(args: argparse.Namespace, console: Console, signals: Signals) -> int:
    settings = load_settings()
    log = _log_path(args, settings)
    if args.report_json:
        check_writable(args.report_json, "--report-json")
    prepare_prefect()
    make_state_dir(settings.state_dir)
    with ExitStack() as closing:
        display = closing.enter_context(Display(console))
        server = _start_server(settings, display)
        signals.check()
        sandbox = _start_sandbox(closing, args, settings, display)
        signals.check()
        _import_flow()
        signals.check()
        from flows.logs import send_logs_to  # noqa: PLC0415 - not before the server is starting
        from tasks.server import check_prefect_server  # noqa: PLC0415 - likewise

        # Until the very end: Prefect's own threads may still have something to say.
        atexit.register(send_logs_to(log))
        if server is not None:
            display.say(
                f"Waiting for Prefect; {FIRST_START}" if server.makes_database else "Waiting for Prefect"
            )
            server.wait_until_ready(signals.check)
            current.alone_on_server = server.is_alone
        check_prefect_server()
        on_sandbox = _settle_on_sandbox(args, sandbox)
        current.report_path = args.report_json or settings.state_dir / "report.json"

        _arrange_the_end(display, console, signals, server)
        failure = _call_flow(args, on_sandbox=on_sandbox)
        display.stop()
        if current.checked or not isinstance(failure, ConfigError):
            closing_lines(
                console,
                current.report,
                args,
                written=current.report_path,
                log=log,
                sandbox_state=sandbox[1] if on_sandbox and sandbox else None,
            )
        return say_how_it_ended(console, failure, signals.received)


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


def prefect_settings_fault(error: ValidationError) -> ConfigError:
    """What Prefect, on its import, finds wrong with its own settings."""
    first = error.errors(include_input=False, include_url=False)[0]
    said = ": ".join([*map(str, first["loc"]), first["msg"].removeprefix("Value error, ")])
    return ConfigError(
        "prefect_settings",
        what=f"A setting of Prefect's own (PREFECT_…) cannot be used: {said}.",
        mend="Correct it in the environment, in Prefect's profile or in the files of this folder.",
    )


def _settle_on_sandbox(args: argparse.Namespace, sandbox: tuple[Sandbox, Path] | None) -> bool:
    """Whether this run is on the sandbox: blocks of the Prefect server may speak for the real systems."""
    if sandbox is None:
        return False
    from blocks.stored import stored_settings  # noqa: PLC0415 - needs the server

    if not wants_sandbox(args):
        stored = stored_settings()
        if missing_for_real_systems(load_settings(blocks=stored)) is not None:
            sandbox[0].stop()
            return False
    from flows.sandbox import sandbox_overrides  # noqa: PLC0415 - not for real runs

    current.overrides, current.sandbox_started = sandbox_overrides(*sandbox), True
    return True


def _call_flow(args: argparse.Namespace, *, on_sandbox: bool) -> BaseException | None:
    """Call the flow in this process; what it ended with, None when every file reached an outcome."""
    from flows.daily import daily  # noqa: PLC0415 - imported before

    state = daily(
        limit=args.limit,
        since=args.since,
        inbox=args.inbox,
        dry_run=args.test,
        sandbox=on_sandbox,
        return_state=True,
    )
    ended = state.result(raise_on_failure=False)
    return ended if isinstance(ended, BaseException) else None


def prepare_prefect() -> None:
    """Settings of Prefect that must stand in the environment before it is imported."""
    # Prefect takes either name, this one first: what a person set under the other must count too.
    if "PREFECT_LOGGING_SETTINGS_PATH" not in os.environ:
        os.environ.setdefault("PREFECT_LOGGING_CONFIG_PATH", str(Path(__file__).with_name("logging.yml")))
    # The server's telemetry, and the client's, which says so on a terminal.
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")


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


def _start_server(settings: Settings, display: Display) -> LocalServer | None:
    if server_is_configured():
        return None
    server = LocalServer(settings.state_dir / "log" / "prefect-server.log")
    display.say("Starting")
    server.start()
    # Not before: at the end of the process Prefect still hands its last logs and events over.
    atexit.register(server.stop)
    return server


def _start_sandbox(
    closing: ExitStack, args: argparse.Namespace, settings: Settings, display: Display
) -> tuple[Sandbox, Path] | None:
    """Start it when it is asked for, or when nothing in the environment speaks for the real systems.

    Raises:
        ConfigError: the environment holds a part of what the real systems need.
    """
    if not wants_sandbox(args) and missing_for_real_systems(settings) is not None:
        return None
    from flows.sandbox import running_sandbox  # noqa: PLC0415 - not for real runs

    display.say("Filling the sandbox")
    return closing.enter_context(
        running_sandbox(settings, state=args.state, files=args.files, cases=args.cases)
    )
