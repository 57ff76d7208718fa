"""Deployed as docs/deployment.md says: a Prefect server, a work pool, a worker; and without them, served."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.blocks.system import Secret
from prefect.variables import Variable

from flows import serve
from flows.daily import daily
from flows.purge import purge
from flows.reconcile import reconcile
from flows.sandbox import sandbox as sandbox_flow
from mailroom.sandbox.launcher import Sandbox
from tests.database_gate import DatabaseGate, open_gate
from tests.end_to_end.canaries.clients import Clients
from tests.end_to_end.canaries.machine import Machine, Watch, real_systems
from tests.end_to_end.conftest import SECONDS
from tests.end_to_end.firm import Firm, stopped
from tests.in_process import call, environment
from tests.postgresql_server import KEY, PostgresqlServer
from tests.waiting import until


@pytest.fixture
def firm(machine: Machine) -> Firm:
    """The server runs and the project is deployed."""
    assert machine.firm is not None
    return machine.firm


@pytest.fixture
def with_blocks(firm: Firm, sandbox: Sandbox) -> None:
    """Blocks and variables lead to a sandbox in the role of the real systems; nothing is in the
    environment.
    """
    firm.lead_to(sandbox)


def test_deploying_twice_changes_nothing(firm: Firm) -> None:
    """The second `prefect deploy --all` leaves every deployment as the first one made it."""

    def deployed() -> dict[str, Any]:
        changing = ("updated", "status", "last_polled", "version_id", "version_info", "branch")
        found = firm.ask("/deployments/filter")
        for one in found:
            for name in changing:
                one.pop(name, None)
            one["schedules"] = [(entry["id"], entry["slug"], entry["schedule"]) for entry in one["schedules"]]
        return {one["name"]: one for one in found}

    before = deployed()
    assert set(before) == {"daily", "by-hand", "dry-run", "sandbox", "purge", "reconcile", "doctor", "batch"}
    firm.prefect("block register -m blocks", "--no-prompt deploy --all")
    assert deployed() == before
    # The server's scheduler makes the coming runs: it did not with another SQLAlchemy, and only the log said
    # so.
    scheduled = {"state": {"type": {"any_": ["SCHEDULED"]}}}
    until(lambda: len(firm.ask("/flow_runs/filter", flow_runs=scheduled)) >= 3)
    form = before["by-hand"]["parameter_openapi_schema"]["properties"]
    assert form["limit"]["title"] == "Maximum number of files"
    assert (form["limit"]["type"], form["limit"]["maximum"]) == ("integer", 100_000)
    assert all(field["description"] and "anyOf" not in field for field in form.values())
    assert "sandbox" not in form
    assert before["purge"]["schedules"][0][1] == "weekly"
    assert before["purge"]["parameters"] == {"older_than_days": 90}


@pytest.mark.usefixtures("with_blocks", "worker")
def test_each_deployment_runs_from_blocks_alone(firm: Firm, sandbox: Sandbox) -> None:
    """A dry run and a real one: named, shown while they run, summed up after it, and nothing left to
    chance. A worker runs the real one; the others are called in this process.
    """
    rehearsal = firm.call_flow(daily, "dry-run", limit=3)
    assert rehearsal["state_type"] == "COMPLETED", rehearsal["state"]["message"]
    assert rehearsal["name"].startswith("rehearsal 20")
    assert rehearsal["name"].endswith("(3 files)")
    assert not sandbox.state()["documents"]
    run = firm.ended(firm.run("by-hand", limit=4))
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert run["state"]["message"].startswith("4 files: ")
    shown = firm.ask("/artifacts/filter", artifacts={"flow_run_id": {"any_": [run["id"]]}})
    of_kind = {f"mailroom-{name}-by-hand" for name in ("summary", "outcomes", "figures")}
    of_all = {f"mailroom-{name}" for name in ("progress", "needs-a-person", "deadlines", "trend")}
    assert {one["key"] for one in shown} == of_kind | of_all
    progress = next(one for one in shown if one["key"] == "mailroom-progress")
    assert progress["data"] == 100
    assert progress["description"].startswith("Done · 4 of 4 files done")
    summary = next(one for one in shown if one["key"] == "mailroom-summary-by-hand")
    assert "drive.google.com/drive/folders" in summary["data"]
    trial = firm.call_flow(sandbox_flow, "sandbox", notices=2)
    assert trial["state_type"] == "COMPLETED", trial["state"]["message"]
    assert trial["name"].startswith("sandbox 20")
    assert len(sandbox.state()["documents"]) <= 4
    purged = firm.call_flow(purge, "purge", older_than_days=30)
    assert purged["state_type"] == "COMPLETED", purged["state"]["message"]
    assert "older than 30 days" in purged["state"]["message"]
    compared = firm.call_flow(reconcile, "reconcile")
    assert compared["state_type"] == "COMPLETED", compared["state"]["message"]
    assert compared["state"]["message"] == "Drive, the ledger and Logiqs agree."
    names = {task["name"] for task in firm.ask("/task_runs/filter", flow_runs={"id": {"any_": [run["id"]]}})}
    assert {"preflight", "batch 1 (1 file)", "batch 4 (1 file)"} <= names


@pytest.fixture
def clients(request: pytest.FixtureRequest) -> Clients:
    """Whose notices are handed out."""
    return Clients.of(request.node.nodeid, scanned=False)


@pytest.fixture
def real(tmp_path: Path, clients: Clients) -> Iterator[Sandbox]:
    """The firm's systems, full of these clients' data."""
    with real_systems(tmp_path / "systems", clients) as sandbox:
        yield sandbox


@pytest.fixture
def way_to_ledger(firm: Firm, postgresql: PostgresqlServer) -> Iterator[DatabaseGate]:
    """A ledger in PostgreSQL, which a worker finds by what the Prefect server stores; runs hand files out."""
    # What this machine remembers of another ledger: with it, this one would be taken for an old copy.
    Path(firm.environment["MAILROOM_STATE_DIR"], "ledger.record").unlink(missing_ok=True)
    url = postgresql.create_ledger()
    with open_gate(url) as gate, environment(firm.environment):
        stored = {
            "mailroom_dispatch": "deployment",
            "mailroom_ledger_url": gate.url.render_as_string(hide_password=False),
        }
        for name, value in stored.items():
            Variable.set(name, value)
        Secret(value=KEY).save("mailroom-ledger-key")
        yield gate
        for name in stored:
            Variable.unset(name)
        Secret.delete("mailroom-ledger-key")
    postgresql.drop(url)


@contextmanager
def cut_while_filing(gate: DatabaseGate, sandbox: Sandbox) -> Iterator[None]:
    """The ledger's server goes away when the first document was sent, and comes back."""

    def cut() -> None:
        until(lambda: any(kind == "document" for _, kind in sandbox.calls("logiqs")))
        gate.cut()
        time.sleep(3)
        gate.is_open = True

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(cut)
        yield
        done.result()


