"""Locate known values in a text, and decide whether a common word in it is a name.

MAY, PAGE and LEVY are surnames, and words of every log; the same is true of initials. Such a word is masked
only where a name is expected: beside another name of the same client, or behind a label such as ``lastName``.
The name of a filed document, which ends with the surname, is masked by a pattern (`patterns`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from mailroom.privacy.redaction.client_values import ClientValues, InFlightClient
from mailroom.privacy.redaction.common_words import is_common_word
from mailroom.privacy.redaction.patterns import Span
from mailroom.privacy.redaction.variants import RUN

# The most characters between two runs of one value.
GAP = 4
# Only spaces and punctuation.
_BESIDE = re.compile(r"[\s,.&+;_'\"()/-]{0,4}")
_LABEL = re.compile(
    r"(?:name|names|surname|name_line|taxpayer|taxpayers|spouse|client|customer)\\*['\"]?\s{0,2}[:=]\s{0,2}[\[(]?\\*['\"]?$"
)
# A label without a colon counts only before a capital: "taxpayer PAGE", not "the taxpayer may".
_BARE_LABEL = re.compile(
    r"(?:\b(?:last|first|middle)[\s_]?name|surname|taxpayer|spouse|client|\b(?:mr|mrs|ms|miss|dr|dear)\.?)\s$"
)
LABEL_REACH = 40
# Digits in groups of any size.
_GROUPS = re.compile(r"\d+(?:[^\w\n:,]{1,3}\d+)+|\d{9,}|\d+(?:_\d+)+")
_LONGEST_NUMBER = 40
# The last seven digits of a phone; all other known numbers have nine or more.
_LOCAL = re.compile(r"\d{3}[-. ]\d{4}(?!\d)")
_DIGITS_BEGIN = re.compile(r"(?:\A|[^0-9a-z]|[a-z]{4})\Z")
_AMOUNT = re.compile(r"\$\s?-?\d+(?:,\d{3})*(?:\.\d+)?")


@dataclass(slots=True)
class Hit:
    """A known value in a text; masked if ``certain``, else only where a name is expected."""

    start: int
    end: int
    owners: AbstractSet[InFlightClient]
    certain: bool


def find_spans(
    text: str, low: str, words: AbstractSet[str], known: ClientValues, *, numbers: bool
) -> Iterator[Span]:
    """Yield the spans of known values to mask; see `patterns.find_spans` for the arguments."""
    named = known.may_match(words)
    numbered = known.has_numbers() and (numbers or _LOCAL.search(low))
    if not named and not numbered:
        return
    hits: list[Hit] = []
    with known.lock:
        if numbered:
            hits += _find_numbers(low, known)
        if named:
            hits += _find_sequences(low, known)
            _confirm_common_words(text, low, hits)
        certain = [hit for hit in hits if hit.certain]
        yield from [(hit.start, hit.end) for hit in certain] + list(_find_amounts(low, certain))


def _find_sequences(low: str, known: ClientValues) -> list[Hit]:
    """Return the hits of names, addresses, e-mails and case numbers, in the order of the text."""
    found = list(RUN.finditer(low))
    words = [match.group() for match in found]
    hits: list[Hit] = []
    for at in range(len(found)):
        hit = known.find_longest_at(words, at)
        if hit is not None:
            length, owners, kept = hit
            runs = found[at : at + length]
            if _are_close(runs) and _is_separate(low, runs):
                certain = not _are_common_words(words[at : at + length])
                hits.append(Hit(runs[0].start(), runs[-1].end() - kept, owners, certain))
    return hits


def _are_common_words(runs: Sequence[str]) -> bool:
    """Return whether it is a common word, alone or behind an initial: "a page", "s may"."""
    return is_common_word(runs[-1]) and (len(runs) == 1 or (len(runs) == 2 and len(runs[0]) == 1))


def _are_close(runs: Sequence[re.Match[str]]) -> bool:
    return all(after.start() - before.end() <= GAP for before, after in pairwise(runs))


def _is_separate(low: str, runs: Sequence[re.Match[str]]) -> bool:
    """Return whether the runs are a value of their own, and not a few letters or digits within an id.

    Digits directly behind a word count as separate, and so do runs of more than four characters.
    """
    start, end = runs[0].start(), runs[-1].end()
    if len(runs) == 1 and runs[0].group().isdigit():
        return bool(_DIGITS_BEGIN.search(low, max(0, start - 4), start)) and not low[end : end + 1].isalnum()
    if sum(len(run.group()) for run in runs) > 4:
        return True
    return not (low[start - 1 : start].isalnum() or low[end : end + 1].isalnum())


def _find_numbers(low: str, known: ClientValues) -> Iterator[Hit]:
    """Yield each sequence of groups of digits that together are a known number."""
    for group in _GROUPS.finditer(low):
        found = [(match.start(), match.end()) for match in RUN.finditer(low, group.start(), group.end())]
        for first in range(len(found)):
            digits = ""
            for start, end in found[first : first + _LONGEST_NUMBER]:
                digits += low[start:end]
                if len(digits) > _LONGEST_NUMBER:
                    break
                if owners := known.find_owners_of_number(digits):
                    yield Hit(found[first][0], end, owners, certain=True)


def _confirm_common_words(text: str, low: str, hits: list[Hit]) -> None:
    """Set ``certain`` on the common words that are names: from left to right, then from right to left."""
    hits.sort(key=lambda hit: hit.start)
    for hit in hits:
        hit.certain = hit.certain or _has_label(text, low, hit)
    for line in (hits, hits[::-1]):
        for before, hit in pairwise(line):
            first, second = sorted((before, hit), key=lambda each: each.start)
            beside = hit.owners is before.owners or not hit.owners.isdisjoint(before.owners)
            if not hit.certain and beside and _BESIDE.fullmatch(low, first.end, second.start):
                # Two common words are a name if a comma stands between them: "PAGE, MAY".
                hit.certain = before.certain or _are_reversed(low, first, second)
                before.certain = before.certain or hit.certain


def _are_reversed(low: str, first: Hit, second: Hit) -> bool:
    """Return whether two different words have a comma between them, as in "PAGE, MAY"."""
    return (
        "," in low[first.end : second.start]
        and low[first.start : first.end] != low[second.start : second.end]
    )


def _has_label(text: str, low: str, hit: Hit) -> bool:
    """Return whether a label, a title or an initial shows that the hit is a name."""
    before = low[max(0, hit.start - LABEL_REACH) : hit.start]
    if _LABEL.search(before):
        return True
    if not text[hit.start].isupper():
        return False
    return _has_initial(text, low, hit) or bool(_BARE_LABEL.search(before))


def _has_initial(text: str, low: str, hit: Hit) -> bool:
    """Return whether the hit is an initial and a capitalised surname: "M. Green", "M GREEN"."""
    found = [match.start() for match in RUN.finditer(low, hit.start, hit.end)]
    if len(found) != 2 or not text[found[1]].isupper():
        return False
    return "." in text[found[0] : found[1]] or text[hit.start : hit.end].isupper()


def _find_amounts(low: str, hits: Sequence[Hit]) -> Iterator[Span]:
    """Yield the amounts in lines that name a client: those with a dollar sign, and the client's own."""
    lines: dict[tuple[int, int], set[InFlightClient]] = {}
    for hit in hits:
        end = low.find("\n", hit.end)
        line = (low.rfind("\n", 0, hit.start) + 1, end if end >= 0 else len(low))
        lines.setdefault(line, set()).update(hit.owners)
    for (start, end), owners in lines.items():
        yield from (match.span() for match in _AMOUNT.finditer(low, start, end))
        for variant in {variant for owner in owners for variant in owner.amounts}:
            at = low.find(variant, start, end)
            while at >= 0:
                if not (
                    low[at - 1 : at].isdigit() or low[at + len(variant) : at + len(variant) + 1].isdigit()
                ):
                    yield at, at + len(variant)
                at = low.find(variant, at + 1, end)
