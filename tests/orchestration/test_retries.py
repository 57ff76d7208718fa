"""When tasks are tried again, and what slots they take."""

import prefect
import pytest
from prefect import flow
from prefect.states import Completed, Failed

from mailroom.config.settings import load_settings
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.orchestration.retries import DRIVE_TAG, LOGIQS_TAG, is_last_try, is_temporary, with_retries
from mailroom.run.batch import BatchUnfinished
from tasks.batch import file_batch
from tasks.preflight import preflight
from tasks.scan import scan_folders


def test_tasks_take_the_slots_of_what_they_call() -> None:
    """The tags are those that have limits."""
    assert file_batch.tags == preflight.tags == {DRIVE_TAG, LOGIQS_TAG}
    assert scan_folders.tags == {DRIVE_TAG}


def test_tasks_are_tried_again_after_2_4_and_8_seconds() -> None:
    """Three times, with jitter; settings may change number and delay."""
    for task in (file_batch, preflight, scan_folders):
        assert (task.retries, task.retry_delay_seconds, task.retry_jitter_factor) == (3, [2, 4, 8], 0.2)
    settings = load_settings(retries=2, retry_delay=0.5)
    assert with_retries(file_batch, settings).retries == 2
    assert with_retries(file_batch, settings).retry_delay_seconds == [0.5, 1.0]


def test_is_temporary_is_tried_again() -> None:
    """Transient faults are; a stop, a wrong configuration and our own mistakes are not."""
    for error in (Transient("drive_unreachable"), BatchUnfinished({"pending": 1})):
        assert is_temporary(None, None, Failed(data=error))
    for other in (RunStop("stopped"), ConfigError("code", what="a", fix="b"), KeyError("x")):
        assert not is_temporary(None, None, Failed(data=other))
    assert not is_temporary(None, None, Completed(data=1))


@pytest.mark.usefixtures("prefect_server")
def test_a_task_knows_its_last_try() -> None:
    """Prefect counts the tries of a task's run."""
    answers: list[bool] = []

    @prefect.task(retries=2)
    def fails_twice() -> None:
        answers.append(is_last_try())
        if not answers[-1]:
            raise Transient("drive_unreachable")

    @flow
    def some_day() -> None:
        fails_twice()

    some_day()
    assert answers == [False, False, True]
