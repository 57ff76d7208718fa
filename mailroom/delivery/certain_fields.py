"""Which of the fields that were read may appear in a document's name, its comment and its task."""

from __future__ import annotations

from dataclasses import replace

from mailroom.crm.base import Case
from mailroom.notices import NoticeFields, Reading


def select_certain_fields(reading: Reading, case: Case) -> NoticeFields:
    """Return the fields that were read without doubt; the others are empty.

    A doubtful surname is replaced by the case's: the case was found by it, and has it in full.
    """
    empty = NoticeFields()
    certain = replace(reading.fields, **{name: getattr(empty, name) for name in reading.review_fields})
    return replace(certain, last_name=case.last_name) if "last_name" in reading.review_fields else certain
