"""The project's commands on sandboxes: called in the tests' own process, or started as processes of their
own.

A process of its own takes seconds of CPU time until it has imported Prefect, and several more for its
temporary Prefect server. So only what is about processes, signals and the temporary server starts one.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from mailroom.cli import main as other_commands
from mailroom.notices import ReaderPool
from mailroom.orchestration.ephemeral_server import EphemeralServer
from mailroom.run import context
from mailroom.sandbox.generator import day as generator
from mailroom.sandbox.launcher import Sandbox
from mailroom.sandbox.seeding import seed_synthetic_day
from mailroom.sandbox.store import Store
from tests.conftest import make_once
from tests.end_to_end.remembered_readings import RememberedReadings
from tests.in_process import bare_environment, call
from tests.prefect_server import forget_slots
from tests.sandbox_thread import SandboxThread

if TYPE_CHECKING:
    from tests.end_to_end.canaries.machine import Machine

FAST = {
    "MAILROOM_DRIVE__CALLS_PER_SECOND": "500",
    "MAILROOM_LOGIQS__CALLS_PER_SECOND": "500",
    "MAILROOM_RETRY_DELAY": "0.05",
    # Each takes almost a second of CPU time to start; the day of a machine with nothing configured has two.
    "MAILROOM_READERS": "1",
}
# No command takes so long, on a machine that is busy with other things either.
SECONDS = 300
# In the inbox of each sandbox; each costs 0.3 s of CPU time in every run.
NOTICES = 12
# What must never stand on a person's screen.
NOISE = ("Traceback", "Warning", "WARNING", "ERROR", "telemetry", "Stopping temporary server")


@dataclass
class Ended:
    """How a command ended."""

    code: int
    screen: str
    report: dict[str, Any]

    def clean(self) -> bool:
        """Whether nothing but our own words is on the screen."""
        return not [word for word in NOISE if word in self.screen]


@dataclass
class Commands:
    """Runs the project's commands in a place of their own.

    Attributes:
        project: the checkout, in which they run.
        place: a directory for their state and report.
        prefect_home: where a temporary Prefect server keeps its database.
        extra: variables of the environment beside those of a machine with nothing configured.
        readers: what reads the files of runs that are called in this process.
    """

    project: Path
    place: Path
    prefect_home: Path
    extra: dict[str, str] = field(default_factory=dict)
    readers: type[ReaderPool] = RememberedReadings

    @property
    def environment(self) -> dict[str, str]:
        """A machine with nothing configured but what the test sets."""
        return {
            **bare_environment(),
            **FAST,
            "PREFECT_HOME": str(self.prefect_home),
            "XDG_STATE_HOME": str(self.place / "state"),
            "COLUMNS": "160",
            **self.extra,
        }

    def daily(self, *words: object, **extra: str) -> Ended:
        """`python flows/daily.py …` as a process of its own, with its report."""
        return self._reported(self._started, *words, **extra)

    def call_daily(self, *words: object, **extra: str) -> Ended:
        """The same, called in this process; where it needs a Prefect server, one must be configured."""
        return self._reported(self._called, *words, **extra)

    def call_doctor(self, *words: str, **extra: str) -> Ended:
        """`python -m mailroom doctor`, called in this process."""
        return Ended(*call(other_commands.main, ["doctor", *words], {**self.environment, **extra}), {})

    def _started(self, *words: object, **extra: str) -> Ended:
        return self.run("flows/daily.py", *words, **extra)

    def _called(self, *words: object, **extra: str) -> Ended:
        # The import takes seconds, and not every process of the tests needs it.
        from flows import daily  # noqa: F401, PLC0415
        from mailroom.cli.daily import main  # noqa: PLC0415

        # A run that gets as far as to need a temporary server is one for a process of its own, and fails
        # here.
        with (
            mock.patch.object(EphemeralServer, "start"),
            mock.patch.object(context, "ReaderPool", self.readers),
        ):
            return Ended(*call(main, [str(word) for word in words], {**self.environment, **extra}), {})

    def _reported(self, run: Callable[..., Ended], *words: object, **extra: str) -> Ended:
        report = self.place / "report.json"
        report.unlink(missing_ok=True)
        ended = run("--report-json", report, *words, **extra)
        ended.report = json.loads(report.read_text()) if report.exists() else {}
        return ended

    def run(self, *words: object, **extra: str) -> Ended:
        """`python …` from the checkout."""
        done = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=self.project,
            env={**self.environment, **extra},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Ended(done.returncode, done.stdout, {})

    def start(self, *words: object, **extra: str) -> subprocess.Popen[str]:
        """The same, but it is not waited for."""
        return subprocess.Popen(
            [sys.executable, *map(str, words)],
            cwd=self.project,
            env={**self.environment, **extra},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory, empty_prefect_home: Path) -> Path:
    """Where the temporary servers of all these tests have their database."""
    return shutil.copytree(empty_prefect_home, tmp_path_factory.mktemp("prefect") / "home")


@pytest.fixture
def commands(project: Path, tmp_path: Path, prefect_home: Path) -> Commands:
    """The project's commands, on a machine with nothing configured."""
    return Commands(project, tmp_path, prefect_home)


