"""From the options to the flow: the target is decided and named, a temporary Prefect server and the sandbox
start.

Prefect takes seconds to start and to import, so the server starts first, and what can be done meanwhile is.
"""

from __future__ import annotations

import atexit
import os
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom.call_retries import RetryPolicy, list_delays
from mailroom.cli.daily_options import DailyOptions
from mailroom.cli.display import Display
from mailroom.cli.results import NO_CASES
from mailroom.cli.signals import Signals
from mailroom.config.settings import Settings, load_settings
from mailroom.config.target import Target, decide_target
from mailroom.crm.case_file import open_cases
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.orchestration.ephemeral_server import EphemeralServer
from mailroom.orchestration.launch import Launch
from mailroom.orchestration.prefect_environment import check_prefect_settings, prepare_prefect
from mailroom.orchestration.prefect_profile import may_hold_settings, server_is_configured, use_own_prefect
from mailroom.orchestration.stored_settings import StoredSettingsProbe
from mailroom.run.progress import Phase
from mailroom.sandbox.seeding import find_documents
from mailroom.sandbox.store import check_state, is_sandbox

if TYPE_CHECKING:
    from mailroom.drive import DriveClient, Folder

FIRST_START = "Waiting for Prefect; the first time it creates its database, which takes about 15 seconds"


class NotStarted(Exception):
    """Another run is active, or Drive does not answer or asks for a pause, before anything was begun."""

    def __init__(self, fault: Transient | RunStop) -> None:
        super().__init__(fault.code)
        self.fault = fault


