"""Reads the image of a page: which way up it is, where its lines are, what they say.

Each line is read once. One that holds an SSN or a name is read again from another cut, an unclear one too,
and where the two differ the chars count as unread. The second reading is of the line stretched: a narrow I
beside another char is lost otherwise, clearly. What the words mean is not decided here.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from mailroom.document.ocr.corrections import Corrector
from mailroom.document.ocr.deskew import (
    Deskew,
    ImageLine,
    cut_line,
    even_paper,
    is_sideways,
    split_columns,
    turn_quarter,
)
from mailroom.document.ocr.engine import OcrPage, PageImage, Region
from mailroom.document.ocr.line_words import (
    check_numeral,
    compare_readings,
    find_words,
    insert_spaces,
    join_readings,
    least_confidence,
)
from mailroom.document.ocr.onnx_engine import Char, Detector, Grey, Reals, Recognizer
from mailroom.privacy.client_data import ClientData
from mailroom.privacy.identifiers import five_four_shape, ssn_shape

# Lines are looked for at about this resolution, in dots per point (100 per inch): more costs time and finds
# no more.
SEEK_SCALE = 100 / 72
# The confidence of an upright page's lines; below it the page is tried the other way up.
UPRIGHT = 0.9
LINES_TRIED = 5
# What a wrong char would do harm in: an SSN, a control number, a name; a wider line in capitals is a
# headline.
_GAP = r"\W{0,3}"
_NUMBER = re.compile(rf"{ssn_shape(_GAP)}|{five_four_shape(_GAP)}|\W\d{{4}}(?!\d)")
# A sentence has years, too, and its line costs as much as five others.
_NUMBER_IN_SENTENCE = re.compile(rf"{ssn_shape(_GAP)}|{five_four_shape(_GAP)}|[^\w\s,./$(]\d{{4}}(?!\d)")
_PHONE = re.compile(r"(?<!\d)\(?\d{3}\)?[-. ]{1,2}\d{3}[-. ]\d{4}(?!\d)")
NAME_WIDTH = 0.4
# A line with a char less clear than this, and no wider than this share of the page, is read stretched too.
UNCLEAR, VALUE_WIDTH, STRETCH = 0.95, 0.4, 1.5
# The second cut of a line has so large a share of its height more on each side.
WIDER = 0.12
# The headline and what the letter is about stand above this share of the page; below it a line wider than the
# second share is of a sentence.
SENTENCES_UNTIL, SENTENCE_WIDTH = 0.36, 0.4
# A part of a page with fewer pixels darker than that is blank: one figure of 8 points has more.
INKED, LEAST_INK = 200, 60
# Lines are looked for so much further down than they are wanted: a skewed one begins above its middle.
BELOW = 0.03


@dataclass(repr=False)
class _SeenPage(ClientData):
    """What was found on the last page: a first page is often read up to its foot, and then as a whole."""

    digest: bytes = b""
    corners: list[Reals] = field(default_factory=list)
    # The share of the page's height above which its lines were looked for.
    looked: float = 0.0
    lines: dict[tuple[bytes, tuple[int, ...], float], tuple[Char, ...]] = field(default_factory=dict)

    def keep_for(self, page: PageImage) -> _SeenPage:
        """Return this if it is of the same page, else an empty one."""
        digest = hashlib.blake2b(page.pixels).digest()
        return self if digest == self.digest else _SeenPage(digest)


class PageReader:
    """Holds the two models, and reads one page after the other; words are corrected by ``vocabulary``."""

    def __init__(self, vocabulary: Iterable[str] = ()) -> None:
        self._detector = Detector()
        self._recognizer = Recognizer()
        self._corrector = Corrector(vocabulary)
        self._seen = _SeenPage()

    def read(self, page: PageImage, region: Region) -> OcrPage:
        """Read the region of a page."""
        scale = page.scale
        self._seen = self._seen.keep_for(page)
        image = even_paper(np.frombuffer(page.pixels, np.uint8).reshape(page.height, page.width))
        corners, turn = self._find_corners(image, scale, region.until), 0
        if is_sideways(corners):
            if self._seen.looked < 1:
                # Standing lines are cut where the upper share ends.
                self._seen.corners, self._seen.looked = [], 0.0
                corners = self._find_corners(image, scale)
            image, corners, turn = *turn_quarter(image, corners), 90
        lines, deskew = self._read_lines(image, corners, region)
        if _is_unclear(lines) and self._is_upside_down(image, corners):
            corners = corners if turn else self._find_corners(image, scale)
            for _ in range(2):
                image, corners = turn_quarter(image, corners)
            turn += 180
            self._seen.lines.clear()
            lines, deskew = self._read_lines(image, corners, region)
        height, width = image.shape
        words = [word for line in lines for word in find_words(line, deskew, scale, self._corrector)]
        return OcrPage(width / scale, height / scale, turn, tuple(words), math.degrees(deskew.angle))

    def _read_lines(
        self, image: Grey, corners: Sequence[Reals], region: Region
    ) -> tuple[list[ImageLine], Deskew]:
        """Return the lines of the region, and how to set them straight."""
        height, width = image.shape
        deskew = Deskew(corners, width, height)
        wanted = [each for each in corners if _is_wanted(each, deskew, width, height, region)]
        columns = [column for each in wanted for column in split_columns(image, each)]
        name_width = NAME_WIDTH * width if region.values else 0.0
        return [ImageLine(each, self._read_once(image, each, name_width)) for each in columns], deskew

    def _read_once(self, image: Grey, corners: Reals, name_width: float) -> tuple[Char, ...]:
        """Return what a line says; one that was read on this page before is not read again."""
        key = (corners.tobytes(), image.shape, name_width)
        if key not in self._seen.lines:
            self._seen.lines[key] = tuple(self._read_line(image, corners, name_width))
        return self._seen.lines[key]

    def _find_corners(self, image: Grey, scale: float, until: float = 1.0) -> Sequence[Reals]:
        """Return the corners of the lines above this share of the page's height, and of some below it."""
        height, looked = image.shape[0], self._seen.looked
        wanted = min(1.0, until + BELOW)
        if wanted > looked:
            top = max(0, round((looked - BELOW) * height))
            part = image[top : round(min(1.0, wanted + BELOW) * height)]
            found = [each + np.array([0, top], np.float32) for each in self._find_lines(part, scale)]
            end = wanted * height if wanted < 1 else math.inf
            self._seen.corners += [
                each for each in found if looked * height <= ImageLine(each).middle[1] < end
            ]
            self._seen.looked = wanted
        return self._seen.corners

    def _find_lines(self, image: Grey, scale: float) -> list[Reals]:
        if np.count_nonzero(image < INKED) < LEAST_INK:
            return []
        factor = min(1.0, SEEK_SCALE / scale)
        if factor == 1.0:
            return self._detector.find_lines(image)
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        return [each / factor for each in self._detector.find_lines(np.asarray(small, dtype=np.uint8))]

    def _is_upside_down(self, image: Grey, corners: Sequence[Reals]) -> bool:
        lines = sorted(map(ImageLine, corners), key=lambda each: abs(each.width / each.height - 9))
        tried = [line.corners for line in lines[:LINES_TRIED]]
        if not tried:
            return False
        as_is, on_its_head = (self._mean_confidence(image, tried, upside_down=way) for way in (False, True))
        return on_its_head > as_is

    def _mean_confidence(self, image: Grey, lines: Sequence[Reals], *, upside_down: bool) -> float:
        found: list[float] = []
        for corners in lines:
            line = cut_line(image, np.roll(corners, 2, axis=0) if upside_down else corners)
            found += [char.confidence for char in self._recognizer.read_line(line)] or [0.0]
        return sum(found) / len(found)

    def _read_line(self, image: Grey, corners: Reals, name_width: float) -> list[Char]:
        """Return what a line says.

        One in capitals up to ``name_width`` pixels wide may be a name; where it is 0, nothing is read twice.
        """
        line = cut_line(image, corners)
        first = self._recognizer.read_line(line)
        if least_confidence(first) < UNCLEAR and ImageLine(corners).width < VALUE_WIDTH * image.shape[1]:
            first = join_readings(first, self._recognizer.read_line(line, STRETCH))
        first = insert_spaces(first, line)
        text = "".join(char.text for char in first)
        if not name_width or not _may_be_value(text, is_narrow=ImageLine(corners).width < name_width):
            return first
        wide = cut_line(image, corners, WIDER)
        second = self._recognizer.read_line(wide, STRETCH)
        return check_numeral(compare_readings(first, insert_spaces(second, wide, WIDER)), line)


def _may_be_value(text: str, *, is_narrow: bool) -> bool:
    """Return whether a line has a number, or is in capitals as names are, of which one may be misread."""
    number = _NUMBER if is_narrow else _NUMBER_IN_SENTENCE
    is_in_capitals = any(map(str.isupper, text)) and sum(map(str.islower, text)) <= 1
    return (is_in_capitals and is_narrow) or bool(number.search(_PHONE.sub("", text)))


def _is_unclear(lines: Sequence[ImageLine]) -> bool:
    """Return whether half of the lines were read badly, as on a page upside down, or there are none."""
    means = sorted(sum(each.confidence for each in line.chars) / max(len(line.chars), 1) for line in lines)
    return not means or means[len(means) // 2] < UPRIGHT


def _is_wanted(corners: Reals, deskew: Deskew, width: int, height: int, region: Region) -> bool:
    line = ImageLine(corners)
    if line.height > line.width and line.height > 0.02 * height:
        return False
    y = deskew.place(line.middle)[1] / height
    is_sentence = y >= SENTENCES_UNTIL and line.width >= SENTENCE_WIDTH * width
    return y <= region.until and (region.sentences or not is_sentence)
