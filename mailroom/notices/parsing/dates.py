"""Dates as IRS letters print them, read strictly: what may be two dates is not a date.

American order only: 10/06/2025 is October 6, and 25/10/2025 is not a date. Neither is anything with a year of
two digits. Labels and positions are not looked at here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EARLIEST, LATEST = 1990, 2099

_MONTH = r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_SPELLED = re.compile(
    rf"(?<![a-z]){_MONTH}\.?\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*(?P<year>\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(
    rf"(?<![\d/-])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?{_MONTH}\.?,?[\s-]+(?P<year>\d{{4}})(?!\d)",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"(?<![\d/.-])(?P<month>\d{1,2})\s?(?P<sign>[/-])\s?(?P<day>\d{1,2})\s?(?P=sign)\s?(?P<year>\d{4})(?![\d/-])"
)
_ISO = re.compile(r"(?<![\d/-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d/-])")
_FORMS = (_SPELLED, _DAY_FIRST, _NUMERIC, _ISO)


@dataclass(frozen=True)
class FoundDate:
    """A date, and where it is in its text."""

    value: date
    start: int
    end: int


def find_dates(text: str) -> list[FoundDate]:
    """Return every date of the text, in order; a day that is not in the calendar is skipped."""
    matches = (match for form in _FORMS for match in form.finditer(text))
    found = [FoundDate(day, *match.span()) for match in matches if (day := _parse_day(match))]
    kept: list[FoundDate] = []
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept


def _parse_day(match: re.Match[str]) -> date | None:
    written = match["month"].lower()
    month = int(written) if written.isdigit() else MONTHS.index(written[:3]) + 1
    year = int(match["year"])
    if not EARLIEST <= year <= LATEST:
        return None
    try:
        return date(year, month, int(match["day"]))
    except ValueError:
        return None
