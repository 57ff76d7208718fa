"""What a later page shows of whose it is: the notice's own numbers or name, another notice's, or nothing.

The income table may name others: the spouse and the payers have their numbers there. Drawing order can
scatter a page's flat text, so it is used only where its lines are whole; otherwise, and to confirm a
suspicion, the page is read with coordinates. Whether the file is one notice's is decided in
`mailroom.notices.classification.multiple_notices`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mailroom.document.page_layout import PageLayout
from mailroom.notices.classification.covers import is_cover, is_enclosure
from mailroom.notices.classification.known_notice import (
    FIVE_FOUR,
    KnownNotice,
    drop_banners,
    list_text,
    squeeze,
)
from mailroom.notices.extraction.candidates import Candidate, find_labelled_values
from mailroom.notices.extraction.evidence import BLOCK_LABELS, BLOCK_REACH, drop_zip_codes
from mailroom.notices.fields import NOTICE_DATE, SSN, TYPE
from mailroom.notices.parsing.dates import find_dates
from mailroom.notices.parsing.identifiers import FoundSsn, are_alike, extract_digits, find_ssns
from mailroom.notices.parsing.page_numbers import find_page_numbers, says_page_one
from mailroom.notices.scores import CLEAR, NAMES_THE_LETTER
from mailroom.notices.vocabulary.letter_types import find_types
from mailroom.privacy.client_data import ClientData
from mailroom.privacy.identifiers import NINE_DIGITS, any_ssn_shape, ssn_shape

# Flat text with fewer words a line than this was drawn in pieces.
WHOLE_LINE = 3.0
# A running head is in this share of the page from its top; tables begin below it.
HEAD_SHARE = 0.1
# A letterhead is in this share, also on a page that lies low.
LETTERHEAD_SHARE = 0.45
# A page that shows nothing of the notice may name the spouse, and nobody else by number.
OTHERS_ON_A_NOTICE = 1

# Number shapes with all spaces taken out; digits of a neighbouring text may touch them.
_SSN_SHAPE = re.compile(any_ssn_shape("-?"))
_HYPHENED_SSN = re.compile(ssn_shape("-"))
_NINE = re.compile(rf"(?<!\d){NINE_DIGITS}(?!\d)")
# A coupon's line for the machine that opens payments: figures only, more of them than any number has.
_MACHINE_LINE = re.compile(r"^(?=(?:\D*\d){20})[\d ]+\r?$", re.MULTILINE)
_PAGE_ALONE = re.compile(r"^\W*page\W{0,3}(\d{1,2})\W*$", re.IGNORECASE | re.MULTILINE)
_LETTERHEAD = re.compile(
    r"^\W*(?:department\s*of\s*(?:the\s*)?treasury|internal\s*revenue\s*service)\b",
    re.IGNORECASE | re.MULTILINE,
)

Sign = Literal["own", "other", "sheet", "silent"]


@dataclass(frozen=True, repr=False)
class PageMarks(ClientData):
    """What a page shows: whose it is, and the numbers printed on it.

    ``sign`` is "own" with the notice's numbers or name, "other" with another notice's, "sheet" where it is
    blank or no page of a letter, "silent" where it shows nothing. ``number`` and ``count`` are those of
    "Page 2 of 6". ``begins`` says that a letter may begin there, ``is_headed`` that the head has the
    notice's type and date, ``other`` whose the page is by its SSN.
    """

    sign: Sign
    number: int | None = None
    count: int | None = None
    begins: bool = False
    is_headed: bool = False
    is_scanned: bool = False
    is_blank: bool = False
    other: str | None = None


def find_flat_marks(text: str, notice: KnownNotice) -> PageMarks | None:
    """Return what a text page's flat text shows; None where it has to be read with coordinates."""
    number, count = _find_number(drop_banners(text), notice.count)
    if not _is_plain(text, notice, count):
        return None
    if notice.is_numbered_in(text):
        return PageMarks("own", number, count)
    if notice.is_named_in(text):
        # A letter to the same representative has his name too.
        return None if _LETTERHEAD.search(text) else PageMarks("own", number, count)
    return PageMarks("silent", number, count) if number else None


