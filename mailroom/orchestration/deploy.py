"""Sets up a Prefect server for the mail room: block types, work pool, deployments, automations.

What is there already is kept, or brought up to date; so it may be repeated. Blocks and variables, which hold
settings, are a person's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.workers.process import ProcessWorker

from mailroom.errors import ConfigError
from mailroom.orchestration.automations import find_automation, is_as_wanted, list_automations
from mailroom.orchestration.block_settings import BLOCKS, Credentials
from mailroom.orchestration.declared_deployments import PROJECT, WORK_POOL, find_deployments
from mailroom.orchestration.notifications import Waits, find_blocks, is_notification, list_notifications

POOL_TYPE = "process"
# What `prefect deploy` sets; the rest is the server's own.
DEPLOYED = {
    "description",
    "entrypoint",
    "job_variables",
    "parameter_openapi_schema",
    "parameters",
    "paused",
    "pull_steps",
    "tags",
    "work_pool_name",
}


Result = Literal["created", "changed", "unchanged", "removed"]
AUTOMATION = "automation"


@dataclass(frozen=True)
class Change:
    """What was done about one object on the server."""

    kind: str
    name: str
    result: Result


def set_up_server() -> Iterator[Change]:
    """Set up the server that is configured; yield what was done about each object, in order.

    Raises:
        ConfigError: the work pool is of another type, Prefect cannot deploy, or the server stopped answering.
    """
    try:
        with get_client(sync_client=True) as client:
            yield from register_block_types(client)
            yield _make_work_pool(client)
            yield from _deploy(client)
            yield from make_automations(client)
    except (httpx.HTTPError, PrefectException) as error:
        raise ConfigError(
            "not_deployed",
            what=f"The Prefect server stopped answering, or refused a request ({type(error).__name__}).",
            fix="Check the server's log, then repeat the command.",
        ) from None


def register_block_types(client: SyncPrefectClient) -> Iterator[Change]:
    """Make the types of the blocks known to the server; yield what was done about each."""
    for block in BLOCKS.values():
        yield _register_block_type(client, block)


def _register_block_type(client: SyncPrefectClient, block: Credentials) -> Change:
    name = block.get_block_type_slug()
    result: Result = "created"
    try:
        client.read_block_type_by_slug(name)
        result = "changed"
        client.read_block_schema_by_checksum(block._calculate_schema_checksum())  # noqa: SLF001 - no public name
    except ObjectNotFound:
        block.register_type_and_schema()
        return Change("block type", name, result)
    return Change("block type", name, "unchanged")


def _make_work_pool(client: SyncPrefectClient) -> Change:
    try:
        found = client.read_work_pool(WORK_POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(WorkPoolCreate(name=WORK_POOL, type=POOL_TYPE, base_job_template=template))
        return Change("work pool", WORK_POOL, "created")
    if found.type != POOL_TYPE:
        raise ConfigError(
            "work_pool_type",
            what=f"The work pool {WORK_POOL} exists, but its type is {found.type}, not {POOL_TYPE}.",
            fix=f"Rename or delete it (`uv run prefect work-pool delete {WORK_POOL}`), then repeat the command.",
        )
    return Change("work pool", WORK_POOL, "unchanged")


def _deploy(client: SyncPrefectClient) -> Iterator[Change]:
    before = _read_deployments(client)
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=PROJECT,
        env={**os.environ, "MAILROOM_HOME": str(PROJECT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ConfigError(
            "not_deployed",
            what=f"Prefect could not deploy (exit code {done.returncode}).",
            fix=f"Run `uv run prefect --no-prompt deploy --all` in {PROJECT} to see why.",
        )
    for name, found in _read_deployments(client).items():
        known = before.get(name)
        yield Change("deployment", name, _compare(known, is_same=found == known))


def _read_deployments(client: SyncPrefectClient) -> dict[str, Any]:
    """Return what the server knows of the declared deployments that it has, by ``flow/name``."""
    return {name: _describe(found) for name, found in find_deployments(client).items() if found}


def _describe(found: DeploymentResponse) -> dict[str, Any]:
    return {
        **found.model_dump(include=DEPLOYED),
        "schedules": [(one.slug, one.active, one.schedule) for one in found.schedules],
        "limit": found.global_concurrency_limit and found.global_concurrency_limit.limit,
    }


def make_automations(client: SyncPrefectClient, waits: Waits | None = None) -> Iterator[Change]:
    """Create the automations, or correct them; yield what was done about each.

    Those that send messages follow the notification blocks: a new block gets them, and without one they are
    removed. One that a person has switched off stays off.

    Args:
        client: the server's client.
        waits: how long a run may be late before people are told; default: the mail room's.
    """
    for wanted in list_automations():
        yield _make_automation(client, wanted)
    notifications = list_notifications(find_blocks(client), waits)
    for wanted in notifications:
        found = find_automation(client, wanted)
        enabled = found is None or found.enabled
        yield _make_automation(client, wanted.model_copy(update={"enabled": enabled}))
    names = {wanted.name for wanted in notifications}
    for left in client.read_automations():
        if is_notification(left.name) and left.name not in names:
            client.delete_automation(left.id)
            yield Change(AUTOMATION, left.name, "removed")


def _make_automation(client: SyncPrefectClient, wanted: AutomationCore) -> Change:
    found = find_automation(client, wanted)
    is_same = found is not None and is_as_wanted(found, wanted)
    if found is None:
        client.create_automation(wanted)
    elif not is_same:
        client.update_automation(found.id, wanted)
    return Change(AUTOMATION, wanted.name, _compare(found, is_same=is_same))


def tells_somebody(changes: Iterable[Change]) -> bool:
    """Whether any of these automations, as `make_automations` left them, sends messages."""
    return any(is_notification(one.name) and one.result != "removed" for one in changes)


def _compare(before: object | None, *, is_same: bool) -> Result:
    if before is None:
        return "created"
    return "unchanged" if is_same else "changed"
