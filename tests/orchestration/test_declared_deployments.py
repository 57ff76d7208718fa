"""prefect.yaml: what all deployments must have."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow

from mailroom.orchestration.declared_deployments import TAG, WORK_POOL, name_deployment, read_declared
from mailroom.orchestration.prefect_environment import HEARTBEAT_SECONDS


def test_deploying_needs_nothing_in_the_environment(project: Path) -> None:
    """A variable that is not set would be replaced by nothing, and the deployments would crash."""
    assert "{{ $" not in (project / "prefect.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("declared", read_declared(), ids=name_deployment)
def test_every_deployment_can_be_watched(declared: dict[str, Any]) -> None:
    """Its runs send heartbeats and have the automations' tag; the ledger alone decides which run waits."""
    pool = declared["work_pool"]
    assert pool["name"] == WORK_POOL
    assert pool["job_variables"]["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == str(HEARTBEAT_SECONDS)
    assert TAG in declared["tags"]
    assert "concurrency_limit" not in declared
    module, _, name = declared["entrypoint"].partition(".py:")
    flow: Flow[..., Any] = getattr(import_module(module.replace("/", ".")), name)
    assert name_deployment(declared) == f"{flow.name}/{declared['name']}"
