"""What the register of deadlines notes of a notice: its type, its due date, and whose it is. Pure functions.

Only what was read without doubt counts: a wrong date would be worse than none, and so would a notice that
seems to replace another client's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from mailroom.crm.base import Case
from mailroom.delivery.certain_fields import select_certain_fields
from mailroom.ledger import DueKind, NoticeRecord
from mailroom.matching.surnames import normalize_name
from mailroom.notices import NoticeFields, Reading
from mailroom.notices.vocabulary.letter_types import BY_NAME


def make_notice_record(
    reading: Reading, case: Case | None, hash_notice: Callable[..., str]
) -> NoticeRecord | None:
    """Return what is noted; None for a document that is not an IRS letter.

    Args:
        reading: what was read.
        case: the client's case, where it was found.
        hash_notice: makes the keyed hash of its arguments.
    """
    if reading.fields.notice_type is None:
        return None
    fields = select_certain_fields(reading, case)
    deadline = find_deadline(fields)
    if deadline is None:
        return NoticeRecord(fields.notice_type)
    parts = _identify(fields, case)
    return NoticeRecord(fields.notice_type, *deadline, hash_notice(*parts) if parts else None)


def find_deadline(fields: NoticeFields) -> tuple[date, DueKind] | None:
    """Return the due date and where it comes from; None if none is known.

    Where no date is printed, the days of the letter's type count from its date; abroad there may be more.
    """
    letter_type = BY_NAME.get(fields.notice_type or "")
    ends_a_right = letter_type is not None and letter_type.ends_a_right
    if fields.response_due_date is not None:
        return fields.response_due_date, DueKind.FIXED if ends_a_right else DueKind.PRINTED
    if letter_type is None or fields.notice_date is None:
        return None
    due = fields.notice_date + timedelta(days=letter_type.response_days)
    return due, DueKind.FIXED if ends_a_right else DueKind.COMPUTED


def _identify(fields: NoticeFields, case: Case | None) -> tuple[str, ...] | None:
    """Return the texts that are the same on a later notice which replaces this one; None if one is missing.

    Spouses share a case, so the SSN's last four digits are needed too.
    """
    client = f"case {case.case_id}" if case else normalize_name(fields.last_name or "")
    if not (client and fields.ssn_last4 and fields.tax_year and fields.notice_type):
        return None
    return client, fields.ssn_last4, str(fields.tax_year), fields.notice_type
