"""The log of a local run: one redacted, rotated file, and nothing on the terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from mailroom.privacy.logs import RedactingFormatter

FORMAT = "%(asctime)s | %(levelname)-7s | %(name)s - %(message)s"


def send_logs_to(path: Path) -> Callable[[], None]:
    """Send what would go to the terminal to the file, until the answer is called. 5 files of 5 MB are kept.

    Call it when Prefect is imported: that is when Prefect sets its own handlers.
    """
    root = logging.getLogger()
    file = RotatingFileHandler(path, maxBytes=5_000_000, backupCount=4, encoding="utf-8", delay=True)
    file.setFormatter(RedactingFormatter(FORMAT))
    path.touch(mode=0o600)
    before = _consoles()
    for logger, handler in before:
        logger.removeHandler(handler)
        logger.addHandler(file)
    root.addHandler(file)
    logging.getLogger("mailroom").setLevel(logging.INFO)

    def undo() -> None:
        root.removeHandler(file)
        for logger, handler in before:
            logger.removeHandler(file)
            logger.addHandler(handler)
        file.close()

    return undo


def _consoles() -> list[tuple[logging.Logger, logging.Handler]]:
    """Every handler that writes to a terminal, with the logger that it hangs on."""
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    return [
        (logger, handler)
        for logger in loggers
        for handler in logger.handlers
        if type(handler) is logging.StreamHandler
    ]
