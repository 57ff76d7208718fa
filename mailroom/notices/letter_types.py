"""The letters that the IRS sends, one row each: a new letter is a new row.

``spellings`` are what stands in the notice block, the footer or alone on a line; ``wording`` is what only this
letter says in its headline, for copies whose number cannot be found. Sources: the IRS's page "Understanding
your IRS notice or letter" and specimens of the notices on irs.gov. Nothing here looks at a page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class LetterType:
    """A letter: its ``name`` as the mail room writes it, its spellings and its headline, as patterns."""

    name: str
    spellings: str
    wording: str | None = None
    response_days: int | None = None


# A gap inside "CP 2000": a space, a hyphen, an en dash (dashes are hyphens by then), or nothing.
LETTER_TYPES = (
    LetterType(
        "CP2000",
        r"CP~2000[A-C]?",
        r"(?:we are )?propos(?:ed|ing) (?:changes|adjustments?) to your (?:\d{4} )?(?:form 1040|(?:income )?tax return)"
        r"|summary of proposed changes",
        30,
    ),
    LetterType("CP2501", r"CP~2501", r"we need (?:more|additional) information about your \d{4}", 30),
    LetterType("CP3219A", r"(?:CP|NOTICE|LETTER|LTR)?~3219~?A", r"statutory notice of deficiency", 90),
    LetterType("CP3219N", r"(?:CP|NOTICE|LETTER|LTR)?~3219~?N", None, 90),
    LetterType(
        "CP504", r"CP~504~?B?", r"intent to seize your property|notice of intent to levy(?! and your)", 30
    ),
    LetterType("CP501", r"CP~501", r"^reminder: you have unpaid taxes", 10),
    LetterType(
        "CP503", r"CP~503", r"second reminder: you have unpaid taxes|immediate action is required", 10
    ),
    LetterType("CP14", r"CP~14[A-I]?", r"you have a balance due for|you have unpaid taxes for", 21),
    LetterType("LT11", r"LT~11", r"notice of intent to levy and your collection due process right", 30),
    LetterType("LETTER 1058", r"(?:LETTER|LTR|L)~1058[A-D]?", r"final notice,? (?:of )?intent to levy", 30),
    LetterType("LETTER 3172", r"(?:LETTER|LTR|L)~3172", r"notice of federal tax lien filing", 30),
    LetterType("LETTER 525", r"(?:LETTER|LTR|L)~525", r"general 30.day letter", 30),
    LetterType("FORM 4549", r"FORM~4549(?:-?[AE])?", r"(?:report of )?income tax examination changes", 30),
)
BY_NAME = {letter.name: letter for letter in LETTER_TYPES}

# Any other number of the IRS's own series, so that a letter without a row still has its name.
_OTHER_SERIES = re.compile(
    r"(?<![\w-])(?P<series>CP|LT|LETTER|LTR)[\s-]{0,3}(?P<number>\d{2,4}\s?-?[A-Z]{0,2})(?![\w-])",
    re.IGNORECASE,
)


_GAP = r"[\s-]{0,3}"


def _pattern(spellings: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{spellings.replace('~', _GAP)})(?![\w]|-\d)", re.IGNORECASE)


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
