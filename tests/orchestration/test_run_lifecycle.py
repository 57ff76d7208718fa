"""How a run opens and closes, and how it ends its tasks when Prefect breaks it off."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.exceptions import TerminationSignal
from prefect.flow_engine import run_flow
from prefect.states import AwaitingRetry

from mailroom.config.settings import Settings, load_settings
from mailroom.errors import RunStop
from mailroom.ledger import LeaseRequest, make_holder, open_ledger
from mailroom.orchestration import report_artifacts
from mailroom.orchestration.launch import Launch
from mailroom.orchestration.progress_artifact import KEY
from mailroom.orchestration.run_lifecycle import open_run, stopping_tasks
from mailroom.orchestration.run_names import find_flow_run_id
from mailroom.run import context
from mailroom.run.options import RunOptions
from mailroom.run.review_exchange import NAME, TakenList
from mailroom.run.review_workbook import read_workbook
from tests.in_process import process_state_restored
from tests.ledger.conftest import files, listed
from tests.run.no_readers import NoReaders


def test_a_cancelled_run_stops_its_tasks_before_it_waits_for_them() -> None:
    """Prefect's signal is raised in the main thread only, and goes on."""
    stop = threading.Event()
    with pytest.raises(TerminationSignal), stopping_tasks(stop):
        raise TerminationSignal(15)
    assert stop.is_set()


def test_a_run_that_ends_by_itself_was_not_stopped() -> None:
    """Neither by its end nor by an error: files that were not begun have no stop as their reason."""
    stop = threading.Event()
    with stopping_tasks(stop):
        pass
    with pytest.raises(RunStop), stopping_tasks(stop):
        raise RunStop("daily_limit")
    assert not stop.is_set()


@pytest.fixture
def settings(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    prefect_server: None,  # noqa: ARG001 - runs use it
) -> Iterator[Settings]:
    """A ledger of its own; a run starts no processes, and what it sets up for its process is undone."""
    monkeypatch.setattr(context, "ReaderPool", NoReaders)
    with process_state_restored():
        yield load_settings(state_dir=tmp_path, lists_dir=tmp_path, drive={"access_token": "made-up"})


def open_and_close(settings: Settings, *, dry_run: bool = False) -> UUID:
    """A run that picks up two files and is stopped; returns the id of its flow run."""

    @flow(name="daily")
    def some_day() -> str:
        with open_run(RunOptions(dry_run=dry_run), Launch(settings)) as run:
            listed(run.ledger, 2, run.run_id)
            run.pick_up_files()
            return run.run_id

    return find_flow_run_id(some_day())


def test_a_run_that_prefect_repeats_lists_the_inbox_again_and_reports_its_own_files(
    settings: Settings, tmp_path: Path
) -> None:
    """A retry on a run's page has the id of that run; its summary is beside that of the attempt before.

    Each puts the list of what waits for a person into the folder.
    """
    attempts: list[tuple[list[str], dict[str, int]]] = []

    @flow(name="daily")
    def some_day() -> None:
        with open_run(RunOptions(), Launch(settings)) as run:
            run.ledger.add_folders(run.run_id, ["inbox"])
            folders = run.ledger.list_open_folders(run.run_id)
            run.ledger.record_page(run.run_id, "inbox", files(1, start=len(attempts)), None)
            run.ledger.finish_folder(run.run_id, "inbox")
            run.pick_up_files()
            run.taken = TakenList((tmp_path / NAME).read_bytes() if attempts else None)
            (one,) = run.ledger.list_pending(run.run_id, None, 9)
            run.ledger.claim(one, "me", 60)
            run.ledger.fail(one, "me", "vanished")
            attempts.append((folders, dict(run.ledger.count_outcomes(run.run_id))))

    some_day()
    with get_client(sync_client=True) as client:
        (first,) = client.read_flow_runs()
        client.set_flow_run_state(first.id, AwaitingRetry(), force=True)
        run_flow(some_day, flow_run=client.read_flow_run(first.id))
        shown = [one for one in client.read_artifacts() if one.key == "mailroom-summary"]
    assert attempts == [(["inbox"], {"failed": 1})] * 2
    assert [one.flow_run_id for one in shown] == [first.id] * 2
    assert read_workbook((tmp_path / NAME).read_bytes()) == []


def summaries() -> dict[UUID | None, str]:
    """The summary on the page of each run that has one; those of its attempts in one."""
    with get_client(sync_client=True) as client:
        shown = [one for one in client.read_artifacts() if (one.key or "").startswith("mailroom-summary")]
    return {
        run: "".join(str(one.data) for one in shown if one.flow_run_id == run)
        for run in {one.flow_run_id for one in shown}
    }


def test_the_next_run_shows_the_summary_that_a_run_could_not_show(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect did not take it at the end of that run; a dry run in between leaves it to a real one."""

    def refuse(*_: object) -> None:
        raise httpx.ConnectError("made up")

    with monkeypatch.context() as patch:
        patch.setattr(report_artifacts, "_create", refuse)
        cut_off = open_and_close(settings)
    assert summaries() == {}
    dry = open_and_close(settings, dry_run=True)
    assert set(summaries()) == {dry}
    following = open_and_close(settings)
    assert set(summaries()) == {dry, cut_off, following}
    assert summaries()[cut_off].startswith("# 2 files in ")
    assert "The next run made it, from the ledger" in summaries()[cut_off]


@pytest.mark.parametrize("attempt", [1, 2])
def test_the_next_run_shows_the_summary_of_a_killed_one(settings: Settings, attempt: int) -> None:
    """Before it picks up the files of that run: then they count for this one.

    If a retry was killed, the attempt before it has a summary on the same page.
    """
    killed = open_and_close(settings)
    run_id = str(killed)
    with get_client(sync_client=True) as client:
        if attempt == 1:
            for one in client.read_artifacts():
                if one.flow_run_id == killed and one.key != KEY:
                    client.delete_artifact(one.id)
        else:
            run_id = f"{killed}.2"
            again = ArtifactCreate(key=KEY, type="progress", data=0.0, flow_run_id=killed)
            client.create_artifact(again)
    host, pid, ticks, _ = make_holder("").split(":")
    with open_ledger(settings) as ledger:
        listed(ledger, 2, run_id)
        ledger.pick_up(run_id, None)
        ledger.request_lease(LeaseRequest(run_id, f"{host}:{pid}:{int(ticks) + 1}:{run_id}"))
    following = open_and_close(settings)
    assert set(summaries()) == {killed, following}
    assert summaries()[killed].startswith("# 2 files in ")
    assert "The next run made it, from the ledger" in summaries()[killed]
