"""Invented clients of a firm, and name lines as a notice or a scan of it may spell them; draws nothing.

Committed before the matcher was measured with it (`bench/matching.py`). Surnames have the shares of the 2010
census at the top of the list and an invented tail. A line's noise is drawn from `NOISE`, where each kind has
its share of the lines; one line in twenty is of somebody who is not a client.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from mailroom.notices.vocabulary.given_names import GIVEN_NAMES

SEED = 20_261_129
AREAS = (*range(734, 750), *range(773, 900))
# Persons among 100,000 of the United States with this surname (census of 2010, rounded).
TOP = dict(
    pair.split(":")
    for pair in (
        "SMITH:828 JOHNSON:655 WILLIAMS:551 BROWN:487 JONES:483 GARCIA:395 MILLER:394 DAVIS:378 RODRIGUEZ:371 "
        "MARTINEZ:359 HERNANDEZ:354 LOPEZ:296 GONZALEZ:285 WILSON:272 ANDERSON:266 THOMAS:256 TAYLOR:255 MOORE:246 "
        "JACKSON:240 MARTIN:238 LEE:235 PEREZ:231 THOMPSON:225 WHITE:224 HARRIS:212 SANCHEZ:208 CLARK:191 "
        "RAMIREZ:189 LEWIS:181 ROBINSON:180 WALKER:177 YOUNG:164 ALLEN:164 KING:158 WRIGHT:156 SCOTT:149 TORRES:148 "
        "NGUYEN:149 HILL:147 FLORES:147 GREEN:146 ADAMS:145 NELSON:144 BAKER:142 HALL:138 RIVERA:133 CAMPBELL:131 "
        "MITCHELL:130 CARTER:128 ROBERTS:127 O'BRIEN:35 O'CONNOR:28 O'NEIL:14 McDonald:47 DE LA CRUZ:24 "
        "DE LEON:22 VAN DYKE:6 ST CLAIR:6 SMYTH:4 BURNS:44 HORN:14 BURNHAM:7 Núñez:23 LA ROSA:5"
    ).replace("DE LA CRUZ", "DE_LA_CRUZ").replace("DE LEON", "DE_LEON").replace("VAN DYKE", "VAN_DYKE")
    .replace("ST CLAIR", "ST_CLAIR").replace("LA ROSA", "LA_ROSA").split()
)  # fmt: skip
STARTS = "ABER ASH BARN BECK BLOOM BRAD CALD CARN CHAL CROM DAL DREN EBER FARN GARR GOLD HART HOLM KEND KIRK LANG LIND "
ENDS = "BAUGH BERG BORN BY COTT DALE ELL ER FIELD FORD GATE HAM HAUS INGTON LEY LIN MAN MORE NER RICK SON STEIN TON WELL"
FIRST = sorted(name for name in GIVEN_NAMES if len(name) > 2)
# Those that many people have.
USUAL = "JAMES MARY JOHN PATRICIA ROBERT JENNIFER MICHAEL LINDA WILLIAM ELIZABETH DAVID BARBARA RICHARD SUSAN JOSEPH"
OCR = (("O", "0"), ("I", "1"), ("L", "1"), ("I", "L"), ("S", "5"), ("B", "8"), ("RN", "M"), ("M", "RN"))
SUFFIXES = ("JR", "SR", "II", "III")


@dataclass(frozen=True)
class Person:
    """A client, with names as the CRM spells them and a full SSN."""

    first: str
    last: str
    ssn: str


@dataclass(frozen=True)
class Client:
    """A case: one person or two. ``zip`` is where they live."""

    case_id: int
    persons: tuple[Person, ...]
    zip: str


@dataclass(frozen=True)
class NameLine:
    """What a notice says of its client. ``case_id`` is the right one; None: somebody else's notice."""

    kind: str
    line: str
    ssn: str
    zip: str
    case_id: int | None


