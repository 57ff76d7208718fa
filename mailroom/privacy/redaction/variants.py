"""The forms in which a value of a client may be written, as redaction looks them up. Pure.

A form is a sequence of runs of letters and runs of digits, in lower case and without accents; what stands
between them does not count. So "734-00-1234", "734.00.1234" and "734 00 1234" are one form, 734001234 is
another, and "O'Brien" and OBRIEN are two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from mailroom.privacy.client_data import ClientData, KnownValue
from mailroom.privacy.redaction.common_words import SHORTEST, is_common_word
from mailroom.privacy.redaction.normalize import fold_accents, to_lower, to_plain_text

Variant = tuple[str, ...]

RUN = re.compile(r"[^\W\d_]+|\d+")
# A value of more runs than these is no name and no address; what is behind them is not looked at.
MOST_RUNS = 40
# Windows of an address are at most so long.
WINDOW = 6
# A case number keeps these.
KEPT = 4
# What stands on a name line beside names.
_NOT_NAMES = frozenset(
    "and or the of est estate jr sr ii iii iv esq md phd cpa dds decd deceased dec mr mrs ms miss dr none null".split()  # noqa: SIM905 - a list to be read
)
# What has a number in every address.
_UNITS = frozenset("apt apartment unit ste suite floor lot bldg building box pmb room number".split())  # noqa: SIM905 - likewise
# Parts in front of a surname that some write apart: MC DONALD, O BRIEN.
_PARTICLES = (
    "mac",
    "mc",
    "o",
    "d",
    "de",
    "del",
    "della",
    "di",
    "la",
    "le",
    "van",
    "von",
    "st",
    "san",
    "al",
    "el",
)
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "AE", "Ö": "OE", "Ü": "UE", "å": "aa", "Å": "AA"}
)
_EXTENSION = re.compile(r"(?:x|ext\.?|extension|#)\s*\d{1,6}\s*$", re.IGNORECASE)


@dataclass(repr=False)
class Variants(ClientData):
    """What to look for. ``sequences`` are masked from their first run to their last.

    ``numbers`` are digits that may be grouped in any way, ``cases`` keep their last digits, ``amounts`` are masked
    only where the client is named.
    """

    sequences: set[Variant] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    cases: set[Variant] = field(default_factory=set)
    amounts: set[str] = field(default_factory=set)

    def add(self, value: KnownValue) -> None:
        """Take in the forms of one more value."""
        match value.kind:
            case "name" | "address" | "email":
                # As it is, as German spells it without its dots, and as a value that looks encoded is read.
                for spelling in {value.text, value.text.translate(_UMLAUTS), to_plain_text(value.text)[0]}:
                    self.sequences.update(_EXPAND[value.kind](spelling))
            case "amount":
                self.amounts.update(_expand_amount(value.text))
            case "case":
                self.cases.update(
                    (digits,) for digits in split_runs(value.text) if digits.isdigit() and len(digits) > KEPT
                )
            case "phone":
                self._add_phone(_EXTENSION.sub("", value.text))
            case "ssn" | "number":
                self._add_number("".join(filter(str.isdigit, fold_accents(value.text))))
                self.sequences.update(_expand_number(split_runs(value.text)))

    def _add_number(self, digits: str) -> None:
        """Of less than nine digits they are too common among other numbers: those need their label."""
        if 9 <= len(digits) <= MOST_RUNS:
            self.numbers.add(digits)

    def _add_phone(self, text: str) -> None:
        digits = "".join(filter(str.isdigit, fold_accents(text)))
        self._add_number(digits)
        local = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
        if len(local) == 10:
            # The last seven digits are a phone's too.
            self.numbers |= {local, f"1{local}", local[3:]}
            self.sequences |= {(local[:3], local[3:6], local[6:]), (local[3:6], local[6:]), (local[3:],)}


def split_runs(text: str) -> list[str]:
    """The runs of letters and digits, in lower case and without accents."""
    return RUN.findall(to_lower(fold_accents(text)))[:MOST_RUNS]


def _join(words: Iterable[str]) -> Variant:
    """Written without anything between them."""
    return tuple(RUN.findall("".join(words)))


def _expand_number(groups: list[str]) -> Iterator[Variant]:
    """Its usual groups, which may stand in a list or on several lines, and as a program writes it as a count."""
    digits = "".join(groups)
    if not digits.isdigit() or not 9 <= len(digits) <= MOST_RUNS:
        return
    yield tuple(groups)
    if len(digits) == 9:
        yield digits[:3], digits[3:5], digits[5:]
    count = digits.lstrip("0")
    if 7 <= len(count) < len(digits):
        yield (count,)


def _expand_name(text: str) -> Iterator[Variant]:
    """Each word, words that belong together, and all of it, with and without what parts them."""
    spaced = to_lower(fold_accents(text)).split()[:MOST_RUNS]
    words = [run for word in spaced for run in split_runs(word) if run not in _NOT_NAMES]
    yield from ((word,) for word in words)
    for word in spaced:
        # O'Brien and Smith-Jones, also as one word.
        yield from _expand_words(split_runs(word))
    for word in words:
        yield from _split_particle(word)
        if not is_common_word(word):
            yield from ((f"{word}{ending}",) for ending in ("s", "es"))
    if len(words) > 1:
        yield from _expand_initials(words)
    for first, second in pairwise(words):
        yield from _expand_words([first, second])
        yield _join([second, first])
    if len(words) > 2:
        yield from _expand_words(words)
        yield from _expand_words([words[0], words[-1]])
        yield _join([words[-1], words[0]])
        yield from (_join(words[start:]) for start in range(1, len(words) - 1))


def _expand_initials(words: list[str]) -> Iterator[Variant]:
    """J. Quill, and jquill and quillj as accounts are called; also where the surname comes first."""
    for given, surname in ((words[:-1], words[-1]), (words[1:], words[0])):
        if len(given[0]) == 1:
            continue  # a name of its own, and looked for as such
        initials = [word[0] for word in given]
        yield initials[0], surname
        for some in {initials[0], "".join(initials)}:
            for joined in (f"{some}{surname}", f"{surname}{some}"):
                if len(joined) > SHORTEST + 1 and not is_common_word(joined):
                    yield (joined,)


def _expand_words(words: list[str]) -> Iterator[Variant]:
    if len(words) > 1:
        yield tuple(words)
        yield _join(words)


def _split_particle(word: str) -> Iterator[Variant]:
    for particle in _PARTICLES:
        rest = word.removeprefix(particle)
        if rest != word and len(rest) > 3:
            yield particle, rest


def _expand_email(text: str) -> Iterator[Variant]:
    words = split_runs(text)
    if len(words) > 1:
        yield from _expand_words(words)
    local = split_runs(text.partition("@")[0])
    if len("".join(local)) > 4 and not (len(local) == 1 and is_common_word(local[0])):
        yield from _expand_words(local)
        yield _join(local)


def _expand_address(text: str) -> Iterator[Variant]:
    """Windows of it that have a number and a word, street names of two words, city and state, and all of it.

    A city alone, a state and a house number say too little, and are words and numbers of other things.
    """
    parts = [part for each in re.split(r"[,;\n]", text)[:MOST_RUNS] if (part := split_runs(each))]
    for part in parts:
        for start in range(len(part)):
            for end in range(start + 2, min(start + WINDOW, len(part)) + 1):
                if _identifies_place(part[start:end]):
                    yield from _expand_words(part[start:end])
        if len(part) > 1:
            yield from _expand_words(part)
    words = [run for part in parts for run in part][:MOST_RUNS]
    for start in range(len(words)):
        # City, state and ZIP: "springfield il", "il 62701".
        pair = words[start : start + 2]
        if (
            len(pair) == 2
            and len(pair[1]) == 2
            and pair[1].isalpha()
            and len(pair[0]) > 3
            and pair[0].isalpha()
        ):
            yield from _expand_words(pair)
        if (
            len(pair) == 2
            and len(pair[0]) == 2
            and pair[0].isalpha()
            and len(pair[1]) == 5
            and pair[1].isdigit()
        ):
            yield from _expand_words(pair)
    yield from _expand_words(words)


def _identifies_place(window: list[str]) -> bool:
    digits = [run for run in window if run.isdigit()]
    if "box" in window and any(len(run) > 1 for run in digits):
        return True
    words = [run for run in window if run.isalpha() and len(run) > 2 and run not in _UNITS]
    telling = [run for run in words if not is_common_word(run)]
    if digits and words:
        return bool(telling) or len(window) > 2 or len(max(digits, key=len)) > 2
    return len(telling) > 1 or (bool(telling) and len(window) == 2 and len(window[1]) in (2, 3))


def _expand_amount(text: str) -> Iterator[str]:
    """1234.5, 1234.50, 1,234.50, and in whole dollars; a sum of less than 1,000 dollars needs its cents."""
    try:
        value = abs(float(text))
    except ValueError:
        return
    yield from (f"{value:.2f}", f"{value:,.2f}")
    if value >= 1000:
        yield from (str(value), f"{value:,.0f}", f"{value:.0f}")


_EXPAND = {"name": _expand_name, "address": _expand_address, "email": _expand_email}
