"""A line's chars as words: where two words meet, which chars two readings agree on, the place of each word.

The engine is sure of its chars, and often wrong about the spaces between them; the paper between two chars
tells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from mailroom.document.ocr.corrections import Corrector, is_bar_code, is_dirt
from mailroom.document.ocr.deskew import BLANK, Deskew, ImageLine
from mailroom.document.ocr.onnx_engine import Char, Grey
from mailroom.document.words import Word

# A space is this share of a line's height at least.
SPACE = 0.17
# A gap that may be a space or not, and the confidence of the char behind it then.
UNUSUAL, DOUBTFUL_SPACE = 0.11, 0.3
FEWEST_TO_SPLIT = 5
# Where the engine sees a space, and the paper a gap of less than this share of a line's height, there may be
# none.
NARROW = 0.08
# A char that only the second reading has was seen if it has this probability.
SEEN = 0.5
# A space is no narrower than the first share of the line's narrowest one; a gap below the second share of the
# usual one is surely none.
SHARE_OF_SPACE, SHARE_IN_DOUBT = 0.6, 0.5
# The share of the height of the detector's box that is print.
PRINT_SHARE = 0.78
# Between two strokes that run into each other the paper is gray: shares of what is between ink and paper.
STROKE_LEVELS = (0.25, 0.5, 0.75)
# The third of a name; behind an initial of that letter there is a space, and letters follow. One stroke at
# the line's end may be what is left of two.
_NUMERAL = re.compile(r"(?<=[A-ZÀ-ÖØ-Þ] )(?:III?(?![^\s])|I$)")


def compare_readings(first: Sequence[Char], second: Sequence[Char]) -> list[Char]:
    """Return the first reading.

    A char that the second does not confirm in its place gets a low confidence, as do those between which the
    second has a letter or digit more.
    """
    others = [char for char in second if char.text != " "]
    places = [at for at, char in enumerate(first) if char.text != " "]
    out = list(first)
    for at in places:
        out[at] = replace(first[at], confidence=0.0)
    texts = [_without_accent(first[at]) for at in places], [_without_accent(char) for char in others]
    blocks = SequenceMatcher(None, *texts, autojunk=False).get_matching_blocks()
    for block in blocks:
        for step in range(block.size):
            at, other = places[block.a + step], others[block.b + step]
            here, there = _before(first, at), _before(second, second.index(other))
            same_space = not (here + there).strip().isupper() or (here == " ") == (there == " ")
            least = min(first[at].confidence, other.confidence)
            out[at] = replace(first[at], confidence=least if same_space else min(least, DOUBTFUL_SPACE))
    begun = 0
    for block in blocks:
        more = others[begun : block.b]
        if any(char.text.isalnum() and char.confidence >= SEEN for char in more):
            for at in places[max(block.a - 1, 0) : block.a + 1]:
                out[at] = replace(out[at], confidence=0.0)
        begun = block.b + block.size
    return out


def join_readings(first: Sequence[Char], second: Sequence[Char]) -> list[Char]:
    """Return the clearer of two readings that are alike.

    Else the one with more chars, in which those that the other does not have count as unread: chars are
    lost more often than made up.
    """
    by_clearness = sorted((first, second), key=least_confidence, reverse=True)
    one, other = sorted(by_clearness, key=_count_chars, reverse=True)
    is_alike = [char.text for char in one if char.text != " "] == [
        char.text for char in other if char.text != " "
    ]
    return list(by_clearness[0]) if is_alike else compare_readings(one, other)


def _count_chars(chars: Sequence[Char]) -> int:
    return sum(char.text.isalnum() for char in chars)


def _without_accent(char: Char) -> str:
    """Return the char's letter: an accent that only one reading sees is a speck, or was not seen."""
    return unicodedata.normalize("NFD", char.text)[0]


def _before(chars: Sequence[Char], at: int) -> str:
    """Return the char before this one, a space where there is none."""
    return chars[at - 1].text if at else " "


