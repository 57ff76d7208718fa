"""A page as lines, and their neighbourhood: what is to the right of a box or below it, paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from mailroom.document.words import Box, Line
from mailroom.privacy.client_data import ClientData

# The next line of the same block begins at most this share of a char's height below the last.
LEADING = 0.85
# What is below a label may be this many char heights away.
BELOW = 2.0


class Paragraph(Line):
    """Lines of one column that follow each other closely, as one long line: their words, their texts."""

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__([word for line in lines for word in line.words])
        self.lines = tuple(lines)


@dataclass(frozen=True, repr=False)
class PageLayout(ClientData):
    """The lines of a page; ``number`` counts from 1, sizes are points."""

    number: int
    width: float
    height: float
    lines: Sequence[Line]

    @cached_property
    def text(self) -> str:
        """The text of all lines, from top to bottom."""
        return "\n".join(each.text for each in self.lines)

    def keep_clear(self, least: float) -> PageLayout:
        """Return the page with the lines whose words all have this confidence.

        Of a text layer, with all lines.
        """
        kept = [each for each in self.lines if min(word.confidence for word in each.words) >= least]
        return PageLayout(self.number, self.width, self.height, kept)

    def right_of(self, box: Box) -> Line | None:
        """Return the next line to the right on the same baseline."""
        return next(iter(self.all_right_of(box)), None)

    def all_right_of(self, box: Box) -> list[Line]:
        """Return every line to the right on the same baseline, from left to right."""
        edge = box.x1 - 0.3 * box.height
        on_line = [each for each in self.lines if each.x0 >= edge and each.on_line_with(box)]
        return sorted(on_line, key=lambda each: each.x0)

    def left_of(self, box: Box) -> Line | None:
        """Return the next line to the left on the same baseline."""
        edge = box.x0 + 0.3 * box.height
        on_line = [each for each in self.lines if each.x1 <= edge and each.on_line_with(box)]
        return max(on_line, key=lambda each: each.x1, default=None)

    def below(self, box: Box) -> Line | None:
        """Return the nearest line under the box, within `BELOW` char heights, that shares its column."""
        under = [
            each
            for each in self.lines
            if -0.35 * box.height <= each.top - box.bottom <= BELOW * box.height
            and min(each.x1, box.x1) > max(each.x0, box.x0)
        ]
        return min(under, key=lambda each: (round(each.top), abs(each.x0 - box.x0)), default=None)

    def next_line(self, line: Line, leading: float = LEADING) -> Line | None:
        """Return the line that continues this one below: same left edge, middle or right edge, same size."""
        under = [
            each
            for each in self.lines
            if each is not line
            and -0.4 * line.height <= each.top - line.bottom <= leading * line.height
            and 0.72 <= each.height / line.height <= 1.4
            and _aligned(each, line)
        ]
        return min(under, key=lambda each: (each.top, abs(each.x0 - line.x0)), default=None)

    @cached_property
    def paragraphs(self) -> list[Paragraph]:
        """Chains of lines; a line is in one paragraph only."""
        follower = {id(each): self.next_line(each) for each in self.lines}
        led = {id(after) for after in follower.values() if after is not None}
        out, seen = [], set[int]()
        for first in [each for each in self.lines if id(each) not in led] + list(self.lines):
            chain: list[Line] = []
            at: Line | None = first
            while at is not None and id(at) not in seen:
                seen.add(id(at))
                chain.append(at)
                at = follower[id(at)]
            if chain:
                out.append(Paragraph(chain))
        return out


def _aligned(one: Line, other: Line) -> bool:
    near = 0.7 * max(one.height, other.height)
    return (
        abs(one.x0 - other.x0) <= near
        or abs(one.x1 - other.x1) <= near
        or abs((one.x0 + one.x1) - (other.x0 + other.x1)) <= 2 * near
    )