def find_marks(layout: PageLayout, notice: KnownNotice, *, scanned: bool, is_whole: bool = True) -> PageMarks:
    """Return what a page read with coordinates shows; without ``is_whole`` only a part of it was read."""
    # Below a fax machine's line there may be a page that lies low.
    if is_whole and is_cover(layout):
        return PageMarks("sheet")
    # Off a scan a misread "Page 2 of 6" is likelier than another letter's page.
    clear = layout.keep_clear(CLEAR) if scanned else layout
    page = _Later(clear, scanned, find_labelled_values(clear), notice)
    number, count = _find_number(list_text(clear), notice.count)
    begins = says_page_one(list_text(clear)) or _has_letterhead(layout)
    own = notice.is_numbered_in(layout.text)
    if _is_anothers(page, count, own=own, is_numbered=number is not None):
        theirs = [ssn.last4 for ssn, _ in page.ssns if not notice.could_be_own(ssn, scanned=scanned)]
        return PageMarks("other", number, count, begins, is_scanned=scanned, other=next(iter(theirs), None))
    if number is None:
        # Not clear enough to speak against a page, but enough to continue the pages before.
        number, count = _find_number(list_text(layout), notice.count)
    sign: Sign = "silent"
    if own or (notice.is_named_in(layout.text) and not begins):
        sign = "own"
    elif is_enclosure(layout.text):
        sign = "sheet"
    headed = not scanned and not begins and _has_own_head(page)
    return PageMarks(sign, number, count, begins, headed, scanned)


@dataclass(frozen=True, repr=False)
class _Later(ClientData):
    """A later page read with coordinates."""

    layout: PageLayout
    scanned: bool
    labelled: Sequence[Candidate]
    notice: KnownNotice

    @property
    def ssns(self) -> list[tuple[FoundSsn, float]]:
        """SSNs with hyphens or a mask, whatever is beside them, and how far down the page they stand."""
        return [
            (ssn, line.middle)
            for line in self.layout.lines
            for text in {line.text, squeeze(line.text)}
            for ssn in find_ssns(text)
            if _is_marked(squeeze(text[ssn.start : ssn.end]))
        ]

    @property
    def labelled_ssns(self) -> list[tuple[FoundSsn, float]]:
        """SSNs with a label of the taxpayer's own, and how far down the page they stand."""
        return [(_as_ssn(each), each.box.middle) for each in self.labelled if each.field == SSN]

    def could_be_own(self, ssn: FoundSsn) -> bool:
        """Return whether an SSN may be the notice's."""
        return self.notice.could_be_own(ssn, scanned=self.scanned)


def _is_anothers(page: _Later, count: int | None, *, own: bool, is_numbered: bool) -> bool:
    """Return whether a page shows that it is another notice's.

    ``own``: it has the notice's numbers, ``is_numbered``: one that may continue the pages before.
    """
    text = list_text(page.layout)
    return (
        (page.notice.is_miscounted(count) and not (own and page.scanned))
        or _has_other_control(page)
        or _has_other_block(page)
        or _has_other_head(page)
        or _names_another_letter(page)
        or (not own and (says_page_one(text) or _is_another_first(page)))
        or (not own and not is_numbered and _has_others_numbers(page))
    )


def _find_number(text: str, count: int | None) -> tuple[int | None, int | None]:
    """Return the page's printed number and its number of pages; of several the ones with this count."""
    printed = [each for each in find_page_numbers(text) if 0 < each.number <= each.count]
    if printed:
        best = next((each for each in printed if each.count == count), printed[0])
        return best.number, best.count
    alone = _PAGE_ALONE.search(text)
    return (int(alone[1]), None) if alone else (None, None)


