"""What speaks for a case: how its SSN, surname, first name and ZIP compare with those of a notice.

Each comparison has a name (`EVIDENCE` of `mailroom.run.reasons` has the words). Which of them are enough is
said in one place, `Evidence.is_enough`. Nothing here searches for a case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from mailroom.crm.base import Case, normalize_ssn
from mailroom.matching.surnames import list_persons, normalize_name, split_persons
from mailroom.notices import NoticeFields
from mailroom.notices.parsing.names import PARTICLES

# Scores of two surnames, 0 to 100 (rapidfuzz's ratio). From NEAR_NAME on, one may be the other mistyped. The
# value is a choice, not a measurement: one wrong char in five still counts as near.
NEAR_NAME = 80.0
# Digits of an SSN that is not masked.
FULL_SSN = 9
# Parts of a name that are shorter are taken for an accident: ROBERTSON is not ROBERT's double name.
SHORTEST_PART = 4
# Chars that OCR confuses, each group written in one way.
CONFUSED = (("RN", "M"), ("0", "O"), ("1", "I"), ("L", "I"), ("5", "S"), ("8", "B"))


class Sign(StrEnum):
    """The name of one piece of evidence; those of a kind stand in the order of their weight."""

    SSN = "ssn"
    SSN_LAST4 = "ssn_last4"
    SURNAME = "surname"
    SURNAME_MISREAD = "surname_misread"
    SURNAME_TRANSPOSED = "surname_transposed"
    SURNAME_PART = "surname_part"
    SURNAME_NEAR = "surname_near"
    FIRST_NAME = "first_name"
    FIRST_INITIAL = "first_initial"
    FIRST_NAME_MISREAD = "first_name_misread"
    FIRST_NAME_SHORT = "first_name_short"
    FIRST_NAME_OTHER = "first_name_other"
    SPOUSE = "spouse"
    ZIP = "zip"
    ZIP_NEAR = "zip_near"
    ZIP_OTHER = "zip_other"


SURNAMES = tuple(sign for sign in Sign if sign.startswith("surname"))
MISREAD = (Sign.SURNAME_MISREAD, Sign.SURNAME_TRANSPOSED)
SAME_FIRST = (Sign.FIRST_NAME, Sign.FIRST_INITIAL)
LIKE_FIRST = (*SAME_FIRST, Sign.FIRST_NAME_MISREAD, Sign.FIRST_NAME_SHORT)


@dataclass(frozen=True)
class Evidence:
    """How a notice and a case compare; None where one of them lacks the value, or nothing is alike."""

    ssn: Sign | None
    surname: Sign | None
    first_name: Sign | None
    zip: Sign | None
    spouse: Sign | None = None

    @property
    def signs(self) -> tuple[Sign, ...]:
        """What there is, in the order SSN, surname, first name, spouse, ZIP."""
        found = (self.ssn, self.surname, self.first_name, self.spouse, self.zip)
        return tuple(one for one in found if one)

    @property
    def is_likely(self) -> bool:
        """Whether the case may be meant: two of these need a person.

        Whoever has the notice's full SSN may be meant under any name: people marry.
        """
        lives_there = self.first_name is Sign.FIRST_NAME and self.zip is Sign.ZIP
        return self.ssn is Sign.SSN or self.surname is not None or lives_there

    @property
    def is_enough(self) -> bool:
        """Whether the notice may be filed in this case when no other is likely.

        One stranger in 10,000 has the same last four digits, so that they need the first name too, and a
        surname that differs needs more the more it does.
        """
        if self.ssn is None:
            return (self.surname, self.first_name) == (Sign.SURNAME, Sign.FIRST_NAME)
        is_same, is_full = self.first_name is Sign.FIRST_NAME, self.ssn is Sign.SSN
        lives_there = self.zip is Sign.ZIP
        if self.surname is Sign.SURNAME:
            if self.first_name in SAME_FIRST:
                # A stranger with this name may have these four digits; hardly one with the same spouse too.
                return is_full or self.zip is not Sign.ZIP_OTHER or self.spouse is not None
            return is_full or (self.first_name in LIKE_FIRST and lives_there)
        if self.surname in (*MISREAD, Sign.SURNAME_PART) and is_full:
            return self.first_name in LIKE_FIRST
        if self.surname in MISREAD:
            return is_same and self.zip is not Sign.ZIP_OTHER
        return is_same and lives_there and (is_full or self.surname is not None)

    def outweighs(self, other: Evidence) -> bool:
        """Whether another case with the same last four digits does not count: its first name is another."""
        clear = self.is_enough and self.first_name is not None
        is_here = self.surname is Sign.SURNAME or self.zip is Sign.ZIP
        return clear and is_here and other.ssn is not Sign.SSN and other.first_name is Sign.FIRST_NAME_OTHER


def weigh(fields: NoticeFields, last4: str, case: Case) -> Evidence | None:
    """Return how the notice and the case compare; None where their SSNs differ."""
    known, full = list_ssns(case), normalize_ssn(fields.ssn)
    ssn = None
    if known:
        ssn = next((sign for one in known if (sign := _compare_ssns(full, last4, one))), None)
        if len(full) == FULL_SSN and full in known:
            ssn = Sign.SSN
        if ssn is None:
            return None
    return Evidence(
        ssn,
        compare_surnames(fields, case),
        _compare_first_names(fields, last4, case),
        _compare_zips(fields, case),
        _compare_spouses(fields, case),
    )


def compare_surnames(fields: NoticeFields, case: Case) -> Sign | None:
    """Return how the surnames of the notice's persons compare with the case's; None: in no way alike."""
    ends = [*list_persons(fields), *split_persons(fields.name_line or "")]
    ends += [normalize_name(name).split() for name in (fields.last_name, fields.spouse_last_name) if name]
    found = {
        sign
        for name in (case.last_name, case.spouse_last_name)
        for words in ends
        if (sign := compare_surname(words, name or ""))
    }
    return next((sign for sign in SURNAMES if sign in found), None)


def compare_surname(words: Sequence[str], surname: str) -> Sign | None:
    """Return how the words of a line, in capitals, compare with a surname of a case; None: in no way alike.

    Spaces within it do not count (MC DONALD).
    """
    name = normalize_name(surname).replace("&", "").strip()
    joined = name.replace(" ", "")
    if not joined:
        return None
    ends = ["".join(words[start:]) for start in range(len(words))]
    if joined in ends:
        return Sign.SURNAME
    if any(fold_confused(end) == fold_confused(joined) for end in ends):
        return Sign.SURNAME_MISREAD
    if any(_is_transposed(end, joined) for end in ends):
        return Sign.SURNAME_TRANSPOSED
    if _share_part(words, surname, joined):
        return Sign.SURNAME_PART
    score = fuzz.ratio(" ".join(words[-len(name.split()) :]), name)
    return Sign.SURNAME_NEAR if score >= NEAR_NAME else None


def fold_confused(name: str) -> str:
    """Return the name with the chars that OCR confuses written in one way."""
    for old, new in CONFUSED:
        name = name.replace(old, new)
    return name


def _is_transposed(one: str, other: str) -> bool:
    alike = len(one) == len(other) >= SHORTEST_PART and sorted(one) == sorted(other)
    return alike and OSA.distance(one, other) == 1


def _share_part(words: Sequence[str], surname: str, joined: str) -> bool:
    """Whether one is a part of the other's double name: SMITH-JONES, SMITH JONES or SMITHJONES and JONES."""
    parts = {normalize_name(part) for part in re.split(r"[\s\-‐‑–—]+", surname)} - PARTICLES
    last = words[-1]
    if any(len(part) >= SHORTEST_PART - 1 and part == last for part in parts):
        return True
    if joined in words[1:]:
        return True
    rest = last.removesuffix(joined) if last.endswith(joined) else last.removeprefix(joined)
    return rest != last and min(len(rest), len(joined)) >= SHORTEST_PART


