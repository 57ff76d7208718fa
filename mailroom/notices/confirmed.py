"""Whether what was read off a picture can be relied on: how clear its letters were, and whether it stands twice.

A misread digit looks like any other. A value counts as sure where it was read clearly, where two places of the
notice that were read fairly say the same, or where something else on it holds it (`Backed`). Text layers need
none of this. How names look that were misread is in `mailroom.notices.misread_names`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from mailroom.notices.dates import dates_in
from mailroom.notices.fields import NoticeFields
from mailroom.notices.letter_types import types_in
from mailroom.notices.misread_names import goes_on_beside, looks_misread, may_lack_strokes, parted_elsewhere
from mailroom.notices.money import sums_in
from mailroom.notices.numbers import FoundSsn, controls_in, ssns_in
from mailroom.notices.sheet import Sheet
from mailroom.notices.words import Segment, Word
from mailroom.privacy.private import ClientData

# How clear the least clear letter of a value was in one of the places where it is printed: a probability.
Print = float
# How sure the least clear letter of a value must be that stands in one place only: MAILROOM_READING_CONFIDENCE.
CONFIDENCE = 0.93
# What Tesseract says of words on a clean page is 0.9 to 0.97. Where the first engine was unsure, it must say so.
CLEAR_ELSEWHERE = 0.9
# Numbers that differ in so many digits are one number, of which one was misread.
ALIKE = 2
# A page with so large a share of words read worse than this cannot be judged.
BADLY, UNCLEAR_SHARE = 0.8, 0.2
# A CP2000 comes so many years after its tax year.
YEARS_LATER = range(1, 6)
# The lines that a name or an address has at most.
MOST_LINES = 5
# The IRS prints no stops there: a speck behind "W" is no part of the street; "POBOX" lost its space.
_ODD_ADDRESS = re.compile(
    r"[.·|:;]|P\s?OBOX|BOX\d|\d(?:APT|UNIT|STE)\b|\b(?:APT|UNIT|STE)\d|"
    # A space lost, "14470SYCAMORE", or one too many, "101 10 MISSION".
    r"^\d+(?!(?:ST|ND|RD|TH)\b)[A-Z]{2}|^\d+ \d+ |\w#",
    re.IGNORECASE,
)
# What the name line says: in doubt with it.
OF_THE_NAME_LINE = frozenset({"name_line", "taxpayer_names", "joint", "spouse_last_name"})
EXACT_DAYS = (30, 60)


@dataclass(frozen=True)
class Threshold:
    """From when on a print is clear, and from when on two that agree are as good.

    ``alone`` is the least probability of a value's least clear letter. Were two prints wrong independently of each
    other, both of them at 1 - sqrt(1 - alone) would be wrong together as seldom as one at ``alone``.
    """

    alone: float = CONFIDENCE

    @property
    def together(self) -> float:
        """The least of each of two prints."""
        return float(1 - (1 - self.alone) ** 0.5)

    def met_by(self, prints: Iterable[Print], again: Iterable[Print] = ()) -> bool:
        """One clear print, or two fair ones; or the same from another engine (``again``), fair or clear."""
        found, others = list(prints), list(again)
        fair = sum(sure >= self.together for sure in found)
        needed = self.together if fair else max(self.together, CLEAR_ELSEWHERE)
        confirmed = bool(found) and any(sure >= needed for sure in others)
        return confirmed or fair >= 2 or any(sure >= self.alone for sure in found)


@dataclass(frozen=True, repr=False)
class _Looks(ClientData):
    """The pages as they were read, and what another engine read of them, if it was asked."""

    pages: Sequence[Sheet]
    again: Sequence[Sheet]
    threshold: Threshold

    def confirm(self, prints: Callable[[Sequence[Sheet]], Iterable[Print]]) -> bool:
        """Whether what ``prints`` finds on pages can be relied on."""
        return self.threshold.met_by(prints(self.pages), prints(self.again))


def unsure(
    fields: NoticeFields,
    sheets: Sequence[Sheet],
    confidence: float = CONFIDENCE,
    backed: frozenset[str] = frozenset(),
    again: Sequence[Sheet] = (),
) -> frozenset[str]:
    """The fields that these sheets do not confirm.

    ``backed`` are those that add up, or agree otherwise; ``again`` is what another engine read: it can confirm a value,
    or put one in doubt, and nothing else.
    """
    looks = _Looks(sheets, again, Threshold(confidence))
    doubts = {
        name
        for name, prints in _PRINTS.items()
        if getattr(fields, name) is not None and not looks.confirm(partial(prints, fields))
    }
    doubts -= backed | _dates_that_agree(fields)
    doubts |= _numbers_in_doubt(fields, looks) | _of_names(fields, looks)
    if fields.notice_type == "CP2000" and fields.tax_year and fields.notice_date:
        later = fields.notice_date.year - fields.tax_year
        doubts |= set() if later in YEARS_LATER else {"tax_year"}
    if fields.address and _ODD_ADDRESS.search(fields.address):
        doubts.add("address")
    return frozenset(doubts)


def is_unclear(sheet: Sheet) -> bool:
    """Whether so much of a page was read badly that what it is cannot be said."""
    words = [word for segment in sheet.segments for word in segment.words if len(word.text) > 1]
    badly = sum(word.sure < BADLY for word in words)
    return not words or badly > UNCLEAR_SHARE * len(words)


def alike(one: str, other: str) -> bool:
    """Whether two numbers may be one, of which a digit or two were misread."""
    pairs = zip(re.sub(r"\D", "", one), re.sub(r"\D", "", other), strict=False)
    return sum(a != b for a, b in pairs) <= ALIKE


def _dates_that_agree(fields: NoticeFields) -> frozenset[str]:
    """Both dates, where one is the other's to the day: two misreads would not meet."""
    noticed, due = fields.notice_date, fields.response_due_date
    if noticed and due and (due - noticed).days in EXACT_DAYS:
        return frozenset({"notice_date", "response_due_date"})
    return frozenset()


