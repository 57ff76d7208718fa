"""The formatter redacts every record of every logger, and drops none."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.privacy.client_data import KnownValue
from mailroom.privacy.redaction.client_values import CLIENT_VALUES
from mailroom.privacy.redaction.formatter import RedactingFormatter
from mailroom.privacy.redaction.masking import MASK, UNPRINTABLE


def record(
    message: object, *args: object, error: bool = False, stack: str | None = None
) -> logging.LogRecord:
    """A log record, with the traceback of an error that holds an SSN if asked for."""
    info = None
    if error:
        try:
            raise ValueError("notice of 734-00-1234")
        except ValueError:
            info = sys.exc_info()
    made = logging.LogRecord("mailroom", logging.ERROR, __file__, 1, message, args, info)
    made.stack_info = stack
    return made


def test_arguments_traceback_and_stack_are_redacted() -> None:
    """A filter would miss them; the record keeps no unredacted traceback for the next handler."""
    made = record("of %s", "734-00-1234", error=True, stack="Stack\n  ssn = 734-00-1234")
    text = RedactingFormatter("%(levelname)s %(message)s").format(made)
    assert "1234" not in text
    assert text.startswith(f"ERROR of {MASK}")
    assert f"ValueError: notice of {MASK}" in text
    assert text.endswith(f"ssn = {MASK}")
    assert made.exc_text is None


def test_a_traceback_of_another_formatter_is_redacted() -> None:
    """Logging keeps it in the record."""
    made = record("x", error=True)
    logging.Formatter().format(made)
    assert "1234" not in RedactingFormatter().format(made)


class Unprintable:
    """Fails when it is shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no 734-00-1234")

    __str__ = __repr__


class Endless:
    """Shows itself in itself."""

    def __repr__(self) -> str:
        return f"<{self!r}>"


class UnprintableError(Exception):
    """An error whose text fails."""

    __str__ = Unprintable.__repr__


@pytest.mark.parametrize(
    "args", [("%d", "no number"), ("%s %s", "one"), ("%s", Unprintable()), ("%s", Endless())]
)
def test_a_record_that_cannot_be_formatted_is_not_dropped(args: tuple[str, object]) -> None:
    """It says that it is unprintable, and keeps its traceback."""
    text = RedactingFormatter("%(levelname)s %(message)s").format(record(*args, error=True))
    assert text.startswith(f"ERROR {UNPRINTABLE}\nTraceback")
    assert f"notice of {MASK}" in text


def test_an_error_whose_text_fails_is_logged() -> None:
    """Python's own traceback says so; nothing is raised."""
    try:
        raise UnprintableError
    except UnprintableError:
        made = logging.LogRecord("n", logging.ERROR, __file__, 1, "went wrong", (), sys.exc_info())
    assert "went wrong" in RedactingFormatter().format(made)


def test_a_record_whose_traceback_fails_too_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then level and logger remain."""
    formatter = RedactingFormatter()
    monkeypatch.setattr(formatter, "formatException", Unprintable.__repr__)
    assert formatter.format(record("x", error=True)) == f"ERROR mailroom {UNPRINTABLE}"


@given(st.one_of(st.binary(), st.text(alphabet=st.characters()), st.text(alphabet="\ud800\udfff\x00a%s")))
def test_any_message_is_logged_and_can_be_stored(message: bytes | str) -> None:
    """Also bytes, surrogates and zeros."""
    text = RedactingFormatter().format(record(message))
    assert "\x00" not in text
    assert text.encode().decode() == text
    assert json.loads(json.dumps(text)) == text


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the root logger's redacting handler wrote, at any level."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(RedactingFormatter("%(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


def test_loggers_of_libraries_are_redacted(logged: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    """As httpx, googleapiclient and pdfminer write: addresses with names in them, a page's text."""
    for name in ("httpx", "googleapiclient.discovery", "pdfminer.psparser"):
        caplog.set_level(logging.DEBUG, name)
    with CLIENT_VALUES.in_flight([KnownValue("name", "Zoë Quillfeather")]):
        logging.getLogger("httpx").info(
            'HTTP Request: POST %s "HTTP/1.1 200 OK"',
            "http://127.0.0.1:80/Find?lastName=Quillfeather&last4SSN=1234",
        )
        logging.getLogger("googleapiclient.discovery").debug(
            "URL being requested: GET %s", "?q=Zo%C3%AB+QUILLFEATHER"
        )
        logging.getLogger("pdfminer.psparser").debug("nexttoken: (1, b'ZO\\xcb QUILLFEATHER')")
    said = logged.getvalue()
    assert "uillf" not in said.lower()
    assert "1234" not in said
    assert "zo" not in said.lower()
    assert '"HTTP/1.1 200 OK"' in said
    assert said.count("\n") == 3


def test_threads_log_and_register_at_the_same_time(logged: io.StringIO) -> None:
    """Each thread's values are masked in its own lines, and no line is lost."""
    names = [f"Quill{chr(97 + one)}{chr(97 + two)}feather" for one in range(8) for two in range(25)]

    def work(start: int) -> None:
        for name in names[start::8]:
            with CLIENT_VALUES.in_flight([KnownValue("name", f"Zoe {name}")]):
                logging.getLogger("mailroom").info("of %s, %s", name, name.upper())

    threads = [threading.Thread(target=work, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = logged.getvalue().splitlines()
    assert lines == [f"mailroom of {MASK}"] * 200
