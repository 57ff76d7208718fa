"""A machine of a firm whose every trace is searched: home, temporary directory, Prefect's server and its
log.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailroom.config.settings import Settings, load_settings
from mailroom.sandbox.launcher import Sandbox
from tests.end_to_end.canaries.clients import Clients
from tests.end_to_end.canaries.search import Found, Search
from tests.end_to_end.conftest import FAST, NOISE, SECONDS
from tests.end_to_end.firm import Firm, deployed_firm
from tests.postgresql_server import KEY, OwnServer
from tests.sandbox_thread import SandboxThread

LEAKS = Path(__file__).with_name("leaks")
MEMORY = Path("/dev/shm")  # noqa: S108 - where scratch lies by default
PROJECT = Path(__file__).parents[3]


class Machine:
    """All that runs here leaves its traces below ``place``, in memory-backed scratch, or in the working
    tree.
    """

    def __init__(self, place: Path, firm: Firm | None = None, database: OwnServer | None = None) -> None:
        place.mkdir(exist_ok=True)
        self.place, self.firm, self.database = place, firm, database
        self._ledgers: dict[str, str] = {}
        self.screens: list[str] = []

    def environment(self, **extra: str) -> dict[str, str]:
        """Of each process: nothing of it lies elsewhere."""
        base = self.firm.environment if self.firm else {**os.environ, **places(self.place)}
        return {**base, **FAST, **extra}

    def state(self, name: str) -> dict[str, str]:
        """The variables of a state directory, and so a ledger, of a run's own."""
        state = {"MAILROOM_STATE_DIR": str(self.place / name)}
        if self.database is None:
            return state
        if name not in self._ledgers:
            self._ledgers[name] = self.database.create_database().render_as_string(hide_password=False)
        return {**state, "MAILROOM_LEDGER_URL": self._ledgers[name], "MAILROOM_LEDGER_KEY": KEY}

    def load_settings(self, name: str) -> Settings:
        """The settings that lead to that ledger."""
        given = self.state(name)
        return load_settings(
            state_dir=self.place / name,
            ledger_url=given.get("MAILROOM_LEDGER_URL"),
            ledger_key=given.get("MAILROOM_LEDGER_KEY"),
        )

    def daily(self, *words: object, leaks: str = "", text: str = "", **extra: str) -> int:
        """`python flows/daily.py …` with these leaks; its exit code."""
        process = self.start(*words, leaks=leaks, text=text, **extra)
        screen, _ = process.communicate(timeout=SECONDS)
        self.screens.append(screen)
        return process.returncode

    def start(self, *words: object, leaks: str = "", text: str = "", **extra: str) -> subprocess.Popen[str]:
        """The same, but it is not waited for."""
        report = self.place / "report.json"
        report.unlink(missing_ok=True)
        self.done.write_text("")
        return subprocess.Popen(
            [sys.executable, "flows/daily.py", "--report-json", str(report), *map(str, words)],
            cwd=PROJECT,
            env=self.environment(**leaking(self.done, leaks, text), **extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def done(self) -> Path:
        """Where the leaks that happened are noted."""
        return self.place / "leaks-done.txt"

    def leaked(self) -> list[str]:
        """The leaks that happened in the last run."""
        return self.done.read_text().split()

    def quiet(self) -> bool:
        """Whether nothing but our own words stood on the last screen."""
        return not [word for word in NOISE if word in self.screens[-1]]


def leaking(done: Path, leaks: str, text: str = "") -> dict[str, str]:
    """The environment that makes a process careless."""
    if not leaks:
        return {}
    return {
        # It takes the place of the tests' own `sitecustomize`.
        "PYTHONPATH": f"{LEAKS}:child" if "child" in leaks else str(LEAKS),
        "CANARY_LEAKS": leaks,
        "CANARY_DONE": str(done),
        "CANARY_TEXT": text,
    }


def places(place: Path) -> dict[str, str]:
    """Home, state, temporary directory and Prefect's home below one directory."""
    made = {
        "HOME": place / "home",
        "PREFECT_HOME": place / "home" / ".prefect",
        "XDG_STATE_HOME": place / "home" / ".local" / "state",
        "TMPDIR": place / "tmp",
    }
    for path in made.values():
        path.mkdir(parents=True, exist_ok=True)
    return {name: str(path) for name, path in made.items()}


@contextmanager
def machine_with_server(place: Path, database: OwnServer | None = None) -> Iterator[Machine]:
    """Its Prefect server says everything that it does; with ``database`` all data is on that server."""
    extra = {"PREFECT_SERVER_LOGGING_LEVEL": "DEBUG", "PREFECT_LOGGING_SERVER_LEVEL": "DEBUG"}
    if database is not None:
        url = database.create_database().set(drivername="postgresql+asyncpg")
        extra["PREFECT_API_DATABASE_CONNECTION_URL"] = url.render_as_string(hide_password=False)
    with deployed_firm(place, **places(place), **extra) as firm:
        yield Machine(place, firm, database)


class Watch:
    """From its making on whatever the machine writes is looked through for the clients of a day."""

    def __init__(self, machine: Machine, clients: Clients, *but: Path) -> None:
        self.machine, self.but, self.search = machine, but, Search(clients.everyone)
        # A file system's clock may lag a little.
        self.began = time.time() - 1

    def found(self) -> list[Found]:
        """Everything of these clients that is anywhere, the sandbox's own store aside."""
        screens = "\n".join(self.machine.screens)
        # The tests' own temporary directory may be in memory too; the machine's place in it is searched.
        elsewhere = (*self.but, Path(tempfile.gettempdir()))
        database = self.machine.database
        return [
            *(self.search.server(database.url) if database else ()),
            *self.search.text(screens, "a screen"),
            *self.search.tree(self.machine.place, but=self.but),
            *self.search.tree(MEMORY, PROJECT, newer_than=self.began, but=elsewhere),
        ]


@contextmanager
def real_systems(state: Path, clients: Clients) -> Iterator[Sandbox]:
    """A sandbox in the role of the firm's Drive and Logiqs, with these clients' notices and cases.

    That their data is there, and is found by a search of it, shows that the search finds what it looks for.
    """
    clients.seed_state(state)
    found = {one.what for one in Search(clients.everyone).tree(state)}
    assert found >= {"name", "number", "e-mail", "address"}
    with SandboxThread.start(state) as running:
        yield running
