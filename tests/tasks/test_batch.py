"""What the task of a batch ends with."""

import logging
import threading
from contextlib import nullcontext
from types import SimpleNamespace
from typing import NoReturn

import pytest
from prefect.client.schemas.objects import StateType

from mailroom.errors import ConfigError, RunStop
from mailroom.run.batch import BatchUnfinished
from mailroom.run.limits import ENDED_EARLY, STOPPED, RunLimits
from mailroom.run.options import RunOptions
from mailroom.run.progress import Progress
from tasks import batch


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A run whose batches leave one of three files pending."""
    run = SimpleNamespace(
        progress=Progress(),
        options=RunOptions(),
        file_pipeline=lambda: None,
        spending_slots=lambda *, crm: nullcontext(crm),
        settings=SimpleNamespace(files_at_once=1),
        limits=RunLimits(1.0, threading.Event()),
    )

    def leave_one(*_: object) -> NoReturn:
        raise BatchUnfinished({"matched": 2, "pending": 1})

    monkeypatch.setattr(batch, "find_run", lambda _: run)
    monkeypatch.setattr(batch, "get_run_logger", lambda: logging.getLogger("test"))
    monkeypatch.setattr("mailroom.orchestration.slots.task_run", SimpleNamespace(id=str(ID), tags=[]))
    monkeypatch.setattr("mailroom.run.batch.process_batch", leave_one)
    return run


ID = "6b0fd3ae-53e3-4c1e-9e0c-3a5a3a1f6d43"


@pytest.mark.usefixtures("run")
def test_a_batch_with_pending_files_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as Prefect has retries left."""
    monkeypatch.setattr(batch, "is_last_try", lambda: False)
    with pytest.raises(BatchUnfinished):
        batch.file_batch.fn("run", "batch 1 (3 files)", ["a", "b", "c"])


@pytest.mark.usefixtures("run")
def test_after_the_last_retry_pending_files_do_not_fail_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has done what it could, and says how many; the run's own state is not a success."""
    monkeypatch.setattr(batch, "is_last_try", lambda: True)
    state = batch.file_batch.fn("run", "batch 1 (3 files)", ["a", "b", "c"])
    assert (state.type, state.message) == (StateType.COMPLETED, "2 matched, 1 pending.")


def test_a_dry_run_says_what_would_be(run: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the task's state, and in the log line that is made of it."""
    run.options = RunOptions(dry_run=True)
    monkeypatch.setattr(batch, "is_last_try", lambda: True)
    state = batch.file_batch.fn("run", "batch 1 (3 files)", ["a", "b", "c"])
    assert state.message == "2 would be filed, 1 pending."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RunStop("stopped", what=STOPPED), STOPPED),
        (RunStop("logiqs_down", what="Logiqs has been down for 61 s."), ENDED_EARLY),
        (ConfigError("folder_trashed", what="The folder is in the trash.", fix="Restore it."), ENDED_EARLY),
    ],
    ids=lambda one: getattr(one, "code", ""),
)
def test_a_batch_that_was_stopped_has_not_failed(
    monkeypatch: pytest.MonkeyPatch, run: SimpleNamespace, error: RunStop | ConfigError, words: str
) -> None:
    """It is cancelled, and tells the run why; the run says that once, and its other batches end too."""

    def stop(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr("mailroom.run.batch.process_batch", stop)
    state = batch.file_batch.fn("run", "batch 1 (3 files)", ["a", "b", "c"])
    assert (state.type, state.message) == (StateType.CANCELLED, words)
    told = state.result(raise_on_failure=False)
    assert told is error
    assert told.__traceback__ is None
    with pytest.raises(type(error)) as raised:
        run.limits.check()
    assert raised.value is error
