"""Finds the labels of a notice's fields on a page, in all spellings.

The spellings are those of the table of fields (`mailroom.notices.fields`). Values are not looked at here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import NamedTuple

from mailroom.document.words import Box, Line
from mailroom.notices import vocabulary
from mailroom.notices.fields import FIELDS, FieldRow, Labels
from mailroom.privacy.client_data import ClientData

# Labels that belong to no field. They end the search for another field's value.
OTHER = "other"
OTHER_LABELS = (files(vocabulary) / "other_labels.txt").read_text(encoding="utf-8").splitlines()
# Further words of a notice's letterhead.
LETTERHEAD = "department treasury internal revenue service proposed changes summary"


def _make_key(spelling: str) -> str:
    return re.sub(r"[^a-z]", "", spelling.lower())


def _index_table() -> tuple[dict[str, tuple[FieldRow, Labels]], dict[str, set[str]], set[str]]:
    """Return the fields by meaning, the meanings of each spelling's key, and the keys of weak spellings."""
    by_name, of_key, weak = {}, {_make_key(each): {OTHER} for each in OTHER_LABELS}, set[str]()
    for row in FIELDS:
        for labels in row.labels:
            meaning = labels.meaning or row.name
            by_name[meaning] = (row, labels)
            for spelling in (*labels.spellings, *labels.weak):
                of_key.setdefault(_make_key(spelling), set()).add(meaning)
            weak |= {_make_key(each) for each in labels.weak}
    return by_name, of_key, weak


# The field and the labels of each meaning.
MEANINGS, _MEANINGS_OF, _WEAK = _index_table()
_SPELLINGS = (each for _, labels in MEANINGS.values() for each in (*labels.spellings, *labels.weak))
# The words by which OCR of a notice is corrected.
OCR_VOCABULARY = frozenset(re.findall(r"[a-z]+", " ".join([*OTHER_LABELS, LETTERHEAD, *_SPELLINGS])))

# Every beginning of a key, so that a search along a line ends early.
_BEGINNINGS = {key[:length] for key in _MEANINGS_OF for length in range(1, len(key) + 1)}
_TOKEN = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*(?:\(s\))?")
_BETWEEN = re.compile(r"[\s./()']*")
_OWNED_BY_ANOTHER = re.compile(
    r"(?:spouse'?s?|payer'?s?|recipient'?s?|employer|secondary|preparer'?s?)\s*$", re.IGNORECASE
)
# What still belongs to the label: punctuation and a remark in brackets, but not an amount's minus or an SSN's
# mask.
_AFTER = re.compile(r"(?:[\s.:)]|-(?=\s)|#(?!#)|\((?=[^()]*[a-z][^()]*\))[^()\d]{2,40}\))*", re.IGNORECASE)


@dataclass(frozen=True, repr=False)
class Label(ClientData):
    """A label on a page.

    Attributes:
        line: the line that it is in.
        meanings: the keys of `MEANINGS` that it may have, or `OTHER`.
        start: where it begins in the line's text.
        end: where it ends there, with the punctuation after it.
        weak: it may also be a word of a sentence.
        box: its place on the page, in points.
    """

    line: Line
    meanings: frozenset[str]
    start: int
    end: int
    weak: bool
    box: Box

    @property
    def leads(self) -> bool:
        """Whether it begins its line."""
        return not self.line.text[: self.start].strip(" .:#*-•")

    @property
    def rest(self) -> str:
        """The text after it in its line."""
        return self.line.text[self.end :]


def find_labels(line: Line) -> list[Label]:
    """Return every label of the line, the longest spelling at each place."""
    return [Label(line, *span, line.box_of(span.start, span.end)) for span in find_label_spans(line.text)]


class LabelSpan(NamedTuple):
    """A label in a text: its meanings, its place with the punctuation after it, and whether it is weak."""

    meanings: frozenset[str]
    start: int
    end: int
    weak: bool


def find_label_spans(text: str) -> list[LabelSpan]:
    """Return every label in a text, the longest spelling at each place."""
    tokens = list(_TOKEN.finditer(text))
    spans, at = list[LabelSpan](), 0
    while at < len(tokens):
        found = _find_longest(text, tokens, at)
        if found is None:
            at += 1
            continue
        key, after = found
        start = tokens[at].start()
        meanings = frozenset(_MEANINGS_OF[key])
        if _OWNED_BY_ANOTHER.search(text[:start]):
            meanings = frozenset({OTHER})
        end = _AFTER.match(text, tokens[after - 1].end())
        stop = end.end() if end else len(text)
        # "Date:" and "AUR #" are labels; "date" may be any word.
        weak = key in _WEAK and not set(":#") & set(text[tokens[after - 1].end() : stop])
        spans.append(LabelSpan(meanings, start, stop, weak))
        at = after
    return spans


def _find_longest(text: str, tokens: list[re.Match[str]], at: int) -> tuple[str, int] | None:
    """Return the longest label that begins with this token: its key, and the index of the token after it."""
    key, found = "", None
    for after in range(at, len(tokens)):
        if after > at and not _BETWEEN.fullmatch(text, tokens[after - 1].end(), tokens[after].start()):
            break
        key += _make_key(tokens[after][0])
        if key not in _BEGINNINGS:
            break
        if key in _MEANINGS_OF:
            found = (key, after + 1)
    return found
