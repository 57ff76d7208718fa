"""Whether a value read by OCR can be relied on: how clear its chars were, and whether it is printed twice.

A misread digit looks like any other. A value counts as sure where it was read clearly, where two places of
the notice that were read fairly say the same, where a second engine reads the same, or where something else
on the notice confirms it. Text layers need none of this. Signs of misread names are in
`mailroom.notices.confidence.name_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from mailroom.config.ocr_threshold import READING_CONFIDENCE
from mailroom.document.page_layout import PageLayout
from mailroom.notices.causes import Doubts, join_doubts, make_doubts
from mailroom.notices.confidence import name_checks, occurrences
from mailroom.notices.confidence.occurrences import Confidence, find_text
from mailroom.notices.fields import FIELDS, OF_NAME_LINE
from mailroom.notices.parsing.identifiers import FoundSsn, are_alike
from mailroom.notices.reading import NoticeFields
from mailroom.notices.scores import BADLY, CLEAR_ELSEWHERE, UNCLEAR_SHARE
from mailroom.notices.vocabulary.letter_types import RESPONSE_DAYS, RESPONSE_DAYS_ABROAD, get_letter_type
from mailroom.privacy.client_data import ClientData

# The IRS prints no stops there: a speck after "W" does not belong to the street; "POBOX" lost its space.
_ODD_ADDRESS = re.compile(
    r"[.·|:;]|P\s?OBOX|BOX\d|\d(?:APT|UNIT|STE)\b|\b(?:APT|UNIT|STE)\d|"
    # A space lost, "14470SYCAMORE", or one too many, "101 10 MISSION".
    r"^\d+(?!(?:ST|ND|RD|TH)\b)[A-Z]{2}|^\d+[NSEW] |^\d+ \d+ |"
    # The post office wants a space behind the sign (USPS Publication 28).
    r"\w#|#\d",
    re.IGNORECASE,
)
# A small letter among capitals: "PRaIRIE".
_TWO_CASES = re.compile(r"[A-Z]{2}[a-z]")
# Shorter words of a city's name than that are few.
SHORTEST_OF_CITY = 3
_IN_CITIES = frozenset(
    {"ST", "FT", "MT", "PT", "LA", "LE", "EL", "DE", "DU", "OF", "UP", "N", "S", "E", "W", "&"}
)


@dataclass(frozen=True, repr=False)
class _Scan(ClientData):
    """The pages as they were read, what a second engine read of them, and how clear is clear enough.

    ``alone`` is the confidence that one occurrence of a value needs, ``together`` that of each of two that
    agree, or of one and one of the second engine. If two occurrences are wrong independently of each other,
    both of them at 1 - sqrt(1 - alone) are wrong together as seldom as one at ``alone``.
    """

    pages: Sequence[PageLayout]
    again: Sequence[PageLayout]
    alone: float

    @property
    def together(self) -> float:
        """The least confidence of each of two occurrences."""
        return float(1 - (1 - self.alone) ** 0.5)

    def confirms(self, find: Callable[[Sequence[PageLayout]], Iterable[Confidence]]) -> bool:
        """Return whether the occurrences that ``find`` yields are enough to rely on the value."""
        found, others = list(find(self.pages)), find(self.again)
        fair = sum(each >= self.together for each in found)
        needed = self.together if fair else max(self.together, CLEAR_ELSEWHERE)
        confirmed = bool(found) and any(each >= needed for each in others)
        return confirmed or fair >= 2 or self.is_clear(find)

    def is_clear(self, find: Callable[[Sequence[PageLayout]], Iterable[Confidence]]) -> bool:
        """Return whether one of the occurrences is clear by itself."""
        return any(each >= self.alone for each in find(self.pages))

    def explain(
        self, names: Iterable[str], find: Callable[[Sequence[PageLayout]], Iterable[Confidence]]
    ) -> Doubts:
        """Return these fields as in doubt, with the confidence of the clearest occurrence."""
        best = max(find(self.pages), default=None)
        if best is None:
            return make_doubts(names, "ocr_not_found")
        return make_doubts(names, "ocr_unclear", confidence=best, wanted=self.alone)


def find_unclear_fields(
    fields: NoticeFields,
    layouts: Sequence[PageLayout],
    confidence: float = READING_CONFIDENCE,
    backed: frozenset[str] = frozenset(),
    again: Sequence[PageLayout] = (),
) -> Doubts:
    """Return the fields that these pages do not confirm, and why.

    ``backed`` are those that add up, or agree otherwise; ``again`` is what a second engine read: it can
    confirm a value, or put one in doubt, and nothing else.
    """
    scan = _Scan(layouts, again, confidence)
    sure = backed | _dates_that_agree(fields)
    doubts = [
        scan.explain([row.name], find)
        for row in FIELDS
        if (row.spans_of or row.spans_lines)
        and (value := getattr(fields, row.name)) is not None
        and row.name not in sure
        and not scan.confirms(find := partial(occurrences.find_occurrences, row, value))
    ]
    doubts += [*_doubt_numbers(fields, scan), *_doubt_names(fields, scan)]
    if not _years_agree(fields):
        doubts.append(make_doubts(["tax_year"], "year_unusual"))
    if fields.address and _is_odd(fields.address):
        doubts.append(make_doubts(["address"], "ocr_odd_address"))
    return join_doubts(*doubts)


def _is_odd(address: str) -> bool:
    return bool(_ODD_ADDRESS.search(address) or _TWO_CASES.search(address)) or _has_split_city(address)


def _has_split_city(address: str) -> bool:
    """Return whether the city has a space too many: "FORT WA YNE", "DOVE R"."""
    *_, city, state = ["", *address.upper().split(", ")]
    return len(state) == len("OH") and any(
        len(word) < SHORTEST_OF_CITY and word not in _IN_CITIES for word in city.split()
    )


def _years_agree(fields: NoticeFields) -> bool:
    """Return whether the letter was sent in one of the years after its tax year in which its type is sent."""
    sent = get_letter_type(fields.notice_type).years_after
    if sent is None or fields.tax_year is None or fields.notice_date is None:
        return True
    first, last = sent
    return first <= fields.notice_date.year - fields.tax_year <= last


def is_unclear(layout: PageLayout) -> bool:
    """Return whether so much of a page was read badly that it cannot be said what it is."""
    words = [word for line in layout.lines for word in line.words if len(word.text) > 1]
    badly = sum(word.confidence < BADLY for word in words)
    return not words or badly > UNCLEAR_SHARE * len(words)


def _dates_that_agree(fields: NoticeFields) -> frozenset[str]:
    """Return both dates, where one follows from the other to the day: two misreads would not."""
    noticed, due = fields.notice_date, fields.response_due_date
    if noticed and due and (due - noticed).days in (RESPONSE_DAYS, RESPONSE_DAYS_ABROAD):
        return frozenset({"notice_date", "response_due_date"})
    return frozenset()


def _doubt_numbers(fields: NoticeFields, scan: _Scan) -> Iterator[Doubts]:
    """Yield SSN and AUR number that are not clear, or are printed elsewhere with a digit that differs."""
    everywhere, fair = [*scan.pages, *scan.again], scan.together
    if fields.ssn_last4:
        names = ("ssn", "ssn_last4") if fields.ssn else ("ssn_last4",)

        def find_own(layouts: Sequence[PageLayout]) -> Iterator[Confidence]:
            return (each for ssn, each in occurrences.find_ssns_on(layouts) if _is_own(ssn, fields))

        rivals = (each for ssn, each in occurrences.find_ssns_on(everywhere) if _is_conflicting(ssn, fields))
        if any(each >= fair for each in rivals):
            yield make_doubts(names, "ocr_other_number")
        elif not scan.confirms(find_own):
            yield scan.explain(names, find_own)
    control = fields.aur_control_number
    others = (
        each
        for value, each in occurrences.find_control_numbers_on(everywhere)
        if control and value != control and are_alike(value, control)
    )
    if any(each >= fair for each in others):
        yield make_doubts(["aur_control_number"], "ocr_other_number")


def _is_own(ssn: FoundSsn, fields: NoticeFields) -> bool:
    return ssn.last4 == fields.ssn_last4 and (ssn.full is None or fields.ssn in (None, ssn.printed))


def _is_conflicting(ssn: FoundSsn, fields: NoticeFields) -> bool:
    """Return whether one of the two may be the other misread."""
    return not _is_own(ssn, fields) and bool(ssn.full and fields.ssn and are_alike(ssn.full, fields.ssn))


def _doubt_names(fields: NoticeFields, scan: _Scan) -> Iterator[Doubts]:
    """Yield the name line's fields where it is not clear.

    The surname only where its own chars or spaces are not.
    """
    line = fields.name_line
    if line is None:
        return
    misread = name_checks.looks_misread(line, fields) or name_checks.continues_beside(line, scan.pages)
    # Other spaces elsewhere do not matter where a second engine reads these.
    is_spaced = any(each >= CLEAR_ELSEWHERE for each in find_text(line, scan.again))
    elsewhere = () if is_spaced else scan.pages
    names = OF_NAME_LINE if fields.spouse_last_name else OF_NAME_LINE - {"spouse_last_name"}
    if misread or name_checks.is_split_elsewhere(line, line, elsewhere):
        yield make_doubts(names, "ocr_odd_name")
    elif not scan.confirms(find := partial(find_text, line)):
        yield scan.explain(names, find)
    if name_checks.may_lack_strokes(line) and not scan.is_clear(partial(find_text, line)):
        yield make_doubts(["name_line", "taxpayer_names"], "ocr_odd_name")
    surname, spouse = fields.last_name, fields.spouse_last_name
    if surname:
        if misread or name_checks.is_split_elsewhere(line, surname, elsewhere):
            yield make_doubts(["last_name"], "ocr_odd_name")
        elif not scan.confirms(find := partial(find_text, surname)):
            yield scan.explain(["last_name"], find)
    if spouse and not scan.confirms(find := partial(find_text, spouse)):
        yield scan.explain(["spouse_last_name"], find)
