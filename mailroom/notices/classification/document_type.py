"""Which document a page begins: which IRS letter, or another document.

A letter is known by its notice block, by its number alone on a line (headline, footer) or by the wording of
its headline, and by who sent it. A mention in a sentence proves nothing: other letters, lawyers and banks
mention CP2000s. Fields are not read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Box, Line
from mailroom.notices.classification.covers import BANNER_SHARE, CLOCK
from mailroom.notices.classification.foreign_marks import LETTERHEAD_SHARE, TITLE_SHARE, weigh_foreign_marks
from mailroom.notices.classification.type_evidence import TypeEvidence
from mailroom.notices.extraction.address import find_address_blocks, parse_city_line
from mailroom.notices.extraction.candidates import Candidate
from mailroom.notices.fields import CONTROL, NOTICE_BLOCK, TYPE
from mailroom.notices.parsing.page_numbers import find_page_numbers
from mailroom.notices.scores import NAMES_THE_LETTER, SHOWS_THE_BLOCK
from mailroom.notices.vocabulary.letter_types import BY_NAME, FoundType, find_type_by_wording, find_types

_ISSUER = re.compile(
    r"^\W*(?:united states\W+)?(?:department\s*of\s*the\s*treasury|internal\s*revenue\s*service|irs|"
    r"treasury department)\b",
    re.IGNORECASE,
)
# How the IRS addresses a taxpayer. Without a logo in text a page needs so many of these phrases.
_PHRASES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bwe\W*(?:propose|found|have|haven't|received|sent|compared|are|changed|made|need|can|may|will|filed|wrote|asked)\b",
        r"\byour\s*(?:\d{4}\s*)?(?:federal\s*)?(?:form|(?:income\s*)?tax\s*return|return|property|rights?|account)\b",
        r"\byou\W*(?:must|may|owe|agree|disagree|need|can|don't|do|have|will|already)\b",
        r"\birs\.gov\b|\bpublication\s+\d|\bform\s+(?:12153|9465|8822)\b",
        r"\bthis\s*(?:notice|letter)\b|\b(?:proposed|amount|balance)\s+(?:changes|due|balance)\b",
    )
)
FEWEST_PHRASES = 2
# The IRS sends CP2000s in Spanish too ("Aviso CP2000", irs.gov/es/taxtopics/tc652); their fields are not
# read. A page with so many of these words is in Spanish.
_SPANISH = re.compile(
    r"\baviso\b|\ba[nñ]o tributario\b|seguro social|cambios propuestos|\busted\b|declaraci[oó]n de impuestos|"
    r"\bimpuestos?\b|servicio de impuestos internos|\bfecha\b|n[uú]mero de control|contribuyente",
    re.IGNORECASE,
)
FEWEST_SPANISH_WORDS = 4
_SPANISH_NOTICE = re.compile(r"\b(?:aviso|carta)\s+(?:n[uú]mero\s+)?", re.IGNORECASE)
_RESPONSE_FORM = re.compile(r"\W*(?:notice\s+)?response\s+form\W*", re.IGNORECASE)
# A line of so many words is a sentence.
SENTENCE_WORDS = 7
_BLOCK_VALUES = NOTICE_BLOCK - {TYPE}
# A whole notice block has so many of its values; with fewer than the second figure there is none.
WHOLE_BLOCK, FEWEST_BLOCK_VALUES = 3, 2
# How far the letter's name is to be believed: its number is in the notice block, or alone on a line or
# worded.
IN_BLOCK, ELSEWHERE = 2, 1
# A portal prints an address or a sentence of its own on top of a page, a fax machine the time.
_PORTAL = re.compile(r"\bhttps?:|\bwww\.|\b(?:up|down)loaded\b", re.IGNORECASE)
# A headline and a line with the IRS's name have at most so many chars.
HEADLINE_CHARS, ISSUER_CHARS = 130, 90


@dataclass(frozen=True)
class DocumentType:
    """What a page begins.

    Attributes:
        letter: the IRS letter's name, None for a letter without a known number and for another document.
        from_irs: the IRS sent it.
        strength: `IN_BLOCK` or `ELSEWHERE`, where the letter is named; 0 without a letter.
        causes: codes of why it may also be a document about such a letter.
        fault: a code where it is a letter, but not one to be read: ``another_language``,
            ``first_page_missing``.
    """

    letter: str | None
    from_irs: bool
    strength: int = 0
    causes: tuple[str, ...] = ()
    fault: str | None = None


_make_odd_letter = partial(DocumentType, from_irs=True, strength=ELSEWHERE, causes=("incomplete_letter",))


def classify_page(layout: PageLayout, found: Sequence[Candidate]) -> DocumentType:
    """Return what a page begins, by its lines and the candidates ``found`` on it."""
    issuers = [each for each in layout.lines if _ISSUER.match(each.text) and len(each.text) < ISSUER_CHARS]
    block, alone, worded = _find_in_block(found), _find_alone(layout), _find_by_wording(layout)
    names = block or alone or worded
    values = {each.field for each in found if each.field in _BLOCK_VALUES and each.score >= SHOWS_THE_BLOCK}
    evidence = _weigh(layout, found, issuers, named_in=(block, names), block_values=len(values))
    if not evidence.is_foreign and (odd := _find_odd_letter(layout, names)):
        return odd
    # The logo may be an image: a whole notice block with an AUR number is the IRS's without it, if the IRS
    # speaks.
    is_whole = bool(block) and CONTROL in values and len(values) >= WHOLE_BLOCK
    from_irs = bool(issuers) or (is_whole and evidence.phrases >= FEWEST_PHRASES)
    # Without a sentence of the IRS's the block is the heading of another document.
    if block and not worded and not evidence.phrases:
        return DocumentType(None, from_irs=False)
    if not names or not from_irs or evidence.is_foreign:
        return DocumentType(None, from_irs and not evidence.foreign)
    doubts = {
        "few_block_values": len(values) < FEWEST_BLOCK_VALUES,
        "two_letter_types": len(set(block)) > 1,
        # Who quotes or answers a notice has the IRS's name further down, and does not write as it does.
        "not_on_top": not evidence.on_top or not evidence.phrases,
        "foreign_marks": evidence.foreign and not (block and issuers),
        "headline_disagrees": not block and alone and worded and worded[0] != alone[0],
    }
    causes = tuple(code for code, is_so in doubts.items() if is_so)
    strength = IN_BLOCK if block else ELSEWHERE
    return DocumentType(names[0], from_irs=True, strength=strength, causes=causes)


def _weigh(
    layout: PageLayout,
    found: Sequence[Candidate],
    issuers: Sequence[Line],
    *,
    named_in: tuple[Sequence[str], Sequence[str]],
    block_values: int,
) -> TypeEvidence:
    """Return what speaks for a letter and against it; ``named_in``: its names in the block, and anywhere."""
    on_top = _is_on_top(layout, issuers or [each.box for each in found if each.field in _BLOCK_VALUES])
    # A firm's own address is in its letterhead; it counts.
    windows = find_address_blocks(layout) if on_top and issuers else []
    in_windows = [line for each in windows for line in each.lines]
    return TypeEvidence(
        on_top=on_top,
        names_irs=bool(issuers),
        in_block=bool(named_in[0]),
        named=bool(named_in[1]),
        block_values=block_values,
        phrases=sum(bool(pattern.search(layout.text)) for pattern in _PHRASES),
        foreign=weigh_foreign_marks(layout, in_windows, is_under_letterhead=on_top),
    )


def _find_odd_letter(layout: PageLayout, names: Sequence[str]) -> DocumentType | None:
    """Return a letter in Spanish, or one without its first page; None for any other document."""
    if len({match[0].lower() for match in _SPANISH.finditer(layout.text)}) >= FEWEST_SPANISH_WORDS:
        texts = (_SPANISH_NOTICE.sub("NOTICE ", line.text) for line in layout.lines)
        if found := [each.name for text in texts for each in find_types(text)]:
            return _make_odd_letter(found[0], fault="another_language")
    if names and names[0] in BY_NAME and _is_a_later_page(layout):
        return _make_odd_letter(names[0], fault="first_page_missing")
    return None


def _is_a_later_page(layout: PageLayout) -> bool:
    """Whether the page says that it is page 2 or more, or is a response form, which comes last."""
    printed = find_page_numbers(layout.text, alone=False)
    if printed:
        return 1 < printed[0].number <= printed[0].count
    top = [each.text for each in layout.lines if each.top < TITLE_SHARE * layout.height]
    return any(_RESPONSE_FORM.fullmatch(_drop_type(text)) for text in top)


def _drop_type(text: str) -> str:
    """The text without the letter type that it begins with."""
    found = find_types(text)
    return text[found[0].end :] if found and not re.search(r"\w", text[: found[0].start]) else text


def _is_on_top(layout: PageLayout, letterhead: Sequence[Box]) -> bool:
    """Whether the letterhead is on top of the page, with no sentence or address above it."""
    first = min(letterhead, key=lambda each: each.top, default=None)
    if first is None or first.top > LETTERHEAD_SHARE * layout.height:
        return False
    margin = BANNER_SHARE * layout.height
    above = [
        each
        for each in layout.lines
        if each.bottom < first.top + 1
        and each.x0 < first.x1
        and not (each.top < margin and (CLOCK.search(each.text) or _PORTAL.search(each.text)))
    ]
    sentences = [each for each in above if len(each.text.split()) >= SENTENCE_WORDS]
    return not sentences and not any(parse_city_line(layout, each) for each in above)


def _find_in_block(candidates: Sequence[Candidate]) -> list[str]:
    """Return the letters that a label "Notice" or "Letter" names, the highest score first."""
    typed = [each for each in candidates if each.field == TYPE and each.score >= NAMES_THE_LETTER]
    return [str(each.value) for each in sorted(typed, key=lambda each: (-round(each.score, 1), each.box.top))]


def _find_alone(layout: PageLayout) -> list[str]:
    """Return the letters whose number is nearly all of a line: headlines, heads, footers; top first."""
    return [each.name for _, each in _list_alone(layout)]


def _list_alone(layout: PageLayout) -> Iterator[tuple[Line, FoundType]]:
    for line in sorted(layout.lines, key=lambda each: each.top):
        for each in find_types(line.text):
            rest = _BESIDE_NUMBER.sub("", line.text[: each.start] + " " + line.text[each.end :])
            if len(re.sub(r"[\W\d_]", "", rest)) <= 3:
                yield line, each


# What may be beside a letter's number on its line.
_BESIDE_NUMBER = re.compile(
    r"\b(?:notice|letter|form|irs|rev|dated?|no|number|page|of|department|treasury|cat|catalog|jan|feb|mar|apr|may|jun|jul|"
    r"aug|sep|oct|nov|dec|en|sp|lt|internal revenue service)\b",
    re.IGNORECASE,
)


def _find_by_wording(layout: PageLayout) -> list[str]:
    """Return the letters that a headline names by its wording."""
    blocks = [each for each in layout.paragraphs if not _is_made_of_sentences(each.text)]
    texts = [each.text for each in blocks] + [line.text for each in blocks for line in each.lines]
    headlines = [text for text in texts if len(text) <= HEADLINE_CHARS]
    return [name for name in map(find_type_by_wording, headlines) if name]


def find_letter_places(layout: PageLayout, letter: str) -> list[Box]:
    """Return where a page names this letter without a label, in headlines, heads and footers; for people."""
    found = _list_alone(layout)
    alone = [line.box_of(each.start, each.end) for line, each in found if each.name == letter]
    worded: list[Box] = [
        each
        for each in layout.paragraphs
        if len(each.text) <= HEADLINE_CHARS and find_type_by_wording(each.text) == letter
    ]
    return alone or worded


def _is_made_of_sentences(text: str) -> bool:
    """Whether a text is made of sentences, which may be about other letters."""
    return bool(re.search(r"[a-z]\.\s+[A-Z]", text)) or (
        text.endswith(".") and len(text.split()) >= SENTENCE_WORDS
    )