def insert_spaces(chars: list[Char], line: Grey, wider: float = 0.0) -> list[Char]:
    """Return the chars with a space where the paper between two is blank, and wider than between most.

    The engine drops the space behind an initial, or takes it for a full stop. Where it sees spaces, another
    one is hardly narrower than these. ``wider`` is the share of the line's height that was cut more of on
    each side.
    """
    solid = [char for char in chars if char.text != " "]
    if len(solid) < FEWEST_TO_SPLIT and all(char.text != "#" for char in solid):
        return chars
    blank, height = line.min(axis=0) > BLANK, line.shape[0] / (1 + 2 * wider)
    gaps = [_gap(blank, before, after) / height for before, after in pairwise(chars)]
    inner = sorted(
        gap for gap, (a, b) in zip(gaps, pairwise(chars), strict=True) if " " not in (a.text, b.text)
    )
    common = inner[len(inner) // 2] if inner else 0.0
    spaces = [each / height for each in _measure_spaces(chars, blank)] or [0]
    least = max(SPACE, 2.2 * common, SHARE_OF_SPACE * spaces[0])
    unusual = max(UNUSUAL, 3.5 * common, SHARE_IN_DOUBT * spaces[len(spaces) // 2])
    # The narrowest of three spaces or more may be none: between R and W the engine saw one, "IR WIN".
    narrow = min(NARROW, SHARE_IN_DOUBT * spaces[1]) if len(spaces) > 2 else 0.0
    out = [chars[0]]
    for at, gap in enumerate(gaps, 1):
        before, after = chars[at - 1], chars[at]
        is_narrow = before.text == " " and at > 1 and _gap(blank, chars[at - 2], after) / height < narrow
        if is_narrow and chars[at - 2].text.isupper() and after.text.isupper():
            after = replace(after, confidence=min(after.confidence, DOUBTFUL_SPACE))
        # "# 7" is often a line of its own, with no other gap to compare.
        if _is_space(chars, at, gap > (SPACE if before.text == "#" else least)):
            out.append(Char(" ", 0.5, (before.at + after.at) / 2))
        elif (
            gap > unusual and before.text.isupper() and after.text.isupper() and not _is_in_numeral(chars, at)
        ):
            # Is "POAKLEY" a name, or an initial and a name?
            after = replace(after, confidence=min(after.confidence, DOUBTFUL_SPACE))
        out.append(after)
    return out


def _measure_spaces(chars: Sequence[Char], blank: NDArray[np.bool_]) -> list[int]:
    """Return the widths in pixels of the blanks where the engine sees a space, from the narrowest on."""
    around = zip(chars, chars[1:], chars[2:], strict=False)
    return sorted(_gap(blank, before, after) for before, at, after in around if at.text == " ")


def _is_space(chars: Sequence[Char], at: int, is_wide: bool) -> bool:
    """Return whether two words meet before this char.

    The engine takes a space for a full stop, as in "P.DE LA CRUZ".
    """
    before, after = chars[at - 1].text, chars[at].text
    if _is_in_numeral(chars, at):
        return False
    is_stop = before == "." and at + 1 < len(chars) and chars[at + 1].text.isupper() and after.isupper()
    # "number851-56-6232", "CA93779"
    meets_figure = before.isalpha() and after.isdigit() and (is_wide or before.islower())
    behind_sign = is_wide and before == "#" and after.isalnum()
    return is_stop or meets_figure or behind_sign or (is_wide and before.isalnum() and after.isalpha())


def _is_in_numeral(chars: Sequence[Char], at: int) -> bool:
    """Return whether two strokes of a numeral meet before this char: the "III" behind a surname."""
    text = "".join(char.text for char in chars)
    return any(numeral.start() < at < numeral.end() for numeral in _NUMERAL.finditer(text))


def check_numeral(chars: list[Char], line: Grey) -> list[Char]:
    """Return the chars; those of a numeral behind a surname are in doubt unless its strokes can be counted.

    In a face whose strokes touch at their ends the engine reads "III" as "II", and is sure of it.
    """
    text = "".join(char.text for char in chars)
    out = list(chars)
    for found in _NUMERAL.finditer(text):
        start, end = found.start(), found.end()
        right = chars[end].at if end < len(chars) else 1.0
        between = int(chars[start - 2].at * line.shape[1]), int(right * line.shape[1])
        if _count_strokes(line[:, between[0] : between[1]]) != end - start:
            for at in range(start, end):
                out[at] = replace(chars[at], confidence=min(chars[at].confidence, DOUBTFUL_SPACE))
    return out


def _count_strokes(part: Grey) -> int:
    """Return how many strokes stand behind the widest blank of a part of a line, at half their height."""
    blank = part.min(axis=0) > BLANK
    gaps = [list(group) for _, group in groupby(range(len(blank)), key=lambda at: bool(blank[at]))]
    widest = max((gap for gap in gaps if blank[gap[0]] and gap[-1] < len(blank) - 1), key=len, default=[0])
    behind = part[:, widest[-1] + 1 :]
    rows = np.flatnonzero(behind.min(axis=1) <= BLANK) if behind.size else np.array([], np.intp)
    if not rows.size:
        return 0
    middle = (rows[0] + rows[-1]) // 2
    band = behind[max(middle - 2, 0) : middle + 3].mean(axis=0)
    levels = (band.min() + share * (band.max() - band.min()) for share in STROKE_LEVELS)
    return max(sum(bool(is_dark) for is_dark, _ in groupby(band < level)) for level in levels)


def _gap(blank: NDArray[np.bool_], before: Char, after: Char) -> int:
    """Return the longest run of blank columns between the middles of two chars."""
    columns = blank[int(before.at * len(blank)) : int(after.at * len(blank)) + 1]
    return max((len(list(run)) for is_blank, run in groupby(columns) if is_blank), default=0)


def find_words(line: ImageLine, deskew: Deskew, scale: float, corrector: Corrector) -> Iterator[Word]:
    """Yield the line's words, none of a bar code.

    Each gets its share of the line's width by where its chars stand.
    """
    text = "".join(char.text for char in line.chars)
    if not text or is_bar_code(text, min(char.confidence for char in line.chars)):
        return
    x0, _ = deskew.place((line.corners[0] + line.corners[3]) / 2)
    _, middle = deskew.place(line.middle)
    half = line.height * PRINT_SHARE / 2
    margin = line.height * (1 - PRINT_SHARE) / 2
    for group in _split_at_spaces(line.chars):
        confidence = least_confidence(group)
        text = corrector.correct("".join(char.text for char in group), confidence)
        if is_dirt(text):
            continue
        width = _char_width(group, line)
        left = max(x0 + margin, x0 + group[0].at * line.width - width / 2)
        right = min(x0 + line.width - margin, x0 + group[-1].at * line.width + width / 2)
        sides = (left, middle - half, max(right, left + 1), middle + half)
        left, top, right, bottom = (round(each / scale, 2) for each in sides)
        yield Word(left, top, right, bottom, text, round(confidence, 3))


def _split_at_spaces(chars: Sequence[Char]) -> list[list[Char]]:
    """Split the chars at spaces, and at a speck between two letters of the alphabet: "of·the"."""
    groups: list[list[Char]] = [[]]
    for at, char in enumerate(chars):
        around = chars[max(at - 1, 0) : at + 2 : 2]
        is_speck = char.text == "·" and len(around) == 2 and all(each.text.isalpha() for each in around)
        if char.text == " " or is_speck:
            groups.append([])
        else:
            groups[-1].append(char)
    return [group for group in groups if group]


def least_confidence(group: Sequence[Char]) -> float:
    """Return that of the least certain letter or digit; a comma or a hyphen more or less does not matter."""
    return min((char.confidence for char in group if char.text.isalnum()), default=1.0)


def _char_width(group: Sequence[Char], line: ImageLine) -> float:
    """Return a char's width in pixels."""
    if len(group) > 1:
        return (group[-1].at - group[0].at) * line.width / (len(group) - 1)
    return 0.45 * line.height
