"""How a run's end looks in its log."""

import logging
from typing import Any

import pytest
import yaml

from mailroom.errors import ConfigError, MailroomError, RunStop
from mailroom.orchestration.log_levels import EndFilter
from mailroom.orchestration.prefect_environment import LOGGING_FILE
from mailroom.run.limits import ENDED_EARLY, STOPPED

ENDED = "Finished in state Cancelled('%s')"
FAILED = "Finished in state Failed('Task run encountered an exception RunStop: %s')"


@pytest.mark.parametrize(
    ("level", "said", "expected"),
    [
        (logging.ERROR, STOPPED, "WARNING"),
        (logging.ERROR, ENDED_EARLY, "INFO"),
        (logging.INFO, STOPPED, "INFO"),
        (logging.ERROR, "CancelledError: Task run cancelled by the task runner", "WARNING"),
    ],
)
def test_a_stop_by_a_person_is_not_an_error(level: int, said: str, expected: str) -> None:
    """Nothing is dropped. Batches after the one that something else stopped say little."""
    words = FAILED if said == STOPPED else ENDED
    record = logging.LogRecord("prefect.task_runs", level, __file__, 1, words, (said,), None)
    assert EndFilter().filter(record)
    assert (record.levelname, record.levelno) == (expected, getattr(logging, expected))


REJECTED = ConfigError("rejected", what="Google Drive rejects the access token.", fix="Set a fresh one.")
DOWN = RunStop("drive_down", what="Google Drive has been down for 66 s.", fix="Nothing is lost.")


def of_prefect(logger: str, level: int, message: str, error: Exception | None = None) -> logging.LogRecord:
    """A record as Prefect makes it."""
    exc_info = (type(error), error, None) if error is not None else None
    return logging.LogRecord(logger, level, __file__, 1, message, (), exc_info)


@pytest.mark.parametrize("error", [REJECTED, DOWN], ids=lambda error: error.code)
def test_what_ends_a_run_is_one_line_of_the_log(error: MailroomError) -> None:
    """The flow's state names it, as an error; what task and engine repeat is dropped."""
    of_task = f"Finished in state Failed('Task run encountered an exception {type(error).__name__}: {error}')"
    engine = "Engine execution exited with unexpected exception"
    state = of_prefect("prefect.flow_runs", logging.INFO, f"Finished in state Failed('{error}')")
    assert not EndFilter().filter(of_prefect("prefect.task_runs", logging.ERROR, of_task))
    assert not EndFilter().filter(of_prefect("prefect.flow_runs", logging.ERROR, engine, error))
    assert EndFilter().filter(state)
    assert state.levelname == "ERROR"


def test_a_cancelled_run_is_not_called_running() -> None:
    """The line before says that it was cancelled."""
    for message, is_kept in (("Flow run was cancelled.", True), ("Finished in state Running()", False)):
        assert EndFilter().filter(of_prefect("prefect.flow_runs", logging.INFO, message)) is is_kept


def test_other_faults_keep_their_lines() -> None:
    """A bug of a task, an exception that the engine alone reports, and a task's state at its own level."""
    for record in (
        of_prefect("prefect.task_runs", logging.ERROR, FAILED.replace("RunStop: %s", "ProgramFault: A bug")),
        of_prefect("prefect.flow_runs", logging.ERROR, "Engine execution exited with unexpected exception"),
        of_prefect("prefect.engine", logging.ERROR, "… exited with unexpected exception", KeyError("x")),
    ):
        assert EndFilter().filter(record)
        assert record.levelname == "ERROR"
    stopped = of_prefect("prefect.flow_runs", logging.INFO, f"Finished in state Failed('{STOPPED}')")
    assert EndFilter().filter(stopped)
    assert stopped.levelname == "INFO"


def test_the_loggers_of_runs_have_the_filter() -> None:
    """In the file that Prefect's logging is made from."""
    configured: dict[str, Any] = yaml.safe_load(LOGGING_FILE.read_text())
    assert configured["filters"]["end"]["()"] == f"{EndFilter.__module__}.{EndFilter.__name__}"
    for name in ("prefect.flow_runs", "prefect.task_runs", "prefect.engine"):
        assert configured["loggers"][name]["filters"] == ["end"]