@pytest.mark.usefixtures("worker")
def test_a_worker_files_what_a_run_hands_out(
    firm: Firm,
    machine: Machine,
    real: Sandbox,
    clients: Clients,
    way_to_ledger: DatabaseGate,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The run's report is that of the whole day; its part has its own page, with its share. The ledger's
    server is away for some seconds. Nothing of the clients is left on the machine.
    """
    firm.lead_to(real)
    watch = Watch(machine, clients)
    with cut_while_filing(way_to_ledger, real):
        run = firm.call_flow(daily, "by-hand", limit=6)
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert run["state"]["message"].startswith("6 files: ")
    (part,) = firm.ask("/flow_runs/filter", flows={"name": {"any_": ["batch"]}})
    assert part["name"] == "part 1 (6 files)"
    assert part["state_type"] == "COMPLETED"
    assert part["state"]["message"].rstrip(".") in run["state"]["message"]
    assert "database server answers again" in caplog.text
    documents = real.state()["documents"]
    assert len(documents) == len({(one["CaseID"], one["sha256"]) for one in documents}) > 0
    tasks = firm.ask("/task_runs/filter", flow_runs={"id": {"any_": [run["id"]]}})
    assert {one["id"] for one in tasks} >= {part["parent_task_run_id"]}
    assert not [one for one in tasks if one["name"].startswith("batch ")]
    shown = firm.ask("/artifacts/filter", artifacts={"flow_run_id": {"any_": [run["id"]]}})
    figures = next(one["data"] for one in shown if one["key"] == "mailroom-figures-by-hand")
    sent = len(real.calls("logiqs"))
    assert f"| calls to Logiqs | {sent}, at most" in figures
    assert watch.found() == []


@pytest.mark.usefixtures("with_blocks", "worker")
def test_a_worker_whose_log_would_not_be_redacted_runs_nothing(firm: Firm, sandbox: Sandbox) -> None:
    """The logging file is missing where the run starts: it fails at once, and says what to set."""
    flow = firm.ask("/deployments/filter", deployments={"name": {"any_": ["dry-run"]}})[0]
    variables = {"env": {"PREFECT_LOGGING_CONFIG_PATH": "/no/such/file.yml"}}
    made = firm.ask(f"/deployments/{flow['id']}/create_flow_run", job_variables=variables)
    run = firm.ended(made["id"])
    assert run["state_type"] == "FAILED"
    assert "PREFECT_LOGGING_CONFIG_PATH" in run["state"]["message"]
    assert not sandbox.calls("drive")


def test_served_without_a_work_pool_and_never_on_the_sandbox(firm: Firm) -> None:
    """`flows/serve.py` runs the same deployments; with nothing configured a run fails and says what is
    missing.
    """
    for kind in ("google-drive-credentials", "logiqs-credentials"):
        found = httpx.get(
            f"{firm.api}/block_types/slug/{kind}/block_documents/name/mailroom", timeout=SECONDS
        )
        if found.status_code == 200:
            firm.delete(f"/block_documents/{found.json()['id']}")
    for variable in firm.ask("/variables/filter"):
        firm.delete(f"/variables/{variable['id']}")
    code, screen = call(lambda _words: serve.main(), [], firm.environment)
    assert code == 2, screen
    assert "prefect deployment delete daily/by-hand" in screen
    assert "prefect deployment delete purge/purge" in screen
    for deployment in firm.ask("/deployments/filter"):
        firm.delete(f"/deployments/{deployment['id']}")
    for automation in firm.ask("/automations/filter"):
        firm.delete(f"/automations/{automation['id']}")
    serving = firm.start(sys.executable, "flows/serve.py")
    try:
        until(lambda: len(firm.ask("/deployments/filter")) == 7)
        run = firm.ended(firm.run("by-hand"))
    finally:
        stopped(serving)
    assert run["state_type"] == "FAILED"
    assert "Drive and Logiqs are not configured" in run["state"]["message"]
    assert len(firm.ask("/automations/filter")) == 2
    schedules = {one["name"]: one["schedules"] for one in firm.ask("/deployments/filter")}
    assert schedules["daily"][0]["schedule"]["cron"] == "0 6 * * 1-5"
    assert schedules["daily"][0]["schedule"]["timezone"] == "America/New_York"
    assert schedules["purge"][0]["schedule"]["cron"] == "0 3 * * 0"
    assert schedules["reconcile"][0]["schedule"]["cron"] == "0 4 * * 0"
    assert not schedules["by-hand"]
