"""Whether what was read off a picture can be relied on: how clear its letters were, and whether it stands twice.

A misread digit looks like any other. A value counts as sure where it was read clearly, twice over, from two cuts
of the picture, or where two places of the notice say the same. Text layers need none of this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailroom.notices.fields import NoticeFields
from mailroom.notices.numbers import FoundSsn, ssns_in
from mailroom.notices.sheet import Sheet
from mailroom.privacy.private import ClientData

# The least clear letter of a value that stands in one place only, and of one that stands in two.
ALONE, TOGETHER = 0.93, 0.6
# Numbers that differ in so many digits are one number, of which one was misread.
ALIKE = 2


@dataclass(frozen=True, repr=False)
class _Print(ClientData):
    """A place where a value is printed: its page, and how clear the least clear letter was there."""

    page: int
    sure: float


def unsure(fields: NoticeFields, sheets: Sequence[Sheet]) -> frozenset[str]:
    """The key fields that these sheets do not confirm."""
    doubts = set()
    if fields.ssn_last4 and not _ssn_confirmed(fields, sheets):
        doubts |= {"ssn", "ssn_last4"} if fields.ssn else {"ssn_last4"}
    if fields.last_name and (
        not _is_clear(_prints_of(fields.last_name, sheets)) or _parted_elsewhere(fields, sheets)
    ):
        doubts.add("last_name")
    if fields.spouse_last_name and not _is_clear(_prints_of(fields.spouse_last_name, sheets)):
        doubts.add("spouse_last_name")
    return frozenset(doubts)


def _is_clear(prints: Iterable[_Print]) -> bool:
    found = list(prints)
    return any(each.sure >= ALONE for each in found) or sum(each.sure >= TOGETHER for each in found) >= 2


def _ssn_confirmed(fields: NoticeFields, sheets: Sequence[Sheet]) -> bool:
    own: list[_Print] = []
    for ssn, place in _ssns_on(sheets):
        if ssn.last4 == fields.ssn_last4 and (ssn.full is None or fields.ssn in (None, ssn.printed)):
            own.append(place)
        elif place.sure >= TOGETHER and ssn.full and fields.ssn and alike(ssn.full, fields.ssn):
            return False
    return _is_clear(own)


def _ssns_on(sheets: Sequence[Sheet]) -> Iterator[tuple[FoundSsn, _Print]]:
    for sheet in sheets:
        for segment in sheet.segments:
            for ssn in ssns_in(segment.text, labelled=True):
                yield ssn, _Print(sheet.number, segment.sure_of(ssn.start, ssn.end))


def alike(one: str, other: str) -> bool:
    """Whether two numbers may be one, of which a digit or two were misread."""
    pairs = zip(re.sub(r"\D", "", one), re.sub(r"\D", "", other), strict=False)
    return sum(a != b for a, b in pairs) <= ALIKE


def _parted_elsewhere(fields: NoticeFields, sheets: Sequence[Sheet]) -> bool:
    """Whether the name line stands somewhere with its spaces in other places: "P OAKLEY" and "POAKLEY"."""
    line, name = _squeezed(fields.name_line or ""), fields.last_name or ""
    texts = [segment.text for sheet in sheets for segment in sheet.segments]
    return any(
        line and line in _squeezed(text) and name.upper() not in re.split(r"[^\w'-]+", text.upper())
        for text in texts
        if " " not in name
    )


def _squeezed(text: str) -> str:
    return re.sub(r"\W", "", text).upper()


def _prints_of(name: str, sheets: Sequence[Sheet]) -> Iterator[_Print]:
    """Every place where the name stands as whole words."""
    pattern = re.compile(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", re.IGNORECASE)
    for sheet in sheets:
        for segment in sheet.segments:
            for match in pattern.finditer(segment.text):
                yield _Print(sheet.number, segment.sure_of(match.start(), match.end()))
