"""The letters that the IRS sends, one row each: a new letter is a new row here and nothing elsewhere.

Nothing here looks at a page. Wordings and periods are those of the IRS's own page on each letter; where a row
was written from a specimen or from the taxpayer advocate's page instead, its source says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_IRS = "irs.gov/individuals/understanding-your-"
# Most of the IRS's letters give 30 days to respond, and 60 to a taxpayer abroad.
RESPONSE_DAYS, RESPONSE_DAYS_ABROAD = 30, 60


@dataclass(frozen=True)
class LetterType:
    """A letter type: everything that the mail room knows about it.

    Attributes:
        name: how the mail room writes it.
        spellings: a pattern of what is printed in the notice block, the footer or alone on a line; "~" is the
            gap in "CP 2000".
        wording: a pattern of what only this letter says in its headline, for copies whose number cannot be
            found.
        source: where the facts of this row are from.
        response_days: days to respond from the letter's date, where it prints no due date.
        urgency: the lowest priority of its task (0 normal, 1 medium, 2 high, 3 urgent), since some rights end
            with the period.
        ends_a_right: a right ends with the period, which the IRS never extends.
        proposes_changes: it proposes a change and awaits an answer; the others ask for money.
        needs_key: without a certain surname and SSN its reading is for a person ("review"). Such a reading is
            an "extract"; that of any other letter is "not_cp2000".
        due_after: the only numbers of days between notice date and due date; empty if others occur.
        years_after: the first and the last year after the tax year in which it is sent, where that is known.
        unprinted: names of fields that it does not print; further pages are not read for them.
    """

    name: str
    spellings: str
    wording: str | None
    source: str
    response_days: int = RESPONSE_DAYS
    urgency: int = 0
    ends_a_right: bool = False
    proposes_changes: bool = False
    needs_key: bool = False
    due_after: tuple[int, ...] = ()
    years_after: tuple[int, int] | None = None
    unprinted: frozenset[str] = frozenset()


# Only the letters of the Automated Underreporter program have its control number.
_NO_CONTROL_NUMBER = frozenset({"aur_control_number"})


LETTER_TYPES = (
    LetterType(
        "CP2000",
        r"C[~.]P[~.]2~0~0~0[A-E]?",
        r"(?:we are )?propos(?:ed|ing|e) (?:changes|adjustments?|to change) (?:to )?your (?:\d{4} )?"
        r"(?:form 1040|(?:income )?tax return)"
        r"|summary of proposed changes|notice of proposed adjustment for under|verification of unreported income",
        source=_IRS + "cp2000-notice; specimens of 2004 to 2011",
        proposes_changes=True,
        needs_key=True,
        due_after=(RESPONSE_DAYS, RESPONSE_DAYS_ABROAD),
        years_after=(1, 5),
    ),
    LetterType(
        "CP2501",
        r"CP~2501",
        r"we need (?:more|additional) information about your \d{4}",
        source=_IRS + "cp2501-notice",
        proposes_changes=True,
        unprinted=frozenset({"amount_due"}),
    ),
    # The period to petition the Tax Court cannot be extended; 150 days abroad.
    LetterType(
        "CP3219A",
        r"(?:CP|NOTICE|LETTER|LTR)?~3219~?A",
        r"statutory notice of deficiency",
        response_days=90,
        urgency=1,
        ends_a_right=True,
        source=_IRS + "cp3219a-notice",
        proposes_changes=True,
    ),
    LetterType(
        "CP3219N",
        r"(?:CP|NOTICE|LETTER|LTR)?~3219~?N",
        None,
        response_days=90,
        urgency=1,
        ends_a_right=True,
        source=_IRS + "cp3219n-notice; specimen",
        proposes_changes=True,
        unprinted=_NO_CONTROL_NUMBER,
    ),
    LetterType(
        "CP504",
        r"CP~504~?B?",
        r"intent to seize your property|(?<!final )notice of intent to levy(?! and)",
        urgency=2,
        source=_IRS + "cp504-notice",
        unprinted=_NO_CONTROL_NUMBER,
    ),
    LetterType(
        "CP501",
        r"CP~501",
        r"^reminder: you have unpaid taxes",
        response_days=10,
        source=_IRS + "cp501-notice; specimen",
        unprinted=_NO_CONTROL_NUMBER,
    ),
    LetterType(
        "CP503",
        r"CP~503",
        r"second reminder: you have unpaid taxes|immediate action is required",
        response_days=10,
        urgency=1,
        source=_IRS + "cp503-notice; specimen",
        unprinted=_NO_CONTROL_NUMBER,
    ),
    LetterType(
        "CP14",
        r"CP~14[A-I]?",
        r"you have a balance due for|^you have unpaid taxes for",
        response_days=21,
        source=_IRS + "cp14-notice; specimen",
        unprinted=_NO_CONTROL_NUMBER,
    ),
    # The time to ask for a hearing before Appeals ends with the 30 days, which are printed without a date.
    LetterType(
        "LT11",
        r"LT~11",
        r"notice of intent to levy and your collection due process right",
        urgency=3,
        ends_a_right=True,
        source=_IRS + "lt11-notice-or-letter-1058",
        unprinted=_NO_CONTROL_NUMBER | {"response_due_date"},
    ),
    LetterType(
        "LETTER 1058",
        r"(?:LETTER|LTR|L)~1058~?(?:[A-D])?",
        r"final notice[:,]? (?:of |notice of )?intent to levy",
        urgency=3,
        ends_a_right=True,
        source=_IRS + "lt11-notice-or-letter-1058",
        unprinted=_NO_CONTROL_NUMBER | {"response_due_date"},
    ),
    # 30 days after the fifth business day after the filing; the letter prints the day.
    LetterType(
        "LETTER 3172",
        r"(?:LETTER|LTR|L)~3172",
        r"notice of federal tax lien filing",
        urgency=3,
        ends_a_right=True,
        source="IRC 6320; IRM 5.12.6",
        unprinted=_NO_CONTROL_NUMBER,
    ),
    LetterType(
        "LETTER 525",
        r"(?:LETTER|LTR|L)~525~?(?:[A-D])?",
        r"30.day letter",
        urgency=1,
        source="taxpayeradvocate.irs.gov/notices/letter-525",
        proposes_changes=True,
        unprinted=_NO_CONTROL_NUMBER,
    ),
    LetterType(
        "FORM 4549",
        r"FORM~4549(?:~?[AE])?",
        r"(?:report of )?income tax examination changes",
        urgency=1,
        source="the form, irs.gov; Publication 3498-A",
        proposes_changes=True,
        unprinted=_NO_CONTROL_NUMBER,
    ),
)
BY_NAME = {row.name: row for row in LETTER_TYPES}
# What is assumed of a letter without a row, and of one whose type was not read.
_ANY_OTHER = LetterType("", "", None, source="", unprinted=_NO_CONTROL_NUMBER)


def get_letter_type(name: str | None) -> LetterType:
    """Return the row of this letter; for a letter without one, the usual period and nothing else."""
    return BY_NAME.get(name or "", _ANY_OTHER)


def choose_filed_types(chosen: Iterable[str] | None) -> frozenset[str]:
    """Return the types of letters to be filed: the given ones, or for None all that have a row.

    The period of a CP3219A or an LT11 cannot be extended: such a letter must not wait for a person.
    """
    return frozenset(BY_NAME if chosen is None else chosen)


# Any other number of the IRS's series: a letter without a row still gets its name.
_OTHER_SERIES = re.compile(
    r"(?<![\w-])(?P<series>CP|LT|LETTER|LTR)[\s-]{0,3}(?P<number>\d{2,4}\s?-?[A-Z]{0,2})(?![\w/-])",
    re.IGNORECASE,
)


def _compile(spellings: str) -> re.Pattern[str]:
    pattern = spellings.replace("[~.]", r"[\s.-]{0,3}").replace("~", r"[\s-]{0,3}")
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w]|-\d)", re.IGNORECASE)


_SPELLED = {row.name: _compile(row.spellings) for row in LETTER_TYPES}
_WORDED = {row.name: re.compile(row.wording, re.IGNORECASE) for row in LETTER_TYPES if row.wording}


@dataclass(frozen=True)
class FoundType:
    """A letter's name, and where its number is in the text."""

    name: str
    start: int
    end: int


def find_types(text: str) -> list[FoundType]:
    """Return every letter whose number is in the text, from left to right; types without a row too."""
    found = [
        FoundType(name, *match.span())
        for name, pattern in _SPELLED.items()
        for match in pattern.finditer(text)
    ]
    taken = [(each.start, each.end) for each in found]
    found += [
        FoundType(_make_name(match), *match.span())
        for match in _OTHER_SERIES.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]
    return sorted(found, key=lambda each: each.start)


def find_type_by_wording(text: str) -> str | None:
    """Return the letter whose headline the text is, by its wording alone."""
    return next((name for name, pattern in _WORDED.items() if pattern.search(text)), None)


def _make_name(match: re.Match[str]) -> str:
    number = re.sub(r"[\s-]", "", match["number"]).upper()
    series = match["series"].upper()
    return f"LETTER {number}" if series in ("LETTER", "LTR") else f"{series}{number}"
