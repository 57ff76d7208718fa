"""How loud the log is about a run that a person stopped."""

import logging
from typing import Any

import pytest
import yaml

from mailroom.orchestration.log_levels import StopFilter
from mailroom.orchestration.prefect_environment import LOGGING_FILE
from mailroom.run.limits import STOPPED

FAILED = "Finished in state Failed('Task run encountered an exception RunStop: %s')"


@pytest.mark.parametrize(
    ("level", "said", "expected"),
    [
        (logging.ERROR, STOPPED, "WARNING"),
        (logging.ERROR, "Google Drive has been down for 66 s.", "ERROR"),
        (logging.INFO, STOPPED, "INFO"),
    ],
)
def test_a_stop_by_a_person_is_not_an_error(level: int, said: str, expected: str) -> None:
    """Nothing is dropped, and other ends stay errors."""
    record = logging.LogRecord("prefect.task_runs", level, __file__, 1, FAILED, (said,), None)
    assert StopFilter().filter(record)
    assert (record.levelname, record.levelno) == (expected, getattr(logging, expected))


def test_the_loggers_of_runs_have_the_filter() -> None:
    """In the file that Prefect's logging is made from."""
    configured: dict[str, Any] = yaml.safe_load(LOGGING_FILE.read_text())
    assert configured["filters"]["stop"]["()"] == f"{StopFilter.__module__}.{StopFilter.__name__}"
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        assert configured["loggers"][name]["filters"] == ["stop"]
