"""A line's chars as words, each with its place on the upright page in points, and its confidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailroom.document.ocr.corrections import Corrector, is_bar_code, is_dirt
from mailroom.document.ocr.deskew import Deskew, ImageLine
from mailroom.document.ocr.onnx_engine import Char
from mailroom.document.words import Word

# The share of the height of the detector's box that is print.
PRINT_SHARE = 0.78


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
        confidence = _least_confidence(group)
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


def _least_confidence(group: Sequence[Char]) -> float:
    """Return that of the least certain letter or digit; a comma or a hyphen more or less does not matter."""
    return min((char.confidence for char in group if char.text.isalnum()), default=1.0)


def _char_width(group: Sequence[Char], line: ImageLine) -> float:
    """Return a char's width in pixels."""
    if len(group) > 1:
        return (group[-1].at - group[0].at) * line.width / (len(group) - 1)
    return 0.45 * line.height
