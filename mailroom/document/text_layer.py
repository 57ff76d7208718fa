"""The chars of a text layer, as pdfminer lays them out, turned upright and joined to words.

Later pages, which are only checked for another notice's numbers and labels, get their chars from PDFium in a
third of the time. It says less about a char (nothing about what its font does not name), so it is used for
pages that fields are read from only where it knows that some of their chars are hidden. Whether a page's
text can be read is decided in `mailroom.document.pdf`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import closing
from ctypes import byref
from dataclasses import dataclass
from typing import Any

import pypdfium2
from pdfminer.layout import LTChar, LTContainer
from pdfplumber.utils.text import extract_words

from mailroom.document.page_objects import Rect, pdfium
from mailroom.document.words import Word, plain

# The mark of chars that PDFium inserts between words and lines, and its char for a hyphen at a line's end.
_GENERATED, _HYPHEN = 1, "\x02"


def read_chars(container: LTContainer[Any], shown: ShownBox) -> Iterator[dict[str, Any]]:
    """Yield the chars in the form that pdfplumber joins to words, at their places on the shown page.

    pdfplumber's own ``page.chars`` has colours and fonts too, which nobody needs here, and takes twice the
    time.
    """
    for item in container:
        if isinstance(item, LTChar):
            x0, x1 = item.x0 - shown.left, item.x1 - shown.left
            top, bottom = shown.top - item.y1, shown.top - item.y0
            yield {
                "text": item.get_text(),
                "x0": x0,
                "x1": x1,
                "top": top,
                "bottom": bottom,
                "doctop": top,
                "size": item.size,
                "turn": _turn(item.matrix),
                "upright": True,
            }
        elif isinstance(item, LTContainer):
            yield from read_chars(item, shown)


@dataclass(frozen=True)
class ShownBox:
    """The share of a page that a viewer shows: the crop box in the media box, both as the page is turned.

    ``left`` and ``top`` are its corner in pdfminer's coordinates, whose y grows upwards; all are points.
    """

    left: float
    top: float
    width: float
    height: float

    def has(self, char: dict[str, Any]) -> bool:
        """Return whether a char's middle is in it."""
        across, down = char["x0"] + char["x1"], char["top"] + char["bottom"]
        return bool(0 <= across <= 2 * self.width and 0 <= down <= 2 * self.height)

    @classmethod
    def find(cls, media: Rect, shown: Rect, rotation: int) -> ShownBox:
        """Return it for boxes of a page that is shown turned clockwise by so many degrees."""
        width, height = shown[2] - shown[0], shown[3] - shown[1]
        left, top = {
            90: (shown[1] - media[1], media[2] - shown[0]),
            180: (media[2] - shown[2], media[3] - shown[1]),
            270: (media[3] - shown[3], shown[2] - media[0]),
        }.get(rotation, (shown[0] - media[0], shown[3] - media[1]))
        return cls(left, top, *((height, width) if rotation in (90, 270) else (width, height)))


def _turn(matrix: tuple[float, ...]) -> int | None:
    """Return by how many degrees counter-clockwise a char is turned.

    None for one that is skewed or mirrored.
    """
    a, b, c, d = matrix[:4]
    if abs(b) <= 0.1 * abs(a) and a * d > 0:
        return 0 if a > 0 else 180
    if abs(a) <= 0.1 * abs(b) and b * c < 0:
        return 90 if b > 0 else 270
    return None


def find_main_turn(drawn: list[dict[str, Any]]) -> tuple[int, list[dict[str, Any]]]:
    """Return the turn in degrees that most chars have, and those chars: a side note may be turned."""
    turns = Counter(each["turn"] for each in drawn if each["turn"] is not None)
    turn = turns.most_common(1)[0][0] if turns else 0
    return turn, [each for each in drawn if each["turn"] == turn]


