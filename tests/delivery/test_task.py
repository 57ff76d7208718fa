"""The document's name, its comment, and the task."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.crm.base import Case
from mailroom.delivery.certain_fields import select_certain_fields
from mailroom.delivery.document_name import build_comment, build_document_name
from mailroom.delivery.task import build_task, find_due_date
from mailroom.notices import NoticeFields, Reading
from mailroom.notices.causes import make_doubts

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIELDS = NoticeFields(
    notice_type="CP2000",
    tax_year=2023,
    notice_date=date(2026, 11, 2),
    response_due_date=date(2026, 12, 2),
    last_name="O'Brien-Smith",
    ssn="734-00-1234",
)


def test_the_document_is_named_by_the_firms_rule() -> None:
    """Letter type, tax year, the notice's date and the surname."""
    assert build_document_name(FIELDS) == "IRS_CORR_CP2000_2023_DTD 11.02.2026_OBRIENSMITH.pdf"


def test_what_was_not_read_is_called_unknown() -> None:
    """A missing part does not change the name's shape."""
    assert build_document_name(NoticeFields()) == "IRS_CORR_UNKNOWN_UNKNOWN_DTD UNKNOWN_UNKNOWN.pdf"
    assert build_document_name(FIELDS, ".jpg") == "IRS_CORR_CP2000_2023_DTD 11.02.2026_OBRIENSMITH.jpg"


@given(st.text(max_size=400))
def test_a_document_name_is_a_plain_file_name(surname: str) -> None:
    """Whatever the surname holds: no slash, no control sign, not too long."""
    name = build_document_name(NoticeFields(last_name=surname))
    assert name.isascii()
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>|')
    assert len(name) <= 160
    assert name.endswith(".pdf")


def test_the_comment_tells_what_it_is_and_no_ssn() -> None:
    """It has the letter type, the tax year and the marker."""
    words = build_comment(FIELDS, "MR-ABC")
    assert "CP2000 tax year 2023" in words
    assert "MR-ABC" in words
    assert "1234" not in words
    assert words.isascii()


@pytest.mark.parametrize(
    ("days", "priority"),
    [(-40, 3), (-1, 3), (0, 3), (3, 3), (4, 2), (7, 2), (8, 1), (14, 1), (15, 0), (60, 0)],
)
def test_priority_and_reminder_follow_the_days_left(days: int, priority: int) -> None:
    """Near or overdue is urgent; the reminder lies before the due date, and never in the past."""
    fields = NoticeFields(notice_type="CP2000", response_due_date=NOW.date() + timedelta(days=days))
    task = build_task(fields, Case(41), "MR-ABC", (7,), NOW)
    assert task.priority == priority
    assert task.reminder >= NOW
    assert task.reminder <= task.due or days <= 0
    assert task.due.date() == fields.response_due_date
    assert (task.case_id, task.user_ids) == (41, (7,))
    assert "MR-ABC" in task.comments


def test_the_subject_names_letter_and_year() -> None:
    """A person sees in a list what it is; the marker is behind it, since some tenants show subjects only."""
    assert (
        build_task(FIELDS, Case(41), "MR-A", (), NOW).subject
        == "IRS CP2000 tax year 2023: respond by 2026-12-02 (MR-A-T)"
    )


def test_a_missing_due_date_is_made_up_for() -> None:
    """30 days from the notice's date, else today; the comment says so."""
    dated = NoticeFields(notice_date=date(2026, 11, 10))
    assert find_due_date(dated, NOW.date()) == date(2026, 12, 10)
    assert "30 days" in build_task(dated, Case(41), "MR-A", (), NOW).comments
    assert find_due_date(NoticeFields(), NOW.date()) == NOW.date()
    assert "look at the notice" in build_task(NoticeFields(), Case(41), "MR-A", (), NOW).comments


def test_what_was_read_with_doubt_is_not_said() -> None:
    """The due date ten months behind the notice date: blank, urgent, and a person is asked to look."""
    doubts = ["notice_date", "response_due_date", "tax_year", "taxpayer_names"]
    fields = select_certain_fields(
        Reading("extract", FIELDS, doubts=make_doubts(doubts, "ocr_not_found")), Case(41)
    )
    assert (fields.notice_date, fields.response_due_date, fields.tax_year) == (None, None, None)
    assert (fields.taxpayer_names, fields.last_name) == ([], FIELDS.last_name)
    task = build_task(fields, Case(41), "MR-A", (), NOW)
    assert task.priority == 3
    assert "2026-12-02" not in task.subject
    assert "please look" in task.subject
    assert "Not read for certain: tax year, notice date, due date" in task.comments
    assert "as printed" not in task.comments
    assert build_document_name(fields) == "IRS_CORR_CP2000_UNKNOWN_DTD UNKNOWN_OBRIENSMITH.pdf"


def test_a_due_date_in_doubt_is_urgent_whatever_the_notice_date_says() -> None:
    """30 days from the notice's date is a guess, and its task is the first."""
    fields = select_certain_fields(
        Reading("extract", FIELDS, doubts=make_doubts(["response_due_date"], "ocr_not_found")), Case(41)
    )
    task = build_task(fields, Case(41), "MR-A", (), NOW)
    assert (task.priority, task.due.date()) == (3, date(2026, 12, 2))
    assert task.reminder == NOW
    assert "30 days from the notice's date" in task.comments


def test_a_doubtful_surname_is_the_cases() -> None:
    """It may be longer than was read; the case it led to has it whole."""
    reading = Reading("extract", FIELDS, doubts=make_doubts(["last_name"], "ocr_not_found"))
    assert select_certain_fields(reading, Case(41, last_name="Smith-Jones")).last_name == "Smith-Jones"
    assert select_certain_fields(reading, Case(41)).last_name is None


def test_a_clean_notice_says_all() -> None:
    """Nothing in doubt, nothing blanked."""
    fields = select_certain_fields(Reading("extract", FIELDS), Case(41, last_name="Other"))
    assert fields == FIELDS
    assert build_task(fields, Case(41), "MR-A", (), NOW).comments == (
        "The due date is as printed on the notice. MR-A-T"
    )
