"""Whether a file holds one notice only: the pages after a notice are filed in the notice's case.

Pages count as the notice's own until something on them shows another one: another person's number where a
notice has its own, another AUR number, another number of pages. The income table may name others: the
spouse and the payers have their numbers there. Drawing order can scatter a page's flat text, so it is used
only where its lines are whole; otherwise, and to confirm a suspicion, the page is read with coordinates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailroom.document.page_layout import PageLayout
from mailroom.document.pages import Pages
from mailroom.notices.extraction.candidates import Candidate, find_labelled_values
from mailroom.notices.extraction.evidence import BLOCK_LABELS, BLOCK_REACH, Evidence, drop_zip_codes
from mailroom.notices.fields import NOTICE_DATE, SSN, TYPE
from mailroom.notices.parsing.identifiers import FoundSsn, are_alike, extract_digits, find_ssns
from mailroom.notices.parsing.page_numbers import find_page_numbers, says_page_one
from mailroom.notices.reading import NoticeFields
from mailroom.notices.scores import CLEAR, NAMES_THE_LETTER
from mailroom.notices.vocabulary.letter_types import find_types
from mailroom.privacy.client_data import ClientData
from mailroom.privacy.identifiers import NINE_DIGITS, any_ssn_shape, five_four_shape, ssn_shape

# Flat text with fewer words a line than this was drawn in pieces.
WHOLE_LINE = 3.0
# A running head is in this share of the page from its top; tables begin below it.
HEAD_SHARE = 0.1
# A letter about one taxpayer names the spouse too, and nobody else by number.
OTHERS_ON_A_NOTICE = 1

# Number shapes with all spaces taken out; digits of a neighbouring text may touch them.
_SSN_SHAPE = re.compile(any_ssn_shape("-?"))
_HYPHENED_SSN = re.compile(ssn_shape("-"))
_NINE = re.compile(rf"(?<!\d){NINE_DIGITS}(?!\d)")
# An AUR control number, or a ZIP+4.
_FIVE_FOUR = re.compile(five_four_shape("-"))
# A coupon's line for the machine that opens payments: figures only, more of them than any number has.
_MACHINE_LINE = re.compile(r"^(?=(?:\D*\d){20})[\d ]+\r?$", re.MULTILINE)
# Blank forms and leaflets that the IRS encloses with a notice, by their titles; text further down only
# mentions them.
TITLE_LETTERS = 120
_ENCLOSURE = re.compile(
    r"installmentagreementrequest|yourrightsasataxpayer|collectionappealrights|form9465|"
    r"taxpayeradvocateservice|publication(?:1|5|594|3498)(?!\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, repr=False)
class _Known(ClientData):
    """What is known of the notice so far: its own numbers, and whoever else's stand on its pages.

    ``others`` are the last four digits of other people's SSNs, ``pages`` is the printed number of pages.
    """

    full: str | None
    last4: str | None
    letter: str | None
    controls: frozenset[str]
    zips: frozenset[str]
    pages: int | None
    others: frozenset[str] = frozenset()

    def is_own(self, found: FoundSsn, *, scanned: bool = False) -> bool:
        """Return whether an SSN is the notice's.

        A completely masked one says nothing, one off a scan may be misread.
        """
        both_full = found.full and self.full
        theirs, ours = (found.full, self.full) if both_full else (found.last4, self.last4)
        if theirs is None or theirs == ours:
            return True
        return scanned and (ours is None or are_alike(theirs, ours))


@dataclass(frozen=True, repr=False)
class _Later(ClientData):
    """A later page read with coordinates: ``place`` is its number within the notice."""

    layout: PageLayout
    place: int
    scanned: bool
    labelled: Sequence[Candidate]


def find_other_notice(pages: Pages, evidence: Evidence, fields: NoticeFields) -> tuple[Pages, str | None]:
    """Return the pages read, and the code of why a person has to split the file.

    The code is None where all pages are one notice's.

    Raises:
        FileFault: a page cannot be read.
    """
    later = range(evidence.first.number, pages.page_count)
    for index in later:
        pages = pages.identify(index)
    # An empty sheet is nobody's.
    filled = [index for index in later if pages.content(index) != "blank"]
    if any(pages.content(index) != "text" for index in filled):
        return pages, "scanned_page"
    known, texts = _read_first_page(evidence, fields), dict(evidence.other_texts)
    for place, index in enumerate(filled, 2):
        if _is_plain(texts[index + 1], known, place):
            continue
        if index + 1 not in evidence.layouts:
            pages = pages.read_head(index)
        layout, scanned = evidence.layouts.get(index + 1) or pages.layout(index), pages.is_scanned(index)
        # Off a scan a misread "Page 2 of 6" is likelier than another letter's page.
        layout = layout.keep_clear(CLEAR) if scanned else layout
        page = _Later(layout, place, scanned, find_labelled_values(layout))
        known = _with_numbers(known, page)
        if _belongs_to_another(page, known):
            return pages, "several_notices"
    behind = filled[known.pages - 1 :] if known.pages else []
    is_enclosed = all(_ENCLOSURE.search(_squeeze(texts[index + 1])[:TITLE_LETTERS]) for index in behind)
    return pages, None if is_enclosed else "more_pages_than_printed"


def _read_first_page(evidence: Evidence, fields: NoticeFields) -> _Known:
    """Return what the first page says of the notice."""
    printed = find_page_numbers(evidence.first.text)
    return _Known(
        full=extract_digits(fields.ssn) if fields.ssn else None,
        last4=fields.ssn_last4,
        letter=fields.notice_type,
        controls=frozenset({fields.aur_control_number} if fields.aur_control_number else ()),
        zips=frozenset(_FIVE_FOUR.findall(evidence.first.text)),
        pages=printed[0].count if printed else None,
    )


def _with_numbers(known: _Known, page: _Later) -> _Known:
    """Return what is known with the AUR numbers and the other people's SSNs of another page."""
    controls = {str(each.value) for each in drop_zip_codes(page.labelled, page.layout)}
    ssns = [ssn for ssn, _ in _find_marked_ssns(page.layout)]
    others = {ssn.last4 or "" for ssn in ssns if not known.is_own(ssn, scanned=page.scanned)}
    return replace(known, controls=known.controls | controls, others=known.others | others)


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)


