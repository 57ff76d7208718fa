"""Only a code crosses the error boundary; the original error is in the debug log, redacted."""

import logging
import subprocess
import sys
import traceback
from asyncio import CancelledError
from collections.abc import Callable
from pathlib import Path

import pytest

from mailroom.errors import MailroomError, ProgramFault, Transient
from mailroom.notices.parsing.dates import find_dates
from mailroom.privacy.error_boundary import locate_origin, sanitize_errors
from mailroom.privacy.redaction.formatter import RedactingFormatter

SSN = "735-21-9164"


def raising(error: BaseException, cause: Exception | None = None) -> Callable[[], None]:
    """A function that fails with client data in its local variables."""

    @sanitize_errors
    def task() -> None:
        client = f"client {SSN}"
        try:
            raise LookupError(client) from cause
        except LookupError:
            raise error  # noqa: B904 - on purpose: it hangs on the one above

    return task


def everything_about(error: BaseException) -> str:
    """Everything that a tool could show of an error: texts, causes, contexts and local variables."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The first frame is the test's own.
    del told.stack[0]
    return "".join(told.format())


@pytest.mark.parametrize(
    "error",
    [ValueError(SSN), RuntimeError("of", SSN), UnicodeDecodeError("utf-8", SSN.encode(), 0, 1, "bad")],
)
def test_an_unexpected_error_shows_only_its_type_and_location(error: Exception) -> None:
    """Text, cause and local variables of the original are gone."""
    task = raising(error, KeyError(SSN))
    with pytest.raises(ProgramFault) as fault:
        task()
    assert fault.value.ids["kind"] == type(error).__name__
    assert fault.value.__cause__ is fault.value.__context__ is None
    assert "client 7" not in everything_about(fault.value)
    assert SSN not in f"{fault.value} {fault.value!r} {fault.value.args} {fault.value.ids}"


class Panic(BaseException):
    """What a library in another language raises when it gives up."""


@pytest.mark.parametrize("error", [Panic(SSN), SystemExit(SSN)])
def test_a_base_exception_is_sanitized_too(error: BaseException) -> None:
    """A panic, and an exit with a text, which Python would print."""
    task = raising(error)
    with pytest.raises(ProgramFault) as fault:
        task()
    assert SSN not in str(fault.value)


@pytest.mark.parametrize("error", [SystemExit(2), KeyboardInterrupt(), CancelledError()])
def test_signals_exits_and_cancellations_pass(error: BaseException) -> None:
    """They hold no client data, and their callers wait for them."""
    task = raising(error)
    with pytest.raises(type(error)) as ended:
        task()
    assert ended.value is error


def test_a_mailroom_error_passes_without_its_context() -> None:
    """The same error, with its code and ids."""
    raised = Transient("too_many", file="1AbC")
    task = raising(raised)
    with pytest.raises(MailroomError) as known:
        task()
    assert known.value is raised
    assert known.value.__context__ is None
    assert "client 7" not in everything_about(known.value)


def test_the_debug_log_has_the_redacted_original(caplog: pytest.LogCaptureFixture) -> None:
    """With its traceback, for debugging; not at any other level."""
    task = raising(ValueError(f"not a number: {SSN}"))
    with caplog.at_level(logging.DEBUG, "mailroom"), pytest.raises(ProgramFault):
        task()
    (record,) = caplog.records
    assert record.levelno == logging.DEBUG
    said = RedactingFormatter().format(record)
    assert "ValueError: not a number: [redacted]" in said
    assert "in task" in said


def test_the_location_is_our_innermost_function() -> None:
    """Not that of a library below it; `?` when no function of ours was involved."""
    with pytest.raises(ValueError, match="invalid") as theirs:
        int("x")
    assert locate_origin(theirs.value.__traceback__) == "?"
    with pytest.raises(TypeError) as ours:
        find_dates(None)  # type: ignore[arg-type]
    assert locate_origin(ours.value.__traceback__).startswith("mailroom/notices/parsing/dates.py:")


LAST_WORDS = """
import gc, logging, sys, threading, warnings
from mailroom.notices.parsing.dates import find_dates
from mailroom.privacy.error_boundary import guard_process
guard_process()
ssn = {ssn!r}

class Client:
    def __del__(self):
        raise ValueError(ssn)

del (client := [Client()])[0]
thread = threading.Thread(target=lambda: int("of " + ssn))
thread.start()
thread.join()
warnings.warn("the client is " + ssn)
logging.getLogger("some.library").warning("of %s", ssn)
raise KeyError(ssn)
"""


def test_uncaught_errors_print_only_codes(project: Path) -> None:
    """In a destructor, a thread, and the main thread; warnings and logs without a handler are redacted."""
    ended = subprocess.run(
        [sys.executable, "-c", LAST_WORDS.format(ssn=SSN)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert SSN not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    for said in (
        "A bug in the mail room: ValueError at ?.",
        "A bug in the mail room: KeyError at ?.",
        "of [redacted]",
    ):
        assert said in ended.stderr
