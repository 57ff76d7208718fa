"""Candidates for the fields of a notice: the values beside their labels.

A candidate is a value, where and by which label it was found, and how much that kind of finding counts.
Whether it is right is decided in `mailroom.notices.confidence.ranking`, which sees all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Box, Line
from mailroom.notices import scores
from mailroom.notices.extraction.labels import MEANINGS, Label, find_label_spans, find_labels
from mailroom.notices.fields import SSN, FieldRow, Labels
from mailroom.notices.parsing.dates import find_dates
from mailroom.notices.parsing.values import Value
from mailroom.privacy.client_data import ClientData


class Method(StrEnum):
    """How a value was found, in words that follow its label's."""

    INLINE = "behind it"
    RIGHT = "to its right"
    RIGHT_WRAPPED = "to its right, on two lines"
    BELOW = "below it"
    BELOW_WRAPPED = "below it, on two lines"
    SENTENCE = "in a sentence"
    SENTENCE_BY = "in a sentence, as a deadline"
    SENTENCE_TO_PAY = "in a sentence, as a date to pay by"
    SHAPE = "by its shape"
    ADDS_UP = "the rows above add up to it"
    SEEN_AGAIN = "again on another page"
    HEADLINE_OR_FOOT = "headline or foot"
    ADDRESS_BLOCK = "address block"
    NAME_LINE = "name line"


@dataclass(frozen=True, repr=False)
class Candidate(ClientData):
    """A value for a field.

    Attributes:
        field: the field's name.
        value: what was read.
        score: how much this finding counts, from 0 to 1 (`mailroom.notices.scores`).
        method: how it was found.
        page: counted from 1.
        box: the place of the value or its label, in points.
        label: what is printed before the value; for people.
        value_box: the place of the value alone; for people.
    """

    field: str
    value: Value
    score: float
    method: Method
    page: int
    box: Box
    label: str = ""
    value_box: Box | None = None


@dataclass(frozen=True, repr=False)
class Place(ClientData):
    """A text beside a label, and where it is: ``box`` may contain the label, ``value_box`` does not."""

    text: str
    method: Method
    score: float
    box: Box
    value_box: Box


def find_labelled_values(layout: PageLayout) -> list[Candidate]:
    """Return every candidate that has a label on the page."""
    found: list[Candidate] = []
    for label in _find_all_labels(layout):
        for meaning in sorted(label.meanings & MEANINGS.keys()):
            found += _read_nearest(layout, label, *MEANINGS[meaning])
    return found


# Words around the label of an SSN that say whose it is, if not the taxpayer's own.
_OTHERS = r"(?:spouse|secondary|joint filer|second filer|dependent|representative|preparer|wife|husband|partner|payer|recipient)"
_OTHERS_BEFORE = re.compile(rf"\b{_OTHERS}(?:'?s)?\W*$", re.IGNORECASE)
_OTHERS_AFTER = re.compile(rf"^\W*(?:of\s+|for\s+)?(?:the\s+|your\s+)?{_OTHERS}\b", re.IGNORECASE)


def _is_of_another_person(label: Label) -> bool:
    text, printed = label.line.text, label.line.text[label.start : label.end]
    is_in_label = re.search(rf"\b{_OTHERS}\b", printed, re.IGNORECASE)
    return bool(is_in_label or _OTHERS_BEFORE.search(text[: label.start]) or _OTHERS_AFTER.match(label.rest))


def _read_nearest(layout: PageLayout, label: Label, row: FieldRow, labels: Labels) -> list[Candidate]:
    """Return the value at the nearest place where one can be read."""
    if row.name == SSN and _is_of_another_person(label):
        return []
    for place in _find_places(layout, label, across=row.rest_of_row):
        value = labels.parse(place.text)
        if value is not None:
            score = place.score * (scores.WEAK_LABEL if label.weak else 1.0)
            words = label.line.text[label.start : label.end].strip(" :")
            found = (row.name, value, score, place.method, layout.number, place.box)
            return [Candidate(*found, words, place.value_box)]
    return []


