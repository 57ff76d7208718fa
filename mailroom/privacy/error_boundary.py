"""The error boundary around tasks, flows, threads and commands: errors leave it without text, cause and
locals.

The text, cause and local variables of an unexpected exception may hold client data, and states, tracebacks
and terminals show them to anyone. Outside the boundary only the type of the exception and its location in our
code are known. The original goes to the debug log, which is redacted like all logs. This module does not
decide what to do about an error.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from asyncio import CancelledError
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from mailroom.errors import MailroomError, ProgramFault
from mailroom.privacy.processes import disable_core_dumps
from mailroom.privacy.redaction.formatter import RedactingFormatter

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
OURS = frozenset(["blocks", "flows", "mailroom", "tasks"])


def sanitize_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Wrap a function so that it raises only errors of `mailroom.errors`, without cause, context and
    traceback.

    Signals, cancellations and exits with a number pass unchanged.

    Raises:
        ProgramFault: the function raised anything else.
    """

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except MailroomError as error:
            known = error
        except BaseException as error:
            # Not only `Exception`: also a panic in a library, or an exit with a text.
            if _is_intended_exit(error):
                raise
            known = make_program_fault(error)
        # Outside the block above: inside it Python would set the original as the context again.
        known.__cause__ = known.__context__ = None
        raise known.with_traceback(None)

    return guarded


def _is_intended_exit(error: BaseException) -> bool:
    """Return whether the error is a signal, a cancellation or an exit, none of which holds client data."""
    if isinstance(error, SystemExit):
        return error.code is None or isinstance(error.code, int)
    kind = type(error)
    if issubclass(kind, KeyboardInterrupt | GeneratorExit | CancelledError):
        return True
    # Prefect's own signals.
    return not issubclass(kind, Exception) and kind.__module__.startswith("prefect.")


def make_program_fault(error: BaseException) -> ProgramFault:
    """Return the error that replaces an unexpected exception, and write the original to the debug log."""
    place = locate_origin(error.__traceback__)
    fault = ProgramFault("internal_error", kind=type(error).__name__, place=place)
    log.debug("%s; the original:", fault, exc_info=error)
    return fault


def locate_origin(trace: TracebackType | None) -> str:
    """Return ``file:line`` of the innermost frame in our own code, or ``"?"`` when there is none."""
    frames = ((Path(frame.filename), frame.lineno) for frame in reversed(traceback.extract_tb(trace)))
    for path, line in frames:
        if (
            path != Path(__file__)
            and path.is_relative_to(ROOT)
            and (inside := path.relative_to(ROOT)).parts[0] in OURS
        ):
            return f"{inside}:{line}"
    return "?"


def guard_process() -> None:
    """Make this process safe for client data: no core file, redacted warnings, and no text of uncaught
    errors.

    For an uncaught error, also in a thread or a destructor, only its code is printed or logged.
    """
    disable_core_dumps()
    # The text of a warning may hold client data; as a log record it is redacted.
    logging.captureWarnings(capture=True)
    # Without any logging configuration this handler writes to the terminal.
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(RedactingFormatter())
    sys.excepthook = _report_uncaught
    threading.excepthook = lambda args: _log_error(args.exc_value)
    sys.unraisablehook = lambda args: _log_error(args.exc_value)


def _report_uncaught(_kind: type[BaseException], error: BaseException, _trace: Any) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    fault = error if isinstance(error, MailroomError) else make_program_fault(error)
    sys.stderr.write(f"{fault}\n")


def _log_error(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit):
        log.error("%s", error if isinstance(error, MailroomError) else make_program_fault(error))
