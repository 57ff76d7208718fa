"""Whose name stands on a letter: the taxpayer's address block among several, or a labelled name.

The representative gets a copy in the same envelope with the own name in the window; payers have addresses too.
Blocks are found in `mailroom.notices.address`, name lines taken apart in `mailroom.notices.names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailroom.notices.address import AddressBlock
from mailroom.notices.candidates import Candidate
from mailroom.notices.fields import OF_ADDRESS_BLOCK
from mailroom.notices.names import Names, parse_names
from mailroom.notices.scores import SURE
from mailroom.notices.verdict import choose


def choose_block(
    blocks: Sequence[AddressBlock], named: str | None, elsewhere: str
) -> tuple[AddressBlock | None, frozenset[str]]:
    """The taxpayer's block, and which fields are in doubt: two blocks differ, or a labelled name is another.

    A representative's block and a company's are nobody's; CP2000s go to persons. ``elsewhere`` is the other
    pages' text.
    """
    personal = [each for each in blocks if not each.is_company and not each.is_representative]
    if not personal:
        return None, frozenset()
    again = [each for each in personal if each.name_lines[0] in elsewhere]
    best = (again or personal)[0]
    if named is not None and not _share_a_surname(named, " ".join(best.name_lines)):
        return best, OF_ADDRESS_BLOCK
    if len({each.name_lines for each in personal}) > 1 and len({each.name_lines for each in again}) != 1:
        return best, OF_ADDRESS_BLOCK
    return best, frozenset()


def find_labelled_name(candidates: Iterable[Candidate]) -> str | None:
    """The name that a label names without doubt."""
    named = choose(candidates)
    return str(named.value) if named and named.score >= SURE else None


def parse_block_names(block: AddressBlock | None, named: str | None) -> Names | None:
    """The names of the block; without one the labelled name's."""
    if block is not None:
        return parse_names(block.name_lines)
    return parse_names([named]) if named else None


def _share_a_surname(one: str, other: str) -> bool:
    """Whether a surname of one name line stands on the other; two people may have one first name."""
    return _surname_stands_on(one, other) or _surname_stands_on(other, one)


def _surname_stands_on(one: str, other: str) -> bool:
    names, words = parse_names([one]), re.findall(r"[\w'-]+", other.upper())
    surnames = [names.last_name, names.spouse_last_name] if names else []
    return any(surname.upper().split()[-1] in words for surname in surnames if surname)
