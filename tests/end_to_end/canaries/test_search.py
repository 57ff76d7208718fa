"""Each check of the canary test fails when something leaks: the search finds what is planted, wherever it
is.
"""

import base64
import html
import json
import os
import pickle
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import psycopg
import pytest

from mailroom.privacy.processes import read_start_ticks
from tests.end_to_end.canaries.clients import Client, Clients
from tests.end_to_end.canaries.machine import MEMORY, PROJECT, Machine, Watch
from tests.end_to_end.canaries.search import SQLITE, Found, Search
from tests.end_to_end.conftest import SECONDS
from tests.postgresql_server import PostgresqlServer

CLIENTS = Clients.of("planted")
ONE = CLIENTS.everyone[3]
# What every one of Prefect's places for texts is called.
OF_PREFECT = {
    "flow_run.name",
    "flow_run.parameters",
    "flow_run_state.message",
    "task_run.name",
    "task_run.tags",
    "task_run_state.message",
    "log.message",
    "artifact.data",
    "artifact.description",
    "artifact_collection.data",
    "events.payload",
    "events.resource",
    "event_resources.resource",
    "variable.value",
}


@pytest.fixture(scope="module")
def search() -> Search:
    """For everything about the clients."""
    return Search(CLIENTS.everyone)


@pytest.fixture
def clients(request: pytest.FixtureRequest) -> Clients:
    """Others in each test, since tests that run beside each other share scratch and the working tree."""
    return Clients.of(request.node.nodeid)


@pytest.fixture
def one(clients: Clients) -> Client:
    """The client whose data leaks."""
    return clients.everyone[3]


@pytest.fixture
def watch(tmp_path: Path, clients: Clients) -> Watch:
    """Over a machine on which nothing leaked yet."""
    return Watch(Machine(tmp_path / "machine"), clients)


VALUES = {
    **{form: form for form in ONE.ssn_forms()},
    **{form: form for form in ONE.phone_forms()},
    "surname": ONE.last,
    "first name": ONE.first,
    "spouse": ONE.spouse_last,
    "e-mail": ONE.email,
    "street": ONE.street,
    "case": str(ONE.case_id),
    "control number": ONE.aur,
    "payer": ONE.payer,
    "representative": ONE.representative,
}
WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "repr": repr,
    "in a JSON string": json.dumps,
    "in JSON within JSON": lambda text: json.dumps(json.dumps({"of": text})),
    "in a URL": quote,
    "in a query": quote_plus,
    "in HTML": html.escape,
    "in Base64": lambda text: base64.b64encode(f"{{'of': '{text}', 'and': 1}}".encode()).decode(),
    "pickled in Base64": lambda text: base64.b64encode(pickle.dumps({"of": text})).decode(),
}


@pytest.mark.parametrize("written", list(WRITTEN))
@pytest.mark.parametrize("value", list(VALUES))
def test_a_value_is_found_however_it_is_written(search: Search, value: str, written: str) -> None:
    """Each kind of value, in each of its forms, in each encoding."""
    assert search.text(f"of {WRITTEN[written](VALUES[value])}, and more", "here")


def test_what_is_not_planted_is_not_found(search: Search) -> None:
    """Other clients, ids, times, and a number within another."""
    other = Clients.of("somebody else").everyone[0]
    assert search.text(other.text(), "here") == []
    assert search.text(f"at 12{ONE.case_id}34 and 1{ONE.ssn}", "here") == []


def planted(place: Path, name: str, text: str) -> None:
    """A file with a leak in it."""
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text)


@pytest.mark.parametrize(
    "folder", ["home/.prefect/storage", "home/.local/state/mailroom/log", "home", "tmp", "said"]
)
def test_a_leak_in_any_file_of_the_machine_is_found(watch: Watch, one: Client, folder: str) -> None:
    """Prefect's results, logs, the user's home, temporary files, the state directory."""
    assert watch.found() == []
    planted(watch.machine.place / folder, "0a1b", f"of {one.last}")
    assert {hit.what for hit in watch.found()} == {"name"}


@pytest.mark.parametrize("place", [MEMORY, PROJECT], ids=["scratch", "working tree"])
def test_a_leak_outside_of_the_machine_is_found(watch: Watch, one: Client, place: Path) -> None:
    """In scratch, where a document's copy would stay, and in the working tree."""
    name = f".canary-{os.getpid()}"
    try:
        (place / name).write_bytes(one.notice())
        assert {"name", "number"} <= {hit.what for hit in watch.found()}
    finally:
        (place / name).unlink()
    assert watch.found() == []


