"""Which Prefect server and home a command uses; read as Prefect itself reads it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import chdir, closing
from pathlib import Path
from unittest import mock

import pytest
from prefect.settings.models.root import Settings as PrefectSettings
from pydantic import SecretStr

from mailroom.orchestration.prefect_profile import may_hold_settings, server_is_configured, use_own_prefect


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path) -> Iterator[None]:
    """A Prefect home, a working directory and an environment with nothing in them."""
    with mock.patch.dict(os.environ), chdir(tmp_path):
        for name in [name for name in os.environ if name.startswith("PREFECT_")]:
            del os.environ[name]
        os.environ["PREFECT_HOME"] = str(tmp_path / "home")
        yield


URL = '"http://127.0.0.1:4200/api"'
FIRM = f"[profiles.firm]\nPREFECT_API_URL = {URL}\n"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("home/profiles.toml", f'active = "firm"\n{FIRM}'),
        ("prefect.toml", f"[api]\nurl = {URL}\n"),
        ("prefect.toml", f"api.url = {URL}\n"),
        ("pyproject.toml", f"[tool.prefect.api]\nurl = {URL}\n"),
        (".env", f"export PREFECT_API_URL={URL}\n"),
        (".env", f"prefect_api_url={URL}\n"),
        (".env", "PREFECT_PROFILES_PATH=profiles/firm.toml\n"),
        ("prefect.toml", 'profiles_path = "profiles/firm.toml"\n'),
        ("pyproject.toml", '[tool.prefect]\nprofiles_path = "profiles/firm.toml"\n'),
    ],
)
def test_a_server_named_in_a_file_is_used(tmp_path: Path, file: str, text: str) -> None:
    """The active profile and files of the folder may name one; Prefect itself reads the same."""
    for folder in ("home", "profiles"):
        (tmp_path / folder).mkdir()
    (tmp_path / "profiles" / "firm.toml").write_text(f'active = "firm"\n{FIRM}')
    assert (server_is_configured(), PrefectSettings().api.url) == (False, None)
    (tmp_path / file).write_text(text)
    assert (server_is_configured(), PrefectSettings().api.url) == (True, URL.strip('"'))


def test_a_sandbox_run_has_a_prefect_password_of_its_own(tmp_path: Path) -> None:
    """A password of the user's own server, in a file, once made a sandbox run fail."""
    (tmp_path / ".env").write_text("PREFECT_SERVER_API_AUTH_STRING=made-up\nPREFECT_API_KEY=made-up\n")
    use_own_prefect(tmp_path / "own")
    settings = PrefectSettings()
    assert settings.api.auth_string == settings.server.api.auth_string
    assert settings.api.auth_string not in (None, SecretStr("made-up"))


def test_a_server_named_in_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Itself, or by the name of a profile, or of the file with the profiles."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "profiles.toml").write_text(f'active = "other"\n{FIRM}')
    assert not server_is_configured()
    monkeypatch.setenv("PREFECT_PROFILE", "firm")
    assert server_is_configured()
    monkeypatch.setenv("PREFECT_PROFILE", "")
    (tmp_path / "elsewhere").write_text(f'active = "firm"\n{FIRM}')
    (tmp_path / ".env").write_text("PREFECT_PROFILES_PATH=elsewhere\n")
    assert server_is_configured()
    (tmp_path / ".env").unlink()
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    assert server_is_configured()
    monkeypatch.setenv("PREFECT_API_URL", "")
    (tmp_path / ".env").write_text(f"PREFECT_API_URL={URL}\n")
    assert not server_is_configured()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("home/profiles.toml", FIRM),
        ("home/profiles.toml", f'active = "gone"\n{FIRM}'),
        ("home/profiles.toml", f'active = "mine"\n[profiles.mine]\n# PREFECT_API_URL = {URL}\n{FIRM}'),
        ("home/profiles.toml", 'active = "firm"\n[profiles.firm]\nPREFECT_API_URL = ""\n'),
        ("home/profiles.toml", 'active = "firm"\nprofiles = ["PREFECT_API_URL"]\n'),
        ("home/profiles.toml", f"no toml, {FIRM}"),
        ("prefect.toml", f"[server.api]\n# PREFECT_API_URL = {URL}\nport = 4200\n"),
        ("prefect.toml", "api = 7\n"),
        ("pyproject.toml", "[tool.prefect.logging]\nlevel = 'INFO'\n"),
        (".env", f"# PREFECT_API_URL={URL}\nPREFECT_API_URL=\n"),
    ],
)
def test_a_name_that_does_not_count_names_no_server(tmp_path: Path, file: str, text: str) -> None:
    """Inactive profiles, comments, blanks, and what is not TOML."""
    (tmp_path / "home").mkdir()
    (tmp_path / file).write_text(text)
    assert not server_is_configured()


def make_database(home: Path, *statements: str) -> None:
    """Prefect's database, with the two tables that hold settings."""
    home.mkdir()
    with closing(sqlite3.connect(home / "prefect.db")) as database, database:
        for table in ("block_document", "variable"):
            database.execute(f"CREATE TABLE {table} (name TEXT)")
        for statement in statements:
            database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("INSERT INTO block_document VALUES ('another')", False),
        ("INSERT INTO variable VALUES ('another')", False),
        ("INSERT INTO block_document VALUES ('mailroom')", True),
        ("INSERT INTO block_document VALUES ('mailroom-ledger-key')", True),
        ("INSERT INTO variable VALUES ('mailroom_drive__inbox_id')", True),
        ("DROP TABLE variable", True),
    ],
)
def test_prefects_own_database_tells_whether_it_holds_settings(
    tmp_path: Path, statement: str, expected: bool
) -> None:
    """Without a server; a database that cannot be read may hold some."""
    assert not may_hold_settings()
    make_database(tmp_path / "home", statement)
    assert may_hold_settings() is expected


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".env", "PREFECT_SERVER_DATABASE_CONNECTION_URL=sqlite+aiosqlite:///elsewhere.db\n"),
        ("prefect.toml", "[server.database]\nconnection_url = 'sqlite+aiosqlite:///elsewhere.db'\n"),
        ("pyproject.toml", "[tool.prefect]\nhome = 'elsewhere'\n"),
        ("home/profiles.toml", "active = 'a'\n[profiles.a]\nPREFECT_API_DATABASE_CONNECTION_URL = 'x'\n"),
    ],
)
def test_a_database_elsewhere_may_hold_settings(tmp_path: Path, file: str, text: str) -> None:
    """Only a server knows what is in it."""
    (tmp_path / "home").mkdir()
    assert not may_hold_settings()
    (tmp_path / file).write_text(text)
    assert may_hold_settings()


def test_a_home_that_only_a_file_names_may_hold_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other commands of Prefect use that one."""
    (tmp_path / ".env").write_text("PREFECT_HOME=elsewhere\n")
    assert not may_hold_settings()
    monkeypatch.delenv("PREFECT_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert may_hold_settings()


def test_prefect_keeps_settings_where_they_are_looked_for(empty_prefect_home: Path) -> None:
    """The tables and their columns, in the database of the installed version."""
    with mock.patch.dict(os.environ, {"PREFECT_HOME": str(empty_prefect_home)}):
        assert not may_hold_settings()
