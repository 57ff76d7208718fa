"""A picture of a page becomes words with places: which way up it stands, where its lines are, what they say.

Each line is read once; one that holds an SSN or a name is read a second time from another cut of the picture, and where
the two differ the letters count as unread. What the words mean is not decided here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import cv2
import numpy as np

from mailroom.notices.ocr.models import Detector, Grey, Letter, Reals, Recognizer
from mailroom.notices.ocr.page_words import is_bar_code, words_of
from mailroom.notices.ocr.seen import Part, SeenPage
from mailroom.notices.ocr.spaces import agreed, parted
from mailroom.notices.ocr.straight import (
    Line,
    Unskewed,
    cut,
    evened,
    in_columns,
    lies_on_its_side,
    turned,
)
from mailroom.privacy.identifiers import five_four_shape, ssn_shape

# Lines are looked for at about this resolution, in dots per point (100 per inch): more costs time and finds no more.
SEEK_SCALE = 100 / 72
# How sure an upright page's lines are read in the mean; below it the page is tried the other way up.
UPRIGHT = 0.9
LINES_TRIED = 5
# What a wrong letter would do harm in: an SSN, a control number, a name; a wider line in capitals is a headline.
_GAP = r"\W{0,3}"
_NUMBER = re.compile(rf"{ssn_shape(_GAP)}|{five_four_shape(_GAP)}|\W\d{{4}}(?!\d)")
PROSE = 0.4
# Headline and the sentence with the due date stand above this share of the page.
PROSE_UNTIL = 0.42


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
        if lies_on_its_side(corners):
            picture, corners, turn = *turned(picture, corners), 90
        lines, upright = self._lines(picture, corners, part)
        if _is_unclear(lines) and self._is_upside_down(picture, corners):
            for _ in range(2):
                picture, corners = turned(picture, corners)
            turn += 180
            lines, upright = self._lines(picture, corners, part)
        height, width = picture.shape
        words = [word for line in lines if not is_bar_code(line) for word in words_of(line, upright, scale)]
        return SeenPage(width / scale, height / scale, turn, tuple(words), math.degrees(upright.angle))

    def _lines(self, picture: Grey, corners: Sequence[Reals], part: Part) -> tuple[list[Line], Unskewed]:
        """The lines of the part, read, and how to set them straight."""
        height, width = picture.shape
        upright = Unskewed(corners, width, height)
        wanted = [each for each in corners if _is_wanted(each, upright, width, height, part)]
        columns = [column for each in wanted for column in in_columns(picture, each)]
        names = PROSE * width if part.names else 0.0
        return [Line(each, tuple(self._letters(picture, each, names))) for each in columns], upright

    def _found(self, picture: Grey, scale: float) -> list[Reals]:
        factor = min(1.0, SEEK_SCALE / scale)
        if factor == 1.0:
            return self._detector.lines(picture)
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        return [each / factor for each in self._detector.lines(np.asarray(small, dtype=np.uint8))]

    def _is_upside_down(self, picture: Grey, corners: Sequence[Reals]) -> bool:
        lines = sorted((Line(each) for each in corners), key=lambda each: abs(each.width / each.height - 9))
        tried = [line.corners for line in lines[:LINES_TRIED]]
        if not tried:
            return False
        as_is, on_its_head = (self._mean_sure(picture, tried, upside_down=way) for way in (False, True))
        return on_its_head > as_is

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
        is_name = text.isupper() and Line(corners).width < name_width
        if not is_name and not _NUMBER.search(text):
            return first
        return agreed(first, self._recognizer.letters(cut(picture, corners, wider=0.12)))


def _is_unclear(lines: Sequence[Line]) -> bool:
    """Whether half of the lines or more were read badly, as those of a page on its head are, or there are none."""
    sure = sorted(sum(each.sure for each in line.letters) / max(len(line.letters), 1) for line in lines)
    return not sure or sure[len(sure) // 2] < UPRIGHT


def _is_wanted(corners: Reals, upright: Unskewed, width: int, height: int, part: Part) -> bool:
    line = Line(corners)
    if line.height > line.width and line.height > 0.02 * height:
        return False
    y = upright.place(line.middle)[1] / height
    return y <= part.until and (part.prose or y < PROSE_UNTIL or line.width < 0.5 * width)
