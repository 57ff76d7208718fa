"""Whether what was read off a picture can be relied on: how clear its letters were, and whether it stands twice.

A misread digit looks like any other. A value counts as sure where it was read clearly, where two places of the
notice that were read fairly say the same, where another engine reads the same, or where something else on the notice
holds it. Text layers need none of this. How names look that were misread is in `mailroom.notices.confidence.name_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from mailroom.document.page_layout import Sheet
from mailroom.notices.confidence.name_checks import (
    continues_beside,
    is_split_elsewhere,
    looks_misread,
    may_lack_strokes,
)
from mailroom.notices.confidence.occurrences import Print, controls_on, prints_of, prints_of_text, ssns_on
from mailroom.notices.fields import FIELDS, OF_NAME_LINE
from mailroom.notices.parsing.identifiers import FoundSsn, are_alike
from mailroom.notices.reading import NoticeFields
from mailroom.notices.scores import BADLY, CLEAR_ELSEWHERE, CONFIDENCE, UNCLEAR_SHARE
from mailroom.notices.vocabulary.letter_types import RESPONSE_DAYS, RESPONSE_DAYS_ABROAD, get_letter_type
from mailroom.privacy.client_data import ClientData

# The IRS prints no stops there: a speck behind "W" is no part of the street; "POBOX" lost its space.
_ODD_ADDRESS = re.compile(
    r"[.·|:;]|P\s?OBOX|BOX\d|\d(?:APT|UNIT|STE)\b|\b(?:APT|UNIT|STE)\d|"
    # A space lost, "14470SYCAMORE", or one too many, "101 10 MISSION".
    r"^\d+(?!(?:ST|ND|RD|TH)\b)[A-Z]{2}|^\d+[NSEW] |^\d+ \d+ |\w#",
    re.IGNORECASE,
)
# Shorter words of a city's name than that are few.
SHORTEST_OF_CITY = 3
_IN_CITIES = frozenset(
    {"ST", "FT", "MT", "PT", "LA", "LE", "EL", "DE", "DU", "OF", "UP", "N", "S", "E", "W", "&"}
)


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
        row.name
        for row in FIELDS
        if (row.spans_of or row.spans_lines)
        and (value := getattr(fields, row.name)) is not None
        and not looks.confirm(partial(prints_of, row, value))
    }
    doubts -= backed | _dates_that_agree(fields)
    doubts |= _numbers_in_doubt(fields, looks) | _of_names(fields, looks)
    if not _years_agree(fields):
        doubts.add("tax_year")
    if fields.address and (_ODD_ADDRESS.search(fields.address) or _parts_its_city(fields.address)):
        doubts.add("address")
    return frozenset(doubts)


def _parts_its_city(address: str) -> bool:
    """Whether the city has a space too many: "FORT WA YNE", "DOVE R"."""
    *_, city, state = ["", *address.upper().split(", ")]
    return len(state) == len("OH") and any(
        len(word) < SHORTEST_OF_CITY and word not in _IN_CITIES for word in city.split()
    )


def _years_agree(fields: NoticeFields) -> bool:
    """Whether the letter was sent in one of the years after its tax year in which its type is sent."""
    sent = get_letter_type(fields.notice_type).years_after
    if sent is None or fields.tax_year is None or fields.notice_date is None:
        return True
    first, last = sent
    return first <= fields.notice_date.year - fields.tax_year <= last


def is_unclear(sheet: Sheet) -> bool:
    """Whether so much of a page was read badly that what it is cannot be said."""
    words = [word for segment in sheet.segments for word in segment.words if len(word.text) > 1]
    badly = sum(word.sure < BADLY for word in words)
    return not words or badly > UNCLEAR_SHARE * len(words)


def _dates_that_agree(fields: NoticeFields) -> frozenset[str]:
    """Both dates, where one is the other's to the day: two misreads would not meet."""
    noticed, due = fields.notice_date, fields.response_due_date
    if noticed and due and (due - noticed).days in (RESPONSE_DAYS, RESPONSE_DAYS_ABROAD):
        return frozenset({"notice_date", "response_due_date"})
    return frozenset()


def _numbers_in_doubt(fields: NoticeFields, looks: _Looks) -> set[str]:
    """SSN and AUR number that are not clear, or are printed elsewhere with a digit that differs."""
    doubts: set[str] = set()
    everywhere, fair = [*looks.pages, *looks.again], looks.threshold.together
    if fields.ssn_last4:
        rivals = (sure for ssn, sure in ssns_on(everywhere) if _is_rival(ssn, fields))
        if any(sure >= fair for sure in rivals) or not looks.confirm(partial(_prints_of_ssn, fields)):
            doubts |= {"ssn", "ssn_last4"} if fields.ssn else {"ssn_last4"}
    control = fields.aur_control_number
    others = (sure for value, sure in controls_on(everywhere) if control and _differs(value, control))
    if any(sure >= fair for sure in others):
        doubts.add("aur_control_number")
    return doubts


def _is_own(ssn: FoundSsn, fields: NoticeFields) -> bool:
    return ssn.last4 == fields.ssn_last4 and (ssn.full is None or fields.ssn in (None, ssn.printed))


def _is_rival(ssn: FoundSsn, fields: NoticeFields) -> bool:
    """Whether one of the two may be the other misread."""
    return not _is_own(ssn, fields) and bool(ssn.full and fields.ssn and are_alike(ssn.full, fields.ssn))


def _prints_of_ssn(fields: NoticeFields, sheets: Sequence[Sheet]) -> Iterator[Print]:
    return (sure for ssn, sure in ssns_on(sheets) if _is_own(ssn, fields))


def _differs(one: str, other: str) -> bool:
    return one != other and are_alike(one, other)


def _of_names(fields: NoticeFields, looks: _Looks) -> set[str]:
    """What the name line says, where it is not clear; the surname only where its own letters or spaces are not."""
    doubts: set[str] = set()
    line, sheets = fields.name_line, looks.pages
    if line is None:
        return doubts
    spaced = looks_misread(line, fields) or continues_beside(line, sheets)
    # Whether the line stands somewhere with other spaces is no matter where another engine sees these.
    held = () if any(sure >= CLEAR_ELSEWHERE for sure in prints_of_text(line, looks.again)) else sheets
    if spaced or is_split_elsewhere(line, line, held) or not looks.confirm(partial(prints_of_text, line)):
        doubts |= OF_NAME_LINE if fields.spouse_last_name else OF_NAME_LINE - {"spouse_last_name"}
    if may_lack_strokes(line):
        doubts |= {"name_line", "taxpayer_names"}
    surname = fields.last_name
    if surname:
        is_clear = looks.confirm(partial(prints_of_text, surname))
        if spaced or is_split_elsewhere(line, surname, held) or not is_clear:
            doubts.add("last_name")
    spouse = fields.spouse_last_name
    if spouse and not looks.confirm(partial(prints_of_text, spouse)):
        doubts.add("spouse_last_name")
    return doubts
