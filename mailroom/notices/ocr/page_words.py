"""A line's letters as words, each with its place on the upright page in points, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailroom.notices.ocr.mended import is_bars, is_dirt, mended
from mailroom.notices.ocr.models import Letter
from mailroom.notices.ocr.seen import SeenWord
from mailroom.notices.ocr.straight import Line, Unskewed

# The detector's box is higher than the letters' own by this factor.
LETTER_SHARE = 0.78


def is_bar_code(line: Line) -> bool:
    """Whether the line is a postal bar code read as strokes."""
    text = "".join(letter.sign for letter in line.letters)
    return is_bars(text, min((letter.sure for letter in line.letters), default=1.0))


def words_of(line: Line, upright: Unskewed, scale: float) -> Iterator[SeenWord]:
    """The line's words; each gets its share of the line's width by where its letters stand."""
    if not line.letters:
        return
    x0, _ = upright.place((line.corners[0] + line.corners[3]) / 2)
    _, middle = upright.place(line.middle)
    half = line.height * LETTER_SHARE / 2
    margin = line.height * (1 - LETTER_SHARE) / 2
    for group in _groups(line.letters):
        sure = _sure(group)
        text = mended("".join(letter.sign for letter in group), sure)
        if is_dirt(text):
            continue
        pitch = _pitch(group, line)
        left: float = float(max(x0 + margin, x0 + group[0].at * line.width - pitch / 2))
        right = float(min(x0 + line.width - margin, x0 + group[-1].at * line.width + pitch / 2))
        yield SeenWord(
            text,
            round(left / scale, 2),
            round((middle - half) / scale, 2),
            round(max(right, left + 1) / scale, 2),
            round((middle + half) / scale, 2),
            round(sure, 3),
        )


def _groups(letters: Sequence[Letter]) -> list[list[Letter]]:
    """Parted at spaces, and at a speck between two letters: "of·the"."""
    groups: list[list[Letter]] = [[]]
    for at, letter in enumerate(letters):
        around = letters[max(at - 1, 0) : at + 2 : 2]
        is_speck = letter.sign == "·" and len(around) == 2 and all(each.sign.isalpha() for each in around)
        if letter.sign == " " or is_speck:
            groups.append([])
        else:
            groups[-1].append(letter)
    return [group for group in groups if group]


def _sure(group: Sequence[Letter]) -> float:
    """Of the least clear letter or figure; a comma or a hyphen more or less is no matter."""
    return min((letter.sure for letter in group if letter.sign.isalnum()), default=1.0)


def _pitch(group: Sequence[Letter], line: Line) -> float:
    """A letter's width in pixels."""
    if len(group) > 1:
        return (group[-1].at - group[0].at) * line.width / (len(group) - 1)
    return 0.45 * line.height
