"""What was found in a letter: candidates and address blocks of its first page and of further pages.

Opens nothing, chooses nothing: that is `mailroom.notices.confidence.assembly`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Box
from mailroom.notices.extraction.address import AddressBlock, find_address_blocks
from mailroom.notices.extraction.aur_numbers import BLOCK_REACH, find_unlabelled_numbers
from mailroom.notices.extraction.candidates import Candidate, Method, find_labelled_values
from mailroom.notices.extraction.sentences import find_in_sentences
from mailroom.notices.extraction.summary_table import check_totals
from mailroom.notices.fields import FIELDS, NOTICE_BLOCK, SSN
from mailroom.notices.parsing.values import Value
from mailroom.notices.scores import LATER_PAGE, OUTSIDE_THE_BLOCK, SEEN_AGAIN
from mailroom.privacy.client_data import ClientData

# Labels that stand together in the notice block.
BLOCK_LABELS = NOTICE_BLOCK - {SSN}
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
    found += find_unlabelled_numbers(first, block)
    again = _find_repeats(found, other_texts)
    return Evidence(
        first, tuple(other_texts), tuple(found), (*found, *again), tuple(find_address_blocks(first))
    )


def _weigh_by_block(
    found: list[Candidate], reach: float = BLOCK_REACH, *, alone: float = 1.0
) -> list[Candidate]:
    """SSNs away from the other labels of the notice block count less: the income table has some too.

    ``alone`` is the factor for a page without any such label.
    """
    companions = [each.box.middle for each in found if each.field in BLOCK_LABELS]

    def share(each: Candidate) -> float:
        if each.field != SSN:
            return 1.0
        if not companions:
            return alone
        near = min(abs(each.box.middle - middle) for middle in companions) <= reach
        return 1.0 if near else OUTSIDE_THE_BLOCK

    return [replace(each, score=each.score * share(each)) for each in found]


def _find_repeats(found: Sequence[Candidate], texts: Sequence[tuple[int, str]]) -> list[Candidate]:
    """Numbers of the labels that stand on other pages too, whatever is beside them there."""
    known = {(each.field, each.value) for each in found}
    again = []
    for page, text in texts:
        for row in FIELDS:
            values = row.find_all(text) if row.find_all else ()
            again += [_repeat(row.name, value, page) for value in values if (row.name, value) in known]
    return again


def _repeat(field_name: str, value: Value, page: int) -> Candidate:
    return Candidate(field_name, value, SEEN_AGAIN, Method.SEEN_AGAIN, page, Box(0, 0, 0, 0))
