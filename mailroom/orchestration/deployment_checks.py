"""What the doctor looks at of the deployments: whether they are there, are run, and are watched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import filters
from prefect.client.schemas.objects import DeploymentStatus, StateType, WorkerStatus, WorkQueueStatus
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound

from mailroom.config.settings import Settings
from mailroom.doctor.lines import Line, not_checked, note, ok, wrong
from mailroom.errors import ConfigError
from mailroom.orchestration.automations import SILENT_SECONDS, find_automation, is_as_wanted, list_automations
from mailroom.orchestration.declared_deployments import (
    BATCH,
    BATCH_QUEUE,
    START_BATCH_WORKER,
    WORK_POOL,
    find_deployments,
)
from mailroom.orchestration.doctor_checks import SERVER_FAULTS
from mailroom.orchestration.notification_checks import check_notifications
from mailroom.orchestration.server_checks import quick_client
from mailroom.orchestration.worker_requirements import require_workers

DEPLOYMENTS, WORKER, NEXT_RUN = "deployments", "worker", "next run"
DISPATCH = "batches"
HEARTBEATS, AUTOMATION, LOGGING = "heartbeats", "automation", "logging of runs"
DEPLOY = "Run `uv run mailroom deploy`."
# The one that files what comes in; the others are a person's choice.
DAILY = "daily/daily"
# Missed heartbeats until an automation ends a run; fewer would end runs that are only slow.
MISSED = 3


def check_deployments(logging_file: Path) -> Iterator[Line]:
    """Yield the lines about the deployments on the server that is configured and answers.

    Args:
        logging_file: the project's logging settings, which redact logs.
    """
    try:
        with quick_client() as client:
            yield from _check_all(client, logging_file)
    except SERVER_FAULTS:
        yield wrong(DEPLOYMENTS, "The Prefect server stopped answering.", "Check the log of the server.")


def check_dispatch(settings: Settings, *, answers: bool) -> Iterator[Line]:
    """Yield a line where workers file a run's files; ``answers``: a server answers."""
    if settings.dispatch == "inline":
        return
    if not answers:
        yield not_checked(DISPATCH, "no Prefect server answers")
        return
    try:
        require_workers(settings)
        yield _check_queue()
    except ConfigError as error:
        yield wrong(DISPATCH, error.what, error.fix)
    except SERVER_FAULTS:
        yield not_checked(DISPATCH, "the Prefect server did not answer")


def _check_queue() -> Line:
    """Whether a worker takes batches; the daily run's worker polls the same work pool, but not this queue."""
    with quick_client() as client:
        try:
            status = client.read_work_queue_by_name(BATCH_QUEUE, work_pool_name=WORK_POOL).status
        except ObjectNotFound:
            status = None
    if status is WorkQueueStatus.PAUSED:
        resume = f"Resume it: uv run prefect work-queue resume {BATCH_QUEUE} --pool {WORK_POOL}"
        return wrong(DISPATCH, f"The work queue {BATCH_QUEUE} is paused, so no worker takes files.", resume)
    if status is not WorkQueueStatus.READY:
        words = f"No worker has polled the work queue {BATCH_QUEUE} in the last minute, so real runs wait for one."
        return wrong(DISPATCH, words, f"Start one, and keep it running: {START_BATCH_WORKER}")
    return ok(DISPATCH, f"workers of the queue {BATCH_QUEUE} file the batches of real runs")


def _check_all(client: SyncPrefectClient, logging_file: Path) -> Iterator[Line]:
    declared = find_deployments(client)
    found = {name: one for name, one in declared.items() if one}
    if not found:
        yield note(DEPLOYMENTS, "the mail room is not set up on this server, so nothing is scheduled", DEPLOY)
        return
    pools = {one.work_pool_name for one in found.values() if one.work_pool_name}
    # Where flows/serve.py serves them, no worker takes batches.
    missing = [name for name, one in declared.items() if not one and (pools or name != BATCH)]
    if DAILY in missing:
        words = f"{DAILY} is not on the server, so no file is processed on a schedule"
        yield wrong(DEPLOYMENTS, f"{words}; missing: {', '.join(missing)}.", DEPLOY)
    elif missing:
        yield note(DEPLOYMENTS, f"not on the server: {', '.join(missing)}", DEPLOY)
    else:
        yield ok(DEPLOYMENTS, f"all {len(found)} are on the server")
    for pool in sorted(pools):
        yield _check_pool(client, pool)
    if served := {name: one for name, one in found.items() if not one.work_pool_name}:
        yield _check_served(served)
    yield _check_schedule(client, found)
    deployed = [one for one in found.values() if one.work_pool_name]
    if deployed:
        yield _check_logging(deployed, logging_file)
        yield _check_heartbeats(deployed)
    yield _check_automations(client)
    yield check_notifications(client)


