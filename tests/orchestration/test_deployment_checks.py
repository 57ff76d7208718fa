"""What the doctor says of the deployments on a server, from nothing to a worker that polls."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import WorkerStatus, WorkQueueStatus
from prefect.client.schemas.schedules import CronSchedule
from prefect.states import Scheduled

from mailroom.config.settings import load_settings
from mailroom.doctor.lines import Line
from mailroom.orchestration import server_checks
from mailroom.orchestration.declared_deployments import name_deployment, read_declared
from mailroom.orchestration.deploy import make_automations
from mailroom.orchestration.deployment_checks import check_deployments, check_dispatch
from mailroom.orchestration.prefect_environment import LOGGING_FILE

POOL = "tests"
ENVIRONMENT = {"PREFECT_LOGGING_CONFIG_PATH": str(LOGGING_FILE), "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}


class Server:
    """The session's server, with the deployments of prefect.yaml as far as a test makes them."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self.client = client
        self.ids: dict[str, Any] = {}

    def deploy(self, *, pool: str | None = POOL, **environment: str) -> None:
        """Make or change all deployments."""
        for declared in read_declared():
            name = name_deployment(declared)
            self.ids[name] = self.client.create_deployment(
                self.client.create_flow_from_name(name.partition("/")[0]),
                declared["name"],
                work_pool_name=pool,
                job_variables={"env": environment},
            )

    def check(self) -> dict[str, Line]:
        """The doctor's lines by their topic."""
        return {line.topic: line for line in check_deployments(LOGGING_FILE)}


