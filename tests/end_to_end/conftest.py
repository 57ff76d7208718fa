"""The real commands as processes of their own, on sandboxes, with a Prefect home that the tests share."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mailroom.sandbox.launcher import Sandbox

FAST = {
    "MAILROOM_DRIVE__CALLS_PER_SECOND": "500",
    "MAILROOM_LOGIQS__CALLS_PER_SECOND": "500",
    "MAILROOM_RETRY_DELAY": "0.05",
}
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
    """Runs the project's commands in a place of their own."""

    project: Path
    place: Path
    prefect_home: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """A machine with nothing configured but what the test sets."""
        return {
            **os.environ,
            **FAST,
            "PREFECT_HOME": str(self.prefect_home),
            "XDG_STATE_HOME": str(self.place / "state"),
            "COLUMNS": "160",
            **self.extra,
        }

    def daily(self, *words: object, **extra: str) -> Ended:
        """`python flows/daily.py …`, with its report."""
        report = self.place / "report.json"
        report.unlink(missing_ok=True)
        ended = self.run("flows/daily.py", "--report-json", report, *words, **extra)
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
            timeout=150,
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
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prefect makes its database only once for all these tests."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture
def commands(project: Path, tmp_path: Path, prefect_home: Path) -> Commands:
    """The project's commands, on a machine with nothing configured."""
    return Commands(project, tmp_path, prefect_home)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A Drive with 24 synthetic notices and a Logiqs with their cases, standing for the real systems."""
    with Sandbox.start(tmp_path / "sandbox", notices=24) as running:
        yield running


@pytest.fixture
def real(commands: Commands, sandbox: Sandbox) -> Commands:
    """The commands with the real systems configured."""
    commands.extra = sandbox.environment()
    return commands


def stop(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Send a signal and wait for the end: the exit code, and what stood on the screen."""
    process.send_signal(number)
    screen, _ = process.communicate(timeout=60)
    return process.returncode, screen
