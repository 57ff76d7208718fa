"""Which settings are set, by which source, and what a real run still lacks. A secret's value is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from mailroom.config.settings import Settings, missing_for_real_systems
from mailroom.config.sources import STORED, Sources
from mailroom.config.unknown_names import PREFIX
from mailroom.doctor.lines import Line, not_checked, note, ok, wrong

TOPIC = "configuration"
SETTING = "setting"
MEND = (
    "Set it in the environment, in .env, or in the Prefect blocks google-drive-credentials/mailroom and "
    "logiqs-credentials/mailroom (README, 'The real systems')."
)


def check_configuration(settings: Settings, sources: Sources, *, all_read: bool = True) -> Iterator[Line]:
    """A line for each value that is set, one for all that are not, and one for what is missing.

    ``all_read`` false: a Prefect server is configured, and what it holds could not be read.
    """
    defaults, given = 0, 0
    for path, value in _values(settings):
        source = sources.find_source(path)
        name = f"{PREFIX}{'__'.join(path).upper()}"
        if source is None:
            defaults += 1
        elif value is None and source in STORED:
            # Of credentials only that of the nearest source counts, of whatever kind it is.
            yield note(SETTING, f"{name} of {source} is not used: a nearer source has another credential")
        else:
            given += 1
            yield ok(SETTING, f"{name} = {shown(path[-1], value)}, from {source}")
    yield ok(SETTING, f"{'the other' if given else 'all'} {defaults} have their defaults")
    missing = missing_for_real_systems(settings)
    if missing != [] and not all_read:
        names = ", ".join(missing) if missing else "everything"
        yield not_checked(TOPIC, f"the Prefect server comes first; missing without what it holds: {names}")
    elif missing is None:
        yield wrong(
            TOPIC,
            "Nothing is configured for Drive and Logiqs: `python flows/daily.py` runs on its sandbox, "
            "a deployment fails.",
            MEND.replace("Set it", "Set both up"),
        )
    elif missing:
        yield wrong(TOPIC, f"Missing: {', '.join(missing)}.", MEND)
    else:
        yield ok(TOPIC, "Drive and Logiqs are configured")


def _values(settings: BaseModel, outer: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _values(value, (*outer, name))
        else:
            yield (*outer, name), value


def shown(name: str, value: object) -> str:
    """A value for a screen: secrets are said to be there, addresses lose logins and queries."""
    if value is None:
        return "nothing (blank)"
    if isinstance(value, SecretStr):
        return "a secret"
    if name == "ledger_url":
        return _database(str(value))
    text = str(value)
    return _address(text) if "://" in text else text


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address"
    return urlunsplit((parts.scheme, host + port, parts.path, "…" if parts.query else "", ""))


def _database(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return "no SQLAlchemy URL"
    return url.set(query={}).render_as_string(hide_password=True)