@pytest.fixture
def server(prefect_server: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:  # noqa: ARG001 - it must run
    """A server with a work pool and nothing else; it may be slow, on a machine that is busy with tests."""
    monkeypatch.setattr(server_checks, "TIMEOUT", httpx.Timeout(60))
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        made = Server(client)
        yield made
        for deployment in made.ids.values():
            client.delete_deployment(deployment)
        for automation in client.read_automations():
            client.delete_automation(automation.id)
        client.delete_work_pool(POOL)


def test_a_server_without_deployments_is_one_note(server: Server) -> None:
    """Nothing else is said about it."""
    lines = server.check()
    assert {topic: line.level for topic, line in lines.items()} == {"deployments": "note"}
    assert "mailroom deploy" in lines["deployments"].fix


def test_a_worker_must_poll(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one nothing runs, nor with one that was not heard of lately, or while the pool is paused."""
    server.deploy(**ENVIRONMENT)
    told = server.check()
    assert told["deployments"].level == "ok"
    assert (told["worker"].level, f"--pool {POOL}" in told["worker"].fix) == ("wrong", True)
    server.client.send_worker_heartbeat(POOL, "our worker")
    told = server.check()
    assert (told["worker"].level, "our worker polls" in told["worker"].words) == ("ok", True)
    (gone,) = server.client.read_workers_for_work_pool(POOL)
    gone.status = WorkerStatus.OFFLINE
    with monkeypatch.context() as patched:
        patched.setattr(SyncPrefectClient, "read_workers_for_work_pool", lambda *_: [gone])
        assert server.check()["worker"].level == "wrong"
    server.client.update_work_pool(POOL, WorkPoolUpdate(is_paused=True))
    told = server.check()
    assert (told["worker"].level, "is paused" in told["worker"].words) == ("wrong", True)


def test_served_deployments_must_be_polled(server: Server) -> None:
    """They have no work pool, and no environment of their own."""
    server.deploy(pool=None)
    told = server.check()
    assert (told["worker"].level, "flows/serve.py" in told["worker"].fix) == ("wrong", True)
    # So it is with deployments of workers after their pool was deleted.
    assert "mailroom deploy" in told["worker"].fix
    assert not {"heartbeats", "logging of runs"} & set(told)


def test_what_is_missing_on_the_server(server: Server) -> None:
    """A deployment of a newer version, and the automations; `mailroom deploy` makes both."""
    server.deploy(**ENVIRONMENT)
    server.client.delete_deployment(server.ids.pop("doctor/doctor"))
    told = server.check()
    assert (told["deployments"].level, told["deployments"].words) == (
        "note",
        "not on the server: doctor/doctor",
    )
    assert (told["automation"].level, "crash dead runs" in told["automation"].words) == ("note", True)
    list(make_automations(server.client))
    assert server.check()["automation"].level == "ok"


def test_a_server_of_ours_without_the_daily_run_is_a_problem(server: Server) -> None:
    """Everything else would look well, and nothing would be filed."""
    server.deploy(**ENVIRONMENT)
    server.client.delete_deployment(server.ids.pop("daily/daily"))
    told = server.check()["deployments"]
    assert (told.level, "daily/daily is not on the server" in told.words) == ("wrong", True)
    assert "mailroom deploy" in told.fix


def test_the_environment_of_the_runs(server: Server, tmp_path: Path) -> None:
    """Its logging settings must redact, and heartbeats must come often enough for the automations."""
    server.deploy(**ENVIRONMENT)
    told = server.check()
    assert (told["logging of runs"].level, told["heartbeats"].level) == ("ok", "ok")
    other = tmp_path / "logging.yml"
    other.write_text("version: 1\n")
    for path, level in ((str(other), "note"), (str(tmp_path / "none.yml"), "note"), ("", "wrong")):
        server.deploy(PREFECT_LOGGING_CONFIG_PATH=path, PREFECT_FLOWS_HEARTBEAT_FREQUENCY="180")
        told = server.check()
        assert (told["logging of runs"].level, told["heartbeats"].level) == (level, "wrong"), path


def test_the_next_run(server: Server) -> None:
    """It is named with its time; a schedule that is switched off is noticed."""
    server.deploy(**ENVIRONMENT)
    assert server.check()["next run"].level == "note"
    due = datetime.now(UTC) + timedelta(hours=2)
    server.client.create_flow_run_from_deployment(
        server.ids["daily/daily"], state=Scheduled(scheduled_time=due)
    )
    told = server.check()["next run"]
    assert (told.level, told.words.startswith("daily/daily at 2")) == ("ok", True)
    daily = server.ids["daily/daily"]
    off = DeploymentScheduleCreate(schedule=CronSchedule(cron="0 6 * * *"), active=False)
    server.client.create_deployment_schedules(daily, [off])
    told = server.check()["next run"]
    assert (told.level, told.words) == ("note", "The schedule of daily/daily is switched off")


def test_workers_that_file_the_batches_are_checked(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where a real run hands its files to them; the daily run's worker does not poll their queue."""
    inline = load_settings(state_dir=tmp_path)
    assert list(check_dispatch(inline, answers=True)) == []
    by_workers = load_settings(
        state_dir=tmp_path,
        dispatch="deployment",
        ledger_url="postgresql+psycopg://server/ledger",
        ledger_key="made-up",
    )
    (unknown,) = check_dispatch(by_workers, answers=False)
    (missing,) = check_dispatch(by_workers, answers=True)
    server.deploy()
    (nobody,) = check_dispatch(by_workers, answers=True)
    queue = SimpleNamespace(status=WorkQueueStatus.PAUSED)
    monkeypatch.setattr(SyncPrefectClient, "read_work_queue_by_name", lambda *_, **__: queue)
    (paused,) = check_dispatch(by_workers, answers=True)
    queue.status = WorkQueueStatus.READY
    (found,) = check_dispatch(by_workers, answers=True)
    (in_a_file,) = check_dispatch(load_settings(state_dir=tmp_path, dispatch="deployment"), answers=True)
    assert [one.level for one in (unknown, missing, nobody, paused, found, in_a_file)] == [
        "note",
        "wrong",
        "wrong",
        "wrong",
        "ok",
        "wrong",
    ]
    assert "mailroom deploy" in missing.fix
    assert "--work-queue batches" in nobody.fix
    assert "work-queue resume batches" in paused.fix
    assert "SQLite" in in_a_file.words