@pytest.mark.parametrize(("process", "is_found"), [("another", False), ("this", True), ("dead", True)])
def test_what_a_live_run_of_another_has_in_scratch_is_no_leak(
    watch: Watch, one: Client, process: str, is_found: bool
) -> None:
    """Tests beside this one have runs, some with a client of the same name; a dead run must leave nothing."""
    pid = os.getpid() if process == "this" else os.getppid()
    ticks = 1 if process == "dead" else read_start_ticks(pid)
    # As if of another container: a run that starts now does not remove it.
    directory = MEMORY / f"mailroom-{os.getuid()}-0a1b2c3d-{pid}-{ticks}-{secrets.token_hex(4)}"
    directory.mkdir(mode=0o700)
    try:
        (directory / "0a1b").write_bytes(one.notice())
        assert bool(watch.found()) == is_found
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def test_a_leak_on_a_screen_or_in_a_files_name_is_found(watch: Watch, one: Client) -> None:
    """Standard output and error; paths."""
    planted(watch.machine.place / "reports", f"{one.last}.json", "{}")
    watch.machine.screens.append(f"Filing {one.phone_forms()[0]}")
    assert {hit.where.partition(" ")[0] for hit in watch.found()} == {"a", "name"}


def test_a_leak_in_a_ledger_is_found_after_it_was_deleted_too(watch: Watch, one: Client) -> None:
    """By table and column while the row is there, in the file's bytes as long as it was not overwritten."""
    path = watch.machine.place / "ledger.sqlite3"
    with sqlite3.connect(path) as opened:
        opened.execute("CREATE TABLE files (id TEXT, sealed BLOB)")
        opened.execute("INSERT INTO files VALUES ('x', ?)", (f"case {one.case_id}".encode(),))
    assert {hit.where for hit in watch.found()} == {str(path), "ledger.sqlite3: files.sealed"}
    with sqlite3.connect(path) as opened:
        opened.execute("PRAGMA secure_delete = OFF")
        opened.execute("DELETE FROM files")
    opened.close()
    assert {hit.where for hit in watch.found()} == {str(path)}


def test_a_leak_in_a_table_of_a_database_server_is_found(
    search: Search, postgresql: PostgresqlServer
) -> None:
    """Whatever type the column has: of text, of JSON as Prefect's, of bytes."""
    url = postgresql.create_database()
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as opened:
        opened.execute("CREATE TABLE said (name text, data jsonb, sealed bytea)")
    assert search.server(url) == []
    with psycopg.connect(plain) as opened:
        row = (ONE.last, json.dumps({"of": [ONE.last]}), ONE.last.encode())
        opened.execute("INSERT INTO said VALUES (%s, %s, %s)", row)
    where = {hit.where for hit in search.server(url)}
    assert where == {f"{url.database}: said.{column}" for column in ("name", "data", "sealed")}
    postgresql.drop(url)


def test_a_leak_in_each_of_prefects_places_is_found(
    watch: Watch, one: Client, empty_prefect_home: Path
) -> None:
    """A careless flow, whose names, parameters, states, logs, artifacts, events, variables and results all
    tell.
    """
    # Prefect starts a server of its own, which takes long on a busy machine.
    waits = {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(SECONDS)}
    environment = watch.machine.environment(CANARY_TEXT=one.text(), **waits)
    shutil.copytree(empty_prefect_home, environment["PREFECT_HOME"], dirs_exist_ok=True)
    ran = subprocess.run(
        [sys.executable, "tests/end_to_end/canaries/careless.py"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    watch.machine.screens.append(ran.stderr)
    places = {hit.where.removeprefix("prefect.db: ") for hit in watch.found()}
    assert places >= OF_PREFECT | {"a screen"}
    assert any("storage" in place for place in places)


def test_a_database_that_goes_while_it_is_searched_is_passed_over(
    search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the data files of coverage do. One that stays must be readable."""
    look = Search.database

    def look_late(search: Search, path: Path) -> list[Found]:
        path.rename(tmp_path.parent / "gone")
        return look(search, path)

    with closing(sqlite3.connect(tmp_path / "going")) as made:
        made.execute("CREATE TABLE one (two TEXT)")
    with monkeypatch.context() as patch:
        patch.setattr(Search, "database", look_late)
        assert search.tree(tmp_path) == []
    (tmp_path / "damaged").write_bytes(SQLITE + b"no database")
    with pytest.raises(sqlite3.DatabaseError):
        search.tree(tmp_path)


def test_a_client_is_found_by_each_of_their_values_alone(search: Search) -> None:
    """None of the kinds hides behind another one."""
    kinds = {name: {one.what for one in search.text(str(value), "")} for name, value in vars(ONE).items()}
    none = {name for name, found in kinds.items() if not found}
    # Where a thousand others live too.
    assert none == {"city", "zip"}
