"""The filed document's name and comment. Pure functions.

The naming rule is the firm's: ``IRS_CORR_{LETTER TYPE}_{TAX YEAR}_DTD {MM.DD.YYYY}_{LAST NAME}.pdf``.
"""

from __future__ import annotations

import re

from mailroom.delivery.marker import mark_step
from mailroom.matching.surnames import normalize_name
from mailroom.notices import NoticeFields

UNKNOWN = "UNKNOWN"
# The longest name without its suffix; Logiqs' own limit is not documented.
MOST_CHARS = 150


def build_document_name(fields: NoticeFields, suffix: str = ".pdf") -> str:
    """Return the firm's name for the document; what was not read is UNKNOWN.

    ``suffix`` is that of the file's type.
    """
    dated = fields.notice_date.strftime("%m.%d.%Y") if fields.notice_date else UNKNOWN
    surname = normalize_name(fields.last_name or "") or UNKNOWN
    name = f"IRS_CORR_{fields.notice_type or UNKNOWN}_{fields.tax_year or UNKNOWN}_DTD {dated}_{surname}"
    return re.sub(r"[^A-Za-z0-9._ -]", "", name)[:MOST_CHARS] + suffix


def build_comment(fields: NoticeFields, marker: str) -> str:
    """Return the document's comment: what it is, and the marker by which it is found again. ASCII, no SSN."""
    return f"{describe_notice(fields)} received by the mail room. {mark_step(marker, 'document')}"


def describe_notice(fields: NoticeFields) -> str:
    """Return type and tax year in words, for example "IRS CP2000 tax year 2023"."""
    year = f" tax year {fields.tax_year}" if fields.tax_year else ", tax year not read"
    return f"IRS {fields.notice_type or 'letter'}{year}"