def _is_plain(text: str, known: _Known, place: int) -> bool:
    """Return whether the flat text can be believed and shows nothing but the letter's own."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(text.split()) < WHOLE_LINE * len(lines):
        return False
    squeezed = _squeeze(text)
    return not (
        says_page_one(text)
        or _is_misnumbered(text, known, place)
        or any(match[1] != known.last4 for match in _SSN_SHAPE.finditer(squeezed) if _is_marked(match[0]))
        or any(not known.is_own(found) for found in find_ssns(text))
        or any(
            number not in (known.full, *map(extract_digits, known.controls))
            for number in _find_bare_nines(text)
        )
        or any(number not in known.controls | known.zips for number in _FIVE_FOUR.findall(squeezed))
        or any(found.name != known.letter for found in find_types(text))
    )


def _find_bare_nines(text: str) -> list[str]:
    """Nine figures without a hyphen, but for a machine's line: no label is beside those."""
    return _NINE.findall(_MACHINE_LINE.sub("", text))


def _is_marked(number: str) -> bool:
    """With its hyphens, or masked: nine bare figures may be anything's."""
    return bool(_HYPHENED_SSN.fullmatch(number)) or not number[:3].isdigit()


def _is_misnumbered(text: str, known: _Known, place: int) -> bool:
    """Return whether a page says that it is another one than it is, or one of another number of pages."""
    return any(
        printed.number != place or (known.pages is not None and printed.count != known.pages)
        for printed in find_page_numbers(text)
    )


def _belongs_to_another(page: _Later, known: _Known) -> bool:
    """Return whether a page read with coordinates belongs to another notice.

    ``known`` has this page's numbers too.
    """
    text = page.layout.text
    return (
        says_page_one(text)
        or _is_misnumbered(text, known, page.place)
        or len(known.controls) > 1
        or len(known.others) > OTHERS_ON_A_NOTICE
        or _has_other_block(page, known)
        or _has_other_head(page, known)
        or _names_another_letter(page, known)
    )


def _find_marked_ssns(layout: PageLayout) -> list[tuple[FoundSsn, float]]:
    """SSNs with hyphens or a mask, whatever is beside them, and how far down the page they stand."""
    return [
        (ssn, line.middle)
        for line in layout.lines
        for text in {line.text, _squeeze(line.text)}
        for ssn in find_ssns(text)
        if _is_marked(_squeeze(text[ssn.start : ssn.end]))
    ]


def _has_other_block(page: _Later, known: _Known) -> bool:
    """Return whether another SSN is nearer to a label of a notice block than the notice's own."""
    ssns = [(_as_ssn(each), each.box.middle) for each in page.labelled if each.field == SSN]
    own = [
        middle
        for ssn, middle in (*_find_marked_ssns(page.layout), *ssns)
        if known.is_own(ssn, scanned=page.scanned)
    ]
    companions = [each.box.middle for each in page.labelled if each.field in BLOCK_LABELS]
    return any(
        abs(middle - beside) <= BLOCK_REACH and all(abs(middle - beside) < abs(mine - beside) for mine in own)
        for ssn, middle in ssns
        if not known.is_own(ssn, scanned=page.scanned)
        for beside in companions
    )


def _as_ssn(candidate: Candidate) -> FoundSsn:
    digits = extract_digits(str(candidate.value))
    return FoundSsn(digits if len(digits) == 9 else None, digits[-4:], 0, 0)


def _has_other_head(page: _Later, known: _Known) -> bool:
    """Return whether the running head has an SSN without a label, and it is not the notice's."""
    layout = page.layout
    heads = [ssn for ssn, middle in _find_marked_ssns(layout) if middle <= HEAD_SHARE * layout.height]
    return bool(heads) and not any(known.is_own(ssn, scanned=page.scanned) for ssn in heads)


def _names_another_letter(page: _Later, known: _Known) -> bool:
    """Return whether a notice block names another letter than the first page does."""
    found = page.labelled
    middles = [each.box.middle for each in found if each.field in (NOTICE_DATE, SSN)]
    return any(
        each.field == TYPE
        and each.score >= NAMES_THE_LETTER
        and each.value != known.letter
        and any(abs(each.box.middle - middle) <= BLOCK_REACH for middle in middles)
        for each in found
    )
