"""What prefect.yaml declares, deployments and their work pool, and what a server has of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

PROJECT = Path(__file__).parents[2]
WORK_POOL = "mailroom"
# What files the parts of a run that another process has listed, and its work queue.
BATCH, BATCH_QUEUE = "batch/batch", "batches"
START_BATCH_WORKER = f"uv run prefect worker start --pool {WORK_POOL} --work-queue {BATCH_QUEUE} --limit 1"
# The state of a part that found that its run had ended, or had taken its files back.
TAKEN_BACK = "Taken back"
# Every deployment has it, so each of its runs does.
TAG = "mailroom"


def read_declared() -> list[dict[str, Any]]:
    """Return the deployments as they stand in prefect.yaml."""
    declared = yaml.safe_load((PROJECT / "prefect.yaml").read_text(encoding="utf-8"))
    return list(declared["deployments"])


def name_deployment(declared: dict[str, Any]) -> str:
    """Return its full name, ``flow/name``; a flow is named like its function."""
    return f"{declared['entrypoint'].rpartition(':')[2]}/{declared['name']}"


def find_deployments(client: SyncPrefectClient) -> dict[str, DeploymentResponse | None]:
    """Return the declared deployments as the server has them, by full name; None: it has none."""
    return {name: _find_deployment(client, name) for name in map(name_deployment, read_declared())}


def _find_deployment(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None
