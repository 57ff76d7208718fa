"""What the team is told in a case: tasks with dates and words, and an activity. Pure functions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from mailroom.crm.base import Case, NewActivity, NewTask
from mailroom.delivery.document_name import describe_notice
from mailroom.delivery.marker import mark_step
from mailroom.notices import NoticeFields
from mailroom.notices.vocabulary.letter_types import get_letter_type

# Days left up to which a task is urgent (3), high (2), medium (1); with more days left it is normal (0).
PRIORITIES = ((3, 3), (7, 2), (14, 1))
URGENT = 3
REMINDER_DAYS = 7
IN_DOUBT = "Logiqs did not confirm the document: please check that it is in this case."
# The start of a working day in the United States, in UTC.
WORKDAY = time(14, 0)


def build_task(
    fields: NoticeFields,
    case: Case,
    marker: str,
    user_ids: tuple[int, ...],
    now: datetime,
    *,
    document_in_doubt: bool = False,
) -> NewTask:
    """Return the task: due when the notice says, with a priority by the days left and a reminder before it.

    Without a due date that is certain the task is urgent and the reminder comes now: a person has to look.

    Args:
        fields: what was read without doubt.
        case: the client's case.
        marker: the delivery's marker, by which the task is found again.
        user_ids: who gets the task.
        now: the current time in UTC.
        document_in_doubt: whether nobody knows if the document is in the case.
    """
    mark = mark_step(marker, "task", document_in_doubt=document_in_doubt)
    words = f"{_explain_due_date(fields)} {IN_DOUBT if document_in_doubt else ''}".strip()
    due = find_due_date(fields, now.date())
    days_left = (due - now.date()).days
    reminder = datetime.combine(due - timedelta(days=REMINDER_DAYS), WORKDAY, UTC)
    certain = fields.response_due_date is not None
    return NewTask(
        case_id=case.case_id,
        # Some CRMs list tasks by their subjects only, others by their comments.
        subject=f"{describe_notice(fields)}: {_word_deadline(fields)} ({mark})",
        due=datetime.combine(due, WORKDAY, UTC),
        reminder=max(reminder, now) if certain else now,
        priority=max(_rate_urgency(days_left), get_letter_type(fields.notice_type).urgency)
        if certain
        else URGENT,
        user_ids=user_ids,
        comments=f"{words} {mark}",
    )


def build_retraction(
    document_id: int | None, case: Case, marker: str, user_ids: tuple[int, ...], now: datetime
) -> NewTask:
    """Return the urgent task to remove a document that was filed in this case by mistake.

    The CRM has no call that removes one.
    """
    mark = mark_step(marker, "task")
    return NewTask(
        case_id=case.case_id,
        subject=f"Remove {_name_document(document_id)} from this case, it belongs to another client ({mark})",
        due=now,
        reminder=now,
        priority=URGENT,
        user_ids=user_ids,
        comments=f"Filed here by mistake. Also close the task that was created with it. {mark}",
    )


def build_retraction_note(document_id: int | None, case: Case, marker: str) -> NewActivity:
    """Return the activity that warns whoever opens the case until the document is removed."""
    mark = mark_step(marker, "activity")
    return NewActivity(
        case_id=case.case_id,
        subject=f"Not this client's: {_name_document(document_id)} was filed here by mistake ({mark})",
        comment=f"A task asks to remove it. Do not act on it, nor on the task that was created with it. {mark}",
    )


def find_due_date(fields: NoticeFields, today: date) -> date:
    """Return the printed due date; else the notice's date and the period of its type; else today."""
    if fields.response_due_date:
        return fields.response_due_date
    return fields.notice_date + timedelta(days=_get_response_days(fields)) if fields.notice_date else today


def _name_document(document_id: int | None) -> str:
    return f"document {document_id}" if document_id else "the document that the mail room filed last"


def _get_response_days(fields: NoticeFields) -> int:
    return get_letter_type(fields.notice_type).response_days


def _rate_urgency(days_left: int) -> int:
    return next((priority for days, priority in PRIORITIES if days_left <= days), 0)


def _word_deadline(fields: NoticeFields) -> str:
    due = fields.response_due_date
    return f"respond by {due.isoformat()}" if due else "due date not certain, please look"


def _explain_due_date(fields: NoticeFields) -> str:
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
        return f"{words} The task is due {_get_response_days(fields)} days from the notice's date."
    return words
