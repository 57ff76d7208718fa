"""Who a letter is for: the taxpayer's address block among several.

A representative's copy has the representative's own address in the window, and payers have addresses too.
Blocks are found in `mailroom.notices.extraction.address`, name lines parsed in
`mailroom.notices.parsing.names`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailroom.notices.causes import Doubts, make_doubts
from mailroom.notices.extraction.address import AddressBlock
from mailroom.notices.fields import OF_ADDRESS_BLOCK
from mailroom.notices.parsing.names import parse_names

# The name of a taxpayer with a profession is on at least so many further pages.
PAGES_WITH_NAME = 2


def choose_block(
    blocks: Sequence[AddressBlock], named: str | None, elsewhere: Sequence[str]
) -> tuple[AddressBlock | None, Doubts]:
    """Choose the taxpayer's block among those of a page.

    Args:
        blocks: from top to bottom. Those of companies are not considered, and those of somebody with a
            profession only where no other block is left and no label names the taxpayer.
        named: the name that a label gives without doubt, if there is one.
        elsewhere: the texts of the other pages, where the taxpayer's name may be repeated.

    Returns:
        The block, or None, and its fields in doubt: where two blocks differ, or the labelled name has another
        surname.
    """
    personal = [each for each in blocks if each.is_personal]
    if not personal:
        return (None, {}) if named else _choose_professional(blocks, elsewhere)
    again = [each for each in personal if any(each.name_lines[0] in text for text in elsewhere)]
    best = (again or personal)[0]
    if named is not None and not _share_a_surname(named, " ".join(best.name_lines)):
        return best, make_doubts(OF_ADDRESS_BLOCK, "other_name_labelled")
    if len({each.name_lines for each in personal}) > 1 and len({each.name_lines for each in again}) != 1:
        places = " and ".join(f"lines {each.line_numbers[0]} to {each.line_numbers[1]}" for each in personal)
        return best, make_doubts(OF_ADDRESS_BLOCK, "two_address_blocks", places=places, page=best.page)
    return best, {}


def _choose_professional(
    blocks: Sequence[AddressBlock], elsewhere: Sequence[str]
) -> tuple[AddressBlock | None, Doubts]:
    """Return the block of a taxpayer with a profession behind the name: the other pages have the name too.

    On a representative's copy only the coupon repeats the representative's name.
    """
    for block in blocks:
        pages = sum(block.name_lines[0] in text for text in elsewhere)
        if not block.is_company and pages >= PAGES_WITH_NAME:
            return block, {}
    return None, {}


def _share_a_surname(one: str, other: str) -> bool:
    """Whether a surname of one name line is on the other one; a first name that they share says nothing."""
    return _has_surname_on(one, other) or _has_surname_on(other, one)


def _has_surname_on(one: str, other: str) -> bool:
    names, words = parse_names([one]), re.findall(r"[\w'-]+", other.upper())
    surnames = [names.last_name, names.spouse_last_name] if names else []
    return any(surname.upper().split()[-1] in words for surname in surnames if surname)
