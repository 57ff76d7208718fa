"""Surnames as the IRS and a CRM write them, and which surnames a name line may end with.

The IRS master file drops apostrophes and hyphens (OBRIEN). A surname cannot be split from the line alone
("DE LA CRUZ", "SMITH JONES"), so there are several candidates, the likeliest first.
"""

from __future__ import annotations

import re
import unicodedata

from mailroom.notices import NoticeFields
from mailroom.notices.parsing.names import PARTICLES
from mailroom.privacy.name_words import SUFFIXES

# How many surnames are searched for one notice at most: each costs a call.
MOST_CANDIDATES = 4
NOT_WRITTEN, BETWEEN_WORDS = re.compile(r"[’'`´\-‐‑–—.]"), re.compile(r"[^A-Z0-9&]+")


def normalize_name(name: str) -> str:
    """Return the name in upper case, without accents, apostrophes and hyphens, one space between words."""
    plain = name
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", name)
        plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return " ".join(BETWEEN_WORDS.sub(" ", NOT_WRITTEN.sub("", plain.upper())).split())


def split_persons(name_line: str) -> list[list[str]]:
    """Return each person on a name line as a list of words, without suffixes.

    "JOHN AND MARY SMITH" are two.
    """
    found = []
    for line in re.split(r"[\n;]", name_line):
        if re.match(r"\s*(%|C/O\b|ATTN\b)", line, re.IGNORECASE):
            continue
        for person in re.split(r"\s+(?:AND|&)\s+|&", normalize_name(line)):
            words = person.split()
            while len(words) > 1 and words[-1] in SUFFIXES:
                words.pop()
            if words[:2] == ["EST", "OF"] or words[:2] == ["ESTATE", "OF"]:
                words = words[2:]
            if words:
                found.append(words)
    return found


def list_persons(fields: NoticeFields) -> list[list[str]]:
    """Return the persons as the reader split them; if it split none, those of the name line."""
    split = [words for name in fields.taxpayer_names for words in split_persons(name)]
    return split or split_persons(fields.name_line or "")


def find_surname_candidates(fields: NoticeFields) -> list[str]:
    """Return the surnames to search, the likeliest first, at most `MOST_CANDIDATES`.

    What the reader took for the surname is the first; then the last word of each person, with the particles
    before it, and its last two words, since double surnames carry no mark.
    """
    candidates = [fields.last_name or "", fields.spouse_last_name or ""]
    persons = list_persons(fields)
    # In "JOHN AND MARY SMITH" the first person has no surname given.
    persons = [words for words in persons if len(words) > 1] or persons
    candidates += [" ".join(words[_find_surname_start(words) :]) for words in persons]
    candidates += [" ".join(words[-2:]) for words in persons if len(words) > 2]
    return list(dict.fromkeys(filter(None, map(normalize_name, candidates))))[:MOST_CANDIDATES]


def find_first_name(fields: NoticeFields) -> str | None:
    """Return the first person's first name, a hint for the match service; None without a name line."""
    persons = list_persons(fields)
    return persons[0][0] if persons else None


def _find_surname_start(words: list[str]) -> int:
    start = len(words) - 1
    while start > 1 and words[start - 1] in PARTICLES:
        start -= 1
    return start
