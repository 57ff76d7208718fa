"""Made-up households: names, addresses, Social Security numbers that were never issued.

Numbers come from the areas 734-749 and 773-899, which the SSA had not assigned before it gave up areas in
2011; telephones are 555-01xx, e-mail addresses end in example.com. Draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from mailroom.sandbox.generator.resources import read_table

AREAS = (*range(734, 750), *range(773, 900))


WORDS = read_table("people.toml", dict[str, tuple[str, ...]])


@dataclass(frozen=True, repr=False)
class Person:
    """One taxpayer with the CRM's spelling of the name; ``hyphen`` is what the IRS prints for a hyphen."""

    first: str
    middle: str
    last: str
    suffix: str
    ssn: str
    hyphen: str

    @property
    def printed_last(self) -> str:
        """The surname as the IRS prints it: capitals, no apostrophe, mostly no hyphen."""
        return self.last.upper().replace("'", "").replace("-", self.hyphen).replace(".", "")

    def printed(self, *, surname: bool = True) -> str:
        """Return the whole name as on a notice, for example "JOHN Q SMITH JR"."""
        last = (self.printed_last, self.suffix.upper()) if surname else ()
        return " ".join(part for part in (self.first.upper(), self.middle, *last) if part)


@dataclass(frozen=True, repr=False)
class Household:
    """The addressees of a notice. ``zip4`` is None or the four digits after the ZIP code."""

    taxpayer: Person
    spouse: Person | None
    care_of: str | None
    street: str
    city: str
    state: str
    zip: str
    zip4: str | None
    phone: str
    email: str

    @property
    def address(self) -> str:
        """Street, city and state on one line, as the reader writes it."""
        return f"{self.street}, {self.city}, {self.state}".upper()

    @property
    def full_zip(self) -> str:
        """The ZIP code as printed on the notice."""
        return f"{self.zip}-{self.zip4}" if self.zip4 else self.zip


@dataclass(frozen=True, repr=False)
class SyntheticCase:
    """A client's case: the household, with names as the CRM has them, mixed case, apostrophes and hyphens."""

    case_id: int
    home: Household
    officer_id: int
    status: str

    @property
    def status_id(self) -> int:
        """The number of the status in the CRM, from 1."""
        return 1 + WORDS["statuses"].index(self.status)


def choose_surname(rng: Random) -> str:
    """Return a surname: one in eight is compound or has an apostrophe, one in thirty is a word."""
    draw = rng.random()
    if draw < 0.12:
        return rng.choice(WORDS["odd_surnames"])
    return rng.choice(WORDS["word_surnames" if draw < 0.15 else "surnames"])


def make_person(rng: Random, last: str | None = None) -> Person:
    """Return a random person, with the surname ``last`` if given."""
    return Person(
        first=rng.choice(WORDS["first_names"]),
        middle=rng.choice("ABCDEFGHJKLMNPRSTW") if rng.random() < 0.6 else "",
        last=last or choose_surname(rng),
        suffix=rng.choice(WORDS["suffixes"]) if last is None and rng.random() < 0.08 else "",
        # From an area that was never assigned.
        ssn=f"{rng.choice(AREAS)}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}",
        hyphen=rng.choice(("", "", "-")),
    )


def _make_spouse(rng: Random, taxpayer: Person) -> Person:
    """Return another person, in one of five cases with another surname."""
    while True:
        other = make_person(rng, None if rng.random() < 0.2 else taxpayer.last)
        if other.first != taxpayer.first and other.ssn != taxpayer.ssn:
            return other


def make_household(rng: Random) -> Household:
    """Return a taxpayer, in four of nine cases with a spouse (in one of five with another surname)."""
    taxpayer = make_person(rng)
    spouse = _make_spouse(rng, taxpayer) if rng.random() < 0.45 else None
    city, state, zip_code = rng.choice(WORDS["towns"]).rsplit(" ", 2)
    unit = rng.choice(
        (f" Apt {rng.randint(1, 40)}", f" Unit {rng.choice('ABCD')}", f" # {rng.randint(2, 99)}")
    )
    return Household(
        taxpayer=taxpayer,
        spouse=spouse,
        care_of=make_person(rng).printed() if rng.random() < 0.06 else None,
        street=f"{rng.randint(10, 18999)} {rng.choice(WORDS['streets'])}{unit if rng.random() < 0.2 else ''}",
        city=city,
        state=state,
        zip=zip_code,
        zip4=f"{rng.randint(1, 9999):04d}" if rng.random() < 0.5 else None,
        phone=f"({rng.randint(201, 989)}) 555-01{rng.randint(0, 99):02d}",
        email=f"{taxpayer.first.lower()}.{rng.randint(10, 9999)}@example.com",
    )


def make_case(home: Household, case_id: int, rng: Random) -> SyntheticCase:
    """Return the household's case in the CRM."""
    return SyntheticCase(case_id, home, rng.randint(11, 19), rng.choice(WORDS["statuses"]))
