"""Which Prefect server and home a command uses: what a person configured, or those of the sandbox.

Prefect is not imported: that takes longer than the rest of the start.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import tomllib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from mailroom.config.block_names import LEDGER_KEY, NAME, VARIABLE_PREFIX

# Settings that name another database than the one in Prefect's home.
DATABASE = ("PREFECT_API_DATABASE_", "PREFECT_SERVER_DATABASE_")
# The tables of Prefect 3.8: a block or a variable of the mail room, if there is one.
ANY_SETTING = (
    f"SELECT 1 FROM block_document WHERE name IN ('{NAME}', '{LEDGER_KEY}') "  # noqa: S608 - our own constants
    f"UNION ALL SELECT 1 FROM variable WHERE name LIKE '{VARIABLE_PREFIX}%' LIMIT 1"
)


def prefect_home() -> Path:
    """Where Prefect keeps its database and profiles."""
    return Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()


def server_is_configured() -> bool:
    """Whether a person named a Prefect server: in the environment, the active profile, or a file in this
    folder.

    Read as Prefect reads them, but without it: importing its settings takes longer than the rest of the
    start.
    """
    nearest = {**_named(_dotenv()), **_named(os.environ)}
    if "PREFECT_API_URL" in nearest:
        # A blank one names none, whatever stands farther away.
        return bool(nearest["PREFECT_API_URL"])
    named = [_read_profile(nearest).get("PREFECT_API_URL")]
    return any([*named, *(_inside(file, "api", "url") for file in _read_files())])


def may_hold_settings() -> bool:
    """Whether Prefect's own database on this machine may hold blocks or variables of the mail room.

    Read without Prefect, whose server takes many seconds to start. True also where the database is another
    one than in Prefect's home, or cannot be read.
    """
    nearest = {**_named(_dotenv()), **_named(os.environ)}
    names = {*nearest, *_named(_read_profile(nearest))}
    files = _read_files()
    is_elsewhere = any(name.startswith(DATABASE) for name in names) or any(
        _inside(file, key) for file in files for key in ("server", "home")
    )
    if is_elsewhere or ("PREFECT_HOME" in names and "PREFECT_HOME" not in os.environ):
        return True
    path = prefect_home() / "prefect.db"
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)) as database:
            return database.execute(ANY_SETTING).fetchone() is not None
    except sqlite3.Error:
        return True


def _read_files() -> list[dict[str, Any]]:
    """Prefect's settings in the files of this folder."""
    return [_toml(Path("prefect.toml")), _inside(_toml(Path("pyproject.toml")), "tool", "prefect") or {}]


def _read_profile(nearest: Mapping[str, str | None]) -> dict[str, Any]:
    """The settings of the active profile; ``nearest`` are those of the environment and .env."""
    paths = [
        nearest.get("PREFECT_PROFILES_PATH"),
        *(_inside(file, "profiles_path") for file in _read_files()),
    ]
    path = str(next(filter(None, paths), prefect_home() / "profiles.toml"))
    profiles = _toml(Path(path).expanduser())
    # Of Prefect's own profiles none is taken before a person has written it into this file.
    active = os.environ.get("PREFECT_PROFILE") or str(profiles.get("active"))
    found = _inside(profiles, "profiles", active)
    return found if isinstance(found, dict) else {}


def _named(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Prefect takes its names in either case."""
    return {name.upper(): value for name, value in values.items()}


def _dotenv() -> dict[str, str | None]:
    try:
        return dotenv_values(".env") if Path(".env").is_file() else {}
    except (OSError, UnicodeDecodeError):
        return {}


def _toml(path: Path) -> dict[str, Any]:
    """What is in the file; nothing where Prefect cannot read it either, which it says itself."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def _inside(table: Any, *names: str) -> Any:
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table


# Settings of Prefect's that would lead a sandbox run away from its own home.
ELSEWHERE = (
    "PREFECT_PROFILE",
    "PREFECT_API_KEY",
    *DATABASE,
)


def use_own_prefect(home: Path) -> None:
    """Keep this process, and the temporary server it starts, away from the user's Prefect server and profile.

    Call it before Prefect is imported. What is in the environment wins over profiles and files.

    Args:
        home: the Prefect home of sandbox runs; kept between runs, since making its database takes seconds.
    """
    for name in [name for name in os.environ if name.upper().startswith(ELSEWHERE)]:
        del os.environ[name]
    # It replaces a password of a file in this folder, which a blank value would not.
    password = secrets.token_urlsafe()
    own = {
        "PREFECT_API_AUTH_STRING": password,
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
    }
    for name in [name for name in os.environ if name.upper() in {*own, "PREFECT_API_URL"}]:
        del os.environ[name]
    os.environ.update(own)
