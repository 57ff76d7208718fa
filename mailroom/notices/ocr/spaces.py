"""The letters of a line, read once or twice: where two words meet, and which letters two readings agree on.

The engine is sure of its letters, and often wrong about the spaces between them; the paper between two letters
tells. What the words mean is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mailroom.notices.ocr.models import Grey, Letter
from mailroom.notices.ocr.straight import BLANK

# A space is this share of a line's height at least.
SPACE = 0.17
# A gap that may be a space or not, and how sure the letter behind it then is.
UNUSUAL, DOUBTFUL_SPACE = 0.11, 0.3
FEWEST_TO_PART = 5


def agreed(first: Sequence[Letter], second: Sequence[Letter]) -> list[Letter]:
    """The first reading; a letter that the second does not confirm in its place is unsure."""
    others = [letter for letter in second if letter.sign != " "]
    places = [at for at, letter in enumerate(first) if letter.sign != " "]
    out = list(first)
    for at in places:
        out[at] = replace(first[at], sure=0.0)
    match = SequenceMatcher(
        None, [first[at].sign for at in places], [letter.sign for letter in others], autojunk=False
    )
    for block in match.get_matching_blocks():
        for step in range(block.size):
            at, other = places[block.a + step], others[block.b + step]
            here, there = _before(first, at), _before(second, second.index(other))
            same_space = not (here + there).strip().isupper() or (here == " ") == (there == " ")
            sure = min(first[at].sure, other.sure)
            out[at] = replace(first[at], sure=sure if same_space else min(sure, DOUBTFUL_SPACE))
    return out


def _before(letters: Sequence[Letter], at: int) -> str:
    """The sign before this letter, a space where there is none."""
    return letters[at - 1].sign if at else " "


def parted(letters: list[Letter], line: Grey) -> list[Letter]:
    """With a space where the paper is blank between two letters, and wider than between most.

    The engine drops the space behind an initial, or takes it for a full stop.
    """
    solid = [letter for letter in letters if letter.sign != " "]
    if len(solid) < FEWEST_TO_PART:
        return letters
    blank = line.min(axis=0) > BLANK
    gaps = [_gap(blank, before, after) / line.shape[0] for before, after in pairwise(letters)]
    inner = sorted(
        gap for gap, (a, b) in zip(gaps, pairwise(letters), strict=True) if " " not in (a.sign, b.sign)
    )
    common = inner[len(inner) // 2] if inner else 0.0
    least, unusual = max(SPACE, 2.2 * common), max(UNUSUAL, 3.5 * common)
    out = [letters[0]]
    for at, gap in enumerate(gaps, 1):
        before, after = letters[at - 1], letters[at]
        if _is_space(letters, at, gap > least):
            out.append(Letter(" ", 0.5, (before.at + after.at) / 2))
        elif gap > unusual and before.sign.isupper() and after.sign.isupper():
            # Is "POAKLEY" a name, or an initial and a name?
            after = replace(after, sure=min(after.sure, DOUBTFUL_SPACE))
        out.append(after)
    return out


def _is_space(letters: Sequence[Letter], at: int, is_wide: bool) -> bool:
    """Whether two words meet before this letter; the engine takes a space for a full stop, as in "P.DE LA CRUZ"."""
    before, after = letters[at - 1].sign, letters[at].sign
    is_stop = before == "." and at + 1 < len(letters) and letters[at + 1].sign.isupper() and after.isupper()
    # "number851-56-6232", "CA93779"
    meets_figure = before.isalpha() and after.isdigit() and (is_wide or before.islower())
    return is_stop or meets_figure or (is_wide and before.isalpha() and after.isalpha())


def _gap(blank: NDArray[np.bool_], before: Letter, after: Letter) -> int:
    """The longest run of blank columns between the middles of two letters."""
    columns = blank[int(before.at * len(blank)) : int(after.at * len(blank)) + 1]
    longest = run = 0
    for is_blank in columns:
        run = run + 1 if is_blank else 0
        longest = max(longest, run)
    return longest
