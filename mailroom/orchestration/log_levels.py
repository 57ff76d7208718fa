"""A run that a person stops is not an error: Prefect (3.8) logs every end that is not a success as one."""

from __future__ import annotations

import logging

from mailroom.run.limits import STOPPED


class StopFilter(logging.Filter):
    """Makes a warning of Prefect's line about a task or a flow that a person stopped; drops nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True; the level of the record may be lower then."""
        if record.levelno == logging.ERROR and STOPPED in record.getMessage():
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return True
