"""`python flows/daily.py`: the day at a terminal, with a display, closing lines and exit codes.

Starts what a machine with nothing configured lacks (a temporary Prefect server, the sandbox), calls the flow
in this process, and says how it went. Exit codes: 0 every file reached an outcome, 1 failed, 2 configuration,
3 files left pending by something that passes, 130 and 143 stopped by a signal.
"""

from __future__ import annotations

import argparse
import atexit
import os
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console

from flows.display import Display, closing_lines
from flows.launch import current
from flows.local_server import LocalServer, server_is_configured
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.privacy.processes import no_core_dumps
from mailroom.settings import Settings, load_settings, missing_for_real_systems

if TYPE_CHECKING:
    from mailroom.office import Office
    from mailroom.sandbox.launcher import Sandbox


class Interrupted(Exception):
    """A signal came before the flow had begun: nothing is under way that had to be ended well."""


def parser() -> argparse.ArgumentParser:
    """The arguments of `python flows/daily.py`."""
    made = argparse.ArgumentParser(
        prog="flows/daily.py", description="File the IRS notices of the Drive inbox into Logiqs cases."
    )
    made.add_argument("--test", action="store_true", help="dry run: write nothing, remember nothing")
    made.add_argument("--limit", type=_positive, metavar="N", help="at most N files, the oldest first")
    made.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="only files created since that day")
    made.add_argument(
        "--inbox", action="append", metavar="FOLDER_ID", help="in place of the inbox; repeatable"
    )
    made.add_argument(
        "--sandbox", action="store_true", help="run on the sandbox even where real systems are set"
    )
    made.add_argument("--files", type=Path, metavar="DIR", help="fill the sandbox with the PDFs of a folder")
    made.add_argument(
        "--cases", type=Path, metavar="FILE.csv", help="fill the sandbox's CRM with these cases"
    )
    made.add_argument("--state", type=Path, metavar="DIR", help="keep the sandbox and its ledger here")
    made.add_argument(
        "--report-json", type=Path, metavar="PATH", help="write the run's report, also on failure"
    )
    made.add_argument("--log-file", type=Path, metavar="PATH", help="where the redacted log goes")
    return made


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1 up")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day such as 2026-11-01") from None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the day and answer the exit code."""
    args = parser().parse_args(argv)
    console = Console(stderr=False, highlight=False)
    no_core_dumps()
    received: list[int] = []
    _on_signals(received)
    try:
        return _run(args, console, received)
    except Interrupted:
        console.print("Stopped before anything was begun.")
        return 128 + received[0]
    except ConfigError as error:
        console.print(f"[red]Cannot start:[/] {error}", soft_wrap=True)
        return 2


def _on_signals(received: list[int]) -> None:
    """The first signal asks the run to end well, the second ends the process at once."""

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if not current.flow_began:
            raise Interrupted
        current.stop.set()
        if len(received) > 1:
            os._exit(128 + received[0])

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)


def _run(args: argparse.Namespace, console: Console, received: list[int]) -> int:
    settings = load_settings()
    log = _log_path(args, settings)
    if args.report_json:
        check_writable(args.report_json, "--report-json")
    prepare_prefect()
    make_state_dir(settings.state_dir)
    with ExitStack() as closing:
        display = closing.enter_context(Display(console))
        server = _start_server(settings, display)
        sandbox = _start_sandbox(closing, args, settings, display)
        import flows.daily  # noqa: F401, PLC0415 - imported, with Prefect, while its server starts
        from flows.logs import send_logs_to  # noqa: PLC0415 - not before the server is starting
        from tasks.limits import check_prefect_server  # noqa: PLC0415 - likewise

        # Until the very end: Prefect's own threads may still have something to say.
        atexit.register(send_logs_to(log))
        if server is not None:
            server.wait_until_ready()
            current.alone_on_server = server.alone
        check_prefect_server()
        on_sandbox = _settle_on_sandbox(args, sandbox)
        current.report_path = args.report_json or settings.state_dir / "report.json"

        def watch(office: Office) -> None:
            display.watch(office.progress)
            # Prefect sets a handler of its own while a flow runs, which breaks the flow off.
            _on_signals(received)

        current.on_open = watch
        failure = _call_flow(args, on_sandbox=on_sandbox)
        display.stop()
        closing_lines(
            console,
            current.report,
            args,
            written=current.report_path,
            log=log,
            sandbox_state=sandbox[1] if on_sandbox and sandbox else None,
        )
        return _said(console, failure, received)


def _settle_on_sandbox(args: argparse.Namespace, sandbox: tuple[Sandbox, Path] | None) -> bool:
    """Whether this run is on the sandbox: blocks of the Prefect server may speak for the real systems."""
    if sandbox is None:
        return False
    from blocks.stored import stored_settings  # noqa: PLC0415 - needs the server

    if not _wants_sandbox(args):
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

    current.flow_began = True
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


def exit_code(failure: BaseException | None, received: Sequence[int], *, checked: bool) -> int:
    """The exit code for what the flow ended with; ``checked``: the start was over when it did."""
    if received:
        return 128 + received[0]
    if failure is None:
        return 0
    if isinstance(failure, Transient | RunStop):
        return 3
    return 2 if isinstance(failure, ConfigError) and not checked else 1


def _said(console: Console, failure: BaseException | None, received: Sequence[int]) -> int:
    """Say in one line what the run ended with, and answer its exit code."""
    code = exit_code(failure, received, checked=current.checked)
    if code >= 128:
        console.print("Stopped. Files not done are left for the next run; nothing is filed twice.")
    elif isinstance(failure, ConfigError | RunStop):
        console.print(
            f"[red]{'Cannot go on' if current.checked else 'Cannot start'}:[/] {failure}", soft_wrap=True
        )
    elif isinstance(failure, Transient):
        console.print(f"[yellow]Not finished:[/] {words_for(failure)}", soft_wrap=True)
    elif failure is not None:
        console.print(
            "[red]The run failed by a fault of this program;[/] the log says where.", soft_wrap=True
        )
    return code


def words_for(failure: Transient) -> str:
    """A transient failure in words for a person."""
    if failure.code in ("files_left_pending", "scan_incomplete"):
        return str(failure)
    return f"A system does not answer ({failure}). Nothing is lost; start it again later."


def prepare_prefect() -> None:
    """Settings of Prefect that must stand in the environment before it is imported."""
    # Prefect takes either name, this one first: what a person set under the other must count too.
    if "PREFECT_LOGGING_SETTINGS_PATH" not in os.environ:
        os.environ.setdefault("PREFECT_LOGGING_CONFIG_PATH", str(Path(__file__).with_name("logging.yml")))
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")


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


def check_writable(path: Path, option: str) -> None:
    """Find out at the start, and not after the day's work, that a file cannot be written.

    Raises:
        ConfigError: it is a folder, or its folder is missing or not writable.
    """
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(
            "file_not_writable",
            what=f"The file that {option} names cannot be written.",
            mend="Name a file in an existing folder that you may write to.",
        )


def _start_server(settings: Settings, display: Display) -> LocalServer | None:
    if server_is_configured():
        return None
    server = LocalServer(settings.state_dir / "log" / "prefect-server.log")
    display.say(
        "Starting; the very first time Prefect makes its database, which takes some 15 seconds"
        if server.makes_database
        else "Starting"
    )
    server.start()
    # Not before: at the end of the process Prefect still hands its last logs and events over.
    atexit.register(server.stop)
    return server


def _wants_sandbox(args: argparse.Namespace) -> bool:
    return bool(args.sandbox or args.files or args.cases or args.state)


def _start_sandbox(
    closing: ExitStack, args: argparse.Namespace, settings: Settings, display: Display
) -> tuple[Sandbox, Path] | None:
    """Start it when it is asked for, or when nothing in the environment speaks for the real systems.

    Raises:
        ConfigError: the environment holds a part of what the real systems need.
    """
    if not _wants_sandbox(args) and missing_for_real_systems(settings) is not None:
        return None
    from flows.sandbox import running_sandbox  # noqa: PLC0415 - not for real runs

    display.say("Filling the sandbox")
    return closing.enter_context(
        running_sandbox(settings, state=args.state, files=args.files, cases=args.cases)
    )
