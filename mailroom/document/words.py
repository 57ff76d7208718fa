"""Words with coordinates, and the lines that they form: runs of words on one baseline without a wide gap.

Columns that share a baseline have lines of their own. The order in which a page was drawn does not matter,
and chars drawn one by one are joined again; every tolerance is a share of the chars' height. Coordinates are
points (1/72 inch) from the page's top left corner.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby, pairwise

from mailroom.privacy.client_data import ClientData

# A gap wider than this many char heights separates two columns; two spaces of a typewriter face are 1.2.
COLUMN_GAP = 1.3
# Where at least so many lines begin at the same place, a narrower gap before it does too.
NARROW_GAP, EDGE_RUNS = 0.45, 3
# Two words share a baseline when their middles are nearer than this share of a char's height.
SAME_BASELINE = 0.4

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_QUOTES = {ord("’"): "'", ord("‘"): "'", ord("`"): "'", ord("´"): "'", ord("“"): '"', ord("”"): '"'}
_PLAIN = _DASHES | _QUOTES | {0xAD: "", 0x200B: "", 0xFEFF: ""}


def plain(text: str) -> str:
    """Return the text with one kind of hyphen, apostrophe and space, and with ligatures as single chars."""
    # An acute accent alone would come out of NFKC as a space and an accent.
    return unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)


@dataclass(repr=False, eq=False)
class Box(ClientData):
    """A rectangle on a page, in points."""

    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def height(self) -> float:
        """Its height in points."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The y of its middle in points."""
        return (self.top + self.bottom) / 2

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """Return the smallest box that holds all of these."""
        every = list(boxes)
        return Box(
            min(each.x0 for each in every),
            min(each.top for each in every),
            max(each.x1 for each in every),
            max(each.bottom for each in every),
        )

    def on_line_with(self, other: Box) -> bool:
        """Return whether the two overlap in height by half of the lower one."""
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        return shared >= 0.5 * min(self.height, other.height)


@dataclass(repr=False, eq=False)
class Word(Box):
    """A run of chars without a space.

    ``confidence`` is the probability of its least certain char (1 for text layers).
    """

    text: str
    confidence: float = 1.0


class Line(Box):
    """Words of one baseline and one column, with their text joined by single spaces."""

    def __init__(self, words: Sequence[Word]) -> None:
        box = Box.around(words)
        super().__init__(box.x0, box.top, box.x1, box.bottom)
        self.words = tuple(words)
        self.text = " ".join(word.text for word in words)

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(word.text) + 1 for word in self.words[:-1]), initial=0))

    def _words_of(self, start: int, end: int) -> list[Word]:
        """Return the words that the slice ``text[start:end]`` touches."""
        placed = zip(self._starts, self.words, strict=True)
        return [word for at, word in placed if at < end and start < at + len(word.text)]

    def box_of(self, start: int, end: int) -> Box:
        """Return the box around the words that the slice ``text[start:end]`` touches."""
        return Box.around(self._words_of(start, end) or self.words)

    def confidence_of(self, start: int, end: int) -> float:
        """Return the lowest confidence of the words that the slice ``text[start:end]`` touches."""
        return min(word.confidence for word in self._words_of(start, end))


def find_lines(words: Iterable[Word]) -> list[Line]:
    """Return the words as lines, from top to bottom and left to right."""
    runs = [run for row in _find_rows(words) for run in _split_at_gaps(row)]
    edges = Counter(round(run[0].x0) for run in runs)
    found = [Line(_join_spaced_chars(part)) for run in runs for part in _split_at_edges(run, edges)]
    return sorted(found, key=lambda each: (each.top, each.x0))


def _split(words: list[Word], is_border: Callable[[Word, Word], bool]) -> list[list[Word]]:
    """Split words at each place where ``is_border`` is true of the word before it and the one behind it."""
    groups = [[words[0]]]
    for before, word in pairwise(words):
        if is_border(before, word):
            groups.append([word])
        else:
            groups[-1].append(word)
    return groups


def _split_at_edges(run: list[Word], edges: Counter[int]) -> list[list[Word]]:
    """Split a run where a column begins in it and the gap before that is wider than the run's other gaps.

    A column begins at a left edge, in whole points, that several runs share. A typewriter's words begin at
    the columns' edges all the time, but all its gaps are alike.
    """
    gaps = sorted(word.x0 - before.x1 for before, word in pairwise(run))
    if len(gaps) < EDGE_RUNS:
        return [run]
    common = gaps[len(gaps) // 2]

    def is_edge(before: Word, word: Word) -> bool:
        gap = word.x0 - before.x1
        is_wide = gap > NARROW_GAP * word.height and gap > 1.7 * common
        return is_wide and edges[round(word.x0)] >= EDGE_RUNS

    return _split(run, is_edge)


def _find_rows(words: Iterable[Word]) -> list[list[Word]]:
    """Group words whose middles are within a share of the char height of the row's first word."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda each: each.middle):
        for row in reversed(rows[-4:]):
            if abs(word.middle - row[0].middle) <= SAME_BASELINE * min(word.height, row[0].height):
                row.append(word)
                break
        else:
            rows.append([word])
    return rows


def _split_at_gaps(row: list[Word]) -> list[list[Word]]:
    return _split(
        sorted(row, key=lambda each: each.x0),
        lambda before, word: word.x0 - before.x1 > COLUMN_GAP * max(before.height, word.height),
    )


def _join_spaced_chars(run: list[Word]) -> list[Word]:
    """Join single chars with wide spacing ("N O T I C E") where four or more follow each other."""
    out: list[Word] = []
    for is_single, group in groupby(run, key=lambda word: len(word.text) == 1 and word.text.isalnum()):
        words = list(group)
        out += _find_spaced_words(words) if is_single and len(words) >= 4 else words
    return out


def _find_spaced_words(chars: list[Word]) -> list[Word]:
    """Make words of single chars: a gap twice as wide as the common one is a space."""
    gaps = sorted(after.x0 - before.x1 for before, after in pairwise(chars))
    common = max(gaps[len(gaps) // 2], 0.5)
    groups = _split(chars, lambda before, char: char.x0 - before.x1 > 1.8 * common + 1)
    return [_one_word(group) for group in groups]


def _one_word(chars: list[Word]) -> Word:
    box = Box.around(chars)
    confidence = min(each.confidence for each in chars)
    return Word(box.x0, box.top, box.x1, box.bottom, "".join(each.text for each in chars), confidence)
