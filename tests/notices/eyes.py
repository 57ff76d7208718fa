"""Eyes for the reader's tests: the engine in this process, and fakes that see what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from mailroom.notices.ocr.page_reader import PageReader
from mailroom.notices.ocr.seen import Part, SeenPage, SeenWord
from mailroom.notices.pictures import Picture


@cache
def _engine() -> PageReader:
    return PageReader()


class EnginesEyes:
    """The engine itself, loaded once for all tests of a process."""

    def look(self, picture: Picture, part: Part) -> SeenPage:
        """What the engine sees."""
        pixels = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width)
        return _engine().read(pixels, picture.scale, part)

    def look_again(self, _picture: Picture) -> SeenPage | None:
        """Nothing: what these tests expect must not depend on what else is installed."""
        return None


# A line of text: how far down the page it stands (0 to 1), where it begins in points, what it says, how clearly.
Row = tuple[float, float, str, float]


class EyesThatSee:
    """Eyes that see on any picture what they are told, of the part that they are asked about; it is kept in ``asked``.

    ``again`` is what another engine sees, None where there is none.
    """

    def __init__(self, rows: Sequence[Row], again: Sequence[Row] | None = None) -> None:
        self.rows, self.again = rows, again
        self.asked: list[Part] = []
        self.asked_again = 0

    def look(self, picture: Picture, part: Part) -> SeenPage:
        """The rows of the part."""
        self.asked.append(part)
        return _page(picture, [row for row in self.rows if row[0] <= part.until])

    def look_again(self, picture: Picture) -> SeenPage | None:
        """The other engine's."""
        self.asked_again += 1
        return None if self.again is None else _page(picture, self.again)


def _page(picture: Picture, rows: Sequence[Row]) -> SeenPage:
    words = []
    for share, left, text, sure in rows:
        at = left
        for word in text.split():
            words.append(SeenWord(word, at, 792 * share, at + 6 * len(word), 792 * share + 10, sure))
            at += 6 * len(word) + 4
    return SeenPage(picture.width / picture.scale, picture.height / picture.scale, 0, tuple(words))
