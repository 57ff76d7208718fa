"""The chars of a line, read once or twice: where two words meet, and which chars two readings agree on.

The engine is sure of its chars, and often wrong about the spaces between them; the paper between two chars
tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from mailroom.document.ocr.deskew import BLANK
from mailroom.document.ocr.onnx_engine import Char, Grey

# A space is this share of a line's height at least.
SPACE = 0.17
# A gap that may be a space or not, and the confidence of the char behind it then.
UNUSUAL, DOUBTFUL_SPACE = 0.11, 0.3
FEWEST_TO_SPLIT = 5


def compare_readings(first: Sequence[Char], second: Sequence[Char]) -> list[Char]:
    """Return the first reading.

    A char that the second does not confirm in its place gets a low confidence.
    """
    others = [char for char in second if char.text != " "]
    places = [at for at, char in enumerate(first) if char.text != " "]
    out = list(first)
    for at in places:
        out[at] = replace(first[at], confidence=0.0)
    match = SequenceMatcher(
        None, [first[at].text for at in places], [char.text for char in others], autojunk=False
    )
    for block in match.get_matching_blocks():
        for step in range(block.size):
            at, other = places[block.a + step], others[block.b + step]
            here, there = _before(first, at), _before(second, second.index(other))
            same_space = not (here + there).strip().isupper() or (here == " ") == (there == " ")
            least = min(first[at].confidence, other.confidence)
            out[at] = replace(first[at], confidence=least if same_space else min(least, DOUBTFUL_SPACE))
    return out


def _before(chars: Sequence[Char], at: int) -> str:
    """Return the char before this one, a space where there is none."""
    return chars[at - 1].text if at else " "


def insert_spaces(chars: list[Char], line: Grey) -> list[Char]:
    """Return the chars with a space where the paper between two is blank, and wider than between most.

    The engine drops the space behind an initial, or takes it for a full stop.
    """
    solid = [char for char in chars if char.text != " "]
    if len(solid) < FEWEST_TO_SPLIT:
        return chars
    blank = line.min(axis=0) > BLANK
    gaps = [_gap(blank, before, after) / line.shape[0] for before, after in pairwise(chars)]
    inner = sorted(
        gap for gap, (a, b) in zip(gaps, pairwise(chars), strict=True) if " " not in (a.text, b.text)
    )
    common = inner[len(inner) // 2] if inner else 0.0
    least, unusual = max(SPACE, 2.2 * common), max(UNUSUAL, 3.5 * common)
    out = [chars[0]]
    for at, gap in enumerate(gaps, 1):
        before, after = chars[at - 1], chars[at]
        if _is_space(chars, at, gap > least):
            out.append(Char(" ", 0.5, (before.at + after.at) / 2))
        elif gap > unusual and before.text.isupper() and after.text.isupper():
            # Is "POAKLEY" a name, or an initial and a name?
            after = replace(after, confidence=min(after.confidence, DOUBTFUL_SPACE))
        out.append(after)
    return out


def _is_space(chars: Sequence[Char], at: int, is_wide: bool) -> bool:
    """Return whether two words meet before this char.

    The engine takes a space for a full stop, as in "P.DE LA CRUZ".
    """
    before, after = chars[at - 1].text, chars[at].text
    is_stop = before == "." and at + 1 < len(chars) and chars[at + 1].text.isupper() and after.isupper()
    # "number851-56-6232", "CA93779"
    meets_figure = before.isalpha() and after.isdigit() and (is_wide or before.islower())
    return is_stop or meets_figure or (is_wide and before.isalpha() and after.isalpha())


def _gap(blank: NDArray[np.bool_], before: Char, after: Char) -> int:
    """Return the longest run of blank columns between the middles of two chars."""
    columns = blank[int(before.at * len(blank)) : int(after.at * len(blank)) + 1]
    return max((len(list(run)) for is_blank, run in groupby(columns) if is_blank), default=0)
