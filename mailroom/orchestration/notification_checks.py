"""What the doctor says about notifications, and its test message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
from prefect.blocks.abstract import NotificationError
from prefect.blocks.core import Block, UnknownBlockType
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import PrefectException

from mailroom.doctor.lines import Line, note, ok, wrong
from mailroom.errors import ConfigError
from mailroom.orchestration.automations import find_automation
from mailroom.orchestration.doctor_checks import SERVER_FAULTS
from mailroom.orchestration.notifications import (
    HOW_TO_BE_TOLD,
    NOBODY,
    NotificationBlock,
    differs,
    find_blocks,
    list_notifications,
)
from mailroom.orchestration.server_checks import check_prefect_server, quick_client

TOPIC, TEST = "notifications", "test message"
# What a block raises that cannot be loaded, or cannot send: settings that do not fit, a type that is not
# installed here, and every fault of its service.
BLOCK_FAULTS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    NotificationError,
    PrefectException,
    UnknownBlockType,
    ValueError,
    TypeError,
    KeyError,
)


def check_notifications(client: SyncPrefectClient) -> Line:
    """Whether people are told, and by the automations of this version."""
    blocks = find_blocks(client)
    if not blocks:
        return note(TOPIC, f"{NOBODY}.", HOW_TO_BE_TOLD)
    lacking, off = [], []
    for wanted in (all_wanted := list_notifications(blocks)):
        found = find_automation(client, wanted)
        if found is None or differs(found, wanted):
            lacking.append(wanted.name)
        elif not found.enabled:
            off.append(wanted.name)
    names = ", ".join(block.name for block in blocks)
    if lacking:
        words = f"{len(lacking)} of {len(all_wanted)} automations that send messages to {names} are missing or changed"
        return note(TOPIC, words, "Run `uv run mailroom deploy`.")
    if off:
        return note(
            TOPIC,
            f"switched off, so nobody is told: {', '.join(off)}",
            "Switch them on in the Prefect UI under Automations.",
        )
    return ok(TOPIC, f"{len(all_wanted)} automations send messages to {names}")


def send_test_message() -> Iterator[Line]:
    """Send a message through each block, from this machine; yield a line for each."""
    try:
        check_prefect_server()
        with quick_client() as client:
            blocks = find_blocks(client)
    except ConfigError as error:
        yield wrong(TEST, f"not sent: {error.what}", error.fix)
        return
    except SERVER_FAULTS:
        yield wrong(TEST, "not sent: the Prefect server stopped answering.", "Check the log of the server.")
        return
    if not blocks:
        yield wrong(TEST, f"not sent. {NOBODY}.", HOW_TO_BE_TOLD)
    for block in blocks:
        yield _send(block)


def _send(block: NotificationBlock) -> Line:
    try:
        asyncio.run(_notify(_load(block)))
    except BLOCK_FAULTS as error:
        return wrong(
            TEST,
            f"{block.name} could not send it ({_name(error)}).",
            "Open the block in the Prefect UI under Blocks and correct it. An address in your own network needs "
            "Allow Private Urls.",
        )
    return ok(TEST, f"sent through {block.name}")


def _load(block: NotificationBlock) -> Any:
    """The block with its secrets. `Block.load` would also send an event, which the command would wait for."""
    with quick_client() as client:
        document = client.read_block_document(block.id)
    if document.block_schema is None:
        raise ValueError("without a type")
    return Block.get_block_class_from_schema(document.block_schema).model_validate(document.data)


async def _notify(block: Any) -> None:
    with block.raise_on_failure():
        await block.notify(
            "This is the test message of mailroom doctor --send-test: messages from the mail room arrive here.",
            "Mail room: test message",
        )


def _name(error: Exception) -> str:
    """What kind of fault it is; its text may hold the address, which is a secret."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP status {error.response.status_code}"
    return type(error).__name__
