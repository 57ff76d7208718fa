"""The chars of a text layer, as pdfminer lays them out, turned upright and joined to words.

Later pages, which are only checked for another notice's numbers and labels, get their chars from PDFium in a
third of the time. It says less about a char (nothing about what its font does not name), so it is not used
for pages that fields are read from. Whether a page's text can be read is decided in `mailroom.document.pdf`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from ctypes import byref
from typing import Any

import pypdfium2
from pdfminer.layout import LTChar, LTContainer
from pdfplumber.utils.text import extract_words

from mailroom.document.page_type import pdfium
from mailroom.document.words import Word, plain

# The mark of chars that PDFium inserts between words and lines, and its char for a hyphen at a line's end.
_GENERATED, _HYPHEN = 1, "\x02"


def read_chars(
    container: LTContainer[Any], height: float, corner: tuple[float, float]
) -> Iterator[dict[str, Any]]:
    """Yield the chars in the form that pdfplumber joins to words.

    pdfplumber's own ``page.chars`` has colours and fonts too, which nobody needs here, and takes twice the
    time.
    """
    left, top = corner
    for item in container:
        if isinstance(item, LTChar):
            yield {
                "text": item.get_text(),
                "x0": item.x0 + left,
                "x1": item.x1 + left,
                "top": height - item.y1 + top,
                "bottom": height - item.y0 + top,
                "doctop": height - item.y1 + top,
                "size": item.size,
                "turn": _turn(item.matrix),
                "upright": True,
            }
        elif isinstance(item, LTContainer):
            yield from read_chars(item, height, corner)


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


def is_straight(page: pypdfium2.PdfPage) -> bool:
    """Return whether the places on the page need no turning or shifting."""
    return page.get_rotation() == 0 and tuple(page.get_mediabox()) == tuple(page.get_cropbox())


def read_quick_chars(page: pypdfium2.PdfPage) -> Iterator[dict[str, Any]]:
    """Yield the chars of a straight page, in the form that pdfplumber joins to words."""
    left, _, _, top = page.get_mediabox()
    box = pdfium.FS_RECTF()
    with closing(page.get_textpage()) as text_page:
        raw = text_page.raw
        for at in range(text_page.count_chars()):
            char = chr(pdfium.FPDFText_GetUnicode(raw, at))
            if (char <= " " and char != _HYPHEN) or pdfium.FPDFText_IsGenerated(raw, at) == _GENERATED:
                continue
            if not pdfium.FPDFText_GetLooseCharBox(raw, at, byref(box)) or box.top - box.bottom <= 0:
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
