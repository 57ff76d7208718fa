"""The boundary that an error crosses only as a code: around tasks, flows, threads and whole commands.

The text, cause and locals of an exception that nobody raised on purpose may hold a client's data, and states,
tracebacks and terminals show them to anyone. Beyond the boundary there is its kind and where in our code it came
from; the original goes to the debug log, redacted as all logs are. What is wrong is not judged here.
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
    """Let nothing out of the function but errors raised on purpose, and those without cause, context and locals.

    Raises:
        ProgramFault: whatever else was raised within.
    """

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except MailroomError as error:
            known = error
        except BaseException as error:
            # Also what is no `Exception`: a panic in a library, an exit with a text.
            if _ends_on_purpose(error):
                raise
            known = make_program_fault(error)
        # Not within the block above: there Python would hang the original on it again.
        known.__cause__ = known.__context__ = None
        raise known.with_traceback(None)

    return guarded


def _ends_on_purpose(error: BaseException) -> bool:
    """Whether it is a signal, a cancellation or an exit, whose text is nobody's."""
    if isinstance(error, SystemExit):
        return error.code is None or isinstance(error.code, int)
    kind = type(error)
    if issubclass(kind, KeyboardInterrupt | GeneratorExit | CancelledError):
        return True
    # Prefect's own signals.
    return not issubclass(kind, Exception) and kind.__module__.startswith("prefect.")


def make_program_fault(error: BaseException) -> ProgramFault:
    """The fault in place of an exception whose text may hold anything; that goes to the debug log."""
    fault = ProgramFault(
        "internal_error", kind=type(error).__name__, place=locate_origin(error.__traceback__)
    )
    log.debug("%s; the original:", fault, exc_info=error)
    return fault


def locate_origin(trace: TracebackType | None) -> str:
    """The file and line where the innermost of our own functions was, ``"?"`` without one."""
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
    """From here on this process leaves no core file, and its last words are codes.

    Of errors that nobody caught, in threads and destructors too, only the code is told.
    """
    disable_core_dumps()
    # A warning's text is made of values like any other; as a log record it is redacted.
    logging.captureWarnings(capture=True)
    # Where nobody set up logging, this handler writes to the terminal.
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
