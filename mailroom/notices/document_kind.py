"""Which document a page begins: which IRS letter, or none.

A letter is known by its notice block, by its number standing alone (headline, footer) or by the wording of its
headline, and by who sent it. A mention in a sentence is no evidence: other letters, lawyers and banks mention
CP2000s. Fields are not read here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.notices.address import parse_city_line
from mailroom.notices.candidates import Candidate
from mailroom.notices.fields import CONTROL, NOTICE_BLOCK, TYPE
from mailroom.notices.letter_types import BY_NAME, LETTER_TYPES, FoundType, find_type_by_wording, find_types
from mailroom.notices.page_numbers import find_page_numbers
from mailroom.notices.scores import NAMES_THE_LETTER, SHOWS_THE_BLOCK
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
    (1, re.compile(r"(?:^|\n)\s*(?:respectfully|regards|best regards)\b", re.IGNORECASE)),
    (
        2,
        re.compile(
            r"\b(?:I am writing|I (?:received|got) (?:this|the|a|your)|I disagree because|my ssn is)\b",
            re.IGNORECASE,
        ),
    ),
    # The IRS has taxpayers; firms have clients.
    (
        2,
        re.compile(
            r"(?:^|\n)\s*(?:client|assigned to|matter|our file|case manager)\b|\b(?:the|your) client\b",
            re.IGNORECASE,
        ),
    ),
    (2, re.compile(r"(?:^|\n)\s*memorandum\b|\bchecklist\b|\bintake\b", re.IGNORECASE)),
    (
        2,
        re.compile(
            r"\b(?:IRS|internal revenue service)\s+(?:sends?|sent|issues?|issued|proposed|claims|believes|says|wants)\b",
            re.IGNORECASE,
        ),
    ),
    (2, re.compile(r"(?:^|\n)\s*from:.*\n(?:.*\n)?\s*(?:to|sent|subject|date|re):", re.IGNORECASE)),
)
# The IRS's letters end so too, under its own letterhead.
_CLOSING = re.compile(r"(?:^|\n)\s*sincerely\b", re.IGNORECASE)
# The IRS itself writes so to say what it has received.
_OUR_OWN = re.compile(r"\b(?:we|our|us)\b|\byour (?:answer|response|reply)\b", re.IGNORECASE)
# Titles about a notice; the notice itself has another title.
_ABOUT = re.compile(
    r"\b(?:understanding|about|got|received|response to|respon(?:d|ding) to|answer(?:ing)? to|reply to|help with|regarding)\b"
    r"[^.]{0,30}\bCP[\s-]?\d{2,4}|\bCP[\s-]?\d{2,4}[A-Z]?(?: notices?)?(?::|\s+(?:response (?!form)|explained|case\b|guide|help))",
    re.IGNORECASE,
)
ABOUT_SHARE = 0.4
# How the IRS speaks to a taxpayer.
_VOICE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bwe\W*(?:propose|found|have|haven't|received|sent|compared|are|changed|made|need|can|may|will|filed|wrote|asked)\b",
        r"\byour\s*(?:\d{4}\s*)?(?:federal\s*)?(?:form|(?:income\s*)?tax\s*return|return|property|rights?|account)\b",
        r"\byou\W*(?:must|may|owe|agree|disagree|need|can|don't|do|have|will|already)\b",
        r"\birs\.gov\b|\bpublication\s+\d|\bform\s+(?:12153|9465|8822)\b",
        r"\bthis\s*(?:notice|letter)\b|\b(?:proposed|amount|balance)\s+(?:changes|due|balance)\b",
    )
)
LEAST_VOICE = 2
# Forms and leaflets have their number on top; letters have theirs at the foot. Some letters are forms.
_FORMS = "|".join(row.name.split()[-1] for row in LETTER_TYPES if row.name.startswith("FORM "))
_LEAFLET = re.compile(rf"(?:publication|form)\s+(?!{_FORMS})\d{{3,5}}(?:-[A-Z]+)?\s*\(?rev", re.IGNORECASE)
# The IRS sends CP2000s in Spanish too ("Aviso CP2000", irs.gov/es/taxtopics/tc652); their fields are not read.
_SPANISH = re.compile(
    r"\baviso\b|\ba[nñ]o tributario\b|seguro social|cambios propuestos|\busted\b|declaraci[oó]n de impuestos|"
    r"\bimpuestos?\b|servicio de impuestos internos|\bfecha\b|n[uú]mero de control|contribuyente",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"\b(?:aviso|carta)\s+(?:n[uú]mero\s+)?", re.IGNORECASE)
LEAST_SPANISH = 4
_RESPONSE_FORM = re.compile(r"\W*(?:notice\s+)?response\s+form\W*", re.IGNORECASE)
# In a letterhead only: payers in a table have such names too.
_LETTERHEAD = re.compile(
    r"\bLLP\b|\bP\.?L\.?L\.?C\b|\bP\.C\.|\besq\b|attorneys?\s+at\s+law|law (?:firm|offices?|group)|\bbank\b|credit union|"
    r"\bCPAs?\b|certified public|tax (?:relief|resolution|group|services)|\b(?:fax|facsimile)\s+(?:cover|transm)",
    re.IGNORECASE,
)
LETTERHEAD_SHARE = 0.2
# So many words above the IRS's name are somebody's sentence.
SENTENCE = 7
_FAX_COVER = re.compile(
    r"\b(?:facsimile|fax\s*(?:cover|transmi\w+|transmittal)|cover\s*(?:sheet|page))\b", re.IGNORECASE
)
_FAX = re.compile(r"\W*f\s?a\s?x\W*$", re.IGNORECASE)
_SENDER_AND_RECEIVER = tuple(re.compile(rf"{word}\b", re.IGNORECASE) for word in ("from", "to"))
_HEADER_FIELDS = NOTICE_BLOCK - {TYPE}


@dataclass(frozen=True)
class DocumentType:
    """``letter`` is the IRS letter's name, None for a letter unknown or another document.

    ``fault``: a code where it is a letter, but not one to be read: ``another_language``, ``first_page_missing``.
    ``strength``: 2 its number stands in the notice block, 1 it stands alone or the headline says it.
    """

    letter: str | None
    from_irs: bool
    strength: int = 0
    doubtful: bool = False
    fault: str | None = None


def is_fax_cover(sheet: Sheet) -> bool:
    """Whether the page is only a cover; the letter comes behind it."""
    titles = [each.text for each in sheet.segments if len(each.text) <= 60 and each.top < sheet.height / 2]
    if len(sheet.text) >= 2500:
        return False
    # A bare "Fax" is also a letterhead's label; a cover says from whom to whom.
    named = all(any(line.match(each.text) for each in sheet.segments) for line in _SENDER_AND_RECEIVER)
    return any(_FAX_COVER.search(title) or (named and _FAX.match(title)) for title in titles)


def classify_page(sheet: Sheet, candidates: Sequence[Candidate]) -> DocumentType:
    """Judge a page by its segments and the candidates found on it."""
    issuers = [each for each in sheet.segments if _ISSUER.match(each.text) and len(each.text) < 90]
    leads = _is_on_top(sheet, issuers or [each.box for each in candidates if each.field in _HEADER_FIELDS])
    foreign = _count_foreign_marks(sheet) + (1 if _CLOSING.search(sheet.text) and not leads else 0)
    header = {
        each.field for each in candidates if each.field in _HEADER_FIELDS and each.score >= SHOWS_THE_BLOCK
    }
    block, alone, worded = _find_in_block(candidates), _find_alone(sheet), _find_by_wording(sheet)
    names = block or alone or worded
    if foreign < 2 and (odd := _find_odd_letter(sheet, names)):
        return odd
    voice = sum(bool(pattern.search(sheet.text)) for pattern in _VOICE)
    # A logo may be a picture: a whole notice block with an AUR number is the IRS's without it, if the IRS speaks.
    whole = bool(block) and CONTROL in header and len(header) >= 3
    from_irs = bool(issuers) or (whole and voice >= LEAST_VOICE)
    # A block without a sentence of the IRS's is somebody's heading.
    if block and not worded and not voice:
        return DocumentType(None, from_irs=False)
    if not names or not from_irs or foreign >= 2 or (foreign and len(header) < 3):
        return DocumentType(None, from_irs and not foreign)
    doubts = (
        len(header) < 2,
        len(set(block)) > 1,
        # Somebody who quotes a notice, or answers it, has the IRS further down, and does not speak as it does.
        not leads or not voice,
        foreign and not (block and issuers),
        not block and alone and worded and worded[0] != alone[0],
    )
    return DocumentType(names[0], from_irs=True, strength=2 if block else 1, doubtful=any(doubts))


def _find_odd_letter(sheet: Sheet, names: Sequence[str]) -> DocumentType | None:
    """A letter in Spanish, or one that begins with a later page."""
    if len({match[0].lower() for match in _SPANISH.finditer(sheet.text)}) >= LEAST_SPANISH:
        found = [
            each.name
            for segment in sheet.segments
            for each in find_types(_ENGLISH.sub("NOTICE ", segment.text))
        ]
        if found:
            return DocumentType(found[0], from_irs=True, strength=1, doubtful=True, fault="another_language")
    if names and names[0] in BY_NAME and _is_a_later_page(sheet):
        return DocumentType(names[0], from_irs=True, strength=1, doubtful=True, fault="first_page_missing")
    return None


def _is_a_later_page(sheet: Sheet) -> bool:
    """Whether it says that it is page 2 or more of some, or is the form that a notice is answered by."""
    printed = find_page_numbers(sheet.text, alone=False)
    if printed:
        return 1 < printed[0].number <= printed[0].count
    top = [each.text for each in sheet.segments if each.top < ABOUT_SHARE * sheet.height]
    return any(_RESPONSE_FORM.fullmatch(_drop_type(text)) for text in top)


def _drop_type(text: str) -> str:
    """The text without the letter type that it begins with."""
    found = find_types(text)
    return text[found[0].end :] if found and not re.search(r"\w", text[: found[0].start]) else text


def _count_foreign_marks(sheet: Sheet) -> int:
    marks = sum(weight for weight, pattern in _SOMEBODY_ELSES if pattern.search(sheet.text))
    head = [each.text for each in sheet.segments if each.top < LETTERHEAD_SHARE * sheet.height]
    titles = [each.text for each in sheet.segments if each.top < ABOUT_SHARE * sheet.height]
    marks += 2 if any(_is_about_a_notice(text) for text in titles) else 0
    marks += 2 if any(_LEAFLET.match(text) for text in head) else 0
    return marks + (2 if any(_LETTERHEAD.search(text) and len(text.split()) <= 7 for text in head) else 0)


def _is_about_a_notice(text: str) -> bool:
    return len(text.split()) <= 12 and bool(_ABOUT.search(text)) and not _OUR_OWN.search(text)


def _is_on_top(sheet: Sheet, letterhead: Sequence[Box]) -> bool:
    """Whether the letterhead stands on top, and nobody's sentence or address above it."""
    first = min(letterhead, key=lambda each: each.top, default=None)
    if first is None or first.top > LETTERHEAD_SHARE * sheet.height:
        return False
    above = [each for each in sheet.segments if each.bottom < first.top + 1 and each.x0 < first.x1]
    return not any(len(each.text.split()) >= SENTENCE or parse_city_line(sheet, each) for each in above)


