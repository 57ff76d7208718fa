"""The outcome of a file: filed as it is, or a person looks first, and for which fields.

Says nothing about a file that could not be opened: those codes are `mailroom.notices.reader`'s.
"""

from __future__ import annotations

from mailroom.notices.classification.document_type import DocumentType
from mailroom.notices.confidence.assembly import Assembled
from mailroom.notices.fields import KEYS, TYPE
from mailroom.notices.reading import Reading
from mailroom.notices.vocabulary.letter_types import get_letter_type


def judge_letter(document: DocumentType, assembled: Assembled, fault: str | None) -> Reading:
    """Return the reading of an IRS letter.

    ``fault`` is a code of why a person has to look at the whole file.
    """
    is_doubtful = document.doubtful or (document.letter is not None and TYPE in assembled.doubts)
    error = document.fault or fault or ("doubtful_letter_type" if is_doubtful else None)
    doubts = _list_doubts(document, assembled)
    if not get_letter_type(document.letter).needs_key:
        # Firms may have other letters filed too: the code says why this one is not to be.
        return Reading("not_cp2000", assembled.fields, needs_review=True, review_fields=doubts, error=error)
    missing = missing_keys(assembled)
    error = error or (f"doubtful_{missing[0]}" if missing else None)
    return Reading("review" if error else "extract", assembled.fields, bool(error or doubts), doubts, error)


def missing_keys(assembled: Assembled) -> list[str]:
    """Return the names of the key's fields that were not read, or are in doubt."""
    return [name for name in KEYS if getattr(assembled.fields, name) is None or name in assembled.doubts]


def _list_doubts(document: DocumentType, assembled: Assembled) -> list[str]:
    """Return the names of the fields that are given with doubt, sorted."""
    doubtful = assembled.doubts | assembled.ambiguous | ({TYPE} if document.doubtful else set())
    return sorted(name for name in doubtful if getattr(assembled.fields, name) is not None)
