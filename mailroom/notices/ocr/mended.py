"""What an engine gets wrong in one way again and again, put right before anyone looks for fields.

Only what cannot be a value: the bars of a postal code read as letters, a mask's hyphens, a letter in a label's
word. Names and numbers stay as they were read.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from mailroom.notices.labels import SPELLINGS

# A postal bar code comes out as a run of upright strokes.
_BARS = re.compile(r"[lIi|1!uhdbomnpqLTtj\[\]/\\.,'_-]+")
_STROKES = re.compile(r"[lI|i!1]")
# Whatever else is among them, no line of so many letters has so many of these.
_BARLIKE = re.compile(r"[lI|i!1uhdbtfLT]")
NO_WORD, BARLIKE_SHARE = 12, 0.75
# No word of so many letters has so many of them.
SURELY_BARS, STROKE_SHARE = 9, 0.3
# A shorter run is one only where the engine was unsure of it.
CLEAR = 0.85
CLEAR_WORD = 0.97
# A mask's stars come out as all kinds of signs; no sum or phone number begins with two.
_MASK = re.compile(
    r"^(?:[*Xx#•·.]{2,4}[_~\-=.—]{0,2}[*Xx#•·.]{1,3}[_~\-=.—]{1,2}|[*#•·.>~<^_=—-]{2,9})(?=\d{4}$)"
)
_BETWEEN_FIGURES = re.compile(r"(?<=\d)(?:[~_=—]|--)(?=\d)")
# The first hyphen of an SSN, and dirt before a number or a word.
_FIRST_HYPHEN = re.compile(r"^(\d{3})[:;.](?=\d\d(?:\D|$))")
_DIRT = re.compile(r"^[.,'·:;`]+(?=[A-Z]{2}|\d{5})")
# Shorter words are like too many others.
SHORTEST = 5
LETTERHEAD = (
    "department treasury internal revenue service proposed changes summary increase decrease penalties"
)
WORDS = frozenset(
    word
    for spelling in (*SPELLINGS, LETTERHEAD)
    for word in re.findall(r"[a-z]+", spelling)
    if len(word) >= SHORTEST
)


def is_bars(text: str, sure: float) -> bool:
    """Whether a line is a bar code; a short run of strokes only where the engine was unsure of it too."""
    letters = text.replace(" ", "")
    if len(letters) >= NO_WORD and len(_BARLIKE.findall(letters)) >= BARLIKE_SHARE * len(letters):
        return True
    if not _BARS.fullmatch(letters):
        return False
    share = len(_STROKES.findall(letters)) / max(len(letters), 1)
    if len(letters) >= SURELY_BARS:
        return share >= STROKE_SHARE
    return share > 0 and sure < CLEAR and not letters.isupper() and not letters.isdigit()


def is_dirt(word: str) -> bool:
    """Whether a word is specks only."""
    return not word.strip(".,'·:;`")


def mended(word: str, sure: float) -> str:
    """The word with its mask's hyphens, or spelled as the one label's word that it differs from by a letter.

    ``sure`` is the probability of its least clear letter: clear words are left as they are ("match" is no "batch").
    """
    word = _FIRST_HYPHEN.sub(r"\1-", _DIRT.sub("", word))
    word = _BETWEEN_FIGURES.sub("-", _MASK.sub("***-**-", word))
    bare = word.strip(".:,")
    if len(bare) < SHORTEST or not bare.isalpha() or bare.isupper():
        return word
    like = _label_word(bare.lower())
    is_clear = sure >= CLEAR_WORD and not _differs_by_a_stroke(bare.lower(), like or "")
    if like is None or like == bare.lower() or is_clear:
        return word
    return word.replace(bare, like.capitalize() if bare[0].isupper() else like)


def _differs_by_a_stroke(word: str, other: str) -> bool:
    """Whether only an l is an i, which the engine is sure of either way: "recelved"."""
    return word.replace("l", "i") == other.replace("l", "i")


@lru_cache(maxsize=4096)
def _label_word(word: str) -> str | None:
    if word in WORDS:
        return word
    near = [each for each in WORDS if Levenshtein.distance(word, each, score_cutoff=1) <= 1]
    return near[0] if len(near) == 1 else None
