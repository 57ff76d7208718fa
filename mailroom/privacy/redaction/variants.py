"""The variants in which a client's value may be written, for lookup by redaction.

A variant is a sequence of runs; a run is a group of letters or a group of digits, in lower case and without
accents. Characters between runs do not count: "734-00-1234", "734.00.1234" and "734 00 1234" are one variant,
734001234 is another, and "O'Brien" and OBRIEN are two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from mailroom.privacy.client_data import ClientData, KnownValue
from mailroom.privacy.name_words import SUFFIXES_NOT_NAMES, TITLES_NOT_NAMES
from mailroom.privacy.redaction.common_words import SHORTEST, is_common_word
from mailroom.privacy.redaction.normalize import fold_accents, to_lower, to_plain_text

Variant = tuple[str, ...]

RUN = re.compile(r"[^\W\d_]+|\d+")
# A value with more runs is neither a name nor an address; further runs are ignored.
MOST_RUNS = 40
# The most runs in one window of an address.
WINDOW = 6
# The last digits of a case number, which stay readable.
KEPT = 4
# Words on a name line that are not names.
_NOT_NAMES = frozenset(
    {"and", "or", "the", "of", "est", "estate", "dec", "none", "null"}
    | {word.lower() for word in SUFFIXES_NOT_NAMES | TITLES_NOT_NAMES}
)
# Words in front of a number that occur in many addresses.
_UNITS = frozenset("apt apartment unit ste suite floor lot bldg building box pmb room number".split())  # noqa: SIM905 - see above
# Particles before a surname that may be written as a separate word: MC DONALD, O BRIEN.
_PARTICLES = "mac mc o d de del della di la le van von st san al el".split()  # noqa: SIM905 - see above
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "AE", "Ö": "OE", "Ü": "UE", "å": "aa", "Å": "AA"}
)
# Or a state and a ZIP code.
_CITY_AND_STATE = re.compile(r"[^\W\d_]{4,} [^\W\d_]{2}|[^\W\d_]{2} \d{5}")
_EXTENSION = re.compile(r"(?:x|ext\.?|extension|#)\s*\d{1,6}\s*$", re.IGNORECASE)


@dataclass(repr=False, eq=False)
class Variants(ClientData):
    """All variants of one client's values.

    ``sequences`` are masked from their first run to their last. ``numbers`` are digits, masked however they
    are grouped. ``cases`` are case numbers, whose last digits stay readable. ``amounts`` are texts, masked
    only in lines that name the client.
    """

    sequences: set[Variant] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    cases: set[Variant] = field(default_factory=set)
    amounts: set[str] = field(default_factory=set)

    def add(self, value: KnownValue) -> None:
        """Add the variants of one value."""
        match value.kind:
            case "name" | "address" | "email":
                # As it is, with umlauts as two letters, and decoded, if the value looks encoded.
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
        """Add a number of nine digits or more; shorter ones are masked behind a label only."""
        if 9 <= len(digits) <= MOST_RUNS:
            self.numbers.add(digits)

    def _add_phone(self, text: str) -> None:
        digits = "".join(filter(str.isdigit, fold_accents(text)))
        self._add_number(digits)
        local = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
        if len(local) == 10:
            # The last seven digits alone are a phone number too.
            self.numbers |= {local, f"1{local}", local[3:]}
            self.sequences |= {(local[:3], local[3:6], local[6:]), (local[3:6], local[6:]), (local[3:],)}


def split_runs(text: str) -> list[str]:
    """Return the runs of letters and of digits in a text, in lower case and without accents."""
    return RUN.findall(to_lower(fold_accents(text)))[:MOST_RUNS]


def _join(words: Iterable[str]) -> Variant:
    """Return the variant of words written without anything between them."""
    return tuple(RUN.findall("".join(words)))


def _expand_number(groups: list[str]) -> Iterator[Variant]:
    """Yield the usual groups of a number, and the number without leading zeros, as a program may print it."""
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
    """Yield each word of a name, words that belong together, and the whole name, spaced and joined."""
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
    """Yield initial and surname (j quill) and account names (jquill, quillj), also with the surname first."""
    for given, surname in ((words[:-1], words[-1]), (words[1:], words[0])):
        if len(given[0]) == 1:
            continue  # the given name is an initial, and its variants exist already
        initials = [word[0] for word in given]
        yield initials[0], surname
        for some in {initials[0], "".join(initials)}:
            for joined in (f"{some}{surname}", f"{surname}{some}"):
                if len(joined) > SHORTEST + 1 and not is_common_word(joined):
                    yield (joined,)


def _expand_words(words: list[str]) -> Iterator[Variant]:
    """Yield two or more words both spaced and joined; nothing for a single word."""
    if len(words) > 1:
        yield tuple(words)
        yield _join(words)


def _split_particle(word: str) -> Iterator[Variant]:
    """Yield the word with its particle written apart: "mc donald" for "mcdonald"."""
    for particle in _PARTICLES:
        rest = word.removeprefix(particle)
        if rest != word and len(rest) > 3:
            yield particle, rest


def _expand_email(text: str) -> Iterator[Variant]:
    """Yield the whole address, and the part before the @ if it is not a common word."""
    words = split_runs(text)
    if len(words) > 1:
        yield from _expand_words(words)
    local = split_runs(text.partition("@")[0])
    if len("".join(local)) > 4 and not (len(local) == 1 and is_common_word(local[0])):
        yield from _expand_words(local)
        yield _join(local)


def _expand_address(text: str) -> Iterator[Variant]:
    """Yield parts of an address that identify it, each line of it, and the whole address.

    Parts are: a number and a word, a street name of two words, city and state, state and ZIP. A city, a state
    or a house number alone also occurs as another word or number, and is not masked.
    """
    lines = [line for each in re.split(r"[,;\n]", text)[:MOST_RUNS] if (line := split_runs(each))]
    for line in lines:
        for start in range(len(line)):
            for end in range(start + 2, min(start + WINDOW, len(line)) + 1):
                if _identifies_place(line[start:end]):
                    yield from _expand_words(line[start:end])
        yield from _expand_words(line)
    words = [run for line in lines for run in line][:MOST_RUNS]
    for pair in pairwise(words):
        if _CITY_AND_STATE.fullmatch(" ".join(pair)):
            yield from _expand_words(list(pair))
    yield from _expand_words(words)


def _identifies_place(window: list[str]) -> bool:
    """Return whether these runs of one line identify an address, and are not words of any log line."""
    digits = [run for run in window if run.isdigit()]
    if "box" in window and any(len(run) > 1 for run in digits):
        return True
    words = [run for run in window if run.isalpha() and len(run) > 2 and run not in _UNITS]
    telling = [run for run in words if not is_common_word(run)]
    if digits and words:
        return bool(telling) or len(window) > 2 or len(max(digits, key=len)) > 2
    return len(telling) > 1 or (bool(telling) and len(window) == 2 and len(window[1]) in (2, 3))


def _expand_amount(text: str) -> Iterator[str]:
    """Yield 1234.50, 1,234.50, 1234.5 and whole dollars; amounts below 1,000 dollars only with cents."""
    try:
        value = abs(float(text))
    except ValueError:
        return
    yield from (f"{value:.2f}", f"{value:,.2f}")
    if value >= 1000:
        yield from (str(value), f"{value:,.0f}", f"{value:.0f}")


_EXPAND = {"name": _expand_name, "address": _expand_address, "email": _expand_email}