def _find_all_labels(layout: PageLayout) -> Iterator[Label]:
    for line in layout.lines:
        yield from find_labels(line)
        stacked = _join_wrapped_label(layout, line)
        if stacked is not None:
            yield stacked


def _join_wrapped_label(layout: PageLayout, first: Line) -> Label | None:
    """Return a label that wraps: two or three lines of one column that only together are a label."""
    whole, last = first, first
    for _ in range(2):
        after = layout.next_line(last, leading=0.7)
        if after is None or len(whole.text) + len(after.text) > 70:
            return None
        whole, last = Line([*whole.words, *after.words]), after
        spans = find_label_spans(whole.text)
        if len(spans) == 1 and spans[0].start == 0 and spans[0].end == len(whole.text):
            return Label(whole, *spans[0], whole)
    return None


def _find_places(layout: PageLayout, label: Label, *, across: bool) -> Iterator[Place]:
    """Where a label's value may be, the likeliest place first; ``across``: in the rest of the row."""
    rest, is_first = _cut_at_next_label(label.rest), label.leads or _follows_another_label(label)
    if rest.strip():
        score = scores.INLINE if is_first else scores.MID_LINE
        value_box = label.line.box_of(label.end, label.end + len(rest))
        yield Place(rest, Method.INLINE, score, label.line, value_box)
        if not _only_says_when(rest):
            return
    if not is_first and (label.weak or label.end < len(label.line.text)):
        return
    yield from _find_beside(layout, label, across=across)
    under = layout.below(label.box)
    if under is not None and not _begins_with_label(under):
        yield from _read_line(layout, under, Method.BELOW, Method.BELOW_WRAPPED, scores.BELOW)


def _find_beside(layout: PageLayout, label: Label, *, across: bool) -> Iterator[Place]:
    right = layout.right_of(label.box)
    if right is None or _begins_with_label(right):
        return
    if across:
        row = [each for each in layout.all_right_of(label.box) if not _begins_with_label(each)]
        yield Place("  ".join(each.text for each in row), Method.RIGHT, scores.RIGHT, right, row[-1])
        return
    yield from _read_line(layout, right, Method.RIGHT, Method.RIGHT_WRAPPED, scores.RIGHT)


def _read_line(
    layout: PageLayout, line: Line, method: Method, wrapped: Method, score: float
) -> Iterator[Place]:
    """Yield what a line says until the next label, then the line with the one that continues it."""
    text = _cut_at_next_label(line.text)
    yield Place(text, method, score, line, line.box_of(0, len(text)))
    if after := layout.next_line(line):
        both = Line([*line.words, *after.words])
        yield Place(both.text, wrapped, score - scores.WRAPPED, line, both)


def _cut_at_next_label(text: str) -> str:
    for span in find_label_spans(text):
        rows = [MEANINGS[each][0] for each in span.meanings if each in MEANINGS]
        if not (span.weak and len(rows) == len(span.meanings) and all(row.weak_in_values for row in rows)):
            return text[: span.start]
    return text


def _begins_with_label(line: Line) -> bool:
    return any(label.leads and not label.weak for label in find_labels(line))


def _follows_another_label(label: Label) -> bool:
    """Whether it is on a line of labels and values: "Tax year 2023 Notice date October 6, 2025"."""
    before = label.line.text[: label.start]
    spans = find_label_spans(before)
    return bool(spans) and spans[0].start <= 2 and len(before) <= 60


def _only_says_when(rest: str) -> bool:
    """Whether a rest is like "by October 27, 2025" or "(estimated)": then the value is in the next column."""
    bare = rest
    for found in reversed(find_dates(rest)):
        bare = bare[: found.start] + bare[found.end :]
    return not re.sub(
        r"\b(?:if|paid|by|as|of|on|or|before|estimated|line \d+|you|dec(?:ember|\.)? 31)\b|[\W_]",
        "",
        bare,
        flags=re.IGNORECASE,
    )
