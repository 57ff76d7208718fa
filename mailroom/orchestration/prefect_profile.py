"""Which Prefect server and home a command uses: what a person configured, or those of the sandbox.

Prefect is not imported: that takes longer than the rest of the start.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values


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
    files = [_toml(Path("prefect.toml")), _inside(_toml(Path("pyproject.toml")), "tool", "prefect")]
    paths = [nearest.get("PREFECT_PROFILES_PATH"), *(_inside(file, "profiles_path") for file in files)]
    path = str(next(filter(None, paths), prefect_home() / "profiles.toml"))
    profiles = _toml(Path(path).expanduser())
    # Of Prefect's own profiles none is taken before a person has written it into this file.
    active = os.environ.get("PREFECT_PROFILE") or str(profiles.get("active"))
    named = [_inside(profiles, "profiles", active, "PREFECT_API_URL")]
    return any([*named, *(_inside(file, "api", "url") for file in files)])


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
    "PREFECT_API_DATABASE_",
    "PREFECT_SERVER_DATABASE_",
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
