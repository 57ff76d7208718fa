"""Words with coordinates, and the segments that they form: runs of words on one baseline without a wide gap.

Columns that share a baseline are different segments. The order in which a page was drawn plays no part, and
letters drawn one by one are joined again; every tolerance is a share of the letters' size. Which words mean
what is not decided here. Coordinates are points (1/72 inch) from the page's top left corner.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from mailroom.privacy.client_data import ClientData

# A gap wider than this many letter heights parts two columns; two spaces of a typewriter face are 1.2.
COLUMN_GAP = 1.3
# Where at least so many lines begin at the same place, a narrower gap before it does too.
NARROW_GAP, EDGE_RUNS = 0.45, 3
# Two words stand on one line when their middles are nearer than this share of a letter's height.
SAME_LINE = 0.4

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_QUOTES = {ord("’"): "'", ord("‘"): "'", ord("`"): "'", ord("´"): "'", ord("“"): '"', ord("”"): '"'}
_PLAIN = _DASHES | _QUOTES | {0xAD: "", 0x200B: "", 0xFEFF: ""}


def plain(text: str) -> str:
    """The text with one kind of hyphen, apostrophe and space, ligatures taken apart."""
    # An acute accent alone would come out of NFKC as a space and an accent.
    return unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN)


@dataclass(repr=False, eq=False)
class Box(ClientData):
    """A rectangle on a page."""

    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def height(self) -> float:
        """In points."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Of its height."""
        return (self.top + self.bottom) / 2

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all of these."""
        every = list(boxes)
        return Box(
            min(each.x0 for each in every),
            min(each.top for each in every),
            max(each.x1 for each in every),
            max(each.bottom for each in every),
        )

    def on_line_with(self, other: Box) -> bool:
        """Whether the two overlap in height by half of the lower one."""
        shared = min(self.bottom, other.bottom) - max(self.top, other.top)
        return shared >= 0.5 * min(self.height, other.height)


@dataclass(repr=False, eq=False)
class Word(Box):
    """A run of letters without a space; ``sure`` is how surely its least clear letter was read (0 to 1)."""

    text: str
    sure: float = 1.0


class Segment(Box):
    """Words of one line and one column, with their text joined by single spaces."""

    def __init__(self, words: Sequence[Word]) -> None:
        box = Box.around(words)
        super().__init__(box.x0, box.top, box.x1, box.bottom)
        self.words = tuple(words)
        self.text = " ".join(word.text for word in words)

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for word in self.words:
            starts.append(at)
            at += len(word.text) + 1
        return starts

    def box_of(self, start: int, end: int) -> Box:
        """The box around the words that the slice ``text[start:end]`` touches."""
        touched = [
            word
            for at, word in zip(self._starts, self.words, strict=True)
            if at < end and start < at + len(word.text)
        ]
        return Box.around(touched or self.words)

    def sure_of(self, start: int, end: int) -> float:
        """How surely the least clear word was read that the slice ``text[start:end]`` touches."""
        return min(
            word.sure
            for at, word in zip(self._starts, self.words, strict=True)
            if at < end and start < at + len(word.text)
        )


def segments(words: Iterable[Word]) -> list[Segment]:
    """The words as segments, from top to bottom and left to right."""
    runs = [run for line in _lines(words) for run in _runs(line)]
    edges = _column_edges(runs)
    found = [Segment(_joined(part)) for run in runs for part in _at_edges(run, edges)]
    return sorted(found, key=lambda each: (each.top, each.x0))


def _column_edges(runs: list[list[Word]]) -> Counter[int]:
    """Left edges that several runs share, in whole points: a column begins there."""
    counted = Counter(round(run[0].x0) for run in runs)
    return Counter({edge: count for edge, count in counted.items() if count >= EDGE_RUNS})


def _at_edges(run: list[Word], edges: Counter[int]) -> list[list[Word]]:
    """Part a run where a column begins in it and the gap before that is wider than the run's other gaps.

    A typewriter's words begin at the columns' edges all the time, but all its gaps are alike.
    """
    gaps = sorted(word.x0 - before.x1 for before, word in pairwise(run))
    if len(gaps) < EDGE_RUNS:
        return [run]
    common = gaps[len(gaps) // 2]
    parts = [[run[0]]]
    for before, word in pairwise(run):
        gap = word.x0 - before.x1
        if gap > NARROW_GAP * word.height and gap > 1.7 * common and edges[round(word.x0)]:
            parts.append([word])
        else:
            parts[-1].append(word)
    return parts


def _lines(words: Iterable[Word]) -> list[list[Word]]:
    """Words whose middles lie within a share of the letter height of the line's first word."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda each: each.middle):
        for line in reversed(lines[-4:]):
            if abs(word.middle - line[0].middle) <= SAME_LINE * min(word.height, line[0].height):
                line.append(word)
                break
        else:
            lines.append([word])
    return lines


def _runs(line: list[Word]) -> list[list[Word]]:
    ordered = sorted(line, key=lambda each: each.x0)
    runs = [[ordered[0]]]
    for before, word in pairwise(ordered):
        gap = word.x0 - before.x1
        if gap > COLUMN_GAP * max(before.height, word.height):
            runs.append([word])
        else:
            runs[-1].append(word)
    return runs


_LETTER = re.compile(r"[^\W_]")


def _joined(run: list[Word]) -> list[Word]:
    """Join single letters set with wide tracking ("N O T I C E") where at least four of them follow each other."""
    out: list[Word] = []
    at = 0
    while at < len(run):
        end = at
        while end < len(run) and len(run[end].text) == 1 and _LETTER.match(run[end].text):
            end += 1
        if end - at >= 4:
            out += _tracked(run[at:end])
            at = end
        else:
            out.append(run[at])
            at += 1
    return out


def _tracked(letters: list[Word]) -> list[Word]:
    """Words out of single letters: a gap twice as wide as the common one is a space."""
    gaps = sorted(after.x0 - before.x1 for before, after in pairwise(letters))
    common = max(gaps[len(gaps) // 2], 0.5)
    groups = [[letters[0]]]
    for before, letter in pairwise(letters):
        if letter.x0 - before.x1 > 1.8 * common + 1:
            groups.append([letter])
        else:
            groups[-1].append(letter)
    return [_one_word(group) for group in groups]


def _one_word(letters: list[Word]) -> Word:
    box = Box.around(letters)
    sure = min(each.sure for each in letters)
    return Word(box.x0, box.top, box.x1, box.bottom, "".join(each.text for each in letters), sure)