@dataclass
class Startup:
    """The steps of one start, in the order in which they are called; the result is left in ``launch``.

    ``sandbox_state`` is the directory of the sandbox's state when the sandbox is filled.
    """

    options: DailyOptions
    settings: Settings
    display: Display
    signals: Signals
    log: Path
    launch: Launch
    server: EphemeralServer | None = None
    sandbox_state: Path | None = None

    def decide(self) -> Target | None:
        """The target; None with ``--real``, where it is known only when the stored settings are.

        Raises:
            ConfigError: the settings name the real systems only in part; the files or cases for the sandbox
                cannot be read, or its folder holds something else; the state directory cannot be used.
        """
        request = self.options.target_request
        if self.options.files is not None:
            find_documents(self.options.files, images=self.settings.read_images)
        if self.options.cases is not None:
            open_cases(self.options.cases)
        if self.options.state is not None:
            check_state(self.options.state)
        target = None if request.real else decide_target(request, None, _has_case_index)
        prepare_prefect()
        make_state_dir(self.settings.state_dir)
        return target

    def start_sandbox(self, target: Target, closing: ExitStack) -> Path:
        """Name the target, start the sandbox and a Prefect of its own.

        Returns:
            The directory that keeps the sandbox's state.

        Raises:
            NotStarted: another run is active on this sandbox, and this one may not wait.
        """
        self.display.announce(target.describe())
        options = self.options
        kept = options.state is not None and is_sandbox(options.state)
        if kept:
            self._check_lease(load_settings(state_dir=options.state, ledger_url=None, ledger_key=None))
        # Blocks are of interest only to a person who did not ask for the sandbox.
        look = server_is_configured() and not self.options.target_request.sandbox
        stored = StoredSettingsProbe() if look else None
        use_own_prefect(self.settings.state_dir / "prefect")
        self._start_server()
        from mailroom.orchestration.sandbox_run import running_sandbox, sandbox_overrides  # noqa: PLC0415 - after it

        self.display.say("Continuing the sandbox" if kept else "Filling the sandbox")
        sandbox, state = closing.enter_context(
            running_sandbox(self.settings, state=options.state, files=options.files, cases=options.cases)
        )
        self.sandbox_state = state
        if options.files and not options.cases and not sandbox.state("logiqs")["cases"]:
            self.display.announce(NO_CASES)
        self._wait_for_prefect()
        if stored is not None and (hint := stored.tell()):
            self.display.announce(hint)
        self.launch.settings = load_settings(**sandbox_overrides(sandbox, state))
        self.launch.on_sandbox = True
        return state

    def settle_real_target(self, target: Target | None) -> Target:
        """Settle on the real systems and name them, before anything is written.

        Args:
            target: what the environment alone says; None with ``--real``.

        Raises:
            ConfigError: something is missing, or Drive rejects the credential or the inbox.
            NotStarted: Drive does not answer; or another run is active, and this one may not wait.
        """
        configured = server_is_configured()
        if target is None and not configured and not may_hold_settings():
            target = decide_target(self.options.target_request, None, _has_case_index)
        if target is not None:
            self._check_lease(target.settings, target)
        if not configured:
            self._start_server()
        if target is not None and not configured:
            # While the server starts.
            self._name(target)
            self._wait_for_prefect()
        else:
            self._wait_for_prefect()
            from mailroom.orchestration.block_settings import stored_settings  # noqa: PLC0415 - needs the server

            target = decide_target(self.options.target_request, stored_settings(), _has_case_index)
            self._check_lease(target.settings, target)
            self._name(target)
        self.launch.settings = target.settings
        return target

    def _check_lease(self, settings: Settings, target: Target | None = None) -> None:
        """Refuse at once, before Prefect starts, what the ledger would refuse; ``target``: not yet named."""
        if self.options.test or self.options.new_ledger or not _may_be_refused(settings):
            return
        from mailroom.run.lease import check_lease  # noqa: PLC0415 - takes a while, and is not needed for help

        try:
            check_lease(settings, may_wait=not self.options.no_wait)
        except RunStop as refused:
            if target is not None:
                self.display.announce(target.describe())
            raise NotStarted(refused) from None

    def _name(self, target: Target) -> None:
        from mailroom.cli.target_line import name_target  # noqa: PLC0415 - not before the server is starting

        policy = RetryPolicy(list_delays(target.settings.retries, target.settings.retry_delay))
        try:
            self.display.announce(
                name_target(
                    target, self.launch.head_start.drive_meter, policy, partial(self._ask_early, target)
                )
            )
        except (Transient, RunStop) as fault:
            raise NotStarted(fault) from None
        self.signals.check()

    def _ask_early(self, target: Target, drive: DriveClient, inboxes: list[Folder]) -> None:
        """Ask both systems what the run asks first, while a temporary server starts and no run is there.

        What Drive said of the inboxes is kept in any case.
        """
        from mailroom.run.early_checks import EarlyChecks  # noqa: PLC0415 - not before the server is starting

        start = self.launch.head_start
        start.early = EarlyChecks(target.settings, start.crm_meter)
        start.early.know(inboxes)
        if self.server is not None and self.server.is_alone():
            start.early.begin(replace(drive, retries=RetryPolicy(())), inboxes)

    def _start_server(self) -> None:
        self.display.say(Phase.STARTING)
        self.server = EphemeralServer(self.settings.state_dir / "log" / "prefect-server.log")
        self.server.start()
        # Not before: at the end of the process Prefect still hands its last logs and events over.
        atexit.register(self.server.stop)
        self.signals.check()

    def _wait_for_prefect(self) -> None:
        self.signals.check()
        # While the server starts.
        check_prefect_settings()
        import flows.daily  # noqa: F401, PLC0415

        self.signals.check()
        from mailroom.orchestration.log_setup import send_logs_to  # noqa: PLC0415 - after the server's start
        from mailroom.orchestration.server_checks import check_prefect_server  # noqa: PLC0415 - likewise

        # Until the very end: Prefect's own threads may still have something to say.
        atexit.register(send_logs_to(self.log))
        if self.server is not None:
            self.display.say(FIRST_START if self.server.makes_database else "Waiting for Prefect")
            self.server.wait_until_ready(self.signals.check)
            self.launch.head_start.is_alone = self.server.is_alone
        else:
            check_prefect_server()


def _has_case_index(settings: Settings) -> bool:
    from mailroom.ledger.inspection import has_case_index  # noqa: PLC0415 - few need it before Prefect starts

    return has_case_index(settings)


def _may_be_refused(settings: Settings) -> bool:
    """Whether the ledger knows of any other run; without SQLAlchemy, whose import takes a third of a second.

    Also true where the ledger is not the file in the state directory, or cannot be read.
    """
    if settings.ledger_url is not None:
        return True
    path = settings.state_dir / "ledger.sqlite3"
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)) as database:
            return database.execute("SELECT 1 FROM runs LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return True


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
            fix="Set MAILROOM_STATE_DIR to a directory that you may write to.",
        )
