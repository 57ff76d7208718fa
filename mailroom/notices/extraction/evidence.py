"""What was found in a letter: candidates and address blocks of its first page and of further pages.

AUR control numbers are found by their shape too: five digits and four, like ZIP+4 codes.
Opens nothing, chooses nothing: that is `mailroom.notices.confidence.field_choices`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Box
from mailroom.notices.extraction.address import AddressBlock, find_address_blocks
from mailroom.notices.extraction.candidates import Candidate, Method, find_labelled_values
from mailroom.notices.extraction.sentences import find_in_sentences
from mailroom.notices.extraction.summary_table import check_totals
from mailroom.notices.fields import CONTROL, FIELDS, NOTICE_BLOCK, SSN
from mailroom.notices.parsing.identifiers import ENDS_IN_STATE, find_control_numbers
from mailroom.notices.scores import LATER_PAGE, OUTSIDE_THE_BLOCK, SEEN_AGAIN, SHAPE_ALONE
from mailroom.privacy.client_data import ClientData
from mailroom.privacy.identifiers import five_four_shape

# Labels that stand together in the notice block.
BLOCK_LABELS = NOTICE_BLOCK - {SSN}
# A value further than so many points from all other values of the notice block is not in the block.
BLOCK_REACH = 120.0
_ZIP_PLUS_FOUR = re.compile(rf"\b[A-Z]{{2}}\.?,?[^\S\n]+({five_four_shape('-')})")
# On later pages the income table follows a running head closely, and a block has its labels line by line.
LATER_REACH = 40.0
NO_PAGE = PageLayout(1, 0.0, 0.0, ())


@dataclass(frozen=True, repr=False)
class Evidence(ClientData):
    """What was found on a letter's first page, in the other pages' flat text, and on further pages.

    ``other_texts`` are pairs of page number and text, ``sheets`` the later pages that were read, by number.
    """

    first: PageLayout = NO_PAGE
    other_texts: Sequence[tuple[int, str]] = ()
    on_first: Sequence[Candidate] = ()
    candidates: Sequence[Candidate] = ()
    blocks: Sequence[AddressBlock] = ()
    coupon_blocks: Sequence[AddressBlock] = ()
    layouts: Mapping[int, PageLayout] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, name: str) -> list[Candidate]:
        """Return the candidates of one field."""
        return [each for each in self.candidates if each.field == name]

    def with_page(self, layout: PageLayout) -> Evidence:
        """Return the evidence with what another page says: the coupon on the last one, the response form."""
        found = _weigh_by_block(find_labelled_values(layout), LATER_REACH, alone=OUTSIDE_THE_BLOCK)
        return replace(
            self,
            layouts=MappingProxyType({**self.layouts, layout.number: layout}),
            coupon_blocks=(*self.coupon_blocks, *find_address_blocks(layout)),
            candidates=(*self.candidates, *(replace(each, score=each.score * LATER_PAGE) for each in found)),
        )


def gather(first: PageLayout, other_texts: Sequence[tuple[int, str]]) -> Evidence:
    """Find everything on the first page that could be a field's value, and what of it other pages repeat."""
    found = check_totals(first, _weigh_by_block(find_labelled_values(first))) + find_in_sentences(first)
    block = [
        each.box.middle for each in found if each.field in BLOCK_LABELS and each.method is not Method.SENTENCE
    ]
    found += _find_unlabelled_numbers(first, block)
    blocks, again = tuple(find_address_blocks(first)), _find_repeats(found, other_texts)
    return Evidence(first, tuple(other_texts), tuple(found), (*found, *again), blocks)


def _weigh_by_block(
    found: list[Candidate], reach: float = BLOCK_REACH, *, alone: float = 1.0
) -> list[Candidate]:
    """SSNs away from the other labels of the notice block count less: the income table has some too.

    ``alone`` is the factor for a page without any such label.
    """
    companions = [each.box.middle for each in found if each.field in BLOCK_LABELS]

    factor = OUTSIDE_THE_BLOCK if companions else alone

    def is_far(each: Candidate) -> bool:
        return not any(abs(each.box.middle - middle) <= reach for middle in companions)

    return [
        replace(each, score=each.score * factor) if each.field == SSN and is_far(each) else each
        for each in found
    ]


def _find_repeats(found: Sequence[Candidate], texts: Sequence[tuple[int, str]]) -> list[Candidate]:
    """Numbers of the labels that stand on other pages too, whatever is beside them there."""
    known = {(each.field, each.value) for each in found}
    again = []
    for page, text in texts:
        for row in FIELDS:
            values = row.find_all(text) if row.find_all else ()
            again += [
                Candidate(row.name, value, SEEN_AGAIN, Method.SEEN_AGAIN, page, Box(0, 0, 0, 0))
                for value in values
                if (row.name, value) in known
            ]
    return again


def drop_zip_codes(found: Sequence[Candidate], layout: PageLayout) -> list[Candidate]:
    """Return the AUR numbers that are not after a state on the page: those are ZIP+4 codes."""
    zips = set(_ZIP_PLUS_FOUR.findall(layout.text))
    return [each for each in found if each.field == CONTROL and each.value not in zips]


def _find_unlabelled_numbers(layout: PageLayout, block: Sequence[float]) -> list[Candidate]:
    """Return numbers of this shape near the notice block's other values, whatever their label: labels vary.

    ``block`` has the heights of those values on the page, in points.
    """
    return [
        Candidate(CONTROL, number.value, SHAPE_ALONE, Method.SHAPE, layout.number, line, "", line)
        for line in layout.lines
        for number in find_control_numbers(line.text)
        if number.end - number.start == len(line.text.strip())
        and any(abs(line.middle - middle) <= BLOCK_REACH for middle in block)
        # Not the ZIP of a city that is a line of its own.
        and not ((left := layout.left_of(line)) and ENDS_IN_STATE.search(left.text))
    ]
