"""A page's lines are read once, however often the page is asked for."""

import numpy as np
import pytest

from mailroom.document.ocr import page_reader
from mailroom.document.ocr.engine import PageImage, Region
from mailroom.document.ocr.onnx_engine import Char, Grey, Reals

HEIGHT, WIDTH = 1100, 850


class TwoLines:
    """Sees a line near the top and one near the foot."""

    def find_lines(self, _image: Grey) -> list[Reals]:
        """Return the corners of both."""
        return [
            np.array([[80, y], [380, y], [380, y + 30], [80, y + 30]], np.float32) for y in (100.0, 1000.0)
        ]


class CountingRecognizer:
    """Reads the same on every line, and counts."""

    def __init__(self) -> None:
        self.read = 0

    def read_line(self, _line: Grey, _stretch: float = 1.0) -> list[Char]:
        """Return some small letters, which are read once."""
        self.read += 1
        return [Char(char, 0.99, (at + 0.5) / 5) for at, char in enumerate("words")]


def test_a_line_is_read_once_on_the_same_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read of the upper part is known when the whole page is wanted; another page is read again."""
    recognizer = CountingRecognizer()
    monkeypatch.setattr(page_reader, "Detector", TwoLines)
    monkeypatch.setattr(page_reader, "Recognizer", lambda: recognizer)
    reader = page_reader.PageReader()
    page = PageImage(WIDTH, HEIGHT, 100 / 72, b"\xff" * WIDTH * HEIGHT)
    for image, region, words, read in (
        (page, Region(0.58, sentences=False), 1, 1),
        (page, Region(), 2, 2),
        (PageImage(WIDTH, HEIGHT, 100 / 72, b"\xfe" * WIDTH * HEIGHT), Region(), 2, 4),
    ):
        assert len(reader.read(image, region).words) == words
        assert recognizer.read == read
