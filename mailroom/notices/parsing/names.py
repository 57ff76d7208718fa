"""Parse a name line: which persons it names, and their surnames.

A line alone does not always show the surname ("SMITH JONES"): the last word with its particles is used, the
field is reported as ambiguous, and the whole line is kept for whoever compares it with known clients. The IRS
drops apostrophes and hyphens; nothing is added here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.notices.vocabulary.given_names import GIVEN_NAMES
from mailroom.privacy.client_data import ClientData
from mailroom.privacy.name_words import SUFFIXES, TITLES

# Words that belong to the surname behind them, when a given name stands before them.
PARTICLES = frozenset(
    "DE DEL DELA DELLA DELLE DI DA DO DOS DAS DU DES LA LAS LE LOS VAN VANDER VANDEN VON VOM ZU ZUM DER DEN TER TEN "  # noqa: SIM905 - a list to be read
    "ST ST. SAINT SAN SANTA MC MAC FITZ AL EL BIN IBN ABU BINT BAR D' O'".split()
)
# Surnames from which a space took the apostrophe: "O CONNOR", "D ANGELO". Before any other word the letter is
# an initial.
BEHIND_O = frozenset(
    "BOYLE BRIAN BRIEN BYRNE CALLAGHAN CONNELL CONNER CONNOR DAY DELL DONNELL DONOGHUE DONOVAN DOWD DRISCOLL DWYER "  # noqa: SIM905 - a list to be read
    "FARRELL FLAHERTY FLYNN GARA GORMAN GRADY HAGAN HALLORAN HANLON HARA HARE HERN KEEFE KEEFFE LEARY LOUGHLIN "
    "MALLEY MARA MEARA MELIA NEAL NEIL NEILL REGAN REILLY RILEY ROURKE RORKE SHAUGHNESSY SHEA SULLIVAN TOOLE".split()
)
BEHIND_D = frozenset(
    "AGOSTINO ALESSANDRO ALESSIO AMATO AMBROSIO AMICO ANDREA ANGELO ANTONIO ARCY AURIA ELIA ERRICO ONOFRIO ORAZIO "  # noqa: SIM905 - likewise
    "ORSI SOUZA URSO".split()
)
# Words of the name of a business; a sole owner's stands below the taxpayer's.
TRADES = frozenset(
    "ACCOUNTING ASSOCIATES AUTO AUTOMOTIVE BAKERY BOUTIQUE BROS BUILDERS CATERING CLEANERS CLEANING CLINIC CO COMPANY "  # noqa: SIM905 - a list to be read
    "CONSTRUCTION CONSULTANTS CONSULTING CONTRACTING CONTRACTORS CORP CREATIONS DAYCARE DELIVERY DENTAL DESIGN DESIGNS "
    "ELECTRIC ELECTRICAL ENTERPRISE ENTERPRISES EXCAVATING FITNESS FLOORING FREIGHT GRAPHICS GROUP HANDYMAN HAULING "
    "HEATING HOLDINGS HVAC IMPORTS INC INDUSTRIES INSTALLATION INSURANCE INVESTMENTS JANITORIAL JEWELRY LANDSCAPE "
    "LANDSCAPING LAWNCARE LLC LLP LOGISTICS LTD MASONRY MECHANICAL MEDIA MOTORS PAINTING PHOTOGRAPHY PLUMBING "
    "PRODUCTIONS PROPERTIES REALTY REMODELING RENTAL RENTALS REPAIR REPAIRS RESTAURANT RESTORATION ROOFING SALON "
    "SERVICE SERVICES SHOP SOLUTIONS STORE STUDIO STUDIOS SUPPLY SYSTEMS TILE TOWING TRADING TRANSPORT TRUCKING "
    "TUTORING UPHOLSTERY VENTURES WELDING WOODWORKS WORKS WORKSHOP".split()
)
# Words beside names that are not names.
NO_NAMES = frozenset(
    "MINOR DEC EXTR EXEC EXECUTOR EXECUTRIX GDN GUARDIAN VII VIII 2D 3D SOLE MBR MEMBER ESTATE TRUST TRUSTEE TR PE RN "  # noqa: SIM905 - a list to be read
    "DBA ET ETUX UX ETVIR SURV SURVIVING SPOUSE CONSERVATOR INCOMPETENT OF FOR THE".split()
)
_AND = re.compile(r"\s*&\s*|\s+(?:AND|AND/OR|OR)\s+", re.IGNORECASE)
_CARE_OF = re.compile(r"^\s*(?:%|C\s?/\s?O\b|CARE OF\b|ATTN\b|ATTENTION\b)", re.IGNORECASE)
_CARE_OF_INSIDE = re.compile(r"\s(?:%|C\s?/\s?O\b)", re.IGNORECASE)
_ESTATE = re.compile(r"^(?:THE\s+)?EST(?:ATE)?\s+OF\s+", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, repr=False)
class Names(ClientData):
    """The persons of a name line; ``ambiguous`` names the fields for which it has a second meaning."""

    line: str
    persons: list[str]
    last_name: str | None
    spouse_last_name: str | None
    joint: bool
    ambiguous: frozenset[str] = frozenset()


def is_care_of(line: str) -> bool:
    """Whether the line is a care-of line, which does not name the taxpayer."""
    return bool(_CARE_OF.match(line))


def spread_words(text: str) -> str:
    """Return the words of a text in capitals, with a space before and behind each."""
    return f" {re.sub(r'[^A-Z]+', ' ', text.upper()).strip()} "


def parse_names(lines: Sequence[str]) -> Names | None:
    """Parse name lines; None when they name nobody."""
    # On a scan an ampersand may touch the name before it.
    spaced = [re.sub(r"\s*&\s*", " & ", line).strip() for line in lines]
    kept = [_CARE_OF_INSIDE.split(line)[0].strip(" ,") for line in spaced if not is_care_of(line)]
    wanted = [line for at, line in enumerate(filter(None, kept)) if not (at and _is_trade_name(line))]
    if not wanted:
        return None
    line = " ".join(wanted)
    sides = [side for each in _join_continued_lines(wanted) for side in _AND.split(each) if side.strip()]
    persons = [words for side in sides if (words := _split_words(side))]
    if not persons:
        return None
    if len(persons) == 1:
        persons = _split_two_on_one_line(persons[0])
    if len(persons) > 1:
        return _parse_couple(line, persons, is_alone=_is_alone(persons[0], wanted))
    surname = _find_surname(persons[0])
    # A line with one name has a surname: "MINH O" has one of a single letter.
    is_odd = surname is None and _ends_with_initial(persons[0])
    surname = _drop_suffixes(persons[0])[-1] if is_odd else surname
    is_odd |= _may_be_longer(persons[0]) or _says_more(persons[0]) or _names_two(persons[0])
    ambiguous = frozenset({"last_name"} if is_odd else ())
    return Names(line, [" ".join(persons[0])], surname, None, joint=False, ambiguous=ambiguous)


def _is_trade_name(line: str) -> bool:
    """Whether a line below the first one names a business: "BRIGHTWATER PLUMBING", "DBA CEDAR HILL"."""
    words = [_normalize_word(word) for word in line.split()]
    return words[0] in ("DBA", "D/B/A", "T/A") or bool(TRADES.intersection(words[1:]))


def _split_two_on_one_line(words: list[str]) -> list[list[str]]:
    """Split "OMAR T BECK RUTH L BECK": a surname that is there twice ends two names."""
    core = _drop_suffixes(words)
    for at in range(1, len(core) - 2):
        if core[at].upper() == core[-1].upper() and not _is_initial(core[at]):
            return [words[: at + 1], words[at + 1 :]]
    return [words]


def _join_continued_lines(lines: list[str]) -> list[str]:
    """Join each line that continues the one before with it."""
    out = [lines[0]]
    for line in lines[1:]:
        continues = re.match(r"(?:&|AND\b)", line, re.IGNORECASE) or re.search(
            r"(?:&|\bAND)$", out[-1], re.IGNORECASE
        )
        if continues or len(_split_words(line)) < 2:
            out[-1] = f"{out[-1]} {line}"
        else:
            out.append(line)
    return out


def _split_words(side: str) -> list[str]:
    """Return the words of one person's name without titles and brackets, the given name first."""
    text = _ESTATE.sub("", _BRACKETS.sub(" ", side)).strip(" ,&")
    if "," in text:
        first, _, rest = text.partition(",")
        if _normalize_word(rest) not in SUFFIXES and rest.strip():
            text = f"{rest.strip()} {first}"
    words = [word.strip(",;") for word in text.split()]
    while len(words) > 1 and _normalize_word(words[0]) in TITLES:
        words.pop(0)
    # A speck beside a line is read as a full stop.
    return [word for word in words if any(map(str.isalnum, word))]


