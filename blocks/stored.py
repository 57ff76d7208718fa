"""What a Prefect server holds of the mail room's settings: two blocks named ``mailroom``, the ledger's key in a
block of Prefect's own kind ``Secret`` named ``mailroom-ledger-key``, and variables.

A variable ``mailroom_drive__inbox_id`` stands for the setting ``MAILROOM_DRIVE__INBOX_ID``. All of it is
weaker than the environment.
"""

from __future__ import annotations

from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from pydantic import SecretStr, ValidationError

from blocks.google_drive import GoogleDriveCredentials
from blocks.logiqs import LogiqsCredentials
from mailroom.errors import ConfigError

NAME = "mailroom"
LEDGER_KEY = "mailroom-ledger-key"
VARIABLE_PREFIX = "mailroom_"
Credentials = type[GoogleDriveCredentials] | type[LogiqsCredentials]


def stored_settings() -> dict[str, Any]:
    """Blocks and variables, nested as the settings are; what is not there is left out.

    Raises:
        ConfigError: a block is there but cannot be used.
    """
    with get_client(sync_client=True) as client:
        values = _variables(client)
        for part, block in (("drive", GoogleDriveCredentials), ("logiqs", LogiqsCredentials)):
            values[part] = {**values.get(part, {}), **_block(client, block)}
        if (key := _ledger_key(client)) is not None:
            values["ledger_key"] = key
    return values


def _ledger_key(client: SyncPrefectClient) -> SecretStr | None:
    try:
        document = client.read_block_document_by_name(LEDGER_KEY, "secret")
    except ObjectNotFound:
        return None
    # Prefect's form takes any JSON; a number would lose its leading zeros.
    if not isinstance(document.data.get("value"), str):
        raise ConfigError(
            "block_unusable",
            what=f"The block secret/{LEDGER_KEY} cannot be used (value is no text).",
            mend="Open it in the Prefect UI under Blocks, and put the key between quotation marks.",
        )
    return SecretStr(document.data["value"]) if document.data["value"].strip() else None


def _block(client: SyncPrefectClient, block: Credentials) -> dict[str, Any]:
    slug = block.get_block_type_slug()
    try:
        document = client.read_block_document_by_name(NAME, slug)
    except ObjectNotFound:
        return {}
    try:
        return block.model_validate(document.data).settings()
    except ValidationError as error:
        fields = ", ".join(
            str(problem["loc"][0]) if problem["loc"] else "fields" for problem in error.errors()
        )
        raise ConfigError(
            "block_unusable",
            what=f"The block {slug}/{NAME} cannot be used ({fields}).",
            mend="Open it in the Prefect UI under Blocks, correct it and save it.",
        ) from None


def _variables(client: SyncPrefectClient) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable in client.read_variables():
        if not variable.name.startswith(VARIABLE_PREFIX):
            continue
        *outer, last = variable.name.removeprefix(VARIABLE_PREFIX).split("__")
        place = values
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = variable.value
    return values
