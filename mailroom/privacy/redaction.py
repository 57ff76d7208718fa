"""Masking what looks like client data in a text. Pure: no logging, no state, never raises.

Patterns: SSN and ITIN with hyphens, dots, spaces or none; EIN; phones; e-mails; bearer and basic
credentials. Drive ids, UUIDs, run ids, dates, versions, ports and durations stay readable.
"""

from __future__ import annotations

import re

MASK = "[redacted]"

# Hyphens of all kinds, dots, and spaces, non-breaking ones too.
_GAP = r"[\-\u2010-\u2015\u2212. \u00a0\u2007\u202f]"
# No part of a longer word or number on either side.
_LEFT = r"(?<![\w.\-])"
_RIGHT = r"(?![\w\-]|\.\d)"

_PATTERNS = (
    re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/\-]{8,}=*"),
    re.compile(r"\bya29\.[A-Za-z0-9._\-]+"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
    re.compile(r"[A-Za-z0-9._%+\-]+(?:@|%40)[A-Za-z0-9.\-]+\.[A-Za-z]{2,}"),
    # +1 (555) 555-0100 ext. 7, 555.555.0100, (555)555-0100
    re.compile(
        rf"(?<![\w.\-])(?:\+?1{_GAP}?)?(?:\(\d{{3}}\){_GAP}?|\d{{3}}{_GAP})\d{{3}}{_GAP}\d{{4}}"
        r"(?:\s*(?:x|ext\.?)\s*\d{1,6})?(?![\w\-])"
    ),
    re.compile(rf"{_LEFT}\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{4}}{_RIGHT}"),
    re.compile(rf"{_LEFT}\d{{2}}-\d{{7}}{_RIGHT}"),
    re.compile(rf"{_LEFT}\d{{9}}{_RIGHT}"),
)


def redact(text: str) -> str:
    """The text with whatever looks like client data or a credential masked."""
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text