def _normalize_word(word: str) -> str:
    return word.strip(" .,").replace(".", "").upper()


def _drop_suffixes(words: Sequence[str]) -> list[str]:
    """Return the words without the suffixes at the end, and what else stands behind a surname there."""
    core = list(words)
    while len(core) > 1 and (_normalize_word(core[-1]) in SUFFIXES or _ends_behind_surname(core)):
        core.pop()
    return core


def _ends_behind_surname(words: Sequence[str]) -> bool:
    """Whether the last word may say who the person is, and a surname may precede: "TYLER SPARROW MINOR"."""
    before = words[-2] if len(words) > 2 else ""
    is_name = bool(before) and not _is_initial(before) and _normalize_word(before) not in GIVEN_NAMES
    return is_name and _normalize_word(words[-1]) in NO_NAMES


def _find_surname(words: Sequence[str]) -> str | None:
    """Return the last word with the particles before it, or all words after an initial ("ANA G LOPEZ DIAZ").

    None for given names and initials only.
    """
    core = _drop_suffixes(words)
    if len(core) < 2 or _is_initial(core[-1]) or _normalize_word(core[-1]) in ("AND", "OR", "&"):
        return None
    initials = [
        at
        for at, word in enumerate(core)
        if at and _is_initial(word) and not _is_one_letter_particle(core, at)
    ]
    if initials and not any(_normalize_word(word) in GIVEN_NAMES for word in core[initials[-1] + 1 : -1]):
        return " ".join(core[initials[-1] + 1 :])
    at = len(core) - 1
    while at > 1 and (core[at - 1].upper().rstrip(".") in PARTICLES or _is_one_letter_particle(core, at - 1)):
        # "GARCIA Y LOPEZ" is one surname.
        at -= 2 if core[at - 1].upper() == "Y" else 1
    return " ".join(core[at:])


