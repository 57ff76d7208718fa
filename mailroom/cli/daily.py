"""`python flows/daily.py`: the daily run at a terminal, with a display, closing lines and exit codes.

Decides which systems the run works on and names them first (`mailroom.cli.startup`), calls the flow in this
process, and says how it went.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from mailroom.cli.daily_options import DailyOptions, build_command, check_writable
from mailroom.cli.display import Display
from mailroom.cli.exit_codes import SERVER_ENDED, Ending
from mailroom.cli.results import show_results, tell_how_to_continue
from mailroom.cli.signals import PATIENCE_SECONDS, Interrupted, Signals, end_later
from mailroom.cli.startup import NotStarted, Startup, make_state_dir
from mailroom.cli.wrapping import print_line
from mailroom.config.settings import Settings, load_settings
from mailroom.config.target import Target
from mailroom.errors import ConfigError
from mailroom.orchestration.launch import SERVER_AWAY, Launch
from mailroom.orchestration.prefect_environment import without_heartbeats
from mailroom.privacy.error_boundary import guard_process
from mailroom.run.progress import Phase

if TYPE_CHECKING:
    from mailroom.orchestration.ephemeral_server import EphemeralServer
    from mailroom.run.context import RunContext

# How long files in progress may take to end when the Prefect server is gone; Prefect itself would repeat its
# requests for minutes.
SERVER_LOST_SECONDS = 30.0


def main(argv: Sequence[str] | None = None, *, signals: Signals | None = None) -> int:
    """Run the command; its exit code.

    Args:
        argv: the words of the command line; default: this process's.
        signals: those that may have come already; default: they are installed here.
    """
    guard_process()
    if signals is None:
        signals = Signals()
        signals.install()
    console = Console(stderr=False, highlight=False)
    app = build_command(lambda options: Day(options, console, signals).run())
    try:
        app(args=None if argv is None else list(argv), prog_name="flows/daily.py")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    raise AssertionError("the command always ends with an exit code")


@dataclass
class Day:
    """One run of the daily flow at a terminal."""

    options: DailyOptions
    console: Console
    signals: Signals
    launch: Launch = field(default_factory=Launch)
    target: Target | None = None
    startup: Startup | None = None
    context: RunContext | None = None
    server_lost: str = ""

    def run(self) -> int:
        """Run it, and say how it ended; the exit code."""
        try:
            return self._run()
        except Interrupted:
            self._tell_how_to_continue()
            print_line(self.console, "Stopped before anything was done.")
            return self.signals.exit_code
        except NotStarted as not_started:
            return Ending(not_started.fault, self.signals.received).show(self.console)
        except ConfigError as error:
            return Ending(error).show(self.console)
        finally:
            self._leave_a_report()

    def _run(self) -> int:
        options = self.options
        settings = load_settings()
        log = self._choose_log(settings)
        if options.report_json:
            check_writable(options.report_json, "--report-json")
        with ExitStack() as closing:
            display = closing.enter_context(Display(self.console))
            startup = self.startup = Startup(options, settings, display, self.signals, log, self.launch)
            self.target = startup.decide()
            if self.target is not None and not self.target.is_real:
                sandbox_state = startup.start_sandbox(self.target, closing)
            else:
                sandbox_state, self.target = None, startup.settle_real_target(self.target)
            if options.new_ledger and not options.test:
                self._begin_new_ledger()
            if self.target.is_real and not (
                options.test or options.yes or self._confirm(self.target, display)
            ):
                return 1
            self.launch.report_path = options.report_json or self._choose_report(settings, sandbox_state)
            self._arrange_the_end(display, startup.server)
            failure = self._call_flow()
            display.stop()
            result = self.launch.result
            if result.begun or not isinstance(failure, ConfigError):
                show_results(self.console, result, options, self.launch.report_path, log, sandbox_state)
            return self._end(failure)

    def _begin_new_ledger(self) -> None:
        """Start a new ledger after the old one was lost, here or elsewhere; one in use stays as it is."""
        from mailroom.ledger import open_ledger  # noqa: PLC0415 - only here, and it takes a while

        assert self.launch.settings is not None, "the target is decided"  # noqa: S101 - a mistake of ours
        with open_ledger(self.launch.settings, after_a_lost_one=True) as ledger:
            if not ledger.has_history():
                ledger.note_gap()

    def _confirm(self, target: Target, display: Display) -> bool:
        """Ask before the first real run of a ledger, with the live display stopped."""
        from mailroom.cli.target_line import confirm_first_run  # noqa: PLC0415 - not for the sandbox

        with display.paused(), self.signals.ending_a_question():
            if confirm_first_run(target, self.console):
                return True
        print_line(self.console, "Not started. Nothing was done.")
        return False

    def _arrange_the_end(self, display: Display, server: EphemeralServer | None) -> None:
        """From here on a signal, or the end of the temporary server, lets the run end well; patience has an
        end.
        """
        from mailroom.run.context import NEW_LEDGER  # noqa: PLC0415 - imported by now, with the flow
        from mailroom.run.lease import WAIT_OVER  # noqa: PLC0415 - as above

        def watch(context: RunContext) -> None:
            self.context = context
            display.watch(context.progress)
            # Prefect sets a handler of its own while a flow runs, which breaks the flow off.
            self.signals.install()

        def wait(line: str) -> None:
            display.announce(line)
            if line != NEW_LEDGER:
                display.say(Phase.STARTING if line == WAIT_OVER else "Waiting")
            # As above: until the run's context is open, Prefect would end the flow at SIGTERM.
            self.signals.install()

        def give_up() -> None:
            display.stop()
            self._abandon()

        def stop_well() -> None:
            self.launch.stop.set()
            end_later(PATIENCE_SECONDS, give_up)

        def lose_server(how: str) -> None:
            self.server_lost = self.server_lost or how
            self.launch.stop.set()
            end_later(SERVER_LOST_SECONDS, give_up)

        if server is not None:
            server.watch(partial(lose_server, SERVER_ENDED))
        self.launch.on_server_lost = partial(lose_server, SERVER_AWAY)
        self.launch.on_wait = wait
        self.launch.on_open = watch
        self.signals.hand_over(stop_well)

    def _call_flow(self) -> BaseException | None:
        """Call the flow in this process; what it ended with, None when every file reached an outcome."""
        # Both were imported while the server was starting.
        from prefect import tags  # noqa: PLC0415
        from prefect.exceptions import TerminationSignal  # noqa: PLC0415

        from flows.daily import bind_daily  # noqa: PLC0415
        from mailroom.orchestration.declared_deployments import TAG  # noqa: PLC0415
        from mailroom.orchestration.server_absence import make_absence, surviving  # noqa: PLC0415

        options = self.options
        try:
            own_server = self.startup is not None and self.startup.server is not None
            quiet = without_heartbeats() if own_server else nullcontext()
            with surviving(make_absence(self.launch)), tags(TAG), quiet:
                state = bind_daily(self.launch)(
                    limit=options.limit,
                    since=options.since,
                    inbox=options.inbox,
                    dry_run=options.test,
                    no_wait=options.no_wait,
                    return_state=True,
                )
        except Exception:
            # Any part of Prefect may fail without its server; the run's last line names the loss.
            if not self.server_lost:
                raise
            return None
        except TerminationSignal:
            # Before the run's context is open, Prefect (3.8) has its own handler of SIGTERM: it breaks the
            # flow off, and sends the signal again to ours, which has noted it by now.
            return None
        ended = state.result(raise_on_failure=False)
        return ended if isinstance(ended, BaseException) else None

    def _end(self, failure: BaseException | None) -> int:
        """Print how the run ended; from then on no signal changes the exit code, which is returned."""
        code = self._ending(failure).show(self.console)
        self.signals.finish(code)
        return code

    def _ending(self, failure: BaseException | None) -> Ending:
        result = self.launch.result
        return Ending(
            failure,
            self.signals.received,
            result.begun,
            self.server_lost,
            result.report_problem,
            closed=result.report is not None,
        )

    def _abandon(self) -> None:
        """The flow does not come back: say what is known, leave nothing in scratch, end the process at
        once.
        """
        from mailroom.run.report import build_report, write_report  # noqa: PLC0415 - imported long before

        if self.context is not None and self.launch.report_path is not None:
            with suppress(OSError):
                write_report(build_report(self.context), self.launch.report_path)
            self.context.scratch.close()
        self._tell_how_to_continue()
        os._exit(self._ending(None).show(self.console))

    def _tell_how_to_continue(self) -> None:
        """Name the command that continues on the sandbox, where one was filled before the run ended."""
        if self.startup is not None and self.startup.sandbox_state is not None and not self.options.test:
            tell_how_to_continue(self.console, self.startup.sandbox_state, self.options)

    def _leave_a_report(self) -> None:
        """Whoever asked for a report finds one, of nothing done, where the run could not begin."""
        if self.options.report_json is None or self.launch.result.report is not None:
            return
        from mailroom.run.report import empty_report, write_report  # noqa: PLC0415 - only here, and it takes a while

        on_sandbox = self.options.asks_for_sandbox if self.target is None else not self.target.is_real
        mode = "test" if self.options.test else "sandbox" if on_sandbox else "real"
        with suppress(OSError):
            # That it cannot be written was said at the start.
            write_report(empty_report(mode), self.options.report_json)

    def _choose_report(self, settings: Settings, sandbox_state: Path | None) -> Path:
        """Return where the report goes without an option: never over the report of a run on other systems.

        Args:
            settings: they name the state directory.
            sandbox_state: the directory of the sandbox's state; None for the real systems.
        """
        directory = sandbox_state or settings.state_dir
        return directory / ("report-test.json" if self.options.test else "report.json")

    def _choose_log(self, settings: Settings) -> Path:
        if self.options.log_file:
            check_writable(self.options.log_file, "--log-file")
            return self.options.log_file
        path = settings.state_dir / "log" / "mailroom.log"
        make_state_dir(path.parent)
        return path
