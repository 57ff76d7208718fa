"""Which of the fields that were read may appear in a document's name, its comment and its task."""

from __future__ import annotations

from dataclasses import replace

from mailroom.crm.base import Case
from mailroom.notices import NoticeFields, Reading


def select_certain_fields(reading: Reading, case: Case | None) -> NoticeFields:
    """Return the fields that were read without doubt; the others are empty.

    A doubtful surname is replaced by the case's, if there is one: it was found by it, and has it in full.
    """
    empty = NoticeFields()
    certain = replace(reading.fields, **{name: getattr(empty, name) for name in reading.review_fields})
    if case is None or "last_name" not in reading.review_fields:
        return certain
    return replace(certain, last_name=case.last_name)
