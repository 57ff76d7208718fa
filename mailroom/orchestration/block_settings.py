"""What a Prefect server holds of the mail room's settings: two blocks named ``mailroom``, the ledger's key in
a block of Prefect's own kind ``Secret`` named ``mailroom-ledger-key``, and variables.

A variable ``mailroom_drive__inbox_id`` gives the setting ``MAILROOM_DRIVE__INBOX_ID``. All of it is
weaker than the environment.
"""

from __future__ import annotations

from typing import Any

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from blocks.google_drive import GoogleDriveCredentials
from blocks.logiqs import LogiqsCredentials
from mailroom.config.block_names import LEDGER_KEY, NAME, VARIABLE_PREFIX
from mailroom.config.settings import Settings
from mailroom.config.sources import Sources
from mailroom.config.unknown_names import refuse_unknown, setting_names
from mailroom.errors import ConfigError
from mailroom.orchestration.server_checks import quick_client

Credentials = type[GoogleDriveCredentials] | type[LogiqsCredentials]
# The part of the settings that each one fills.
BLOCKS: dict[str, Credentials] = {"drive": GoogleDriveCredentials, "logiqs": LogiqsCredentials}


def stored_settings(*, quick: bool = False) -> Sources:
    """Blocks and variables, nested as the settings are; what is not there is left out.

    Args:
        quick: whether a person waits: a server that does not answer is asked once, for seconds.

    Raises:
        ConfigError: a block is there but cannot be used, a variable is not a setting, or the server stopped
            answering.
    """
    try:
        with quick_client() if quick else get_client(sync_client=True) as client:
            blocks = {part: block_settings(client, block) for part, block in BLOCKS.items()}
            filled = {part: values for part, values in blocks.items() if values}
            return Sources({**filled, **ledger_key_settings(client)}, variable_settings(client))
    except (httpx.HTTPError, ValidationError, AttributeError, TypeError):
        # The last three: an answer that is JSON, but not of the shape that a Prefect server sends.
        raise ConfigError(
            "prefect_server_ill",
            what="The blocks and variables on the Prefect server cannot be listed.",
            fix="Check the server's log, or restart the server.",
        ) from None


def ledger_key_settings(client: SyncPrefectClient) -> dict[str, Any]:
    """The ledger's key; empty when its block is not there, or blank.

    Raises:
        ConfigError: it cannot be used.
    """
    try:
        document = client.read_block_document_by_name(LEDGER_KEY, "secret")
    except ObjectNotFound:
        return {}
    # Prefect's form takes any JSON; a number would lose its leading zeros.
    key = document.data.get("value")
    if not isinstance(key, str):
        raise ConfigError(
            "block_unusable",
            what=f"The block secret/{LEDGER_KEY} cannot be used (its value is not text).",
            fix="Open it in the Prefect UI under Blocks, and put the key between quotation marks.",
        )
    return {"ledger_key": SecretStr(key)} if key.strip() else {}


def block_settings(client: SyncPrefectClient, block: Credentials) -> dict[str, Any]:
    """What the block of this kind gives; empty when it is not there.

    Raises:
        ConfigError: it cannot be used.
    """
    slug = block.get_block_type_slug()
    try:
        document = client.read_block_document_by_name(NAME, slug)
    except ObjectNotFound:
        return {}
    try:
        return block.model_validate(document.data).settings()
    except ValidationError as error:
        problems = "; ".join(map(_problem, error.errors(include_input=False, include_url=False)))
        raise ConfigError(
            "block_unusable",
            what=f"The block {slug}/{NAME} cannot be used: {problems}.",
            fix="Open it in the Prefect UI under Blocks, correct it, and save it.",
        ) from None


def _problem(problem: ErrorDetails) -> str:
    """What is wrong with a field, or with several together: never with its value."""
    if problem["type"] == "missing":
        said = "is missing"
    elif problem["type"] in ("string_too_short", "too_short"):
        said = "is empty"
    else:
        said = problem["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{problem['loc'][0]} {said}" if problem["loc"] else said


def variable_settings(client: SyncPrefectClient) -> dict[str, Any]:
    """What the variables give.

    Raises:
        ConfigError: one is not a setting.
    """
    ours = {one.name: one.value for one in client.read_variables() if one.name.startswith(VARIABLE_PREFIX)}
    refuse_unknown(ours, "a Prefect variable", setting_names(Settings), parts=False)
    values: dict[str, Any] = {}
    for name, value in ours.items():
        *outer, last = name.removeprefix(VARIABLE_PREFIX).split("__")
        place = values
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return values