class Town:
    """Draws people; one object for clients and strangers alike."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        tail = [start + end for start in STARTS.split() for end in ENDS.split()]
        self._names = [name.replace("_", " ") for name in TOP] + tail
        rest = 100_000 - sum(map(int, TOP.values()))
        self._weights = [float(share) for share in TOP.values()] + [rest / len(tail)] * len(tail)

    def draw_surname(self) -> str:
        """A surname as a CRM spells it; one in thirty is a hyphenated one."""
        one, two = (name.title() for name in self._rng.choices(self._names, self._weights, k=2))
        return f"{one}-{two}" if self._rng.random() < 1 / 30 and " " not in one + two else one

    def draw_person(self, last: str | None = None) -> Person:
        """A person, every second one with a usual first name."""
        rng = self._rng
        first = rng.choice(USUAL.split()) if rng.random() < 0.5 else rng.choice(FIRST)
        ssn = f"{rng.choice(AREAS)}{rng.randint(1, 99):02}{rng.randint(1, 9999):04}"
        return Person(first.title(), last or self.draw_surname(), ssn)

    def draw_client(self, case_id: int) -> Client:
        """A case; nearly half of them are couples, and one couple in ten has two surnames."""
        rng, one = self._rng, self.draw_person()
        persons = [one]
        if rng.random() < 0.45:
            persons.append(self.draw_person(None if rng.random() < 0.1 else one.last))
        return Client(case_id, tuple(persons), f"{rng.randint(601, 99950):05}")


def print_last(last: str) -> str:
    """The surname as the IRS prints it."""
    return last.upper().replace("'", "").replace("-", "").replace("Ú", "U").replace("Ñ", "N")


def clean(client: Client, rng: Random, town: Town) -> str:
    """As it is, every second one with an initial."""
    del town
    one = client.persons[0]
    initial = f" {rng.choice('ABCDEGHJKLMNPRSTW')}" if rng.random() < 0.5 else ""
    return f"{one.first.upper()}{initial} {print_last(one.last)}"


def couple(client: Client, rng: Random, town: Town) -> str:
    """Both spouses, in one of the ways that the IRS joins them."""
    if len(client.persons) == 1:
        return clean(client, rng, town)
    one, two = client.persons
    if one.last != two.last:
        return f"{one.first.upper()} {print_last(one.last)} & {two.first.upper()} {print_last(two.last)}"
    return f"{one.first.upper()} {rng.choice(('&', 'AND'))} {two.first.upper()} {print_last(one.last)}"


def suffix(client: Client, rng: Random, town: Town) -> str:
    """With a suffix, which a CRM often lacks."""
    return f"{clean(client, rng, town)} {rng.choice(SUFFIXES)}"


def other_surname(client: Client, rng: Random, town: Town) -> str:
    """The maiden name, or the one before a divorce, where the CRM has the present one."""
    del rng
    return f"{client.persons[0].first.upper()} {print_last(town.draw_surname())}"


def hyphenated(client: Client, rng: Random, town: Town) -> str:
    """A second surname added, or one of two left out; joined, or with a blank for the hyphen."""
    one = client.persons[0]
    parts = one.last.split("-")
    if len(parts) == 1:
        parts = [one.last, town.draw_surname().partition("-")[0]]
        rng.shuffle(parts)
        joined = rng.choice((" ", "")).join(map(print_last, parts))
        return f"{one.first.upper()} {joined}"
    return f"{one.first.upper()} {print_last(rng.choice(parts))}"


def blanks(client: Client, rng: Random, town: Town) -> str:
    """Blanks within the surname removed, or set where an apostrophe or a particle ends."""
    del rng, town
    one = client.persons[0]
    last = one.last.upper().replace("'", " ")
    last = last.replace(" ", "") if last == one.last.upper() else last
    return f"{one.first.upper()} {print_last(last.replace('MCD', 'MC D'))}"


def transposed(client: Client, rng: Random, town: Town) -> str:
    """Two letters of the surname in each other's place."""
    del town
    one = client.persons[0]
    last = print_last(one.last)
    at = rng.randrange(len(last) - 1)
    return f"{one.first.upper()} {last[:at]}{last[at + 1]}{last[at]}{last[at + 2 :]}"


