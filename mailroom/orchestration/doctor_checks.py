"""What `python -m mailroom doctor` looks at on the Prefect server: itself, its database, blocks and limits.

Everything here reads; limits are made and corrected by a run. No temporary server is started for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from prefect.client.base import ServerType
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from pydantic import ValidationError

from mailroom.config.block_names import LEDGER_KEY, NAME
from mailroom.config.settings import Settings
from mailroom.config.sources import Sources
from mailroom.doctor.lines import Line, not_checked, note, ok, wrong
from mailroom.errors import ConfigError
from mailroom.orchestration import block_settings
from mailroom.orchestration.server_checks import check_prefect_server, quick_client
from mailroom.orchestration.slots import limit_name, list_limits

SERVER, DATABASE, LIMIT = "Prefect server", "Prefect database", "limit"
VARIABLES, KEY, LOGGING = "Prefect variables", "block ledger key", "redacted logging"
NO_SERVER = "no Prefect server is configured"
# What a server that answered at first may do later: stop, or answer what a client of this version cannot
# read.
SERVER_FAULTS = (httpx.HTTPError, ValidationError)
# A block type that every server registers at its start.
KNOWN_TYPE = "Secret"


@dataclass
class Stored:
    """The settings that a server stores; for each part the values of its block, or the error in it."""

    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    ledger_key: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, ConfigError] = field(default_factory=dict)

    @property
    def sources(self) -> Sources:
        """As the settings are read from it."""
        blocks = {part: given for part, given in self.blocks.items() if given}
        return Sources({**blocks, **self.ledger_key}, self.variables)


@dataclass(frozen=True)
class ServerLook:
    """The server's lines; ``stored`` is None where none could be asked. ``version``: None when unknown."""

    lines: list[Line]
    stored: Stored | None = None
    version: str | None = None


def look_at_server(*, file_names_one: bool, temporary: bool = False) -> ServerLook:
    """Ask the server that the environment or the active profile names, if any.

    Args:
        file_names_one: whether some file sets ``PREFECT_API_URL``, though Prefect does not read it there.
        temporary: whether a server that answers was started only to read what the active profile stores.
    """
    address = get_current_settings().api.url
    absent = [_no_server(file_names_one=file_names_one), not_checked(DATABASE, NO_SERVER)]
    if address is None:
        return ServerLook(absent)
    try:
        version = check_prefect_server()
        with quick_client() as client:
            if temporary:
                return ServerLook(absent, _stored(client))
            return ServerLook(
                [
                    ok(SERVER, f"{_shown(address)} answers, version {version or 'of Prefect Cloud'}"),
                    _database(client),
                ],
                _stored(client),
                str(version) if version else None,
            )
    except ConfigError as error:
        words, fix = error.what, error.fix
    except SERVER_FAULTS:
        words, fix = "It stopped answering, or it is not a Prefect server.", "Check the log of the server."
    lines = [
        wrong(SERVER, f"{_shown(address)}: {words}", fix),
        not_checked(DATABASE, "the Prefect server must answer first"),
    ]
    return ServerLook(lines)


def _shown(address: str) -> str:
    """The address without a login that may be in it."""
    return str(httpx.URL(address).copy_with(userinfo=b""))


def _no_server(*, file_names_one: bool) -> Line:
    if file_names_one:
        return note(
            SERVER,
            "A file sets PREFECT_API_URL, but not for the active profile, so Prefect starts a temporary server.",
            "Choose the profile (`uv run prefect profile use NAME`), or set PREFECT_API_URL.",
        )
    return note(
        SERVER,
        "None is configured. Each local run starts a temporary one with a SQLite database.",
        "For schedules and blocks, start a server (`uv run prefect server start`) and set PREFECT_API_URL.",
    )


def _database(client: SyncPrefectClient) -> Line:
    if client.server_type is ServerType.CLOUD:
        return ok(DATABASE, "Prefect Cloud's own")
    kind = database_kind(client)
    if kind == "PostgreSQL":
        return ok(DATABASE, "PostgreSQL")
    slow = (
        "acquiring a slot may take seconds when several batches start at the same time (docs/deployment.md)"
    )
    fix = "Use few slots. For many slots or machines, use PostgreSQL: set PREFECT_SERVER_DATABASE_CONNECTION_URL on the server."
    if kind == "SQLite":
        return note(DATABASE, f"SQLite: {slow}", fix)
    return note(DATABASE, f"The type of the database is unknown. On SQLite {slow}", fix)


def database_kind(client: SyncPrefectClient) -> str | None:
    r"""Return ``SQLite`` or ``PostgreSQL``; None when it cannot be determined.

    The server hides its connection URL, but the two search differently: in PostgreSQL the pattern ``S\ecret``
    matches ``Secret``, since the backslash escapes the next character; in SQLite it matches no block type.
    """
    if not _block_types_like(client, KNOWN_TYPE):
        return None
    return "PostgreSQL" if _block_types_like(client, f"{KNOWN_TYPE[0]}\\{KNOWN_TYPE[1:]}") else "SQLite"


