"""A picture of a page becomes words with places: which way up it stands, where its lines are, what they say.

Each line is read once; one that holds an SSN or a name is read a second time from another cut of the picture, and where
the two differ the letters count as unread. What the words mean is not decided here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from mailroom.notices.ocr.mended import is_bars, is_dirt, mended
from mailroom.notices.ocr.models import Detector, Grey, Letter, Reals, Recognizer
from mailroom.notices.ocr.seen import Part, SeenPage, SeenWord

# Lines are looked for at about this resolution, in dots per point (100 per inch): more costs time and finds no more.
SEEK_SCALE = 100 / 72
# A line so much longer than high tells which way the page lies.
LONG = 1.7
# How sure an upright page's lines are read in the mean; below it the page is tried the other way up.
UPRIGHT = 0.9
LINES_TRIED = 5
# The detector's box is higher than the letters' own by this factor.
LETTER_SHARE = 0.78
# What a wrong letter would do harm in: an SSN, a control number, a name; a wider line in capitals is a headline.
_NUMBER = re.compile(r"\d{3}\W{0,3}\d\d\W{0,3}\d{4}|\d{5}\W{0,3}\d{4}|\W\d{4}(?!\d)")
PROSE = 0.4
# A space is this share of a line's height at least; paper is lighter than this.
SPACE, BLANK = 0.17, 150
# A gap that may be a space or not, and how sure the letter behind it then is.
UNUSUAL, DOUBTFUL_SPACE = 0.11, 0.3
FEWEST_TO_PART = 5
# Blank paper wider than this many line heights is between columns; shorter lines are not looked through.
GUTTER, LONG_ENOUGH = 0.75, 5
# Headline and the sentence with the due date stand above this share of the page.
PROSE_UNTIL = 0.42


@dataclass(frozen=True)
class _Line:
    """A line's corners in pixels, and what it says once it is read."""

    corners: Reals
    letters: tuple[Letter, ...] = ()

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def middle(self) -> Reals:
        return np.asarray(self.corners.mean(axis=0), dtype=np.float32)


class PageReader:
    """Holds the two models; reads one page after the other."""

    def __init__(self) -> None:
        self._detector = Detector()
        self._recognizer = Recognizer()

    def read(self, picture: Grey, scale: float, part: Part) -> SeenPage:
        """Read a page; ``scale`` is its picture's dots per point."""
        picture = evened(picture)
        corners = self._found(picture, scale)
        turn = 0
        if _lies_on_its_side(corners):
            picture, corners, turn = *_turned(picture, corners), 90
        lines, upright = self._lines(picture, corners, part)
        if _is_unclear(lines) and self._is_upside_down(picture, corners):
            for _ in range(2):
                picture, corners = _turned(picture, corners)
            turn += 180
            lines, upright = self._lines(picture, corners, part)
        height, width = picture.shape
        words = [word for line in lines if not _bars(line) for word in _words(line, upright, scale)]
        return SeenPage(width / scale, height / scale, turn, tuple(words))

    def _lines(self, picture: Grey, corners: Sequence[Reals], part: Part) -> tuple[list[_Line], _Unskewed]:
        """The lines of the part, read, and how to set them straight."""
        height, width = picture.shape
        upright = _Unskewed(corners, width, height)
        wanted = [each for each in corners if _is_wanted(each, upright, width, height, part)]
        columns = [column for each in wanted for column in in_columns(picture, each)]
        names = PROSE * width if part.names else 0.0
        return [_Line(each, tuple(self._letters(picture, each, names))) for each in columns], upright

    def _found(self, picture: Grey, scale: float) -> list[Reals]:
        factor = min(1.0, SEEK_SCALE / scale)
        if factor == 1.0:
            return self._detector.lines(picture)
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        return [each / factor for each in self._detector.lines(np.asarray(small, dtype=np.uint8))]

    def _is_upside_down(self, picture: Grey, corners: Sequence[Reals]) -> bool:
        lines = sorted((_Line(each) for each in corners), key=lambda each: abs(each.width / each.height - 9))
        tried = [line.corners for line in lines[:LINES_TRIED]]
        if not tried:
            return False
        as_is, turned = (self._mean_sure(picture, tried, upside_down=way) for way in (False, True))
        return turned > as_is

    def _mean_sure(self, picture: Grey, lines: Sequence[Reals], *, upside_down: bool) -> float:
        sure: list[float] = []
        for corners in lines:
            line = cut(picture, np.roll(corners, 2, axis=0) if upside_down else corners)
            sure += [letter.sure for letter in self._recognizer.letters(line)] or [0.0]
        return sum(sure) / len(sure)

    def _letters(self, picture: Grey, corners: Reals, name_width: float) -> list[Letter]:
        """What a line says; one in capitals up to ``name_width`` pixels wide may be a name."""
        line = cut(picture, corners)
        first = parted(self._recognizer.letters(line), line)
        text = "".join(letter.sign for letter in first)
        is_name = text.isupper() and _Line(corners).width < name_width
        if not is_name and not _NUMBER.search(text):
            return first
        return agreed(first, self._recognizer.letters(cut(picture, corners, wider=0.12)))


