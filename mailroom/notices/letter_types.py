"""The letters that the IRS sends, one row each: a new letter is a new row.

Nothing here looks at a page. Wordings and periods are those of the IRS's own page on each letter; where a row was
written from a specimen or from the taxpayer advocate's page instead, its source says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_IRS = "irs.gov/individuals/understanding-your-"


@dataclass(frozen=True)
class LetterType:
    """A letter.

    ``name`` is how the mail room writes it. ``spellings``, a pattern, are what stands in the notice block, the footer
    or alone on a line; "~" is the gap in "CP 2000". ``wording`` is what only this letter says in its headline, for
    copies whose number cannot be found. ``response_days``: from the letter's date, where it prints no day itself.
    ``urgency``: the least priority of its task (0 normal, 1 medium, 2 high, 3 urgent), since some rights end with
    the period. ``source``: where the row's facts are from.
    """

    name: str
    spellings: str
    wording: str | None
    response_days: int
    urgency: int
    source: str


LETTER_TYPES = (
    # 60 days for an address abroad.
    LetterType(
        "CP2000",
        r"C[~.]P[~.]2~0~0~0[A-C]?",
        r"(?:we are )?propos(?:ed|ing|e) (?:changes|adjustments?|to change) (?:to )?your (?:\d{4} )?"
        r"(?:form 1040|(?:income )?tax return)"
        r"|summary of proposed changes|notice of proposed adjustment for under|verification of unreported income",
        30,
        0,
        _IRS + "cp2000-notice; specimens of 2004 to 2011",
    ),
    LetterType(
        "CP2501",
        r"CP~2501",
        r"we need (?:more|additional) information about your \d{4}",
        30,
        0,
        _IRS + "cp2501-notice",
    ),
    # The period to petition the Tax Court cannot be extended; 150 days abroad.
    LetterType(
        "CP3219A",
        r"(?:CP|NOTICE|LETTER|LTR)?~3219~?A",
        r"statutory notice of deficiency",
        90,
        1,
        _IRS + "cp3219a-notice",
    ),
    LetterType(
        "CP3219N", r"(?:CP|NOTICE|LETTER|LTR)?~3219~?N", None, 90, 1, _IRS + "cp3219n-notice; specimen"
    ),
    LetterType(
        "CP504",
        r"CP~504~?B?",
        r"intent to seize your property|(?<!final )notice of intent to levy(?! and)",
        30,
        2,
        _IRS + "cp504-notice",
    ),
    LetterType(
        "CP501", r"CP~501", r"^reminder: you have unpaid taxes", 10, 0, _IRS + "cp501-notice; specimen"
    ),
    LetterType(
        "CP503",
        r"CP~503",
        r"second reminder: you have unpaid taxes|immediate action is required",
        10,
        1,
        _IRS + "cp503-notice; specimen",
    ),
    LetterType(
        "CP14",
        r"CP~14[A-I]?",
        r"you have a balance due for|^you have unpaid taxes for",
        21,
        0,
        _IRS + "cp14-notice; specimen",
    ),
    # The right to a hearing before Appeals ends with the 30 days.
    LetterType(
        "LT11",
        r"LT~11",
        r"notice of intent to levy and your collection due process right",
        30,
        3,
        _IRS + "lt11-notice-or-letter-1058",
    ),
    LetterType(
        "LETTER 1058",
        r"(?:LETTER|LTR|L)~1058~?(?:[A-D])?",
        r"final notice[:,]? (?:of |notice of )?intent to levy",
        30,
        3,
        _IRS + "lt11-notice-or-letter-1058",
    ),
    # 30 days after the fifth business day behind the filing; the letter prints the day.
    LetterType(
        "LETTER 3172",
        r"(?:LETTER|LTR|L)~3172",
        r"notice of federal tax lien filing",
        30,
        3,
        "IRC 6320; IRM 5.12.6",
    ),
    LetterType(
        "LETTER 525",
        r"(?:LETTER|LTR|L)~525~?(?:[A-D])?",
        r"30.day letter",
        30,
        1,
        "taxpayeradvocate.irs.gov/notices/letter-525",
    ),
    LetterType(
        "FORM 4549",
        r"FORM~4549(?:~?[AE])?",
        r"(?:report of )?income tax examination changes",
        30,
        1,
        "the form, irs.gov; Publication 3498-A",
    ),
)
BY_NAME = {letter.name: letter for letter in LETTER_TYPES}

# Any other number of the IRS's own series, so that a letter without a row still has its name.
_OTHER_SERIES = re.compile(
    r"(?<![\w-])(?P<series>CP|LT|LETTER|LTR)[\s-]{0,3}(?P<number>\d{2,4}\s?-?[A-Z]{0,2})(?![\w/-])",
    re.IGNORECASE,
)


_GAP = r"[\s-]{0,3}"


def _pattern(spellings: str) -> re.Pattern[str]:
    pattern = spellings.replace("[~.]", r"[\s.-]{0,3}").replace("~", _GAP)
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w]|-\d)", re.IGNORECASE)


_SPELLED = {letter.name: _pattern(letter.spellings) for letter in LETTER_TYPES}
_WORDED = {
    letter.name: re.compile(letter.wording, re.IGNORECASE) for letter in LETTER_TYPES if letter.wording
}


@dataclass(frozen=True)
class FoundType:
    """A letter's name and where its spelling stands in the text."""

    name: str
    start: int
    end: int


def types_in(text: str) -> list[FoundType]:
    """Every letter whose number stands in the text, in order of place; the table's rows before other numbers."""
    found = [
        FoundType(name, match.start(), match.end())
        for name, pattern in _SPELLED.items()
        for match in pattern.finditer(text)
    ]
    taken = [(each.start, each.end) for each in found]
    found += [
        FoundType(_other_name(match), match.start(), match.end())
        for match in _OTHER_SERIES.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]
    return sorted(found, key=lambda each: each.start)


def worded_type(text: str) -> str | None:
    """The letter whose headline the text is, by its wording alone."""
    for name, pattern in _WORDED.items():
        if pattern.search(text):
            return name
    return None


def _other_name(match: re.Match[str]) -> str:
    number = re.sub(r"[\s-]", "", match["number"]).upper()
    series = match["series"].upper()
    return f"LETTER {number}" if series in ("LETTER", "LTR") else f"{series}{number}"