@pytest.fixture(scope="session")
def filled_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sandbox's state that every sandbox of these tests begins with: `NOTICES` and their cases.

    Their day has a scan too, which is left out: each run would spend most of its CPU time on reading it.
    """
    return make_once(tmp_path_factory, "filled-sandbox", fill_state)


def fill_state(state: Path) -> None:
    """Seed the state of a sandbox with `NOTICES` of a day of 25: one of each outcome, the rest matched."""
    day = generator.make_synthetic_day(25)
    notices = [notice for notice in day.notices if notice.kind != "scan"]
    copies = Counter(notice.pdf for notice in notices)
    single = [
        notice for notice in notices if day.expected[notice.path] == "matched" and copies[notice.pdf] == 1
    ]
    left_out = single[: len(notices) - NOTICES]
    day.notices[:] = [notice for notice in notices if notice not in left_out]
    store = Store(state)
    store.begin()
    with mock.patch.object(generator, "make_synthetic_day", return_value=day):
        seed_synthetic_day(store, len(day.notices))
    store.commit()
    store.close()


@pytest.fixture
def sandbox(tmp_path: Path, filled_state: Path) -> Iterator[Sandbox]:
    """A Drive with `NOTICES` notices and a Logiqs with their cases, standing for the real systems."""
    state = shutil.copytree(filled_state, tmp_path / "sandbox")
    with SandboxThread.start(state) as running:
        yield running


@pytest.fixture(scope="session")
def kept_sandbox(tmp_path_factory: pytest.TempPathFactory, filled_state: Path) -> Iterator[Sandbox]:
    """The same, running as long as the tests do: for those that file nothing."""
    state = shutil.copytree(filled_state, tmp_path_factory.mktemp("kept") / "sandbox")
    with SandboxThread.start(state) as running:
        yield running


@pytest.fixture
def read_only_sandbox(kept_sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox without faults, whose inbox is shared; nothing may be filed in it."""
    yield kept_sandbox
    for system in ("drive", "logiqs"):
        kept_sandbox.behave(system, clear=True)
    kept_sandbox.share(kept_sandbox.settings()["drive"]["inbox_id"], "fileOrganizer")
    assert kept_sandbox.state()["documents"] == []


@pytest.fixture
def real(commands: Commands, sandbox: Sandbox) -> Commands:
    """The commands with the real systems configured, and no Prefect server: they start a temporary one."""
    commands.extra = sandbox.environment()
    return commands


@pytest.fixture
def served(real: Commands, prefect_api: str) -> Commands:
    """The commands with the real systems and a Prefect server configured, on which nobody holds a slot."""
    forget_slots(prefect_api)
    real.extra["PREFECT_API_URL"] = prefect_api
    return real


@pytest.fixture
def checked(commands: Commands, read_only_sandbox: Sandbox, prefect_api: str) -> Commands:
    """The commands with real systems configured in which nothing is filed, and a Prefect server."""
    forget_slots(prefect_api)
    commands.extra = {**read_only_sandbox.environment(), "PREFECT_API_URL": prefect_api}
    return commands


@pytest.fixture(scope="session")
def machine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, empty_prefect_home: Path
) -> Iterator[Machine]:
    """With a Prefect server, to which the project is deployed: for the canaries and the deployments."""
    from tests.end_to_end.canaries.machine import machine_with_server  # noqa: PLC0415 - it imports this file
    from tests.postgresql_server import find_debian_programs, run_own_server  # noqa: PLC0415 - as above

    place = tmp_path_factory.mktemp("machine")
    shutil.copytree(empty_prefect_home, place / "home" / ".prefect")
    with ExitStack() as closing:
        database = None
        if request.config.getoption("--on-postgresql"):
            database = closing.enter_context(run_own_server(programs=find_debian_programs()))
        yield closing.enter_context(machine_with_server(place, database))


@pytest.fixture(scope="session")
def worker(machine: Machine) -> Iterator[None]:
    """A worker picks up what is due."""
    from tests.end_to_end.firm import working  # noqa: PLC0415 - likewise

    assert machine.firm is not None
    with working(machine.firm):
        yield


def stop(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Send a signal and wait for the end: the exit code, and what stood on the screen."""
    process.send_signal(number)
    screen, _ = process.communicate(timeout=SECONDS)
    return process.returncode, screen
