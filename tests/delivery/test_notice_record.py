"""What the register notes of a notice: its due date with its kind, and whose it is."""

from dataclasses import replace
from datetime import date

import pytest

from mailroom.crm.base import Case
from mailroom.delivery.notice_record import find_deadline, make_notice_record
from mailroom.ledger import DueKind, NoticeRecord
from mailroom.notices import NoticeFields, Reading
from mailroom.notices.causes import make_doubts

DATED = date(2026, 11, 2)
FIELDS = NoticeFields(
    notice_type="CP2000",
    tax_year=2023,
    notice_date=DATED,
    response_due_date=date(2026, 12, 2),
    last_name="O'Brien-Smith",
    ssn_last4="1234",
)
CASE = Case(41, "John", "Smith")


def join(*parts: str) -> str:
    """Takes the keyed hash's place, so that a test sees what was hashed."""
    return "/".join(parts)


@pytest.mark.parametrize(
    ("notice_type", "printed", "due", "kind"),
    [
        ("CP2000", date(2027, 1, 1), date(2027, 1, 1), DueKind.PRINTED),
        ("CP2000", None, date(2026, 12, 2), DueKind.COMPUTED),
        ("CP14", None, date(2026, 11, 23), DueKind.COMPUTED),
        ("CP3219A", None, date(2027, 1, 31), DueKind.FIXED),
        # Abroad it is 150 days: the last day is printed.
        ("CP3219A", date(2027, 4, 1), date(2027, 4, 1), DueKind.FIXED),
        ("LT11", None, date(2026, 12, 2), DueKind.FIXED),
        ("LETTER 1058", None, date(2026, 12, 2), DueKind.FIXED),
    ],
)
def test_the_due_date_is_printed_or_counted_and_some_rights_end_with_it(
    notice_type: str, printed: date | None, due: date, kind: DueKind
) -> None:
    """Days count from the letter's date, by its type."""
    fields = NoticeFields(notice_type=notice_type, notice_date=DATED, response_due_date=printed)
    assert find_deadline(fields) == (due, kind)


@pytest.mark.parametrize(
    "fields",
    [
        NoticeFields(notice_type="CP2000"),
        # A letter of a type that is not in the table may need no answer.
        NoticeFields(notice_type="CP49", notice_date=DATED),
        NoticeFields(notice_date=DATED),
    ],
)
def test_without_a_date_or_a_known_period_there_is_no_deadline(fields: NoticeFields) -> None:
    """Nothing is invented."""
    assert find_deadline(fields) is None


def test_whose_it_is_takes_the_case_the_ssn_the_year_and_the_type() -> None:
    """Spouses share a case, and an amended CP2000 replaces nothing but a CP2000 of its year."""
    reading = Reading("extract", FIELDS)
    record = make_notice_record(reading, CASE, join)
    assert record == NoticeRecord("CP2000", date(2026, 12, 2), DueKind.PRINTED, "case 41/1234/2023/CP2000")
    unfiled = make_notice_record(reading, None, join)
    assert unfiled is not None
    assert unfiled.client_hash == "OBRIENSMITH/1234/2023/CP2000"


@pytest.mark.parametrize("doubtful", ["ssn_last4", "tax_year", "response_due_date"])
def test_what_was_read_with_doubt_does_not_count(doubtful: str) -> None:
    """A wrong date, or a wrong client's notice that seems replaced, is worse than none."""
    reading = Reading("extract", FIELDS, doubts=make_doubts([doubtful], "ocr_not_found"))
    record = make_notice_record(reading, CASE, join)
    assert record is not None
    if doubtful == "response_due_date":
        assert record.due_kind is DueKind.COMPUTED
    else:
        assert record.client_hash is None


def test_a_document_that_is_no_letter_has_no_notice() -> None:
    """Whatever dates stand on it."""
    assert make_notice_record(Reading("not_cp2000", replace(FIELDS, notice_type=None)), None, join) is None
