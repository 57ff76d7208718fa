"""The words by which OCR of a notice is corrected: those of its labels and of its letterhead."""

from __future__ import annotations

import re

from mailroom.notices.extraction.labels import SPELLINGS

LETTERHEAD = (
    "department treasury internal revenue service proposed changes summary increase decrease penalties"
)
OCR_VOCABULARY = frozenset(
    word for spelling in (*SPELLINGS, LETTERHEAD) for word in re.findall(r"[a-z]+", spelling)
)