def _compare_ssns(full: str, last4: str, known: str) -> Sign | None:
    is_same = known == full if len(known) == len(full) == FULL_SSN else known[-4:] == last4
    return Sign.SSN_LAST4 if is_same else None


def _compare_first_names(fields: NoticeFields, last4: str, case: Case) -> Sign | None:
    """Return how the first person's first name compares with that of the case's person with the same SSN.

    The SSN on a notice is the first person's. A name that another person on the line has is not called
    other.
    """
    firsts = [words[0] for words in list_persons(fields)]
    people = ((case.first_name, case.ssn), (case.spouse_first_name, case.spouse_ssn))
    without_ssns = not list_ssns(case)
    theirs = {
        normalize_name(name).split()[0]
        for name, ssn in people
        if name and normalize_name(name) and (without_ssns or normalize_ssn(ssn)[-4:] == last4)
    }
    if not firsts or not theirs:
        return None
    sign = _first_of(_compare_first(firsts[0], name) for name in theirs)
    if sign is None and not any(_compare_first(one, name) for one in firsts for name in theirs):
        return Sign.FIRST_NAME_OTHER
    return sign


def _compare_spouses(fields: NoticeFields, case: Case) -> Sign | None:
    """Return whether the line names both persons of the case by their whole first names."""
    ours = {words[0] for words in list_persons(fields) if len(words[0]) > 1}
    names = (normalize_name(name or "").split() for name in (case.first_name, case.spouse_first_name))
    theirs = {words[0] for words in names if words}
    return Sign.SPOUSE if ours == theirs and len(ours) > 1 else None


def _first_of(signs: Iterable[Sign | None]) -> Sign | None:
    found = set(signs)
    return next((sign for sign in LIKE_FIRST if sign in found), None)


def _compare_first(ours: str, theirs: str) -> Sign | None:
    if ours == theirs:
        return Sign.FIRST_NAME if len(ours) > 1 else Sign.FIRST_INITIAL
    if fold_confused(ours) == fold_confused(theirs) or _is_transposed(ours, theirs):
        return Sign.FIRST_NAME_MISREAD
    return Sign.FIRST_NAME_SHORT if ours.startswith(theirs) or theirs.startswith(ours) else None


def _compare_zips(fields: NoticeFields, case: Case) -> Sign | None:
    ours, theirs = (fields.zip or "")[:5], (case.zip or "")[:5]
    if len(ours) != len("00000") or len(theirs) != len(ours):
        return None
    if ours == theirs:
        return Sign.ZIP
    # The first three digits are an area of the post; most people who move stay in it.
    return Sign.ZIP_NEAR if ours[:3] == theirs[:3] else Sign.ZIP_OTHER


def list_ssns(case: Case) -> list[str]:
    """Return the digits of the case's SSNs: nine, or the last four."""
    return [digits for one in (case.ssn, case.spouse_ssn) if (digits := normalize_ssn(one))]