def _is_one_letter_particle(core: Sequence[str], at: int) -> bool:
    """Whether a single letter belongs to the surname: "O CONNOR", "D ANGELO", "GARCIA Y LOPEZ"."""
    letter, after = core[at].upper(), "".join(core[at + 1 : at + 2]).upper()
    if letter == "Y":
        is_behind_surname = at > 1 and not _is_initial(core[at - 1])
        return is_behind_surname and bool(after) and _normalize_word(core[at - 1]) not in GIVEN_NAMES
    return (letter == "O" and after in BEHIND_O) or (letter == "D" and after in BEHIND_D)


def _may_be_longer(words: Sequence[str]) -> bool:
    """Whether the word before the surname is not a known given name: "SMITH JONES" may be one surname."""
    core, surname = _drop_suffixes(words), _find_surname(words)
    if surname is None:
        return False
    given = core[: len(core) - len(surname.split())]
    return len(given) > 1 and not _is_initial(given[-1]) and _normalize_word(given[-1]) not in GIVEN_NAMES


def _says_more(words: Sequence[str]) -> bool:
    """Whether a word is not a name, but says who the person is: "JOHN A KERR MINOR", "KERR - TATE"."""
    return any(_normalize_word(word) in NO_NAMES or not any(map(str.isalpha, word)) for word in words)


