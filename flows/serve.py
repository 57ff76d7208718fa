"""`python flows/serve.py`: the deployments of prefect.yaml without a work pool or a worker, for one machine.

This process waits for their schedules and for runs started in the Prefect UI, and runs each in a separate
process. prefect.yaml stays the one place that says what the deployments are.
"""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import chain

if __name__ == "__main__":
    from mailroom.errors import ConfigError
    from mailroom.orchestration.prefect_environment import check_prefect_settings, prepare_prefect

    # Before Prefect is imported below.
    prepare_prefect()
    try:
        check_prefect_settings()
    except ConfigError as error:
        sys.stdout.write(f"Cannot start: {error}\n")
        raise SystemExit(2) from None

from typing import Any

from prefect import Flow, serve
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from rich.console import Console
from rich.markup import escape

from mailroom.errors import ConfigError
from mailroom.orchestration.declared_deployments import BATCH, name_deployment, read_declared
from mailroom.orchestration.deploy import make_automations, register_block_types, tells_somebody
from mailroom.orchestration.notifications import HOW_TO_BE_TOLD, NOBODY
from mailroom.orchestration.server_checks import require_prefect_server


def main() -> int:
    """Serve until a signal comes; exit code 2 where no Prefect server is available."""
    console = Console(highlight=False)
    try:
        _check_server()
    except ConfigError as error:
        console.print(f"[red]Cannot start:[/] {escape(str(error))}", soft_wrap=True)
        return 2
    with get_client(sync_client=True) as client:
        changes = list(chain(register_block_types(client), make_automations(client)))
    if not tells_somebody(changes):
        console.print(f"{NOBODY}. {HOW_TO_BE_TOLD}", soft_wrap=True)
    served = deployments()
    names = ", ".join(f"{one.flow_name}/{one.name}" for one in served)
    console.print(f"Serving {names}. Ctrl-C ends it.", soft_wrap=True)
    # A run that was due while this process was stopped is late, and begins when it is back.
    serve(*served, pause_on_shutdown=False, print_starting_message=False)
    return 0


def _check_server() -> None:
    require_prefect_server()
    in_pools = sorted(
        name for flow in {_flow(one).name for one in read_declared()} for name in _in_pools(flow)
    )
    if in_pools:
        commands = " && ".join(f"uv run prefect deployment delete {name}" for name in in_pools)
        raise ConfigError(
            "deployed_to_a_pool",
            what="These deployments exist on this server already, for workers. Serving them too would cause conflicts.",
            fix=f"Keep using a worker, or delete them first: {commands}",
        )


def _in_pools(flow: str) -> list[str]:
    """The deployments of this flow that are on the server for workers."""
    with get_client(sync_client=True) as client:
        found = client.read_deployments(flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])))
    return [f"{flow}/{one.name}" for one in found if one.work_pool_name]


def deployments() -> list[RunnerDeployment]:
    """What prefect.yaml declares for one machine, as `prefect.serve` takes it: without the work pool."""
    return [_deployment(one) for one in read_declared() if name_deployment(one) != BATCH]


def _flow(declared: dict[str, Any]) -> Flow[..., Any]:
    """The flow that an entrypoint such as ``flows/daily.py:daily`` names."""
    path, _, name = declared["entrypoint"].partition(":")
    found: Flow[..., Any] = getattr(import_module(path.removesuffix(".py").replace("/", ".")), name)
    return found


def _deployment(declared: dict[str, Any]) -> RunnerDeployment:
    schedules = [
        Cron(one["cron"], timezone=one["timezone"], slug=one["slug"]) for one in declared["schedules"]
    ]
    made: RunnerDeployment = _flow(declared).to_deployment(  # type: ignore[assignment] # also async, where a loop runs
        name=declared["name"],
        description=declared["description"],
        tags=declared["tags"],
        parameters=declared["parameters"],
        schedules=schedules,
    )
    return made


if __name__ == "__main__":
    raise SystemExit(main())