def _block_types_like(client: SyncPrefectClient, name: str) -> list[Any]:
    asked = {"block_types": {"name": {"like_": name}}, "limit": 1}
    found: list[Any] = client.request("POST", "/block_types/filter", json=asked).json()
    return found


def _stored(client: SyncPrefectClient) -> Stored:
    stored = Stored()
    try:
        stored.variables = block_settings.variable_settings(client)
    except ConfigError as error:
        stored.faults[VARIABLES] = error
    for part, block in block_settings.BLOCKS.items():
        try:
            stored.blocks[part] = block_settings.block_settings(client, block)
        except ConfigError as error:
            stored.faults[part] = error
    try:
        stored.ledger_key = block_settings.ledger_key_settings(client)
    except ConfigError as error:
        stored.faults[KEY] = error
    return stored


def check_blocks(stored: Stored | None, settings: Settings | None, *, named: bool) -> Iterator[Line]:
    """Yield a line for each block: it exists, is missing, or cannot be used. The ledger key's may be missing.

    Args:
        stored: what the server stores; None when it did not answer.
        settings: read from all sources; None when they are not valid.
        named: whether a server is configured at all.
    """
    for part, block in block_settings.BLOCKS.items():
        topic = f"block {part}"
        name = f"{block.get_block_type_slug()}/{NAME}"
        if stored is None:
            yield not_checked(
                topic,
                f"the Prefect server must answer first ({name})"
                if named
                else f"{NO_SERVER}, so {name} cannot exist",
            )
        elif part in stored.faults:
            yield wrong(topic, stored.faults[part].what, stored.faults[part].fix)
        elif stored.blocks[part]:
            yield ok(topic, f"{name} exists")
        elif settings is not None and _is_set_elsewhere(settings, part):
            yield note(topic, f"{name} does not exist; on this machine its settings come from another source")
        else:
            yield wrong(
                topic,
                f"{name} does not exist, and no other source has its settings.",
                "Run `uv run mailroom deploy`. Then create the block in the Prefect UI under Blocks, "
                f"with the name {NAME}.",
            )
    if stored is None:
        return
    if stored.ledger_key:
        yield ok(KEY, f"secret/{LEDGER_KEY} exists")
    for topic in (KEY, VARIABLES):
        if (fault := stored.faults.get(topic)) is not None:
            yield wrong(topic, fault.what, fault.fix)


def _is_set_elsewhere(settings: Settings, part: str) -> bool:
    if part == "drive":
        return settings.drive.has_credential
    logiqs = settings.logiqs
    return bool(logiqs.base_url and logiqs.api_key and logiqs.secret_token)


def check_limits(settings: Settings, *, answers: bool) -> Iterator[Line]:
    """Yield a line for each tag's limit, which a run creates or corrects; ``answers``: a server answers."""
    wanted = list_limits(settings)
    if not answers:
        for tag in wanted:
            yield not_checked(f"{LIMIT} {tag}", "no Prefect server answers")
        return
    try:
        with quick_client() as client:
            lines = [_limit(client, tag, slots) for tag, slots in wanted.items()]
    except SERVER_FAULTS:
        lines = [not_checked(f"{LIMIT} {tag}", "the Prefect server did not answer") for tag in wanted]
    yield from lines


def _limit(client: SyncPrefectClient, tag: str, slots: int) -> Line:
    topic = f"{LIMIT} {tag}"
    try:
        found = client.read_global_concurrency_limit_by_name(limit_name(tag))
    except ObjectNotFound:
        return note(
            topic, f"not on the server yet; the first run on the real systems creates it with {slots} slots"
        )
    if not found.active:
        return wrong(
            topic,
            "It is switched off, so runs may exceed the quota of the API.",
            "Switch it on in the Prefect UI under Concurrency.",
        )
    if found.limit != slots:
        return note(topic, f"{found.limit} slots, but the settings say {slots}; the next run corrects it")
    taken = f", {found.active_slots} of them in use" if found.active_slots else ""
    return ok(topic, f"{slots} slots, as in the settings{taken}")


def check_logging(ours: Path) -> Line:
    """Return a line that says whether Prefect uses the project's logging settings, which redact its logs."""
    current = get_current_settings()
    path = current.logging.config_path
    fix = f"Before you start a worker or a deployment: export PREFECT_LOGGING_CONFIG_PATH={ours}"
    if path is None or (not path.exists() and path == current.home / "logging.yml"):
        words = "PREFECT_LOGGING_CONFIG_PATH is not set. `python flows/daily.py` sets it itself; a worker does not."
        return note(LOGGING, words, fix)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        words = f"PREFECT_LOGGING_CONFIG_PATH is {path}, which cannot be read, so logs would not be redacted."
        return wrong(LOGGING, words, fix)
    if text == ours.read_text(encoding="utf-8"):
        return ok(LOGGING, f"{path} is the logging configuration of the mail room")
    if "RedactingFormatter" in text:
        return note(
            LOGGING,
            f"{path} is not the mail room's logging configuration, but uses its redacting formatter",
            fix,
        )
    return wrong(
        LOGGING, f"{path} is not the mail room's logging configuration, and does not redact logs.", fix
    )