def _find_in_block(candidates: Sequence[Candidate]) -> list[str]:
    """Letters that a label "Notice" or "Letter" names, the highest score first."""
    typed = [each for each in candidates if each.field == TYPE and each.score >= NAMES_THE_LETTER]
    return [str(each.value) for each in sorted(typed, key=lambda each: (-round(each.score, 1), each.box.top))]


def _find_alone(sheet: Sheet) -> list[str]:
    """Letters whose number is nearly all of a segment: headlines, page heads and footers."""
    return [
        each.name
        for segment in sorted(sheet.segments, key=lambda each: each.top)
        for each in find_types(segment.text)
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


def _find_by_wording(sheet: Sheet) -> list[str]:
    """Letters that a headline names by its wording."""
    blocks = [each for each in sheet.paragraphs if not _is_made_of_sentences(each.text)]
    texts = [each.text for each in blocks] + [line.text for each in blocks for line in each.segments]
    headlines = [text for text in texts if len(text) <= 130]
    return [name for name in map(find_type_by_wording, headlines) if name]


def find_letter_places(sheet: Sheet, letter: str) -> list[Box]:
    """Where a page says that it is this letter without a label: headlines, page heads and footers, for people."""
    alone = [
        segment.box_of(each.start, each.end)
        for segment in sheet.segments
        for each in find_types(segment.text)
        if each.name == letter and _is_nearly_all(segment, each)
    ]
    worded = [
        each.box
        for each in sheet.paragraphs
        if len(each.text) <= 130 and find_type_by_wording(each.text) == letter
    ]
    return alone or worded


def _is_made_of_sentences(text: str) -> bool:
    """Whether it is made of sentences: those speak of other letters."""
    return bool(re.search(r"[a-z]\.\s+[A-Z]", text)) or (text.endswith(".") and len(text.split()) >= SENTENCE)
