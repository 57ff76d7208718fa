"""A PostgreSQL server that cannot be used: a line says what is wrong and what to do, without a password."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from mailroom.config.settings import Settings, load_settings
from mailroom.errors import ConfigError
from mailroom.ledger import open_ledger
from mailroom.ledger.inspection import inspect_ledger
from tests.database_gate import open_gate
from tests.postgresql_server import KEY, OwnServer, PostgresqlServer, run_own_server

PASSWORD = "made-up-pass-word"
LOOKS = (open_ledger, inspect_ledger)


@pytest.fixture(scope="session")
def server(postgresql: PostgresqlServer) -> Iterator[OwnServer]:
    """A server whose users are known, also where the environment names another one for the tests."""
    if isinstance(postgresql, OwnServer):
        add_users(postgresql)
        yield postgresql
        return
    with run_own_server() as own:
        add_users(own)
        yield own


def add_users(server: PostgresqlServer) -> None:
    """One who must give a password, one with no rights, and one whom the server does not let in."""
    for name in ("locked", "visitor", "stranger"):
        server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD} it is'")


@pytest.fixture
def empty(server: OwnServer) -> Iterator[URL]:
    """The URL of an empty database."""
    url = server.create_database()
    yield url
    server.drop(url)


def lead_to(url: URL, place: Path) -> Settings:
    """Settings for this URL."""
    return load_settings(
        state_dir=place, ledger_url=url.render_as_string(hide_password=False), ledger_key=KEY
    )


def refused(settings: Settings, *ways: Any) -> str:
    """What is said, the same by a run and by the doctor."""
    said = set()
    for look in ways or LOOKS:
        with pytest.raises(ConfigError) as error:
            look(settings)
        said.add(str(error.value))
    (line,) = said
    assert PASSWORD not in line
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("change", "wrong", "remedy"),
    [
        ({"username": "locked", "password": PASSWORD}, "refuses the password", "PGPASSWORD"),
        ({"username": "locked"}, "refuses the password", "~/.pgpass"),
        (
            {"username": "stranger", "password": PASSWORD},
            "requires TLS, or does not accept",
            "?sslmode=require",
        ),
        ({"database": "none"}, "no database with that name", "createdb"),
        ({"username": "visitor"}, "this user lacks permissions", "OWNER TO"),
        ({"query": {"host": "/nowhere"}}, "does not answer", "Start the server"),
        ({"host": "127.0.0.1", "port": 9, "query": {}}, "server 127.0.0.1:9 cannot", "Start the server"),
        ({"host": "no-host.invalid", "query": {}}, "does not answer", "correct the host and port"),
        ({"query": {"no": "option"}}, "an option of its URL is wrong", "after the ?"),
    ],
)
def test_each_refusal_has_its_remedy(
    empty: URL, tmp_path: Path, change: dict[str, Any], wrong: str, remedy: str
) -> None:
    """The database is left as it is."""
    line = refused(lead_to(empty.set(**change), tmp_path))
    assert wrong in line
    assert remedy in line


def test_a_server_without_tls_is_named_as_that(empty: URL, tmp_path: Path) -> None:
    """The URL wants it."""
    with open_gate(empty) as gate:
        line = refused(lead_to(gate.url.update_query_dict({"sslmode": "require"}), tmp_path))
    assert "does not offer TLS" in line


@pytest.mark.parametrize("has_ledger", [False, True], ids=["empty", "a ledger"])
def test_a_standby_is_told_before_anything_is_begun(
    server: OwnServer, tmp_path: Path, *, has_ledger: bool
) -> None:
    """It may have the ledger or not."""
    url = server.create_ledger() if has_ledger else server.create_database()
    server.execute(f"ALTER DATABASE {url.database} SET default_transaction_read_only = on")
    assert "it is read-only. Name the primary server" in refused(lead_to(url, tmp_path))
    server.drop(url)


def test_another_users_ledger_is_not_opened(server: OwnServer, tmp_path: Path) -> None:
    """Its tables are there, and may not be read."""
    url = server.create_ledger()
    assert "permissions that the ledger needs" in refused(lead_to(url.set(username="visitor"), tmp_path))
    server.drop(url)


def test_a_newer_ledger_is_not_touched(server: OwnServer, tmp_path: Path) -> None:
    """Workers of two versions: the older ones say so."""
    url = server.create_ledger()
    with open_ledger(lead_to(url, tmp_path)) as ledger, ledger._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "newer version of the mail room" in refused(lead_to(url, tmp_path))
    server.drop(url)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_the_driver_need_not_be_named(server: OwnServer, tmp_path: Path, scheme: str) -> None:
    """As other programs write the URL."""
    url = server.create_ledger()
    open_ledger(lead_to(url.set(drivername=scheme), tmp_path)).close()
    server.drop(url)


@pytest.mark.parametrize(
    ("url", "wrong", "remedy"),
    [
        ("postgresql+psycopg2://u@host/db", "begins with postgresql+psycopg2", "Write postgresql+psycopg://"),
        ("mysql://u@host/db", "begins with mysql", "or sqlite:////path"),
        (f"postgresql://u:{PASSWORD}@x@host/db", "a character that separates", "@ as %40"),
    ],
)
def test_a_url_of_another_kind_is_told(tmp_path: Path, url: str, wrong: str, remedy: str) -> None:
    """Before anything is looked for."""
    line = refused(load_settings(state_dir=tmp_path, ledger_url=url, ledger_key=KEY))
    assert wrong in line
    assert remedy in line


def test_a_missing_driver_is_told_with_the_command(
    empty: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an extra of the package."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert refused(lead_to(empty, tmp_path)).endswith("uv sync --extra postgresql")