def _numbers_in_doubt(fields: NoticeFields, looks: _Looks) -> set[str]:
    """SSN and AUR number that are not clear, or are printed elsewhere with a digit that differs."""
    doubts: set[str] = set()
    everywhere, fair = [*looks.pages, *looks.again], looks.threshold.together
    if fields.ssn_last4:
        rivals = (sure for ssn, sure in _ssns_on(everywhere) if _is_rival(ssn, fields))
        if any(sure >= fair for sure in rivals) or not looks.confirm(partial(_prints_of_ssn, fields)):
            doubts |= {"ssn", "ssn_last4"} if fields.ssn else {"ssn_last4"}
    control = fields.aur_control_number
    others = (sure for value, sure in _controls_on(everywhere) if control and _differs(value, control))
    if any(sure >= fair for sure in others):
        doubts.add("aur_control_number")
    return doubts


def _is_own(ssn: FoundSsn, fields: NoticeFields) -> bool:
    return ssn.last4 == fields.ssn_last4 and (ssn.full is None or fields.ssn in (None, ssn.printed))


def _is_rival(ssn: FoundSsn, fields: NoticeFields) -> bool:
    """Whether one of the two may be the other misread."""
    return not _is_own(ssn, fields) and bool(ssn.full and fields.ssn and alike(ssn.full, fields.ssn))


def _prints_of_ssn(fields: NoticeFields, sheets: Sequence[Sheet]) -> Iterator[Print]:
    return (sure for ssn, sure in _ssns_on(sheets) if _is_own(ssn, fields))


def _ssns_on(sheets: Sequence[Sheet]) -> Iterator[tuple[FoundSsn, Print]]:
    for _, segment in _segments(sheets):
        for ssn in ssns_in(segment.text, labelled=True):
            yield ssn, segment.sure_of(ssn.start, ssn.end)


def _controls_on(sheets: Sequence[Sheet]) -> Iterator[tuple[str, Print]]:
    for _, segment in _segments(sheets):
        for control in controls_in(segment.text, labelled=True):
            yield control.value, segment.sure_of(control.start, control.end)


def _differs(one: str, other: str) -> bool:
    return one != other and alike(one, other)


