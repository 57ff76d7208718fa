"""Whether a font says which chars it draws: a map that is missing, or that exchanges digits, is not believed.

A font's map to Unicode is what text layers are read by, and nothing that is shown depends on it. The shape of
a digit says what it is at least in part: an 8 is drawn with three closed lines, a 7 with one. Digits that are
drawn with as many closed lines, such as 3 and 5, are not told apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ctypes import c_void_p, cast
from typing import Any

from mailroom.document.page_objects import PageObject, pdfium

# Chars that no letter has: what PDFium gives for codes without a map. Its own mark for a hyphen is not one.
_UNKNOWN = re.compile("[\x00\x01\x03-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
# A text with a larger share of them cannot be read.
UNKNOWN_SHARE = 0.05
# The closed lines that digits are drawn with in most fonts: some have an open 4, or a dot in their 0.
CLOSED_LINES = {"0": 2, "1": 1, "2": 1, "3": 1, "4": 2, "5": 1, "6": 2, "7": 1, "8": 3, "9": 2}
# The fonts of so many texts of a page are looked at.
MOST_TEXTS = 200
_SIZE = 10.0


def is_unknown(text: str) -> bool:
    """Return whether a page's text is codes without a meaning."""
    return len(_UNKNOWN.findall(text)) > UNKNOWN_SHARE * len(text)


def exchanges_digits(objects: Sequence[PageObject]) -> bool:
    """Return whether a font of these texts draws a digit that its map calls another one, and the reverse."""
    texts = [item for item in objects if item.is_text]
    fonts = {}
    for item in texts[:: len(texts) // MOST_TEXTS + 1]:
        font = pdfium.FPDFTextObj_GetFont(item.raw)
        fonts[cast(font, c_void_p).value] = font
    return any(_has_exchanged(font) for font in fonts.values() if _is_embedded(font))


def _is_embedded(font: Any) -> bool:
    return bool(font) and pdfium.FPDFFont_GetIsEmbedded(font) == 1


def _has_exchanged(font: Any) -> bool:
    """Return whether two digits of a font have each the number of closed lines of the other one."""
    drawn = {digit: _count_closed_lines(font, digit) for digit in CLOSED_LINES}
    odd = {
        (CLOSED_LINES[digit], lines)
        for digit, lines in drawn.items()
        if lines not in (0, CLOSED_LINES[digit])
    }
    return any((lines, expected) in odd for expected, lines in odd)


def _count_closed_lines(font: Any, digit: str) -> int:
    """Return how many closed lines a font draws a digit with; 0 where it has none."""
    path = pdfium.FPDFFont_GetGlyphPath(font, ord(digit), _SIZE)
    count = pdfium.FPDFGlyphPath_CountGlyphSegments(path) if path else 0
    kinds = (
        pdfium.FPDFPathSegment_GetType(pdfium.FPDFGlyphPath_GetGlyphPathSegment(path, at))
        for at in range(count)
    )
    return sum(kind == pdfium.FPDF_SEGMENT_MOVETO for kind in kinds)
