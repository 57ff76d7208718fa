"""Words that stand on a name line beside the names: suffixes and titles, in upper case.

The reader and matching drop all of them. Redaction leaves only those readable that are nobody's name: "Rev",
"Hon", "Vi" and numbers may be one.
"""

from __future__ import annotations

SUFFIXES_NOT_NAMES = frozenset(
    {"JR", "SR", "II", "III", "IV", "ESQ", "MD", "PHD", "CPA", "DDS", "DECD", "DECEASED"}
)
TITLES_NOT_NAMES = frozenset({"MR", "MRS", "MS", "MISS", "DR"})
SUFFIXES = SUFFIXES_NOT_NAMES | {"V", "VI", "2ND", "3RD", "4TH", "DEC'D", "TTEE"}
TITLES = TITLES_NOT_NAMES | {"MX", "REV", "HON"}
