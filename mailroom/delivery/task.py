"""What a delivery says: the document's name, its comment, and the task for the team. Pure.

The naming rule is the firm's: ``IRS_CORR_{LETTER TYPE}_{TAX YEAR}_DTD {MM.DD.YYYY}_{LAST NAME}.pdf``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from mailroom.crm.base import Case, NewTask
from mailroom.matching import normalised
from mailroom.notices import NoticeFields, Reading
from mailroom.notices.letter_types import letter_type

UNKNOWN = "UNKNOWN"
# Days left up to which a task is urgent (3), high (2), medium (1); more is normal (0).
PRIORITIES = ((3, 3), (7, 2), (14, 1))
URGENT = 3
REMINDER_DAYS = 7
# The start of a working day in the United States, in UTC.
WORKDAY = time(14, 0)


def without_doubt(reading: Reading, case: Case) -> NoticeFields:
    """What a delivery may say: the fields read without doubt. A doubtful surname is the case's, which it led to."""
    nothing = NoticeFields()
    certain = replace(reading.fields, **{name: getattr(nothing, name) for name in reading.review_fields})
    return replace(certain, last_name=case.last_name) if "last_name" in reading.review_fields else certain


def document_name(fields: NoticeFields, suffix: str = ".pdf") -> str:
    """The firm's name for the document; parts that were not read are UNKNOWN. ``suffix``: of what the file is."""
    dated = fields.notice_date.strftime("%m.%d.%Y") if fields.notice_date else UNKNOWN
    surname = normalised(fields.last_name or "") or UNKNOWN
    name = f"IRS_CORR_{fields.notice_type or UNKNOWN}_{fields.tax_year or UNKNOWN}_DTD {dated}_{surname}"
    return re.sub(r"[^A-Za-z0-9._ -]", "", name)[:150] + suffix


def comment(fields: NoticeFields, marker: str) -> str:
    """The document's comment: what it is, and the marker by which it is found again. ASCII, no SSN."""
    return f"{_letter(fields)} received by the mail room. {marker}-D"


def new_task(
    fields: NoticeFields, case: Case, marker: str, user_ids: tuple[int, ...], now: datetime
) -> NewTask:
    """The task: due when the notice says, its priority by the days left, a reminder before it.

    Without a due date that is certain it is urgent, and the reminder comes now: somebody has to look.
    """
    due = due_date(fields, now.date())
    left = (due - now.date()).days
    reminder = datetime.combine(due - timedelta(days=REMINDER_DAYS), WORKDAY, UTC)
    certain = fields.response_due_date is not None
    return NewTask(
        case_id=case.case_id,
        subject=f"{_letter(fields)}: {_respond_by(fields)}",
        due=datetime.combine(due, WORKDAY, UTC),
        reminder=max(reminder, now) if certain else now,
        priority=max(_priority(left), letter_type(fields.notice_type).urgency) if certain else URGENT,
        user_ids=user_ids,
        comments=f"{_due_words(fields)} {marker}-T",
    )


def due_date(fields: NoticeFields, today: date) -> date:
    """As printed; else the letter's period from its date; else today, so that somebody looks."""
    if fields.response_due_date:
        return fields.response_due_date
    return fields.notice_date + timedelta(days=_response_days(fields)) if fields.notice_date else today


def _response_days(fields: NoticeFields) -> int:
    return letter_type(fields.notice_type).response_days


def _letter(fields: NoticeFields) -> str:
    year = f" tax year {fields.tax_year}" if fields.tax_year else ", tax year not read"
    return f"IRS {fields.notice_type or 'letter'}{year}"


def _priority(days_left: int) -> int:
    return next((priority for days, priority in PRIORITIES if days_left <= days), 0)


def _respond_by(fields: NoticeFields) -> str:
    due = fields.response_due_date
    return f"respond by {due.isoformat()}" if due else "due date not certain, please look"


def _due_words(fields: NoticeFields) -> str:
    named = {
        "tax year": fields.tax_year,
        "notice date": fields.notice_date,
        "due date": fields.response_due_date,
    }
    missing = ", ".join(name for name, value in named.items() if value is None)
    words = f"Not read for certain: {missing}; please look at the notice." if missing else ""
    if fields.response_due_date:
        return f"The due date is as printed on the notice. {words}".strip()
    if fields.notice_date:
        return f"{words} The task is due {_response_days(fields)} days from the notice's date."
    return words
