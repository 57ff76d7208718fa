"""What the task of a batch ends with."""

import logging
from types import SimpleNamespace
from typing import NoReturn

import pytest
from prefect.client.schemas.objects import StateType

from mailroom.errors import RunStop
from mailroom.run.batch import BatchUnfinished
from mailroom.run.progress import Progress
from tasks import batch


@pytest.fixture
def progress(monkeypatch: pytest.MonkeyPatch) -> Progress:
    """The progress of a run whose batches leave one of three files pending."""
    progress = Progress()
    run = SimpleNamespace(
        progress=progress, file_pipeline=lambda: None, settings=SimpleNamespace(files_at_once=1)
    )

    def leave_one(*_: object) -> NoReturn:
        raise BatchUnfinished({"matched": 2, "pending": 1})

    monkeypatch.setattr(batch, "find_run", lambda _: run)
    monkeypatch.setattr(batch, "get_run_logger", lambda: logging.getLogger("test"))
    monkeypatch.setattr("mailroom.orchestration.slots.task_run", SimpleNamespace(id=str(ID), tags=[]))
    monkeypatch.setattr("mailroom.run.batch.process_batch", leave_one)
    return progress


ID = "6b0fd3ae-53e3-4c1e-9e0c-3a5a3a1f6d43"


@pytest.mark.usefixtures("progress")
def test_a_batch_with_pending_files_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as Prefect has retries left."""
    monkeypatch.setattr(batch, "is_last_try", lambda: False)
    with pytest.raises(BatchUnfinished):
        batch.file_batch.fn("run", "batch 1 (3 files)", ["a", "b", "c"])


@pytest.mark.usefixtures("progress")
def test_after_the_last_retry_pending_files_do_not_fail_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has done what it could, and says how many; the run's own state is not a success."""
    monkeypatch.setattr(batch, "is_last_try", lambda: True)
    state = batch.file_batch.fn("run", "batch 1 (3 files)", ["a", "b", "c"])
    assert (state.type, state.message) == (StateType.COMPLETED, "2 matched, 1 pending.")


@pytest.mark.usefixtures("progress")
@pytest.mark.parametrize("code", ["stopped", "lease_lost"])
def test_a_batch_that_a_person_stopped_has_not_failed(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """It is cancelled, and tells the run why; whatever else stops a run fails the task."""

    def stop(*_: object) -> NoReturn:
        raise RunStop(code)

    monkeypatch.setattr("mailroom.run.batch.process_batch", stop)
    if code == "lease_lost":
        with pytest.raises(RunStop):
            batch.file_batch.fn("run", "batch 1 (3 files)", ["a", "b", "c"])
        return
    state = batch.file_batch.fn("run", "batch 1 (3 files)", ["a", "b", "c"])
    assert state.type is StateType.CANCELLED
    told = state.result(raise_on_failure=False)
    assert isinstance(told, RunStop)
    assert told.__traceback__ is None