def _is_unclear(lines: Sequence[_Line]) -> bool:
    """Whether half of the lines or more were read badly, as those of a page on its head are, or there are none."""
    sure = sorted(sum(each.sure for each in line.letters) / max(len(line.letters), 1) for line in lines)
    return not sure or sure[len(sure) // 2] < UPRIGHT


def evened(picture: Grey) -> Grey:
    """Without shadows and stains, and with black letters: each place against the paper around it."""
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), (0, 0), 6)
    paper = cv2.resize(paper, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
    even = cv2.divide(picture, np.maximum(paper, 40), scale=255)
    # A strip may hold one line only: its ink is a thousandth of it.
    dark = float(np.percentile(even[::2, ::2], 0.15))
    stretch = 255 / max(255 - dark, 110)
    return np.asarray(cv2.convertScaleAbs(even, alpha=stretch, beta=255 - 255 * stretch), dtype=np.uint8)


def cut(picture: Grey, corners: Reals, wider: float = 0.0) -> Grey:
    """The line as a picture of its own, straightened; ``wider`` by a share of its height on each side."""
    right, down = corners[1] - corners[0], corners[3] - corners[0]
    width, height = float(np.linalg.norm(right)), float(np.linalg.norm(down))
    if wider:
        side, up = right / max(width, 1) * height * wider, down * wider
        corners = corners + np.array([-side - up, side - up, side + up, -side + up], dtype=np.float32)
        width, height = width + 2 * height * wider, height * (1 + 2 * wider)
    wide, high = max(4, round(width)), max(4, round(height))
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    line = cv2.warpPerspective(
        picture, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(line, dtype=np.uint8)


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


def in_columns(picture: Grey, corners: Reals) -> list[Reals]:
    """The line parted where the paper between two columns is blank: the detector bridges narrow gutters."""
    line = cut(picture, corners)
    height, width = line.shape
    if width < LONG_ENOUGH * height:
        return [corners]
    blank = np.flatnonzero(np.diff(np.pad(line.min(axis=0) > BLANK, 1).astype(np.int8)))
    runs = [
        (start, end) for start, end in zip(blank[::2], blank[1::2], strict=True) if start > 0 and end < width
    ]
    edges = [0.0, *((start + end) / 2 / width for start, end in runs if end - start > GUTTER * height), 1.0]
    right_top, right_foot = corners[1] - corners[0], corners[2] - corners[3]
    return [
        np.array(
            [
                corners[0] + right_top * left, corners[0] + right_top * right,
                corners[3] + right_foot * right, corners[3] + right_foot * left,
            ],
            dtype=np.float32,
        )
        for left, right in pairwise(edges)
    ]  # fmt: skip


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


def _bars(line: _Line) -> bool:
    text = "".join(letter.sign for letter in line.letters)
    return is_bars(text, min((letter.sure for letter in line.letters), default=1.0))


def _lies_on_its_side(corners: Sequence[Reals]) -> bool:
    lying, standing = 0.0, 0.0
    for each in corners:
        width, height = float(np.ptp(each[:, 0])), float(np.ptp(each[:, 1]))
        lying += width if width > LONG * height else 0
        standing += height if height > LONG * width else 0
    return standing > lying


def _turned(picture: Grey, corners: Sequence[Reals]) -> tuple[Grey, list[Reals]]:
    """A quarter turn counter-clockwise."""
    width = picture.shape[1]
    turned = [np.stack([each[:, 1], width - each[:, 0]], axis=1) for each in corners]
    ordered = [np.roll(each, -1, axis=0) for each in turned]
    out = np.asarray(cv2.rotate(picture, cv2.ROTATE_90_COUNTERCLOCKWISE), dtype=np.uint8)
    return out, [_from_top_left(each) for each in ordered]


def _from_top_left(corners: Reals) -> Reals:
    """The same box, its corners counted from the one nearest to the top left."""
    return np.asarray(np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0), dtype=np.float32)


class _Unskewed:
    """Places on the page as they would be had it been fed straight."""

    def __init__(self, corners: Sequence[Reals], width: int, height: int) -> None:
        lines = [_Line(each) for each in corners]
        long = sorted((each for each in lines if each.width > 5 * each.height), key=lambda each: each.width)
        slopes = [
            float(np.arctan2(*(each.corners[1] - each.corners[0])[::-1])) for each in long[len(long) // 2 :]
        ]
        self.angle = float(np.median(slopes)) if slopes else 0.0
        self._centre = np.array([width / 2, height / 2])

    def place(self, point: Reals) -> tuple[float, float]:
        """Where a point of the picture lies on the straight page."""
        x, y = point - self._centre
        cos, sin = math.cos(-self.angle), math.sin(-self.angle)
        return float(x * cos - y * sin + self._centre[0]), float(x * sin + y * cos + self._centre[1])


def _is_wanted(corners: Reals, upright: _Unskewed, width: int, height: int, part: Part) -> bool:
    line = _Line(corners)
    if line.height > line.width and line.height > 0.02 * height:
        return False
    y = upright.place(line.middle)[1] / height
    return y <= part.until and (part.prose or y < PROSE_UNTIL or line.width < 0.5 * width)


def _words(line: _Line, upright: _Unskewed, scale: float) -> Iterator[SeenWord]:
    """The line's words; each gets its share of the line's width by where its letters stand."""
    if not line.letters:
        return
    x0, _ = upright.place((line.corners[0] + line.corners[3]) / 2)
    _, middle = upright.place(line.middle)
    half = line.height * LETTER_SHARE / 2
    margin = line.height * (1 - LETTER_SHARE) / 2
    for group in _groups(line.letters):
        text = mended("".join(letter.sign for letter in group))
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
            round(_sure(group), 3),
        )


def _groups(letters: Sequence[Letter]) -> list[list[Letter]]:
    groups: list[list[Letter]] = [[]]
    for letter in letters:
        if letter.sign == " ":
            groups.append([])
        else:
            groups[-1].append(letter)
    return [group for group in groups if group]


def _sure(group: Sequence[Letter]) -> float:
    """Of the least clear letter or figure; a comma or a hyphen more or less is no matter."""
    return min((letter.sure for letter in group if letter.sign.isalnum()), default=1.0)


def _pitch(group: Sequence[Letter], line: _Line) -> float:
    """A letter's width in pixels."""
    if len(group) > 1:
        return (group[-1].at - group[0].at) * line.width / (len(group) - 1)
    return 0.45 * line.height
