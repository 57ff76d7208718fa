"""A page as segments, and the questions about neighbourhood that fields are found by.

What stands to the right of a label, what stands below it, which lines form one paragraph or block. Knows of
no field and no letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mailroom.document.words import Box, Segment
from mailroom.privacy.client_data import ClientData

# The next line of the same block begins at most this share of a letter's height below the last.
LEADING = 0.85
# What stands below a label may be this many letter heights away.
BELOW = 2.0


@dataclass(frozen=True, repr=False)
class Paragraph(ClientData):
    """Segments of one column that follow each other closely, their text joined by spaces."""

    segments: tuple[Segment, ...]
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", " ".join(each.text for each in self.segments))

    @property
    def box(self) -> Box:
        """Around all of it."""
        return Box.around(self.segments)

    def box_of(self, start: int, end: int) -> Box:
        """The box around the words that the slice ``text[start:end]`` touches, on all its lines."""
        touched, at = [], 0
        for segment in self.segments:
            if at < end and start < at + len(segment.text):
                touched.append(segment.box_of(max(0, start - at), end - at))
            at += len(segment.text) + 1
        return Box.around(touched or self.segments)


@dataclass(frozen=True, repr=False)
class Sheet(ClientData):
    """A page's segments; ``number`` counts from 1, sizes are points."""

    number: int
    width: float
    height: float
    segments: Sequence[Segment]

    @cached_property
    def text(self) -> str:
        """All segments, a line each, from top to bottom."""
        return "\n".join(each.text for each in self.segments)

    def clear(self, least: float) -> Sheet:
        """The segments whose words were all read so surely; of a text layer, all of them."""
        kept = [each for each in self.segments if min(word.sure for word in each.words) >= least]
        return Sheet(self.number, self.width, self.height, kept)

    def right_of(self, box: Box) -> Segment | None:
        """The next segment to the right on the same line."""
        on_line = [
            each for each in self.segments if each.x0 >= box.x1 - 0.3 * box.height and each.on_line_with(box)
        ]
        return min(on_line, key=lambda each: each.x0, default=None)

    def all_right_of(self, box: Box) -> list[Segment]:
        """Every segment to the right on the same line, from left to right."""
        on_line = [
            each for each in self.segments if each.x0 >= box.x1 - 0.3 * box.height and each.on_line_with(box)
        ]
        return sorted(on_line, key=lambda each: each.x0)

    def left_of(self, box: Box) -> Segment | None:
        """The next segment to the left on the same line."""
        on_line = [
            each for each in self.segments if each.x1 <= box.x0 + 0.3 * box.height and each.on_line_with(box)
        ]
        return max(on_line, key=lambda each: each.x1, default=None)

    def below(self, box: Box, reach: float = BELOW) -> Segment | None:
        """The nearest segment under the box, within ``reach`` letter heights, aligned or overlapping with it."""
        under = [
            each
            for each in self.segments
            if -0.35 * box.height <= each.top - box.bottom <= reach * box.height and _shares_column(each, box)
        ]
        return min(under, key=lambda each: (round(each.top), abs(each.x0 - box.x0)), default=None)

    def next_line(self, segment: Segment, leading: float = LEADING) -> Segment | None:
        """The line that goes on under this one: same left edge, middle or right edge, same size, close by."""
        under = [
            each
            for each in self.segments
            if each is not segment
            and -0.4 * segment.height <= each.top - segment.bottom <= leading * segment.height
            and 0.72 <= each.height / segment.height <= 1.4
            and _aligned(each, segment)
        ]
        return min(under, key=lambda each: (each.top, abs(each.x0 - segment.x0)), default=None)

    @cached_property
    def paragraphs(self) -> list[Paragraph]:
        """Chains of lines; a segment stands in one paragraph only."""
        follower = {id(each): self.next_line(each) for each in self.segments}
        led = {id(after) for after in follower.values() if after is not None}
        out, seen = [], set[int]()
        for first in [each for each in self.segments if id(each) not in led] + list(self.segments):
            chain: list[Segment] = []
            at: Segment | None = first
            while at is not None and id(at) not in seen:
                seen.add(id(at))
                chain.append(at)
                at = follower[id(at)]
            if chain:
                out.append(Paragraph(tuple(chain)))
        return out


def _aligned(one: Segment, other: Segment) -> bool:
    near = 0.7 * max(one.height, other.height)
    return (
        abs(one.x0 - other.x0) <= near
        or abs(one.x1 - other.x1) <= near
        or abs((one.x0 + one.x1) - (other.x0 + other.x1)) <= 2 * near
    )


def _shares_column(one: Box, other: Box) -> bool:
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 0