def _names_two(words: Sequence[str]) -> bool:
    """Whether a line names two persons with nothing between them: "JOHN A SMITH MARY B JONES"."""
    initials = [
        at
        for at, word in enumerate(words)
        if at and _is_initial(word) and not _is_one_letter_particle(words, at)
    ]
    return bool(initials) and initials[-1] - initials[0] > 1


def _ends_with_initial(words: Sequence[str]) -> bool:
    core = _drop_suffixes(words)
    return len(core) > 1 and _is_initial(core[-1])


def _is_initial(word: str) -> bool:
    return len(_normalize_word(word)) == 1


def _is_alone(person: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether the first of two lines names this person and nobody else: "JOHN A KERR &"."""
    words = lines[0].split()
    return len(lines) > 1 and list(person) in (words, words[:-1])


def _find_odd_surname(words: Sequence[str]) -> str | None:
    """Return the last of two single letters at a name's end: "CARLA W O" has two initials, or is Ms O."""
    core = _drop_suffixes(words)
    return core[-1] if len(core) > 2 and all(map(_is_initial, core[-2:])) else None


def _parse_couple(line: str, persons: list[list[str]], *, is_alone: bool) -> Names:
    """Return a couple's names; ``is_alone`` says that each has a line of its own."""
    first, second = persons[0], persons[1]
    shared = _find_shared_surname(first, second)
    last, spouse = shared or _find_surname(first), shared or _find_surname(second)
    ambiguous, ends_given = set[str](), _normalize_word(_drop_suffixes(first)[-1]) in GIVEN_NAMES
    odd, odd_spouse = _find_odd_surname(first), _find_odd_surname(second)
    if odd or odd_spouse:
        ambiguous |= {"last_name", "spouse_last_name", "taxpayer_names"}
    if is_alone:
        last, spouse = last or odd, spouse or odd_spouse
    elif last is None and spouse is None:
        # Somewhere on the line is a surname: "URSULA T AND AARON R O".
        spouse = odd_spouse
    if shared is None and _may_be_longer(first):
        ambiguous.add("last_name")
    if shared is None and _may_be_longer(second):
        ambiguous |= {"spouse_last_name"} | (set() if last else {"last_name", "taxpayer_names"})
    if last is None and spouse is not None:
        last, first = spouse, [*first, *spouse.split()]
    elif spouse is None and last is not None:
        spouse, second = last, [*second, *last.split()]
    elif ends_given and last and spouse and last.upper() != spouse.upper():
        # "JOHN LEE & MARY SMITH": Mr Lee, or Mr Smith with a second given name.
        ambiguous |= {"last_name", "taxpayer_names"}
    says_more = len(persons) > 2 or any(_says_more(words) for words in persons)
    if says_more or any(_is_trade_name(" ".join(words)) for words in persons):
        ambiguous |= {"last_name", "spouse_last_name", "taxpayer_names"}
    names = [" ".join(first), " ".join(second)]
    return Names(line, names, last, spouse, joint=True, ambiguous=frozenset(ambiguous))


def _find_shared_surname(first: Sequence[str], second: Sequence[str]) -> str | None:
    """Return the two or more words that both names end with, a double surname; None where there is none."""
    shared: list[str] = []
    ends = (reversed(_drop_suffixes(each)[1:]) for each in (first, second))
    for one, other in zip(*ends, strict=False):
        if one.upper() != other.upper() or _is_initial(one):
            break
        shared.insert(0, one)
    while shared and _normalize_word(shared[0]) in GIVEN_NAMES:
        shared.pop(0)
    return " ".join(shared) if len(shared) > 1 else None
