"""Where a run's log goes, and that all of it is redacted.

A local run logs to one rotated file and nothing to the terminal; any run checks at its start that every
handler redacts.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from mailroom.errors import ConfigError
from mailroom.orchestration.prefect_environment import LOGGING_FILE
from mailroom.privacy.redaction.formatter import RedactingFormatter

FORMAT = "%(asctime)s | %(levelname)-7s | %(name)s - %(message)s"


class OwnersFile(RotatingFileHandler):
    """A rotated log that only its owner may read, the new file after each rotation too.

    A full disk costs lines of the log and nothing else: the screen is a person's, and the run continues.
    """

    lost = 0

    def _open(self) -> TextIOWrapper:
        with suppress(FileExistsError):
            os.close(os.open(self.baseFilename, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's name
        """Count the lost line and reopen the file. What was buffered may be lost too."""
        self.lost += 1
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()

    def close(self) -> None:
        """Close the file; what it could not take by now is lost."""
        with suppress(OSError):
            super().close()


def send_logs_to(path: Path) -> Callable[[], None]:
    """Send what would go to the terminal to the file, until the returned function is called.

    5 files of 5 MB are kept. Call it when Prefect is imported: that is when Prefect sets its own handlers.

    Raises:
        ConfigError: the file cannot be opened.
    """
    keep_faults_quiet()
    root = logging.getLogger()
    file = _opened(path)
    file.setFormatter(RedactingFormatter(FORMAT))
    before = _consoles()
    for logger, handler in before:
        logger.removeHandler(handler)
        logger.addHandler(file)
    root.addHandler(file)

    def undo() -> None:
        root.removeHandler(file)
        for logger, handler in before:
            logger.removeHandler(file)
            logger.addHandler(handler)
        file.close()
        if file.lost:
            sys.stderr.write(f"The log {path} lacks {file.lost} lines that could not be written to it.\n")

    return undo


def _opened(path: Path) -> OwnersFile:
    try:
        return OwnersFile(path, maxBytes=5_000_000, backupCount=4, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            "log_not_writable",
            what=f"The log {path} cannot be written: {error.strerror}.",
            fix="Free some space there, or name another file with --log-file.",
        ) from None


def _consoles() -> list[tuple[logging.Logger, logging.Handler]]:
    """Every handler that writes to a terminal, with the logger that it is attached to."""
    return [(logger, handler) for logger, handler in _handlers() if type(handler) is logging.StreamHandler]


def _handlers() -> Iterator[tuple[logging.Logger, logging.Handler]]:
    """Every handler of this process, with the logger that it is attached to."""
    for logger in [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]:
        for handler in logger.handlers:
            yield logger, handler


def keep_faults_quiet() -> None:
    """A handler that fails prints nothing, for the rest of this process.

    It would print the record's message, arguments and traceback to stderr as they are, past every formatter;
    and Prefect's sender of logs the text of what its server answered. Both look at this first.
    """
    logging.raiseExceptions = False


def check_redaction() -> None:
    """Make sure that whatever this process writes to a log goes through redaction.

    Prefect reads its logging configuration once, where the process starts, and falls back to its own
    silently where the file is missing.

    Raises:
        ConfigError: a handler of Prefect's, or another one, does not redact.
    """
    keep_faults_quiet()
    writing = ((logger, handler) for logger, handler in _handlers() if _writes(handler))
    unredacted = sorted({logger.name for logger, handler in writing if not _redacts(handler)})
    if unredacted or not logging.getLogger("prefect.flow_runs").handlers:
        raise ConfigError(
            "logs_not_redacted",
            what=f"The log would not be redacted (logger {', '.join(unredacted) or 'prefect.flow_runs'}).",
            fix=f"Set PREFECT_LOGGING_CONFIG_PATH to {LOGGING_FILE} where the worker or the command starts.",
        )


def _writes(handler: logging.Handler) -> bool:
    """Whether its records may go anywhere; those of a test run that collect them do not count."""
    return not isinstance(handler, logging.NullHandler) and not type(handler).__module__.startswith(
        "_pytest."
    )


def _redacts(handler: logging.Handler) -> bool:
    """Whether the handler redacts.

    Rich's never counts: it draws tracebacks, with local variables, without using its formatter.
    """
    return isinstance(handler.formatter, RedactingFormatter) and not type(handler).__module__.startswith(
        "rich."
    )
