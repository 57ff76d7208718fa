"""A store with files and cases, and both servers on it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mailroom.sandbox.drive.server import DriveServer
from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.logiqs.server import LogiqsServer
from mailroom.sandbox.seeding import add_case, ensure_inbox
from mailroom.sandbox.store import Store
from tests.sandbox.clients import BASIC, BEARER, serve


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An inbox with five files, a case with an officer and a spouse, and one without both."""
    made = Store(tmp_path / "state")
    inbox = ensure_inbox(made)
    for number in range(5):
        made.add_file(f"{number}.pdf", inbox, b"%PDF" + bytes([number]) * 20)
    officer = {"SetOfficerID": 7, "StatusID": 2, "CellPhone": "(555) 555-0100", "Email": "a@example.com"}
    names = {"FirstName": "Jo", "LastName": "O'Brien", "SpouseLastName": "Quill", "SpouseSSN": "735-00-4321"}
    add_case(made, {"CaseID": 41, "SSN": "734-00-1234", **names, **officer})
    add_case(made, {"CaseID": 42, "LastName": "Smith", "SSN": "736-00-1234"})
    yield made
    made.close()


@pytest.fixture
def behaviour() -> Behaviour:
    """A behaviour without faults."""
    return Behaviour()


@pytest.fixture
def drive(store: Store, behaviour: Behaviour) -> Iterator[httpx.Client]:
    """A client of the Drive, with its token."""
    links = {"drive": "http://d/", "logiqs": "http://l/"}
    app = DriveServer(store, "token", behaviour, links).app()
    with serve(app) as root, httpx.Client(base_url=root, headers=BEARER) as client:
        yield client


@pytest.fixture
def logiqs(store: Store, behaviour: Behaviour) -> Iterator[httpx.Client]:
    """A client of the Logiqs, with its key."""
    app = LogiqsServer(store, "key", "secret", "match-key", behaviour, {}).app()
    with serve(app) as root, httpx.Client(base_url=root, headers=BASIC) as client:
        yield client