def turn_upright(char: dict[str, Any], turn: int, size: tuple[float, float]) -> dict[str, Any]:
    """Return the char where it is when the page, of this ``size``, is turned so that it can be read."""
    if turn == 0:
        return char
    width, height = size
    x0, x1, top, bottom = char["x0"], char["x1"], char["top"], char["bottom"]
    x0, x1, top, bottom = {
        90: (height - bottom, height - top, x0, x1),
        180: (width - x1, width - x0, height - bottom, height - top),
        270: (top, bottom, width - x1, width - x0),
    }[turn]
    place = {"x0": x0, "x1": x1, "top": top, "bottom": bottom, "doctop": top, "size": bottom - top}
    return {**char, **place}


def join_words(chars: Sequence[dict[str, Any]]) -> list[Word]:
    """Join chars to words; a gap of a sixth of the char size is enough, since spaces need not be drawn."""
    found = extract_words(
        _drop_duplicates(chars),
        x_tolerance_ratio=0.17,
        y_tolerance=1.5,
        keep_blank_chars=False,
        use_text_flow=False,
    )
    words = []
    for each in found:
        x0, top, x1, bottom = (float(each[side]) for side in ("x0", "top", "x1", "bottom"))
        words.append(Word(x0, top, x1, bottom, plain(each["text"])))
    return words


def _drop_duplicates(chars: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the chars without the second copy of those that are drawn twice to look bold."""
    kept: dict[tuple[str, int, int], dict[str, Any]] = {}
    for char in chars:
        x, y = round(char["x0"] / 1.2), round(char["top"] / 1.2)
        near = ((char["text"], x + dx, y + dy) for dx in (0, -1, 1) for dy in (0, -1, 1))
        duplicate = next((kept[key] for key in near if key in kept), None)
        if duplicate is None or abs(duplicate["x0"] - char["x0"]) > 0.1 * char["size"]:
            kept[(char["text"], x, y)] = char
    return list(kept.values())


def read_quick_chars(
    page: pypdfium2.PdfPage, hidden: Container[int] = frozenset()
) -> Iterator[dict[str, Any]]:
    """Yield the chars of a page that is not turned, in the form that pdfplumber joins to words.

    Without those outside of the page's box, and the ``hidden`` ones.
    """
    left, bottom, right, top = page.get_bbox()
    box = pdfium.FS_RECTF()
    with closing(page.get_textpage()) as text_page:
        raw = text_page.raw
        for at in range(text_page.count_chars()):
            char = chr(pdfium.FPDFText_GetUnicode(raw, at))
            if (char <= " " and char != _HYPHEN) or pdfium.FPDFText_IsGenerated(raw, at) == _GENERATED:
                continue
            if not pdfium.FPDFText_GetLooseCharBox(raw, at, byref(box)) or box.top - box.bottom <= 0:
                continue
            is_outside = not (left <= (box.left + box.right) / 2 <= right)
            if is_outside or not bottom <= (box.bottom + box.top) / 2 <= top or at in hidden:
                continue
            upper = top - box.top
            yield {
                "text": "-" if char == _HYPHEN else char,
                "x0": box.left - left,
                "x1": box.right - left,
                "top": upper,
                "bottom": top - box.bottom,
                "doctop": upper,
                "size": box.top - box.bottom,
                "upright": True,
            }


def read_flat_text(text_page: pypdfium2.PdfTextPage, shown: Rect, hidden: frozenset[int]) -> str:
    """Return a page's text in drawing order, without what is outside of its box, and the ``hidden`` chars."""
    if hidden:
        return "".join(_list_flat_chars(text_page, shown, hidden))
    return str(text_page.get_text_bounded())


def _list_flat_chars(text_page: pypdfium2.PdfTextPage, shown: Rect, hidden: Container[int]) -> Iterator[str]:
    box = pdfium.FS_RECTF()
    left, bottom, right, top = shown
    for at in range(text_page.count_chars()):
        char = chr(pdfium.FPDFText_GetUnicode(text_page.raw, at))
        is_placed = pdfium.FPDFText_GetLooseCharBox(text_page.raw, at, byref(box))
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        if at not in hidden and (
            not is_placed or char.isspace() or (left <= x <= right and bottom <= y <= top)
        ):
            yield "-" if char == _HYPHEN else char
