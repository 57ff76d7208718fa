"""How a run's end looks in its log: one line says why, at the level that it deserves.

Prefect (3.8) logs an error of a task that ends the run with the task, with the flow, and with the engine. It
logs every end that is not a success as an error, but the state of the flow as an information.
"""

from __future__ import annotations

import logging
import re

from mailroom.errors import ConfigError, MailroomError, RunStop
from mailroom.run.limits import ENDED_EARLY, STOPPED

# What ended the tasks of a run that a person or Prefect stopped.
STOPPED_TASKS = (STOPPED, "Task run cancelled by the task runner")
# The flow's own line has the same sentence, except that of a stop by a person.
ERROR_OF_TASK = re.compile(
    rf"Finished in state \w+\(.Task run encountered an exception "
    rf"({ConfigError.__name__}|{RunStop.__name__}): (?!{re.escape(STOPPED)})"
)
FAILED_FLOW = re.compile(r"Finished in state Failed\(")
# What Prefect (3.8.8) says of a run that it has cancelled, right after "Flow run was cancelled."
CANCELLED_FLOW = "Finished in state Running()"


class EndFilter(logging.Filter):
    """Keeps one line of those that Prefect logs about one end, and corrects its level.

    Drops the task's line about what ends the run, the engine's line about an error of ours, and the line that
    calls a cancelled run running.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is kept; its level may be another one then."""
        message = record.getMessage()
        if ERROR_OF_TASK.match(message) or message == CANCELLED_FLOW or _is_error_of_ours(record):
            return False
        if record.levelno == logging.ERROR and any(words in message for words in STOPPED_TASKS):
            _set_level(record, logging.WARNING)
        elif record.levelno == logging.ERROR and ENDED_EARLY in message:
            _set_level(record, logging.INFO)
        elif record.name == "prefect.flow_runs" and FAILED_FLOW.match(message) and STOPPED not in message:
            _set_level(record, logging.ERROR)
        return True


def _is_error_of_ours(record: logging.LogRecord) -> bool:
    """Whether the engine reports an error that the state of the flow's run names already."""
    is_engine = "exited with unexpected exception" in str(record.msg)
    return is_engine and record.exc_info is not None and isinstance(record.exc_info[1], MailroomError)


def _set_level(record: logging.LogRecord, level: int) -> None:
    record.levelno, record.levelname = level, logging.getLevelName(level)
