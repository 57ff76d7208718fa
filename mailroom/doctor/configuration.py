"""Shows which settings are set, by which source, and which a real run lacks. Never shows a secret."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from mailroom.config.block_names import DRIVE_BLOCK, LOGIQS_BLOCK
from mailroom.config.settings import (
    DOTENV,
    Settings,
    dotenv_file,
    names_for_real_systems,
)
from mailroom.config.sources import STORED, Sources
from mailroom.config.target import list_missing
from mailroom.config.unknown_names import PREFIX
from mailroom.doctor.lines import Line, not_checked, note, ok, wrong
from mailroom.errors import ConfigError
from mailroom.ledger.inspection import has_case_index

TOPIC = "configuration"
SETTING = "setting"
FIX = (
    f"Set it in the environment, in .env, or in the Prefect blocks {DRIVE_BLOCK} and {LOGIQS_BLOCK} "
    "(see docs/setup.md)."
)


def check_configuration(
    settings: Settings, sources: Sources, *, all_read: bool = True, on_sandbox: bool = False
) -> Iterator[Line]:
    """Yield a line for each setting that is set, one for all defaults, and one for what is missing.

    Args:
        settings: read from all sources that count.
        sources: what Prefect stores of them.
        all_read: false when a Prefect server is configured, but its blocks and variables could not be read.
        on_sandbox: whether runs use the sandbox, which needs none of these settings.
    """
    defaults, given = 0, 0
    for path, value in _list_values(settings):
        source = sources.find_source(path)
        name = f"{PREFIX}{'__'.join(path).upper()}"
        if source is None:
            defaults += 1
        elif value is None and source in STORED:
            # Only the credential of the source with the highest precedence counts, whatever its kind.
            yield note(SETTING, f"{name} from {source} is not used: another credential takes precedence")
        else:
            given += 1
            yield ok(SETTING, f"{name} = {format_value(path[-1], value)}, from {source}")
    yield ok(SETTING, f"{'the other' if given else 'all'} {defaults} settings have their default values")
    missing = list_missing(settings, can_find_cases)
    if missing != [] and not all_read:
        names = ", ".join(missing) if missing else "all settings of Drive and Logiqs"
        yield not_checked(
            TOPIC, f"the Prefect server must answer first; missing without its blocks and variables: {names}"
        )
    elif missing is None and on_sandbox:
        yield note(
            TOPIC,
            f"The real systems need: {', '.join(names_for_real_systems())}.",
            FIX.replace("it in", "them in"),
        )
    elif missing is None:
        yield wrong(
            TOPIC,
            f"Drive and Logiqs are not configured. Not set: {', '.join(names_for_real_systems())}.",
            FIX.replace("it in", "them in"),
        )
    elif missing:
        yield wrong(TOPIC, f"Missing: {', '.join(missing)}.", FIX)
    else:
        yield ok(TOPIC, "Drive and Logiqs are configured")


def can_find_cases(settings: Settings) -> bool:
    """Whether there is a case in the case index; False where the ledger cannot be read."""
    try:
        return has_case_index(settings)
    except ConfigError:
        # The ledger has a line of its own.
        return False


def check_dotenv() -> Iterator[Line]:
    """Yield a line if other users of this machine can read or change ``.env``, which may hold secrets."""
    file = dotenv_file()
    try:
        mode = file.stat().st_mode
    except OSError:
        # None is there; one that cannot be read has its own line.
        return
    if mode & 0o077:
        yield note(
            DOTENV,
            f"Other users of this machine can read or change {file.absolute()}, which may hold keys.",
            f"Run: chmod 600 {shlex.quote(str(file.absolute()))}",
        )


def _list_values(settings: BaseModel, outer: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _list_values(value, (*outer, name))
        else:
            yield (*outer, name), value


def format_value(name: str, value: object) -> str:
    """Return a value for the screen: a secret only as "a secret", an address without login and query."""
    if value is None:
        return "empty"
    if isinstance(value, SecretStr):
        return "a secret"
    if name == "ledger_url":
        return _format_database_url(str(value))
    text = str(value)
    return format_address(text) if "://" in text else text


def format_address(text: str) -> str:
    """Return an address for the screen, without login and query."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "not a valid address"
    return urlunsplit((parts.scheme, host + port, parts.path, "…" if parts.query else "", ""))


def _format_database_url(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return "not a valid SQLAlchemy URL"
    if "@" in (url.host or ""):
        # The end of a password that holds this character.
        return "not a valid SQLAlchemy URL"
    return url.set(query={}).render_as_string(hide_password=True)
