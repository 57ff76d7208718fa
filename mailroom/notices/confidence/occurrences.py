"""Where a value is printed on pages, and how clear each of the places was.

Whether that is enough to rely on it is the matter of `mailroom.notices.confidence.ocr_confidence`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from mailroom.document.page_layout import Sheet
from mailroom.document.words import Segment, Word
from mailroom.notices.fields import FieldRow
from mailroom.notices.parsing.identifiers import FoundSsn, find_control_numbers, find_ssns
from mailroom.notices.parsing.values import Value

# How clear the least clear letter of a value was in one of the places where it is printed: a probability.
Print = float
# The lines that a name or an address has at most.
MOST_LINES = 5


def ssns_on(sheets: Sequence[Sheet]) -> Iterator[tuple[FoundSsn, Print]]:
    """Every SSN, masked ones too."""
    for _, segment in _segments(sheets):
        for ssn in find_ssns(segment.text, labelled=True):
            yield ssn, segment.sure_of(ssn.start, ssn.end)


def controls_on(sheets: Sequence[Sheet]) -> Iterator[tuple[str, Print]]:
    """Every number that could be an AUR control number."""
    for _, segment in _segments(sheets):
        for control in find_control_numbers(segment.text, labelled=True):
            yield control.value, segment.sure_of(control.start, control.end)


def prints_of(row: FieldRow, value: Value, sheets: Sequence[Sheet]) -> Iterable[Print]:
    """Every place where the value of a field is printed, as its row of the table says."""
    if row.spans_of is None:
        return prints_of_text(str(value), sheets)
    return _prints_of(partial(row.spans_of, value), sheets)


def _segments(sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, Segment]]:
    return ((sheet, segment) for sheet in sheets for segment in sheet.segments)


def prints_of_text(text: str, sheets: Sequence[Sheet]) -> Iterator[Print]:
    """Every place where these words follow each other, on one line or on lines one below the other."""
    wanted = _plain_words(text.split())
    for sheet, segment in _segments(sheets):
        words = list(segment.words)
        starts = [at for at, word in enumerate(words) if _plain(word.text) == wanted[0]]
        if not starts:
            continue
        words += _words_below(sheet, segment)
        plain = _plain_words([word.text for word in words])
        for at in starts:
            if plain[at : at + len(wanted)] == wanted:
                yield min(word.sure for word in words[at : at + len(wanted)])


def _words_below(sheet: Sheet, segment: Segment) -> list[Word]:
    words: list[Word] = []
    line: Segment | None = segment
    for _ in range(MOST_LINES - 1):
        line = sheet.next_line(line, leading=1.0) if line else None
        words += line.words if line else ()
    return words


def _plain_words(words: Iterable[str]) -> list[str]:
    return [_plain(word) for word in words]


def _plain(word: str) -> str:
    return word.strip(".,;:").upper()


def _prints_of(
    matches: Callable[[str], Iterable[tuple[int, int]]], sheets: Sequence[Sheet]
) -> Iterator[Print]:
    """Every place of a line, or of a sentence over several lines, that ``matches`` finds."""
    for _, segment in _segments(sheets):
        for start, end in matches(segment.text):
            yield segment.sure_of(start, end)
    for sheet in sheets:
        for paragraph in sheet.paragraphs:
            if len(paragraph.segments) > 1:
                whole = Segment([word for line in paragraph.segments for word in line.words])
                one = {each for line in paragraph.segments for each in _texts(matches, line.text)}
                for start, end in matches(whole.text):
                    if whole.text[start:end] not in one:
                        yield whole.sure_of(start, end)


def _texts(matches: Callable[[str], Iterable[tuple[int, int]]], text: str) -> list[str]:
    return [text[start:end] for start, end in matches(text)]
