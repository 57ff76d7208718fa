"""Redaction masks what looks like client data, leaves what operators need, and never fails."""

import logging
import sys
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.privacy import redact
from mailroom.privacy.logs import UNPRINTABLE, RedactingFormatter
from mailroom.privacy.redaction import MASK

AREAS = st.one_of(st.integers(734, 749), st.integers(773, 899))
GAPS = ["-", ".", " ", "\u2011", "\u2013", "\u00a0"]


@given(area=AREAS, group=st.integers(1, 99), serial=st.integers(1, 9999), gap=st.sampled_from([*GAPS, ""]))
def test_every_written_form_of_an_ssn_is_masked(area: int, group: int, serial: int, gap: str) -> None:
    """With hyphens, dots, spaces, non-breaking ones, or none."""
    written = f"{area}{gap}{group:02}{gap}{serial:04}"
    assert redact(f"SSN: {written}, next") == f"SSN: {MASK}, next"
    assert redact(f"({written})") == f"({MASK})"


@pytest.mark.parametrize(
    "text",
    [
        "(555) 555-0123",
        "555-555-0123",
        "555.555.0123",
        "+1 555 555 0123",
        "1-555-555-0123",
        "(555)555-0123 ext. 12",
        "john.smith+tax@example.com",
        "john%40example.com",
        "12-3456789",
        "Bearer ya29.made-up-token",
        "Basic bWFkZS11cDpzZWNyZXQ=",
        "ya29.a0Made_up-Token",
    ],
)
def test_other_forms_are_masked(text: str) -> None:
    """Phones, e-mails, EINs, credentials."""
    assert redact(f"x {text} y") == f"x {MASK} y"


def test_a_password_in_an_address_is_masked() -> None:
    """The rest of the URL stays readable."""
    assert redact("postgresql://user:secret@host:5432/db") == f"postgresql://{MASK}@host:5432/db"


@pytest.mark.parametrize(
    "text",
    [
        "1AbCdEfGhIjKlMnOpQrStUvWxYz012345678",
        "2026-11-24T06:00:01.123Z",
        "2026-11-24 06:00:01,123",
        "http://127.0.0.1:38629/runs/flow-run/9220a989-d209-4da2-b846-15d3e1ed951b",
        "prefect 3.8.8, 12.345 s, 1048576 bytes, port 8080",
        "Batch 3: 11 matched, 1 review.",
        "MR-ZXFVEYLXAFZDHZTPKLQCAEKHOV",
        "$1,234.56",
    ],
)
def test_what_operators_need_stays_readable(text: str) -> None:
    """Drive ids, run ids, dates, addresses, numbers."""
    assert redact(text) == text


@given(st.uuids())
def test_every_uuid_stays_readable(value: uuid.UUID) -> None:
    """Run ids are what people look for."""
    assert redact(f"run {value} ended") == f"run {value} ended"


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    """It never raises, and masking twice changes nothing more."""
    once = redact(text)
    assert redact(once) == once


def record(message: str, *args: object, error: bool = False) -> logging.LogRecord:
    """A log record, with the traceback of an error that holds an SSN if asked for."""
    info = None
    if error:
        try:
            raise ValueError("notice of 734-00-1234")
        except ValueError:
            info = sys.exc_info()
    return logging.LogRecord("mailroom", logging.ERROR, __file__, 1, message, args, info)


def test_the_formatter_covers_arguments_and_traceback() -> None:
    """What a filter would miss."""
    text = RedactingFormatter("%(levelname)s %(message)s").format(record("of %s", "734-00-1234", error=True))
    assert "1234" not in text
    assert text.startswith(f"ERROR of {MASK}")
    assert f"ValueError: notice of {MASK}" in text


class Unprintable:
    """Fails when it is shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


@pytest.mark.parametrize("args", [("%d", "no number"), ("%s %s", "one"), ("%s", Unprintable())])
def test_a_record_that_cannot_be_put_into_words_is_not_dropped(args: tuple[str, object]) -> None:
    """It says that it is unprintable."""
    assert UNPRINTABLE in RedactingFormatter().format(record(*args))
