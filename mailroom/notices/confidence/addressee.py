"""Who a letter is for: the taxpayer's address block among several.

A representative's copy has the representative's own address in the window, and payers have addresses too.
Blocks are found in `mailroom.notices.extraction.address`, name lines parsed in
`mailroom.notices.parsing.names`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailroom.notices.extraction.address import AddressBlock
from mailroom.notices.fields import OF_ADDRESS_BLOCK
from mailroom.notices.parsing.names import parse_names


def choose_block(
    blocks: Sequence[AddressBlock], named: str | None, elsewhere: str
) -> tuple[AddressBlock | None, frozenset[str]]:
    """Choose the taxpayer's block among those of a page.

    Args:
        blocks: from top to bottom. Those of representatives and companies are not considered.
        named: the name that a label gives without doubt, if there is one.
        elsewhere: the text of the other pages, where the taxpayer's name may be repeated.

    Returns:
        The block, or None, and the names of the fields that are in doubt: where two blocks differ, or the
        labelled name has another surname.
    """
    personal = [each for each in blocks if each.is_personal]
    if not personal:
        return None, frozenset()
    again = [each for each in personal if each.name_lines[0] in elsewhere]
    best = (again or personal)[0]
    if named is not None and not _share_a_surname(named, " ".join(best.name_lines)):
        return best, OF_ADDRESS_BLOCK
    if len({each.name_lines for each in personal}) > 1 and len({each.name_lines for each in again}) != 1:
        return best, OF_ADDRESS_BLOCK
    return best, frozenset()


def _share_a_surname(one: str, other: str) -> bool:
    """Whether a surname of one name line is on the other one; a first name that they share says nothing."""
    return _has_surname_on(one, other) or _has_surname_on(other, one)


def _has_surname_on(one: str, other: str) -> bool:
    names, words = parse_names([one]), re.findall(r"[\w'-]+", other.upper())
    surnames = [names.last_name, names.spouse_last_name] if names else []
    return any(surname.upper().split()[-1] in words for surname in surnames if surname)
