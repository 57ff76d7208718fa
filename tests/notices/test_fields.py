"""What leaves the reader goes through JSON unharmed and shows nothing of the client."""

from dataclasses import fields, replace
from datetime import date

import pytest

from mailroom.notices import NoticeFields, Reading
from mailroom.notices.causes import make_doubts
from mailroom.notices.fields import FIELDS, KEY_FIELDS, REQUIRED

FIELD_NAMES = tuple(each.name for each in fields(NoticeFields))

READ = NoticeFields(
    notice_type="CP2000",
    notice_date=date(2024, 10, 7),
    name_line="MARTIN P OAKLEY",
    taxpayer_names=["MARTIN P OAKLEY"],
    amount_due=-512.0,
)


def test_a_reading_goes_through_json_and_back() -> None:
    """Dates, names and nulls come back as they went in."""
    reading = Reading(
        "extract",
        READ,
        needs_review=True,
        doubts=make_doubts(["zip"], "ocr_not_found"),
        error=None,
        seconds=0.25,
    )
    reading = replace(reading, page_ranges=[(1, 4), (5, 9)])
    back = Reading.from_json(reading.as_json())
    assert back == reading
    assert back.as_json() == reading.as_json()
    assert back.fields.notice_date == date(2024, 10, 7)


def test_what_was_not_read_is_null() -> None:
    """Every field has its key, and names that were not read are null, not an empty list."""
    plain = NoticeFields().as_json()
    assert tuple(plain) == FIELD_NAMES
    assert set(plain.values()) == {None}
    assert NoticeFields.from_json(plain).taxpayer_names == []


def test_no_repr_shows_client_data() -> None:
    """A reading in a traceback or a log line names its outcome only."""
    reading = Reading("extract", READ)
    assert repr(reading) == "Reading(outcome='extract', error=None)"
    assert "OAKLEY" not in repr(READ)


def test_anything_else_is_refused() -> None:
    """JSON of another shape does not become a reading."""
    with pytest.raises(TypeError):
        NoticeFields.from_json({"surname": "X"})


def test_each_field_has_one_row() -> None:
    """The table and the fields' attributes name the same fields."""
    assert sorted(row.name for row in FIELDS) == sorted(FIELD_NAMES)


def test_what_a_case_is_found_by_is_required() -> None:
    """The surname is the first: it is named when both are missing."""
    assert KEY_FIELDS == ("last_name", "ssn_last4")
    assert set(KEY_FIELDS) < set(REQUIRED)
