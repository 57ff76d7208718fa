"""Signs that OCR misread a name line: missing or odd spaces, lost strokes, digits.

The engine recognizes the chars with confidence and is wrong about the spaces between them: "MICHAELJ", "I I
I", "P OAKLEY". Whether the chars themselves were clear is checked in
`mailroom.notices.confidence.ocr_confidence`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailroom.document.page_layout import PageLayout
from mailroom.notices.parsing.names import PARTICLES
from mailroom.notices.reading import NoticeFields
from mailroom.notices.vocabulary.given_names import GIVEN_NAMES, WHOLE_NAMES
from mailroom.privacy.name_words import SUFFIXES, TITLES

# A person has a given name, an initial or two, and a surname of one or two words with its particles.
MOST_WORDS = 5
# So many letters may have been joined to a given name: an initial.
JOINED_LETTERS = 1
# A gap of at most so many line heights may contain a lost word.
LOST_WORD = 4.0
# Shorter given names are the beginning of many surnames and other given names.
SHORTEST = 4
_AND_JOINED = re.compile(r"[A-Z]{3}AND[A-Z]{3}|\w&|&\w", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r"[^A-Za-zÀ-ÖØ-öø-ÿ .,'&()%/-]")
_VOWELS = frozenset("AEIOUY")
# A speck in a word or between two is read as an apostrophe or a hyphen: "A'LARKIN", "B-IRWIN", "LIL'A".
_SPECK_INSIDE = re.compile(r"^(?!(?:[ODLM]|DELL|DALL)')\w+'|^\w-", re.IGNORECASE)
# Shorter words of a surname are particles, or stand for one: "O CONNOR", "D ANGELO".
SHORTEST_OF_SURNAME = 3
_ONE_LETTER_PARTICLES = frozenset("OD")


def looks_misread(line: str, fields: NoticeFields) -> bool:
    """Return whether a name line does not look like one, or has a space too many or too few."""
    words = [word for word in line.replace(",", " ").split() if word not in ("&", "AND", "OR")]
    if len(words) < 2 or _NOT_IN_NAMES.search(line) or _has_two_cases(line):
        return True
    run_together = any(_is_run_together(word.upper()) for word in words)
    if run_together or _initials_in_a_row(words) or _has_a_speck(words) or _is_split(fields):
        return True
    if any(_is_no_word(word) for name in fields.taxpayer_names for word in name.split()[1:-1]):
        return True
    if any(
        len([word for word in name.split() if not _is_small_word(word)]) > MOST_WORDS - 1
        for name in fields.taxpayer_names
    ):
        return True
    return not fields.last_name or bool(fields.joint and not fields.spouse_last_name)


def may_lack_strokes(line: str) -> bool:
    """Return whether a numeral after a surname may have lost a stroke: "III" becomes II, "II" becomes I."""
    for side in re.split(r"\s+(?:&|AND|OR)\s+", line.upper()):
        words = [word.strip(".,") for word in side.split()]
        if "II" in words or (len(words) > 2 and words[-1] == "I"):
            return True
    return False


def _has_a_speck(words: Sequence[str]) -> bool:
    """Return whether there is a full stop after a word that is not an abbreviation: "MARTIN. P OAKLEY".

    Or an apostrophe or a hyphen where names have none.
    """
    return any(
        (word.endswith(".") and len(word) > 2 and not _is_small_word(word)) or _SPECK_INSIDE.search(word)
        for word in words
    )


def _is_split(fields: NoticeFields) -> bool:
    """Return whether a piece of a surname is too short for a name: "IR WIN"."""
    surnames = ((each or "").upper().split() for each in (fields.last_name, fields.spouse_last_name))
    return any(
        len(word) < SHORTEST_OF_SURNAME and not _is_small_word(word) and word not in _ONE_LETTER_PARTICLES
        for words in surnames
        if len(words) > 1
        for word in words
    )


def _is_no_word(word: str) -> bool:
    """Return whether two consonants between names are no particle or title: "GRANT MG ELROY" for MC ELROY."""
    return len(word) == 2 and word.isalpha() and not _VOWELS & set(word.upper()) and not _is_small_word(word)


def _is_small_word(word: str) -> bool:
    return word.upper().strip(".") in PARTICLES | SUFFIXES | TITLES | {"Y"}


def _has_two_cases(line: str) -> bool:
    """Return whether some words are in capitals and others not: another text was joined to the line."""
    words = [re.sub(r"[^A-Za-z]", "", word) for word in line.split()]
    long = [word for word in words if len(word) > 2 and word.upper() not in SUFFIXES | {"AND"}]
    return any(word.isupper() for word in long) and not all(word.isupper() for word in long)


def _is_run_together(word: str) -> bool:
    """Return whether a given name and an initial, or two names, have no space between them."""
    bare = word.strip(".'-")
    if _AND_JOINED.search(bare):
        return True
    if len(bare) > 2 and bare not in SUFFIXES and not _VOWELS & set(bare):
        return True
    if bare in GIVEN_NAMES or bare in WHOLE_NAMES:
        return False
    for cut in range(SHORTEST, len(bare)):
        rest = bare[cut:]
        if bare[:cut] in GIVEN_NAMES and (
            len(rest) <= JOINED_LETTERS or rest in GIVEN_NAMES or rest in SUFFIXES
        ):
            # A given name with one of these endings is a surname: "PETERS", "ROBERTS", "JACKSON".
            return rest not in ("S", "Z", "SON")
    return False


def _initials_in_a_row(words: Sequence[str]) -> bool:
    """Return whether three single letters follow each other, or one ends the line: "I I I" was III."""
    single = [len(word.strip(".")) == 1 for word in words]
    return single[-1] or any(all(single[at : at + 3]) for at in range(len(single) - 2))


def is_split_elsewhere(line: str, name: str, layouts: Sequence[PageLayout]) -> bool:
    """Return whether the line is repeated with other spaces in ``name``: "P OAKLEY" and "POAKLEY"."""
    squeezed, words = _squeeze(line), _split_words(name)
    for each in (each for layout in layouts for each in layout.lines):
        if squeezed in _squeeze(each.text):
            there = _split_words(each.text)
            if not any(there[at : at + len(words)] == words for at in range(len(there))):
                return True
    return False


def continues_beside(name_line: str, layouts: Sequence[PageLayout]) -> bool:
    """Return whether there is a word in capitals right after the line: an initial between them was lost."""
    words = _split_words(name_line)
    for layout in layouts:
        for line in layout.lines:
            there = _split_words(line.text)
            beside = layout.right_of(line) if there and words[-len(there) :] == there else None
            is_near = beside is not None and beside.x0 - line.x1 <= LOST_WORD * line.height
            if is_near and beside is not None and beside.text.isupper() and beside.text.isalpha():
                return True
    return False


def _split_words(text: str) -> list[str]:
    return re.findall(r"[\w'-]+", text.upper())


def _squeeze(text: str) -> str:
    return re.sub(r"\W", "", text).upper()
