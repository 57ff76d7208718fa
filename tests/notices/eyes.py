"""Eyes for the reader's tests: the engine in this process, and fakes that see what they are told."""

from __future__ import annotations

from functools import cache

import numpy as np

from mailroom.notices.ocr.page_reader import PageReader
from mailroom.notices.ocr.seen import Part, SeenPage
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
