"""The real systems for commands: the sandbox's servers in this process, named by the environment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.run import context
from mailroom.sandbox.drive.server import DriveServer
from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.logiqs.server import LogiqsServer
from mailroom.sandbox.seeding import add_case, ensure_inbox
from mailroom.sandbox.store import Store
from tests.run.no_readers import NoReaders
from tests.sandbox.clients import serve


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A Drive and a Logiqs that the environment names, and reading processes that do not start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(context, "ReaderPool", NoReaders)
    store = Store(tmp_path / "sandbox")
    inbox = ensure_inbox(store)
    add_case(store, {"CaseID": 41, "LastName": "Smith", "SSN": "736-00-1234"})
    drive = DriveServer(store, "token", Behaviour(), {}).app()
    logiqs = LogiqsServer(store, "key", "secret", "match-key", Behaviour(), {}).app()
    with serve(drive) as drive_url, serve(logiqs) as logiqs_url:
        for name, value in {
            "STATE_DIR": str(tmp_path / "state"),
            "DRIVE__ROOT_URL": f"{drive_url}/",
            "DRIVE__ACCESS_TOKEN": "token",
            "DRIVE__INBOX_ID": inbox,
            "DRIVE__CALLS_PER_SECOND": "1000",
            "LOGIQS__CALLS_PER_SECOND": "1000",
            "LOGIQS__BASE_URL": f"{logiqs_url}/publicapi/V4/",
            "LOGIQS__API_KEY": "key",
            "LOGIQS__SECRET_TOKEN": "secret",
            "LOGIQS__MATCH_URL": f"{logiqs_url}/match",
            "LOGIQS__MATCH_API_KEY": "match-key",
        }.items():
            monkeypatch.setenv(f"MAILROOM_{name}", value)
        yield store
    store.close()
