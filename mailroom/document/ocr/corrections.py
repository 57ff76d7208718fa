"""Corrects what an engine gets wrong in the same way again and again, before anyone looks for fields.

Only what cannot be a value: the bars of a postal code read as chars, a mask's hyphens, a char in a word of
the vocabulary. Names and numbers stay as they were read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

# A postal bar code comes out as a run of upright strokes.
_BARS = re.compile(r"[lIi|1!uhdbomnpqLTtj\[\]/\\.,'_-]+")
_STROKES = re.compile(r"[lI|i!1]")
# Whatever else is among them, no line of so many chars has so many of these.
_BARLIKE = re.compile(r"[lI|i!1uhdbtfLT]")
NO_WORD, BARLIKE_SHARE = 12, 0.75
# No word of so many chars has so many of them.
SURELY_BARS, STROKE_SHARE = 9, 0.3
# A shorter run is one only where the engine was unsure of it.
CLEAR = 0.85
CLEAR_WORD = 0.97
# A mask's stars come out as all kinds of signs; no amount or phone number begins with two.
_MASK = re.compile(
    r"^(?:[*Xx#•·.]{2,4}[_~\-=.—]{0,2}[*Xx#•·.]{1,3}[_~\-=.—]{1,2}|[*#•·.>~<^_=—-]{2,9})(?=\d{4}$)"
)
# Dots that lead to a year are no mask.
_LEADERS = re.compile(r"^\.{2,}(?=(?:19|20)\d\d$)")
_BETWEEN_FIGURES = re.compile(r"(?<=\d)(?:[~_=—]|--)(?=\d)")
# The first hyphen of an SSN, and dirt before a number or a word.
_FIRST_HYPHEN = re.compile(r"^(\d{3})[:;.](?=\d\d(?:\D|$))")
_DIRT = re.compile(r"^[.,'·:;`]+(?=[A-Z]{2}|\d{5})")
# A speck behind a word in capitals, too long for an abbreviation: "NASH.", "PRISCILLA'".
_SPECK_BEHIND = re.compile(r"(?<=[A-Z]{4})[.'’‘`´]+$")
# Shorter words are like too many others.
SHORTEST = 5


def is_bar_code(text: str, confidence: float) -> bool:
    """Return whether a line is a bar code.

    A short run of strokes is one only where the engine was unsure of it too.
    """
    chars = text.replace(" ", "")
    if len(chars) >= NO_WORD and len(_BARLIKE.findall(chars)) >= BARLIKE_SHARE * len(chars):
        return True
    if not _BARS.fullmatch(chars):
        return False
    share = len(_STROKES.findall(chars)) / max(len(chars), 1)
    if len(chars) >= SURELY_BARS:
        return share >= STROKE_SHARE
    return share > 0 and confidence < CLEAR and not chars.isupper() and not chars.isdigit()


def is_dirt(word: str) -> bool:
    """Return whether a word is specks only."""
    return not word.strip(".,'·:;`")


class Corrector:
    """Corrects words by a vocabulary: those of a document's labels and headlines, in lower case."""

    def __init__(self, vocabulary: Iterable[str] = ()) -> None:
        self._vocabulary = frozenset(word for word in vocabulary if len(word) >= SHORTEST)

    def correct(self, word: str, confidence: float) -> str:
        """Return the word with its mask's hyphens, or the one vocabulary word that differs by a char.

        ``confidence`` is the probability of its least certain char: clear words stay ("match" is not
        "batch").
        """
        word = _FIRST_HYPHEN.sub(r"\1-", _SPECK_BEHIND.sub("", _DIRT.sub("", _LEADERS.sub("", word))))
        word = _BETWEEN_FIGURES.sub("-", _MASK.sub("***-**-", word))
        bare = word.strip(".:,")
        if len(bare) < SHORTEST or not bare.isalpha() or bare.isupper():
            return word
        like = _find_nearest(bare.lower(), self._vocabulary)
        is_clear = confidence >= CLEAR_WORD and not _differs_by_a_stroke(bare.lower(), like or "")
        if like is None or like == bare.lower() or is_clear:
            return word
        return word.replace(bare, like.capitalize() if bare[0].isupper() else like)


@lru_cache(maxsize=4096)
def _find_nearest(word: str, vocabulary: frozenset[str]) -> str | None:
    """Return the word if it is in the vocabulary, else the only one there that differs by a char."""
    if word in vocabulary:
        return word
    near = [each for each in vocabulary if Levenshtein.distance(word, each, score_cutoff=1) <= 1]
    return near[0] if len(near) == 1 else None


def _differs_by_a_stroke(word: str, other: str) -> bool:
    """Return whether only an l is an i, which the engine is sure of either way: "recelved"."""
    return word.replace("l", "i") == other.replace("l", "i")
