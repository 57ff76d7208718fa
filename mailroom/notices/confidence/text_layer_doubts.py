"""Whether something on a page speaks against its text layer, and which numbers the page shows otherwise.

A text layer may say other digits than the page shows, and nothing on it tells so for certain. Where a number
cannot be one, or the summary does not add up, the page is read by OCR too, and the digits are compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailroom.document.page_layout import PageLayout
from mailroom.notices.extraction.candidates import Candidate
from mailroom.notices.extraction.summary_table import is_wrong_sum
from mailroom.notices.fields import AMOUNT, CONTROL, DUE_DATE, NOTICE_DATE, SSN, SSN_LAST4, TAX_YEAR
from mailroom.notices.reading import NoticeFields

# The fields of which a digit is compared.
NUMBERS = (SSN, SSN_LAST4, CONTROL, AMOUNT, TAX_YEAR, NOTICE_DATE, DUE_DATE, "zip")
# The middle groups of numbers that begin with 9, which are given to taxpayers without an SSN
# (https://www.irs.gov/tin/itin/itin-expiration-faqs).
_ITIN_GROUPS = frozenset([*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)])


def speaks_against(fields: NoticeFields, first: PageLayout, found: Sequence[Candidate]) -> bool:
    """Return whether a number on the first page cannot be right, or its total is not the sum of its rows."""
    return (fields.ssn is not None and not _is_given(fields.ssn)) or any(
        is_wrong_sum(first, each) for each in found if each.page == first.number
    )


def _is_given(ssn: str) -> bool:
    """Return whether a number is one that somebody may have: an SSN, or an ITIN."""
    area, group = int(ssn[:3]), int(ssn[4:6])
    return area != 666 and (area < 900 or group in _ITIN_GROUPS)


def find_differences(fields: NoticeFields, shown: NoticeFields) -> frozenset[str]:
    """Return the names of the numbers that the page shows otherwise; None tells nothing."""
    pairs = {name: (getattr(fields, name), getattr(shown, name)) for name in NUMBERS}
    return frozenset(
        name for name, (said, seen) in pairs.items() if None not in (said, seen) and said != seen
    )
