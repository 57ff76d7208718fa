"""Made-up households: names, addresses, Social Security numbers that were never issued.

Numbers come from the areas 734-749 and 773-899, which the SSA had not assigned before it gave up areas in
2011; telephones are 555-01xx, e-mail addresses end in example.com. Draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from mailroom.sandbox.generator.model import SyntheticCase

AREAS = (*range(734, 750), *range(773, 900))


def _split(text: str, at: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(at))


FIRST_NAMES = _split("""
    James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan
    Joseph Jessica Thomas Karen Carlos Sarah Daniel Nancy Matthew Lisa Anthony Betty Mark Sandra Donald
    Ashley Steven Emily Andrew Kimberly Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian
    Melissa Timothy Deborah Ronald Stephanie George Rebecca Jason Laura Edward Sharon Jeffrey Cynthia
    Ryan Dorothy Jacob Amy Hiroshi Kathleen Nikhil Angela Priya Shirley Mei Brenda Jose Emma Luis Anna
    Omar Pamela Ivan Nicole Sofia Ruth Mateo Katherine Lucia Christine Amara Rosa Kofi Helen Tariq Debra
    Linh Rachel
""")
SURNAMES = _split("""
    Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez
    Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark
    Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams
    Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker
    Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper
    Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood Bennett
    Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez
    Haverkamp Lindqvist Okonkwo Szymanski Fitzgerald Thornbury Yamamoto Abernathy Castellano Drummond
    Eckhart Falkner Grimaldi Hollister Ivanov Jankowski Kowalczyk Lattimore Montague Nakamura Ostrander
    Pemberton Quigley Rasmussen Stavros Takahashi Underhill Villanueva Wexler Xiong Yarborough Zielinski
    Ng Wu Ito
""")
ODD_SURNAMES = (
    "O'Brien", "D'Angelo", "Smith-Jones", "Garcia-Lopez", "De La Cruz", "Van Der Berg", "St. James",
    "McDonald", "Smith Jones", "O'Connor-Reyes", "Del Rio", "MacArthur",
)  # fmt: skip
WORD_SURNAMES = ("Page", "May", "Levy", "Notice", "March", "Form", "Day", "Date", "Price", "Street")
SUFFIXES = ("Jr", "Sr", "II", "III", "IV")

STREETS = _split(
    "Maple Ave|Juniper Ridge Rd|Old Mill Ln|Harbor View Dr|N Cedar St|Whispering Pines Ct|W 4th St|Page Blvd|"
    "County Road 218|Sycamore Blvd|Lakeshore Dr|E Prairie Way|Quarry Hill Rd|Bluebird Ter|Foxglove Cir|"
    "SW Canyon Loop|Hickory Hollow Rd|Mission Creek Pkwy|Birchwood Pl|Kingfisher Trl|Stonegate Aly|May St",
    "|",
)
TOWNS = (
    ("Springfield", "IL", "62704"), ("Fort Wayne", "IN", "46802"), ("Eau Claire", "WI", "54701"),
    ("Las Cruces", "NM", "88001"), ("Winston Salem", "NC", "27101"), ("Bellevue", "WA", "98004"),
    ("Grand Island", "NE", "68801"), ("New Britain", "CT", "06051"), ("St Cloud", "MN", "56301"),
    ("Santa Rosa", "CA", "95401"), ("Baton Rouge", "LA", "70802"), ("Sioux Falls", "SD", "57104"),
    ("Macon", "GA", "31201"), ("Boise", "ID", "83702"), ("Lake Charles", "LA", "70601"),
    ("Port Huron", "MI", "48060"), ("Cedar Rapids", "IA", "52401"), ("Salt Lake City", "UT", "84101"),
    ("Round Rock", "TX", "78664"), ("Cape Coral", "FL", "33904"), ("Dover", "NH", "03820"),
)  # fmt: skip


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


def make_ssn(rng: Random) -> str:
    """Return a number from an area that was never assigned."""
    return f"{rng.choice(AREAS)}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}"


def choose_surname(rng: Random) -> str:
    """Return a surname: one in eight is compound or has an apostrophe, one in thirty is a word."""
    draw = rng.random()
    if draw < 0.12:
        return rng.choice(ODD_SURNAMES)
    return rng.choice(WORD_SURNAMES if draw < 0.15 else SURNAMES)


def make_person(rng: Random, last: str | None = None) -> Person:
    """Return a random person, with the surname ``last`` if given."""
    return Person(
        first=rng.choice(FIRST_NAMES),
        middle=rng.choice("ABCDEFGHJKLMNPRSTW") if rng.random() < 0.6 else "",
        last=last or choose_surname(rng),
        suffix=rng.choice(SUFFIXES) if last is None and rng.random() < 0.08 else "",
        ssn=make_ssn(rng),
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
    spouse = None
    if rng.random() < 0.45:
        spouse = _make_spouse(rng, taxpayer)
    city, state, zip_code = rng.choice(TOWNS)
    unit = rng.choice(
        (f" Apt {rng.randint(1, 40)}", f" Unit {rng.choice('ABCD')}", f" # {rng.randint(2, 99)}")
    )
    return Household(
        taxpayer=taxpayer,
        spouse=spouse,
        care_of=make_person(rng).printed() if rng.random() < 0.06 else None,
        street=f"{rng.randint(10, 18999)} {rng.choice(STREETS)}{unit if rng.random() < 0.2 else ''}",
        city=city,
        state=state,
        zip=zip_code,
        zip4=f"{rng.randint(1, 9999):04d}" if rng.random() < 0.5 else None,
        phone=f"({rng.randint(201, 989)}) 555-01{rng.randint(0, 99):02d}",
        email=f"{taxpayer.first.lower()}.{rng.randint(10, 9999)}@example.com",
    )


STATUSES = ("Active - CP2000", "Investigation", "Resolution", "New Case", "Tier 1 Client")


def make_case(home: Household, case_id: int, rng: Random) -> SyntheticCase:
    """Return the household's case in the CRM."""
    spouse = home.spouse
    return SyntheticCase(
        case_id=case_id,
        first_name=home.taxpayer.first,
        last_name=home.taxpayer.last,
        spouse_first_name=spouse.first if spouse else None,
        spouse_last_name=spouse.last if spouse else None,
        ssn=home.taxpayer.ssn,
        spouse_ssn=spouse.ssn if spouse else None,
        officer_id=rng.randint(11, 19),
        status=rng.choice(STATUSES),
        city=home.city,
        state=home.state,
        zip=home.zip,
        phone=home.phone,
        email=home.email,
    )