def misread(client: Client, rng: Random, town: Town) -> str:
    """A confusion of OCR, anywhere on the line."""
    line = clean(client, rng, town)
    possible = [(old, new) for old, new in OCR if old in line]
    if not possible:
        return line
    old, new = rng.choice(possible)
    places = [at for at in range(len(line)) if line.startswith(old, at)]
    at = rng.choice(places)
    return line[:at] + new + line[at + len(old) :]


def initial_only(client: Client, rng: Random, town: Town) -> str:
    """The first name as an initial."""
    del rng, town
    one = client.persons[0]
    return f"{one.first[0].upper()} {print_last(one.last)}"


Noise = Callable[[Client, Random, Town], str]
# Each kind with its share of the lines, in percent.
NOISE: dict[Noise, int] = {
    clean: 34,
    couple: 22,
    suffix: 7,
    other_surname: 2,
    hyphenated: 6,
    blanks: 8,
    transposed: 5,
    misread: 13,
    initial_only: 3,
}
# One line in so many is of somebody who is not a client; one SSN in so many is printed in full.
STRANGERS, FULL_SSNS = 20, 3
# The share of moves that end in the area of the ZIP code's first three digits.
STAY_IN_AREA = 0.5


def draw_clients(count: int, seed: int = SEED) -> list[Client]:
    """The clients of a firm."""
    town = Town(Random(seed))  # noqa: S311 - no secrets
    return [town.draw_client(100_000 + number) for number in range(count)]


def draw_lines(
    clients: list[Client],
    count: int,
    seed: int = SEED + 1,
    strangers: float = 1 / STRANGERS,
    moved: float = 0.0,
) -> list[NameLine]:
    """Name lines of notices; the SSN is masked to its last four digits where it is not printed in full.

    ``moved``: the share of the clients whose notice has another address than their case.
    """
    rng = Random(seed)  # noqa: S311 - likewise
    # Of its own, so that the lines are the same with and without moves.
    moves = Random(seed + 1)  # noqa: S311 - likewise
    town, lines = Town(rng), []
    for _ in range(count):
        is_stranger = rng.random() < strangers
        client = town.draw_client(0) if is_stranger else rng.choice(clients)
        noise = rng.choices(list(NOISE), list(NOISE.values()))[0]
        ssn = client.persons[0].ssn
        shown = ssn if rng.random() < 1 / FULL_SSNS else ssn[-4:]
        line = noise(client, rng, town)
        has_moved = not is_stranger and moves.random() < moved
        place = move(client.zip, moves) if has_moved else client.zip
        kind = noise.__name__ + (", moved away" if place[:3] != client.zip[:3] else "")
        lines.append(NameLine(kind, line, shown, place, None if is_stranger else client.case_id))
    return lines


def move(place: str, rng: Random) -> str:
    """Another ZIP code; half of those who move stay in the area of its first three digits."""
    if rng.random() < STAY_IN_AREA:
        return f"{place[:3]}{rng.randrange(100):02}"
    return f"{rng.randint(601, 99950):05}"


def draw_doubles(clients: list[Client], count: int, seed: int = SEED + 3) -> list[NameLine]:
    """Notices of strangers who have a client's surname and last four digits; the SSN is masked.

    Their first names, and whether there is a spouse, are drawn as those of clients are. They live anywhere.
    """
    rng = Random(seed)  # noqa: S311 - likewise
    town, lines = Town(rng), []
    for _ in range(count):
        client, stranger = rng.choice(clients), town.draw_client(0)
        last = client.persons[0].last
        double = Client(0, tuple(Person(one.first, last, one.ssn) for one in stranger.persons), stranger.zip)
        line = couple(double, rng, town)
        kind = "couple" if len(double.persons) > 1 else "single"
        lines.append(NameLine(f"double, {kind}", line, client.persons[0].ssn[-4:], double.zip, None))
    return lines
