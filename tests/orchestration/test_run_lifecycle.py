"""How a run opens and closes, and how it ends its tasks when Prefect breaks it off."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.exceptions import TerminationSignal

from mailroom.config.settings import Settings, load_settings
from mailroom.errors import RunStop
from mailroom.ledger import LeaseRequest, make_holder, open_ledger
from mailroom.orchestration import report_artifacts
from mailroom.orchestration.launch import Launch
from mailroom.orchestration.progress_artifact import KEY
from mailroom.orchestration.run_lifecycle import open_run, stopping_tasks
from mailroom.run import context
from mailroom.run.options import RunOptions
from tests.in_process import process_state_restored
from tests.ledger.conftest import listed
from tests.run.test_context import NoReaders


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
        yield load_settings(state_dir=tmp_path, drive={"access_token": "made-up"})


def open_and_close(settings: Settings, *, dry_run: bool = False) -> UUID:
    """A run that picks up two files and is stopped; returns the id of its flow run."""

    @flow(name="daily")
    def some_day() -> str:
        with open_run(RunOptions(dry_run=dry_run), Launch(settings)) as run:
            listed(run.ledger, 2, run.run_id)
            run.pick_up_files()
            return run.run_id

    return UUID(some_day())


def summaries() -> dict[UUID | None, str]:
    """The summary on the page of each run that has one."""
    with get_client(sync_client=True) as client:
        shown = [one for one in client.read_artifacts() if one.key == "mailroom-summary"]
    return {one.flow_run_id: str(one.data) for one in shown}


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


def test_the_next_run_shows_the_summary_of_a_killed_one(settings: Settings) -> None:
    """Before it picks up the files of that run: then they count for this one."""
    killed = open_and_close(settings)
    with get_client(sync_client=True) as client:
        for one in client.read_artifacts():
            if one.flow_run_id == killed and one.key != KEY:
                client.delete_artifact(one.id)
    host, pid, ticks, _ = make_holder("").split(":")
    with open_ledger(settings) as ledger:
        ledger.request_lease(LeaseRequest(str(killed), f"{host}:{pid}:{int(ticks) + 1}:{killed}"))
    following = open_and_close(settings)
    assert set(summaries()) == {killed, following}
    assert summaries()[killed].startswith("# 2 files in ")
