"""A ledger in a temporary directory, with a clock that tests turn."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.config.settings import Settings, load_settings
from mailroom.drive import ListedFile
from mailroom.ledger import Ledger, open_ledger
from tests.postgresql_server import KEY, PostgresqlServer

BASE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is turned."""

    now: datetime = BASE

    def __call__(self) -> datetime:
        """Return the time that was set."""
        return self.now


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What holds of a ledger holds in both databases, where a module says so; but for SQLite's file."""
    if not getattr(metafunc.module, "IN_BOTH_DATABASES", False) or "settings" not in metafunc.fixturenames:
        return
    if not metafunc.definition.get_closest_marker("sqlite_file"):
        metafunc.parametrize("settings", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Defaults, with the state in a temporary directory; the ledger in SQLite, or as the test says."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield load_settings(state_dir=tmp_path / "state")
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    url = server.create_ledger()
    yield load_settings(
        state_dir=tmp_path / "state",
        ledger_url=url.render_as_string(hide_password=False),
        ledger_key=KEY,
    )
    server.drop(url)


@pytest.fixture
def clock() -> Clock:
    """A clock that a test sets."""
    return Clock()


@pytest.fixture
def ledger(settings: Settings, clock: Clock) -> Iterator[Ledger]:
    """A new ledger on that clock."""
    with open_ledger(settings) as opened:
        opened._clock = clock
        yield opened


def files(count: int, start: int = 0) -> list[ListedFile]:
    """Listed files, the n-th created n seconds after the first."""
    numbers = range(start, start + count)
    return [ListedFile(f"f{n:05}", "inbox", 10 + n, "md5", BASE + timedelta(seconds=n)) for n in numbers]


def listed(ledger: Ledger, count: int, run: str = "run") -> None:
    """A run lists so many files in one folder."""
    ledger.add_folders(run, ["inbox"])
    ledger.record_page(run, "inbox", files(count), None)
    ledger.finish_folder(run, "inbox")


def confirmed(ledger: Ledger) -> tuple[str, int] | None:
    """The marker and the case of the newest document that the CRM confirmed."""
    found = ledger.find_confirmed_delivery("document")
    return (found[0].marker, found[1]) if found else None
