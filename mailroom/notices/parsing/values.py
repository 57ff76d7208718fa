"""Values as they are printed: what a text beside a label says, and where a value is in a text.

Each ``parse_…`` takes the text beside a label and returns the value that it begins with, or None. Each
``spans_of_…`` takes a value and a text and returns where the value is in it. The table of
`mailroom.notices.fields` says which field uses which.
"""

from __future__ import annotations

import re
from datetime import date

from mailroom.notices.parsing.dates import find_dates
from mailroom.notices.parsing.identifiers import find_control_numbers, find_ssns
from mailroom.notices.parsing.money import FoundAmount, find_amounts
from mailroom.notices.vocabulary.letter_types import find_types

Value = str | int | float | date
Span = tuple[int, int]

# What may stand between a label and the start of its value.
_BEFORE_DATE, _BEFORE_NUMBER = " .:,;(#*-by", " .:,;(#-"
_YEAR = re.compile(r"[\s(]*((?:19|20)\d\d)(?![\d/]|\s?[-,&]\s?(?:19|20)?\d\d|\s+and\s+(?:19|20)\d\d)")
_TAX_YEAR = re.compile(r"\btax\s+year\W{0,3}\s((?:19|20)\d\d)(?![\d/-])", re.IGNORECASE)
_SPOUSE_MARK = re.compile(r"^\s*\((?:S|SP|SPOUSE|SECONDARY)\)", re.IGNORECASE)
# It begins with a lower-case letter: a sentence continues after the word "name".
_NOT_A_NAME = re.compile(r"\d|:|^\s*$|^[a-z]")


def parse_type(text: str) -> str | None:
    """The letter type whose number the text begins with."""
    found = find_types(text)
    return found[0].name if found and found[0].start <= 3 else None


def parse_letter_number(text: str) -> str | None:
    """The letter type that a text beside the label "Letter" begins with; 1058 alone is Letter 1058."""
    return parse_type(text) or parse_type(f"LETTER {text.strip()}")


def parse_year(text: str) -> int | None:
    """The year that the text begins with, also as "December 31, 2023"; None for several years."""
    match = _YEAR.match(text)
    if match:
        return int(match[1])
    ends = find_dates(text)
    if ends and ends[0].start <= 2 and (ends[0].value.month, ends[0].value.day) == (12, 31):
        return ends[0].value.year
    return None


def parse_date(text: str) -> date | None:
    """The date that the text begins with."""
    found = find_dates(text)
    return found[0].value if found and not text[: found[0].start].strip(_BEFORE_DATE) else None


def parse_ssn(text: str) -> str | None:
    """The SSN that the text begins with, 123-45-6789 or masked ***-**-6789; None for a spouse's."""
    found = find_ssns(text, labelled=True)
    if not found or text[: found[0].start].strip(_BEFORE_NUMBER):
        return None
    if found[0].last4 is None or _SPOUSE_MARK.match(text[found[0].end :]):
        return None
    return found[0].printed or f"***-**-{found[0].last4}"


def parse_control_number(text: str) -> str | None:
    """The AUR control number that the text begins with, 59153-7775."""
    found = find_control_numbers(text, labelled=True)
    return found[0].value if found and not text[: found[0].start].strip(_BEFORE_NUMBER) else None


def parse_amount(text: str) -> float | None:
    """The last amount of a row, in dollars."""
    found = _find_amounts_of_row(text)
    return found[-1].value if found else None


def parse_refund(text: str) -> float | None:
    """The last amount of a row as a refund, in negative dollars; None for zero."""
    amount = parse_amount(text)
    return -abs(amount) if amount else None


def _find_amounts_of_row(text: str) -> list[FoundAmount]:
    """Return the amounts of a row without digits of dates; bare digits only where nothing else is there."""
    dates = find_dates(text)
    amounts = [
        each
        for each in find_amounts(text)
        if not any(day.start < each.end and each.start < day.end for day in dates)
    ]
    marked = [each for each in amounts if each.marked]
    if marked:
        return marked
    return amounts if amounts and not re.sub(r"[\d\s().$-]", "", text) else []


def parse_name(text: str) -> str | None:
    """The text as a name line of two to nine words; None for anything else."""
    name = text.strip(" .:*-")
    if _NOT_A_NAME.search(name) or not 2 <= len(name.split()) <= 9:
        return None
    return name


def list_tax_years(text: str) -> list[int]:
    """Every year of a text that is named as a tax year, as in a page's running head."""
    return [int(match[1]) for match in _TAX_YEAR.finditer(text)]


def list_ssns(text: str) -> list[str]:
    """Every SSN of a text without a label, in the form that `parse_ssn` gives them."""
    return [each.printed or f"***-**-{each.last4}" for each in find_ssns(text)]


def list_control_numbers(text: str) -> list[str]:
    """Every AUR control number of a text without a label."""
    return [each.value for each in find_control_numbers(text)]


def spans_of_type(name: str, text: str) -> list[Span]:
    """Where a letter type is named; without its name, where its number is, as beside a label."""
    named = [(each.start, each.end) for each in find_types(text) if each.name == name]
    bare = rf"(?<!\w){re.escape(name.rsplit(maxsplit=1)[-1])}(?!\w)"
    return named or [match.span() for match in re.finditer(bare, text, re.IGNORECASE)]


def spans_of_year(year: int, text: str) -> list[Span]:
    """Where a year is by itself, or as its last day; the year of another date does not count."""
    dates = find_dates(text)
    return [(each.start, each.end) for each in dates if each.value == date(year, 12, 31)] + [
        match.span()
        for match in re.finditer(rf"(?<![\d/-]){year}(?![\d/-])", text)
        if not any(each.start <= match.start() < each.end for each in dates)
    ]


def spans_of_date(day: date, text: str) -> list[Span]:
    """Where a date is, however it is written."""
    return [(each.start, each.end) for each in find_dates(text) if each.value == day]


def spans_of_amount(amount: float, text: str) -> list[Span]:
    """Where an amount is, owed or refunded."""
    return [(each.start, each.end) for each in find_amounts(text) if abs(each.value) == abs(amount)]


def spans_of_control_number(number: str, text: str) -> list[Span]:
    """Where an AUR control number is, with its hyphen or without."""
    found = find_control_numbers(text, labelled=True)
    return [(each.start, each.end) for each in found if each.value == number]