def _check_pool(client: SyncPrefectClient, name: str) -> Line:
    """Whether a worker polls the work pool; the server calls a worker online that was heard of lately."""
    start = f"Start one, and keep it running: uv run prefect worker start --pool {name} (several machines: docs/scaling.md)"
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        return wrong(WORKER, f"The work pool {name} does not exist, so no deployment can run.", DEPLOY)
    if pool.is_paused:
        resume = f"Resume it: uv run prefect work-pool resume {name}"
        return wrong(WORKER, f"The work pool {name} is paused, so no deployment runs.", resume)
    online = [
        worker.name
        for worker in client.read_workers_for_work_pool(name)
        if worker.status is WorkerStatus.ONLINE
    ]
    if not online:
        return wrong(WORKER, f"No worker polls the work pool {name}, so no deployment runs.", start)
    return ok(WORKER, f"{', '.join(sorted(online))} polls the work pool {name}")


def _check_served(served: dict[str, DeploymentResponse]) -> Line:
    silent = [name for name, one in served.items() if one.status is not DeploymentStatus.READY]
    if silent:
        return wrong(
            WORKER,
            f"No process serves {', '.join(silent)}, so nothing runs them.",
            "Start it, and keep it running: uv run python flows/serve.py. If a worker ran them, its work pool was "
            "deleted: uv run mailroom deploy",
        )
    return ok(WORKER, "flows/serve.py serves the deployments")


def _check_schedule(client: SyncPrefectClient, found: dict[str, DeploymentResponse]) -> Line:
    """When the next run is due, in this machine's time zone."""
    ids = [one.id for one in found.values()]
    runs = client.read_flow_runs(
        flow_run_filter=filters.FlowRunFilter(
            deployment_id=filters.FlowRunFilterDeploymentId(any_=ids),
            state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=1,
    )
    off = [name for name, one in found.items() if one.schedules and not any(s.active for s in one.schedules)]
    if off:
        resume = "Switch it on in the Prefect UI under Deployments."
        return note(NEXT_RUN, f"The schedule of {', '.join(off)} is switched off", resume)
    if not runs or runs[0].expected_start_time is None:
        return note(
            NEXT_RUN,
            "none is scheduled; after `mailroom deploy` the server takes about a minute to schedule runs",
        )
    due = runs[0].expected_start_time.astimezone()
    name = next(name for name, one in found.items() if one.id == runs[0].deployment_id)
    return ok(NEXT_RUN, f"{name} at {due:%Y-%m-%d %H:%M %Z}")


def _check_logging(deployed: list[DeploymentResponse], ours: Path) -> Line:
    """Whether the runs that a worker starts have the logging settings that redact."""
    paths = {str(_environment(one).get("PREFECT_LOGGING_CONFIG_PATH", "")) for one in deployed}
    for path in sorted(paths):
        if not path or "{{" in path:
            return wrong(LOGGING, "A deployment has no logging settings, so its runs do not start.", DEPLOY)
        if not Path(path).exists():
            words = f"{path} does not exist on this machine; it must exist where the worker runs"
            return note(LOGGING, words, f"If the worker runs here: {DEPLOY}")
        if Path(path).read_text(encoding="utf-8") != ours.read_text(encoding="utf-8"):
            return note(LOGGING, f"{path} differs from {ours}", DEPLOY)
    return ok(LOGGING, f"{', '.join(sorted(paths))}, in the environment of each run")


def _check_heartbeats(deployed: list[DeploymentResponse]) -> Line:
    least = SILENT_SECONDS // MISSED
    given = {str(_environment(one).get("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "")) for one in deployed}
    if all(seconds.isdecimal() and int(seconds) <= least for seconds in given):
        return ok(HEARTBEATS, f"each run sends one every {' or '.join(sorted(given))} s")
    words = "Runs send too few heartbeats, so they may be marked as crashed while they work."
    return wrong(HEARTBEATS, words, DEPLOY)


def _environment(deployment: DeploymentResponse) -> dict[str, Any]:
    """The environment that the deployment gives its runs."""
    found: dict[str, Any] = (deployment.job_variables or {}).get("env") or {}
    return found


def _check_automations(client: SyncPrefectClient) -> Line:
    lacking = [
        wanted.name
        for wanted in list_automations()
        if (found := find_automation(client, wanted)) is None or not is_as_wanted(found, wanted)
    ]
    if lacking:
        words = f"missing, switched off or changed: {', '.join(lacking)}, so a killed run is shown as running forever"
        return note(AUTOMATION, words, DEPLOY)
    return ok(AUTOMATION, f"{len(list_automations())} end runs that died")
