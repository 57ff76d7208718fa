"""The letters of a text layer, as pdfminer lays them out, set upright and joined to words.

What a page is, and whether its text can be read, is decided in `mailroom.notices.opened`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pdfminer.layout import LTChar, LTContainer
from pdfplumber.utils.text import extract_words

from mailroom.notices.words import Word, plain


def letters_of(
    container: LTContainer[Any], height: float, corner: tuple[float, float]
) -> Iterator[dict[str, Any]]:
    """The letters in the form that pdfplumber joins to words.

    pdfplumber's own ``page.chars`` has them too, with colours and fonts that nobody asks for here, and takes
    twice the time of reading the page.
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
            yield from letters_of(item, height, corner)


def _turn(matrix: tuple[float, ...]) -> int | None:
    """By how many degrees counter-clockwise a letter is turned; None for one that stands askew or mirrored."""
    a, b, c, d = matrix[:4]
    if abs(b) <= 0.1 * abs(a) and a * d > 0:
        return 0 if a > 0 else 180
    if abs(a) <= 0.1 * abs(b) and b * c < 0:
        return 90 if b > 0 else 270
    return None


def most(drawn: list[dict[str, Any]]) -> tuple[int, list[dict[str, Any]]]:
    """The way in which most letters stand, and those letters: a side note may be turned."""
    ways = Counter(each["turn"] for each in drawn if each["turn"] is not None)
    turn = ways.most_common(1)[0][0] if ways else 0
    return turn, [each for each in drawn if each["turn"] == turn]


def turned_back(letter: dict[str, Any], turn: int, size: tuple[float, float]) -> dict[str, Any]:
    """The letter where it stands when the sheet is turned so that it can be read."""
    if turn == 0:
        return letter
    width, height = size
    x0, x1, top, bottom = letter["x0"], letter["x1"], letter["top"], letter["bottom"]
    x0, x1, top, bottom = {
        90: (height - bottom, height - top, x0, x1),
        180: (width - x1, width - x0, height - bottom, height - top),
        270: (top, bottom, width - x1, width - x0),
    }[turn]
    place = {"x0": x0, "x1": x1, "top": top, "bottom": bottom, "doctop": top, "size": bottom - top}
    return {**letter, **place}


def words_of(letters: Sequence[dict[str, Any]]) -> list[Word]:
    """Letters joined to words; a fifth of the letter size parts two, since spaces need not be drawn."""
    found = extract_words(
        _once(letters),
        x_tolerance_ratio=0.17,
        y_tolerance=1.5,
        keep_blank_chars=False,
        use_text_flow=False,
    )
    return [_word(each) for each in found]


def _once(letters: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the second copy of letters that are drawn twice to look bold."""
    kept: dict[tuple[str, int, int], dict[str, Any]] = {}
    for letter in letters:
        x, y = round(letter["x0"] / 1.2), round(letter["top"] / 1.2)
        near = ((letter["text"], x + dx, y + dy) for dx in (0, -1, 1) for dy in (0, -1, 1))
        twin = next((kept[key] for key in near if key in kept), None)
        if twin is None or abs(twin["x0"] - letter["x0"]) > 0.1 * letter["size"]:
            kept[(letter["text"], x, y)] = letter
    return list(kept.values())


def _word(found: dict[str, Any]) -> Word:
    return Word(
        float(found["x0"]),
        float(found["top"]),
        float(found["x1"]),
        float(found["bottom"]),
        plain(found["text"]),
    )
