"""Where known values stand in a text, and whether an ordinary word there is somebody's name. Pure.

MAY, PAGE and LEVY are surnames and words of every log, and so is each initial. Such a word is masked where
names stand: beside another name of the same client, and behind a label such as ``lastName``. The document's
name, which ends with the surname, is masked by its pattern.
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

# So many signs, and no line's end more than one, may stand between the runs of one value.
GAP = 4
_BESIDE = re.compile(r"[\s,.&+;_'\"()/-]{0,4}")
_LABEL = re.compile(
    r"(?:name|names|surname|name_line|taxpayer|taxpayers|spouse|client|customer)\\*['\"]?\s{0,2}[:=]\s{0,2}[\[(]?\\*['\"]?$"
)
# Without a colon only before a capital: "taxpayer PAGE", not "the taxpayer may".
_BARE_LABEL = re.compile(
    r"(?:\b(?:last|first|middle)[\s_]?name|surname|taxpayer|spouse|client|\b(?:mr|mrs|ms|miss|dr|dear)\.?)\s$"
)
LABEL_REACH = 40
# Digits in groups, however they are grouped.
_GROUPS = re.compile(r"\d+(?:[^\w\n:,]{1,3}\d+)+|\d{9,}|\d+(?:_\d+)+")
_LONGEST_NUMBER = 40
# The last seven digits of a phone; all other known numbers have nine or more.
_LOCAL = re.compile(r"\d{3}[-. ]\d{4}(?!\d)")
_DIGITS_BEGIN = re.compile(r"(?:\A|[^0-9a-z]|[a-z]{4})\Z")
_AMOUNT = re.compile(r"\$\s?-?\d+(?:,\d{3})*(?:\.\d+)?")


@dataclass(slots=True)
class Hit:
    """A known value in a text; ``certain`` when it is masked wherever it stands."""

    start: int
    end: int
    owners: AbstractSet[InFlightClient]
    certain: bool


def find_spans(
    text: str, low: str, words: AbstractSet[str], known: ClientValues, *, numbers: bool
) -> Iterator[Span]:
    """What is to be masked; the arguments are those of `patterns.find_spans`."""
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
    found = list(RUN.finditer(low))
    words = [match.group() for match in found]
    hits: list[Hit] = []
    for at in range(len(found)):
        hit = known.find_longest_at(words, at)
        if hit is not None:
            length, owners, kept = hit
            part = found[at : at + length]
            if _are_close(part) and _is_separate(low, part):
                ordinary = _are_common_words(words[at : at + length])
                hits.append(Hit(part[0].start(), part[-1].end() - kept, owners, certain=not ordinary))
    return hits


def _are_common_words(runs: Sequence[str]) -> bool:
    """An ordinary word, also behind an initial: "a page", "s may"."""
    return is_common_word(runs[-1]) and (len(runs) == 1 or (len(runs) == 2 and len(runs[0]) == 1))


def _are_close(part: Sequence[re.Match[str]]) -> bool:
    return all(after.start() - before.end() <= GAP for before, after in pairwise(part))


def _is_separate(low: str, part: Sequence[re.Match[str]]) -> bool:
    """Not a few letters or digits within an id; long ones are no accident, nor are digits behind a word."""
    start, end = part[0].start(), part[-1].end()
    if len(part) == 1 and part[0].group().isdigit():
        return bool(_DIGITS_BEGIN.search(low, max(0, start - 4), start)) and not low[end : end + 1].isalnum()
    if sum(len(run.group()) for run in part) > 4:
        return True
    return not (low[start - 1 : start].isalnum() or low[end : end + 1].isalnum())


def _find_numbers(low: str, known: ClientValues) -> Iterator[Hit]:
    """Known numbers in groups of digits: each run of groups that has the digits of one."""
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
    """Make sure of the ordinary words that stand in a name's place: from left to right, then back."""
    hits.sort(key=lambda hit: hit.start)
    for hit in hits:
        hit.certain = hit.certain or _has_label(text, low, hit)
    for line in (hits, hits[::-1]):
        for before, hit in pairwise(line):
            first, second = sorted((before, hit), key=lambda each: each.start)
            beside = hit.owners is before.owners or not hit.owners.isdisjoint(before.owners)
            if not hit.certain and beside and _are_adjacent(low, first, second):
                # Two ordinary words are a name when a comma turns them round: "PAGE, MAY".
                hit.certain = before.certain or _are_reversed(low, first, second)
                before.certain = before.certain or hit.certain


def _are_adjacent(low: str, first: Hit, second: Hit) -> bool:
    return bool(_BESIDE.fullmatch(low, first.end, second.start))


def _are_reversed(low: str, first: Hit, second: Hit) -> bool:
    return (
        "," in low[first.end : second.start]
        and low[first.start : first.end] != low[second.start : second.end]
    )


def _has_label(text: str, low: str, hit: Hit) -> bool:
    before = low[max(0, hit.start - LABEL_REACH) : hit.start]
    if _LABEL.search(before):
        return True
    if not text[hit.start].isupper():
        return False
    return _has_initial(text, low, hit) or bool(_BARE_LABEL.search(before))


def _has_initial(text: str, low: str, hit: Hit) -> bool:
    """Whether it is an initial and a surname that do not look like words: "M. Green", "M GREEN"."""
    found = [match.start() for match in RUN.finditer(low, hit.start, hit.end)]
    if len(found) != 2 or not text[found[1]].isupper():
        return False
    return "." in text[found[0] : found[1]] or text[hit.start : hit.end].isupper()


def _find_amounts(low: str, hits: Sequence[Hit]) -> Iterator[Span]:
    """Sums in the lines that name a client: any with a dollar sign, and the client's own without."""
    for start, end, owners in _group_by_line(low, hits):
        yield from (match.span() for match in _AMOUNT.finditer(low, start, end))
        for variant in {variant for owner in owners for variant in owner.variants.amounts}:
            at = low.find(variant, start, end)
            while at >= 0:
                if not (
                    low[at - 1 : at].isdigit() or low[at + len(variant) : at + len(variant) + 1].isdigit()
                ):
                    yield at, at + len(variant)
                at = low.find(variant, at + 1, end)


def _group_by_line(low: str, hits: Sequence[Hit]) -> Iterator[tuple[int, int, AbstractSet[InFlightClient]]]:
    lines: dict[tuple[int, int], set[InFlightClient]] = {}
    for hit in hits:
        end = low.find("\n", hit.end)
        line = (low.rfind("\n", 0, hit.start) + 1, end if end >= 0 else len(low))
        lines.setdefault(line, set()).update(hit.owners)
    for (start, end), owners in lines.items():
        yield start, end, owners
