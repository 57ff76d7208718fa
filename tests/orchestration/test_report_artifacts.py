"""The summaries in Prefect, also of runs that ended before they could show one."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.states import Crashed

from mailroom.config.settings import load_settings
from mailroom.ledger import LeaseRequest, Ledger, make_holder, open_ledger
from mailroom.orchestration import progress_artifact, report_artifacts
from mailroom.orchestration.report_artifacts import publish, publish_missing
from mailroom.run.report import empty_report
from tests.ledger.conftest import listed
from tests.run.test_report import report


@flow(name="daily")
def some_day() -> None:
    """Takes the flow's place; it is never called."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger on which three files are listed."""
    with open_ledger(load_settings(state_dir=tmp_path)) as opened:
        listed(opened, 3)
        yield opened


@pytest.fixture
def client(prefect_server: None) -> Iterator[SyncPrefectClient]:  # noqa: ARG001 - it is used through its address
    """A client of the server."""
    with get_client(sync_client=True) as opened:
        yield opened


def a_killed_run(client: SyncPrefectClient, ledger: Ledger, name: str = "daily 2026-11-23") -> UUID:
    """A run that picked up three files, decided one, and is marked as crashed on the server."""
    run = client.create_flow_run(some_day, state=Crashed(), name=name).id
    client.create_artifact(
        ArtifactCreate(key=progress_artifact.KEY, type="progress", data=0.0, flow_run_id=run)
    )
    ledger.request_lease(LeaseRequest(str(run), make_holder(str(run))))
    with ledger._transaction() as session:
        session.connection().exec_driver_sql("UPDATE files SET scan_run_id = ?", (str(run),))
    assert ledger.pick_up(str(run), None) == 3
    ledger.claim("f00000", "me", 60)
    ledger.fail("f00000", "me", "too_large")
    ledger.leave_summary()
    ledger.end_run(str(run))
    return run


def shown(client: SyncPrefectClient, run: UUID) -> dict[str, object]:
    """What the run's page shows, by key."""
    return {str(one.key): one.data for one in client.read_artifacts() if one.flow_run_id == run}


def test_the_next_run_shows_the_summary_of_one_that_was_killed(
    client: SyncPrefectClient, ledger: Ledger
) -> None:
    """On the page of the killed run, with the counts of the ledger; once."""
    run = a_killed_run(client, ledger)
    publish_missing(ledger, "real")
    summary, table = (shown(client, run)[f"mailroom-{name}"] for name in ("summary", "outcomes"))
    assert str(summary).startswith("# 3 files in ")
    assert "| **failed** | 1 |" in str(summary)
    assert "| **pending** | 2 |" in str(summary)
    assert "The next run made it, from the ledger" in str(summary)
    rows = json.loads(str(table))
    assert [(row["outcome"], row["code"], row["files"]) for row in rows] == [
        ("failed", "too_large", 1),
        ("pending", "pending", 2),
    ]
    publish_missing(ledger, "real")
    assert len(client.read_artifacts()) == 3


def test_the_summary_of_a_killed_run_is_that_of_its_kind(client: SyncPrefectClient, ledger: Ledger) -> None:
    """The history of the daily summary is that of the days."""
    run = a_killed_run(client, ledger, "by hand 2026-11-23 (3 files)")
    publish_missing(ledger, "real")
    assert set(shown(client, run)) == {
        "mailroom-progress",
        "mailroom-summary-by-hand",
        "mailroom-outcomes-by-hand",
    }


@pytest.mark.parametrize("key", ["mailroom-summary", "mailroom-summary-by-hand", "other"])
def test_a_run_that_has_a_summary_or_never_began_gets_none(
    client: SyncPrefectClient, ledger: Ledger, key: str
) -> None:
    """It was killed after it had shown its own; a reconciliation shows no progress."""
    run = a_killed_run(client, ledger)
    if key == "other":
        client.delete_artifact(client.read_artifacts()[0].id)
    client.create_artifact(ArtifactCreate(key=key, type="markdown", data="own", flow_run_id=run))
    before = shown(client, run)
    publish_missing(ledger, "real")
    assert shown(client, run) == before


def test_a_server_that_does_not_take_a_summary_costs_nothing_else(
    client: SyncPrefectClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run continues, and its caller knows."""
    run = a_killed_run(client, ledger)

    def refuse(*_: object) -> None:
        raise httpx.ConnectError("made up")

    monkeypatch.setattr(report_artifacts, "_create", refuse)
    publish_missing(ledger, "real")
    told = report(matched=1)
    assert not publish(told, None, run)
    monkeypatch.undo()
    assert publish(told, None, run)
    keys = {"mailroom-summary", "mailroom-outcomes", "mailroom-figures"}
    assert set(shown(client, run)) == {"mailroom-progress", *keys}


def test_a_run_without_files_does_not_replace_the_summary_of_the_day(
    client: SyncPrefectClient, ledger: Ledger
) -> None:
    """Its state says that there was nothing; a rehearsal with files has keys of its own."""
    run = a_killed_run(client, ledger)
    assert publish(empty_report("real"), None, run)
    assert set(shown(client, run)) == {"mailroom-progress"}
    assert publish(report(mode="test", matched=1).model_copy(update={"kind": "rehearsal"}), None, run)
    keys = {f"mailroom-{name}-rehearsal" for name in ("summary", "outcomes", "figures")}
    assert set(shown(client, run)) == {"mailroom-progress", *keys}