def _is_plain(text: str, notice: KnownNotice, count: int | None) -> bool:
    """Return whether the flat text can be believed and shows nothing but the letter's own."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(text.split()) < WHOLE_LINE * len(lines):
        return False
    squeezed = squeeze(text)
    return not (
        says_page_one(drop_banners(text))
        or notice.is_miscounted(count)
        or any(match[1] != notice.last4 for match in _SSN_SHAPE.finditer(squeezed) if _is_marked(match[0]))
        or any(not notice.could_be_own(found) for found in find_ssns(text))
        or any(
            number not in (notice.full, *map(extract_digits, notice.controls))
            for number in _find_bare_nines(text)
        )
        or any(number not in notice.controls | notice.zips for number in FIVE_FOUR.findall(squeezed))
        or any(found.name != notice.letter for found in find_types(text))
    )


def _find_bare_nines(text: str) -> list[str]:
    """Nine figures without a hyphen, but for a machine's line: no label is beside those."""
    return _NINE.findall(_MACHINE_LINE.sub("", text))


def _is_marked(number: str) -> bool:
    """With its hyphens, or masked: nine bare figures may be anything's."""
    return bool(_HYPHENED_SSN.fullmatch(number)) or not number[:3].isdigit()


def _has_other_control(page: _Later) -> bool:
    """Return whether an AUR number with its label is not the notice's."""
    controls = {str(each.value) for each in drop_zip_codes(page.labelled, page.layout)}
    ours = page.notice.controls
    strange = [
        each for each in controls - ours if not (page.scanned and any(are_alike(each, our) for our in ours))
    ]
    return bool(strange) and (bool(ours) or len(controls) > 1)


def _has_other_block(page: _Later) -> bool:
    """Return whether another SSN is nearer to a label of a notice block than the notice's own."""
    ssns = page.labelled_ssns
    own = [middle for ssn, middle in (*page.ssns, *ssns) if page.could_be_own(ssn)]
    companions = [each.box.middle for each in page.labelled if each.field in BLOCK_LABELS]
    return any(
        abs(middle - beside) <= BLOCK_REACH and all(abs(middle - beside) < abs(mine - beside) for mine in own)
        for ssn, middle in ssns
        if not page.could_be_own(ssn)
        for beside in companions
    )


def _as_ssn(candidate: Candidate) -> FoundSsn:
    digits = extract_digits(str(candidate.value))
    return FoundSsn(digits if len(digits) == 9 else None, digits[-4:], 0, 0)


def _has_other_head(page: _Later) -> bool:
    """Return whether the running head has an SSN without a label, and it is not the notice's."""
    heads = [ssn for ssn, middle in page.ssns if middle <= HEAD_SHARE * page.layout.height]
    return bool(heads) and not any(page.could_be_own(ssn) for ssn in heads)


def _has_own_head(page: _Later) -> bool:
    """Return whether the running head names the notice's type and its date."""
    limit = HEAD_SHARE * page.layout.height
    texts = [line.text for line in page.layout.lines if line.middle <= limit]
    named = any(found.name == page.notice.letter for text in texts for found in find_types(text))
    dates = [found.value for text in texts for found in find_dates(text)]
    return named and page.notice.dated in dates


def _names_another_letter(page: _Later) -> bool:
    """Return whether a notice block names another letter than the first page does."""
    found = page.labelled
    middles = [each.box.middle for each in found if each.field in (NOTICE_DATE, SSN)]
    return any(
        each.field == TYPE
        and each.score >= NAMES_THE_LETTER
        and each.value != page.notice.letter
        and any(abs(each.box.middle - middle) <= BLOCK_REACH for middle in middles)
        for each in found
    )


def _has_others_numbers(page: _Later) -> bool:
    """Return whether a page that shows nothing of the notice has several other persons' numbers."""
    others = {ssn.last4 for ssn, _ in page.ssns if not page.could_be_own(ssn)}
    return len(others) > OTHERS_ON_A_NOTICE


def _is_another_first(page: _Later) -> bool:
    """Return whether a page without the notice's numbers has a letterhead and values of a notice block."""
    values = {each.field for each in page.labelled if each.field in BLOCK_LABELS}
    return len(values) > 1 and _has_letterhead(page.layout)


def _has_letterhead(layout: PageLayout) -> bool:
    limit = LETTERHEAD_SHARE * layout.height
    return any(_LETTERHEAD.match(line.text) for line in layout.lines if line.middle <= limit)
