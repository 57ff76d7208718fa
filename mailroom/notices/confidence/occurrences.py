"""Where a value is printed on pages, and how clear each of the places was.

Whether that is enough to rely on it is decided in `mailroom.notices.confidence.ocr_confidence`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from mailroom.document.page_layout import PageLayout, Paragraph
from mailroom.document.words import Line, Word
from mailroom.notices.fields import FieldRow
from mailroom.notices.parsing.identifiers import FoundSsn, find_control_numbers, find_ssns
from mailroom.notices.parsing.values import Value

# The probability of the least certain char of a value at one of the places where it is printed.
Confidence = float
# Finds a value in a text: the start and the end of each place.
Matcher = Callable[[str], Iterable[tuple[int, int]]]
# The lines that a name or an address has at most.
MOST_LINES = 5


def find_ssns_on(layouts: Sequence[PageLayout]) -> Iterator[tuple[FoundSsn, Confidence]]:
    """Yield every SSN, masked ones too."""
    for _, line in _list_lines(layouts):
        for ssn in find_ssns(line.text, labelled=True):
            yield ssn, line.confidence_of(ssn.start, ssn.end)


def find_control_numbers_on(layouts: Sequence[PageLayout]) -> Iterator[tuple[str, Confidence]]:
    """Yield every number that could be an AUR control number."""
    for _, line in _list_lines(layouts):
        for control in find_control_numbers(line.text, labelled=True):
            yield control.value, line.confidence_of(control.start, control.end)


def find_occurrences(row: FieldRow, value: Value, layouts: Sequence[PageLayout]) -> Iterator[Confidence]:
    """Yield every place where the value of a field is printed, as its row of the table says.

    In a line, or in a sentence over several lines.
    """
    if row.spans_of is None:
        yield from find_text(str(value), layouts)
        return
    matcher = partial(row.spans_of, value)
    for _, line in _list_lines(layouts):
        for start, end in matcher(line.text):
            yield line.confidence_of(start, end)
    for layout in layouts:
        for paragraph in layout.paragraphs:
            if len(paragraph.lines) > 1:
                yield from _find_across_lines(matcher, paragraph)


def find_text(text: str, layouts: Sequence[PageLayout]) -> Iterator[Confidence]:
    """Yield every place where these words follow each other, on one line or on several below each other.

    An ampersand or a comma may touch the word before it and the one behind it.
    """
    wanted = _split_text(text)
    for layout, line in _list_lines(layouts):
        words = _split_words(line.words)
        starts = [at for at, (word, _) in enumerate(words) if word == wanted[0]]
        if not starts:
            continue
        words += _split_words(_list_words_below(layout, line))
        plain = [word for word, _ in words]
        for at in starts:
            if plain[at : at + len(wanted)] == wanted:
                yield min(confidence for _, confidence in words[at : at + len(wanted)])


def _split_words(words: Iterable[Word]) -> list[tuple[str, Confidence]]:
    """Return the words as they are compared."""
    return [(part, each.confidence) for each in words for part in _split_text(each.text)]


def _split_text(text: str) -> list[str]:
    """Return a text's words without stops, in capitals; an ampersand is a word of its own."""
    parted = text.replace("&", " & ").replace(",", " ").upper().split()
    return [word.strip(".,;:") for word in parted]


def _list_lines(layouts: Sequence[PageLayout]) -> Iterator[tuple[PageLayout, Line]]:
    return ((layout, line) for layout in layouts for line in layout.lines)


def _list_words_below(layout: PageLayout, line: Line) -> list[Word]:
    words: list[Word] = []
    below: Line | None = line
    for _ in range(MOST_LINES - 1):
        below = layout.next_line(below, leading=1.0) if below else None
        words += below.words if below else ()
    return words


def _find_across_lines(matcher: Matcher, paragraph: Paragraph) -> Iterator[Confidence]:
    """Yield the places in a paragraph that are not within one of its lines."""
    within = {line.text[start:end] for line in paragraph.lines for start, end in matcher(line.text)}
    for start, end in matcher(paragraph.text):
        if paragraph.text[start:end] not in within:
            yield paragraph.confidence_of(start, end)
