"""Which document a page begins: which IRS letter, or none.

A letter is known by its notice block, by its number standing alone (headline, footer) or by the wording of its
headline, and by who sent it. A mention in a sentence is no evidence: other letters, lawyers and banks mention
CP2000s. Fields are not read here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.notices import labels as spelled
from mailroom.notices.candidates import Candidate
from mailroom.notices.letter_types import FoundType, types_in, worded_type
from mailroom.notices.sheet import Sheet
from mailroom.notices.words import Box, Segment

_ISSUER = re.compile(
    r"^\W*(?:united states\W+)?(?:department\s*of\s*the\s*treasury|internal\s*revenue\s*service|irs|"
    r"treasury department)\b",
    re.IGNORECASE,
)
# What lawyers, accountants, banks and taxpayers write and the IRS does not: two marks make it their letter.
_SOMEBODY_ELSES = (
    (
        2,
        re.compile(
            r"\b(?:our (?:mutual )?client|we represent|attorney.client|dear client|hereby respond)",
            re.IGNORECASE,
        ),
    ),
    (
        2,
        re.compile(
            r"\b(?:statement period|beginning balance|ending balance|engagement letter)\b", re.IGNORECASE
        ),
    ),
    (2, re.compile(r"\b(?:invoice\s*(?:no|number|date|#|total)|bill to)\b", re.IGNORECASE)),
    (1, re.compile(r"(?:^|\n)\s*(?:re|subject)\s*:", re.IGNORECASE)),
    (
        1,
        re.compile(
            r"\b(?:very truly yours|dear (?:sir|madam|officer)|on behalf of|retainer|this firm)\b",
            re.IGNORECASE,
        ),
    ),
    (1, re.compile(r"(?:^|\n)\s*(?:sincerely|respectfully|regards|best regards)\b", re.IGNORECASE)),
)
# In a letterhead only: payers in a table have such names too.
_LETTERHEAD = re.compile(
    r"\bLLP\b|\bP\.?L\.?L\.?C\b|\bP\.C\.|\besq\b|attorneys?\s+at\s+law|law (?:firm|offices?|group)|\bbank\b|credit union|"
    r"\bCPAs?\b|certified public|tax (?:relief|resolution|group|services)|\b(?:fax|facsimile)\s+(?:cover|transm)",
    re.IGNORECASE,
)
LETTERHEAD_SHARE = 0.2
_FAX_COVER = re.compile(
    r"\b(?:facsimile|fax\s*(?:cover|transmi\w+|transmittal)|cover\s*(?:sheet|page))\b", re.IGNORECASE
)
_HEADER_FIELDS = {spelled.SSN, spelled.NOTICE_DATE, spelled.TAX_YEAR, spelled.CONTROL}


@dataclass(frozen=True)
class DocumentKind:
    """``letter`` is the IRS letter's name, None for a letter unknown or another document.

    ``strength``: 2 its number stands in the notice block, 1 it stands alone or the headline says it.
    """

    letter: str | None
    from_irs: bool
    strength: int = 0
    doubtful: bool = False


def is_fax_cover(sheet: Sheet) -> bool:
    """Whether the page is only a cover; the letter comes behind it."""
    titles = [each.text for each in sheet.segments if len(each.text) <= 60 and each.top < sheet.height / 2]
    return len(sheet.text) < 2500 and any(_FAX_COVER.search(title) for title in titles)


def document_kind(sheet: Sheet, candidates: Sequence[Candidate]) -> DocumentKind:
    """Judge a page by its segments and the candidates found on it."""
    from_irs = any(_ISSUER.match(each.text) and len(each.text) < 90 for each in sheet.segments)
    foreign = _marks_of_somebody_else(sheet)
    header = {each.field for each in candidates if each.field in _HEADER_FIELDS and each.trust >= 0.75}
    block, alone, worded = _in_block(candidates), _standing_alone(sheet), _worded(sheet)
    names = block or alone or worded
    # A logo may be a picture: a whole notice block with an AUR number is the IRS's without it.
    from_irs = from_irs or (bool(block) and spelled.CONTROL in header and len(header) >= 3)
    if not names or not from_irs or foreign >= 2 or (foreign and len(header) < 3):
        return DocumentKind(None, from_irs and not foreign)
    strength = 2 if block else 1
    doubtful = len(header) < 2 or len(set(block)) > 1
    # The IRS too writes "Sincerely" at times; under its own letterhead and over its own block it may.
    doubtful = doubtful or (bool(foreign) and not (block and _issuer_on_top(sheet)))
    if not block and alone and worded and worded[0] != alone[0]:
        doubtful = True
    return DocumentKind(names[0], from_irs=True, strength=strength, doubtful=doubtful)


def _marks_of_somebody_else(sheet: Sheet) -> int:
    marks = sum(weight for weight, pattern in _SOMEBODY_ELSES if pattern.search(sheet.text))
    head = [each.text for each in sheet.segments if each.top < LETTERHEAD_SHARE * sheet.height]
    return marks + (2 if any(_LETTERHEAD.search(text) and len(text.split()) <= 7 for text in head) else 0)


def _issuer_on_top(sheet: Sheet) -> bool:
    return any(
        _ISSUER.match(each.text) and each.top < LETTERHEAD_SHARE * sheet.height for each in sheet.segments
    )


def _in_block(candidates: Sequence[Candidate]) -> list[str]:
    """Letters that a label "Notice" or "Letter" names, the most trusted first."""
    typed = [each for each in candidates if each.field == spelled.TYPE and each.trust >= 0.7]
    return [str(each.value) for each in sorted(typed, key=lambda each: (-round(each.trust, 1), each.box.top))]


def _standing_alone(sheet: Sheet) -> list[str]:
    """Letters whose number is nearly all of a segment: headlines, page heads and footers."""
    return [
        each.name
        for segment in sorted(sheet.segments, key=lambda each: each.top)
        for each in types_in(segment.text)
        if _is_nearly_all(segment, each)
    ]


_COMPANY = re.compile(
    r"\b(?:notice|letter|form|irs|rev|dated?|no|number|page|of|department|treasury|cat|catalog|jan|feb|mar|apr|may|jun|jul|"
    r"aug|sep|oct|nov|dec|en|sp|lt|internal revenue service)\b",
    re.IGNORECASE,
)


def _is_nearly_all(segment: Segment, found: FoundType) -> bool:
    rest = segment.text[: found.start] + " " + segment.text[found.end :]
    return len(re.sub(r"[\W\d_]", "", _COMPANY.sub("", rest))) <= 3


def _worded(sheet: Sheet) -> list[str]:
    """Letters that a headline names by its wording."""
    texts = [each.text for each in sheet.paragraphs] + [each.text for each in sheet.segments]
    headlines = [text for text in texts if len(text) <= 130 and not re.search(r"[a-z]\.\s+[A-Z]", text)]
    return [name for name in map(worded_type, headlines) if name]


def places_of_letter(sheet: Sheet, letter: str) -> list[Box]:
    """Where a page says that it is this letter without a label: headlines, page heads and footers, for people."""
    alone = [
        segment.box_of(each.start, each.end)
        for segment in sheet.segments
        for each in types_in(segment.text)
        if each.name == letter and _is_nearly_all(segment, each)
    ]
    worded = [
        each.box for each in sheet.paragraphs if len(each.text) <= 130 and worded_type(each.text) == letter
    ]
    return alone or worded
