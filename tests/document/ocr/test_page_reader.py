"""A page's lines are read as often as it takes, and once however often the page is asked for."""

import numpy as np
import pytest

from mailroom.document.ocr import page_reader
from mailroom.document.ocr.engine import PageImage, Region
from mailroom.document.ocr.onnx_engine import Char, Grey, Reals

HEIGHT, WIDTH = 1100, 850
SCALE = 100 / 72
Bar = tuple[int, int, int, int]


def draw(*bars: Bar, paper: int = 255) -> PageImage:
    """A page with black bars at x, y, with their width and height in pixels."""
    pixels = np.full((HEIGHT, WIDTH), paper, np.uint8)
    for x, y, width, height in bars:
        pixels[y : y + height, x : x + width] = 0
    return PageImage(WIDTH, HEIGHT, SCALE, pixels.tobytes())


class BarFinder:
    """Sees every bar as a line: of bars that begin at one height the one farthest left."""

    def __init__(self) -> None:
        self.heights: list[int] = []

    def find_lines(self, image: Grey) -> list[Reals]:
        """Return the bars' corners."""
        self.heights.append(image.shape[0])
        dark = image < 128
        edges = np.flatnonzero(np.diff(np.pad(dark.any(axis=1), 1).astype(np.int8)))
        return [self._box(dark, top, end) for top, end in zip(edges[::2], edges[1::2], strict=True)]

    def _box(self, dark: np.ndarray, top: int, end: int) -> Reals:
        columns = np.flatnonzero(dark[top])
        left, right = columns[0], columns[-1] + 1
        return np.array([[left, top], [right, top], [right, end], [left, end]], np.float32)


class ToldRecognizer:
    """Reads the same on every line with this confidence, and keeps how it was stretched."""

    def __init__(self, text: str = "words", confidence: float = 0.99) -> None:
        self.text, self.confidence = text, confidence
        self.stretches: list[float] = []

    def read_line(self, _line: Grey, stretch: float = 1.0) -> list[Char]:
        """Return the text."""
        self.stretches.append(stretch)
        count = len(self.text)
        return [Char(char, self.confidence, (at + 0.5) / count) for at, char in enumerate(self.text)]


def make_reader(
    monkeypatch: pytest.MonkeyPatch, recognizer: ToldRecognizer
) -> tuple[page_reader.PageReader, BarFinder]:
    """A reader with fake models."""
    finder = BarFinder()
    monkeypatch.setattr(page_reader, "Detector", lambda: finder)
    monkeypatch.setattr(page_reader, "Recognizer", lambda: recognizer)
    return page_reader.PageReader(), finder


def test_a_line_is_read_once_on_the_same_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read of the upper part is known when the whole page is wanted; another page is read again."""
    recognizer = ToldRecognizer()
    reader, finder = make_reader(monkeypatch, recognizer)
    bars = ((80, 100, 300, 30), (80, 1000, 300, 30))
    for image, region, words, read in (
        (draw(*bars), Region(0.58, sentences=False), 1, 1),
        (draw(*bars), Region(), 2, 2),
        (draw(*bars, paper=254), Region(), 2, 4),
    ):
        assert len(reader.read(image, region).words) == words
        assert len(recognizer.stretches) == read
    # The rest of the page is looked through once, and the upper part no second time.
    assert finder.heights == [704, 1100 - 638, 1100]


def test_a_line_across_the_border_of_the_upper_part_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found once, whichever part its middle is in."""
    for top in range(600, 720, 20):
        reader, _ = make_reader(monkeypatch, ToldRecognizer())
        page = draw((80, 100, 300, 30), (80, top, 300, 30))
        reader.read(page, Region(0.58, sentences=False))
        words = reader.read(page, Region()).words
        assert [round(word.bottom - word.top) for word in words] == [17, 17]


def test_of_a_page_on_its_side_no_line_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standing lines reach below the upper part: the whole page is looked through instead."""
    reader, finder = make_reader(monkeypatch, ToldRecognizer())
    page = reader.read(draw((80, 100, 30, 900)), Region(0.58, sentences=False))
    assert page.turn == 90
    assert finder.heights == [704, HEIGHT]


@pytest.mark.parametrize(
    ("text", "width", "readings"),
    [
        ("MARTIN P OAKLEY", 300, 2),
        ("741-55-3907", 200, 2),
        ("Tax year 2022", 200, 2),
        ("741-55-3907 is your number", 500, 2),
        ("Call 1-800-555-0133", 300, 1),
        ("We compared your 2022 return with what employers sent", 500, 1),
        ("PROPOSED CHANGES", 500, 1),
        ("RED PRaIRIE OK", 200, 2),
        ("Amount due", 200, 1),
    ],
)
def test_what_may_be_a_value_is_read_from_two_cuts(
    monkeypatch: pytest.MonkeyPatch, text: str, width: int, readings: int
) -> None:
    """Names and numbers, the second time stretched; a phone number and a year in a sentence are no value."""
    recognizer = ToldRecognizer(text)
    reader, _ = make_reader(monkeypatch, recognizer)
    reader.read(draw((80, 100, width, 30)), Region())
    assert recognizer.stretches == [1.0, page_reader.STRETCH][:readings]


@pytest.mark.parametrize(("size", "looked"), [((30, 10), 1), ((7, 8), 0)])
def test_blank_paper_is_not_looked_through(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], looked: int
) -> None:
    """The back of a sheet has specks only, of so many pixels in all."""
    reader, finder = make_reader(monkeypatch, ToldRecognizer())
    words = reader.read(draw((80, 100, *size)), Region()).words
    assert (len(finder.heights), len(words)) == (looked, looked)