def _of_names(fields: NoticeFields, looks: _Looks) -> set[str]:
    """What the name line says, where it is not clear; the surname only where its own letters or spaces are not."""
    doubts: set[str] = set()
    line, sheets = fields.name_line, looks.pages
    if line is None:
        return doubts
    spaced = looks_misread(line, fields) or goes_on_beside(line, sheets)
    # Whether the line stands somewhere with other spaces is no matter where another engine sees these.
    held = () if any(sure >= CLEAR_ELSEWHERE for sure in _prints_of_text(line, looks.again)) else sheets
    if spaced or parted_elsewhere(line, line, held) or not looks.confirm(partial(_prints_of_text, line)):
        doubts |= OF_THE_NAME_LINE if fields.spouse_last_name else OF_THE_NAME_LINE - {"spouse_last_name"}
    if may_lack_strokes(line):
        doubts |= {"name_line", "taxpayer_names"}
    surname = fields.last_name
    if surname:
        is_clear = looks.confirm(partial(_prints_of_text, surname))
        if spaced or parted_elsewhere(line, surname, held) or not is_clear:
            doubts.add("last_name")
    spouse = fields.spouse_last_name
    if spouse and not looks.confirm(partial(_prints_of_text, spouse)):
        doubts.add("spouse_last_name")
    return doubts


def _segments(sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, Segment]]:
    return ((sheet, segment) for sheet in sheets for segment in sheet.segments)


def _prints_of_text(text: str, sheets: Sequence[Sheet]) -> Iterator[Print]:
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


def _prints_of_date(value: date, sheets: Sequence[Sheet]) -> Iterator[Print]:
    return _prints_of(
        lambda text: [(each.start, each.end) for each in dates_in(text) if each.value == value], sheets
    )


def _prints_of_year(fields: NoticeFields, sheets: Sequence[Sheet]) -> Iterator[Print]:
    """The year by itself: one that is a date's says nothing."""
    pattern = re.compile(rf"(?<![\d/-]){fields.tax_year}(?![\d/-])")

    def matches(text: str) -> list[tuple[int, int]]:
        dated = [(each.start, each.end) for each in dates_in(text)]
        return [
            match.span()
            for match in pattern.finditer(text)
            if not any(start <= match.start() < end for start, end in dated)
        ]

    return _prints_of(matches, sheets)


def _prints_of_amount(fields: NoticeFields, sheets: Sequence[Sheet]) -> Iterator[Print]:
    amount = abs(fields.amount_due or 0.0)
    return _prints_of(
        lambda text: [(each.start, each.end) for each in sums_in(text) if abs(each.value) == amount], sheets
    )


def _prints_of_type(fields: NoticeFields, sheets: Sequence[Sheet]) -> Iterator[Print]:
    """The letter's name, or its number where a label stands beside it."""
    name = fields.notice_type or ""
    bare = re.compile(rf"(?<!\w){re.escape(name.split()[-1])}(?!\w)", re.IGNORECASE)

    def matches(text: str) -> list[tuple[int, int]]:
        named = [(each.start, each.end) for each in types_in(text) if each.name == name]
        return named or [match.span() for match in bare.finditer(text)]

    return _prints_of(matches, sheets)


def _prints_of_control(fields: NoticeFields, sheets: Sequence[Sheet]) -> Iterator[Print]:
    return (sure for value, sure in _controls_on(sheets) if value == fields.aur_control_number)


# Where each field is printed that is neither a name nor an SSN.
_PRINTS: dict[str, Callable[[NoticeFields, Sequence[Sheet]], Iterable[Print]]] = {
    "notice_type": _prints_of_type,
    "tax_year": _prints_of_year,
    "notice_date": lambda fields, sheets: _prints_of_date(fields.notice_date or date.min, sheets),
    "response_due_date": lambda fields, sheets: _prints_of_date(fields.response_due_date or date.min, sheets),
    "aur_control_number": _prints_of_control,
    "amount_due": _prints_of_amount,
    "address": lambda fields, sheets: _prints_of_text(fields.address or "", sheets),
    "zip": lambda fields, sheets: _prints_of_text(fields.zip or "", sheets),
}
