"""Who a notice is for: invented names, addresses and numbers, and every spelling of them that is right."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
NAMES = tomllib.loads((HERE / "names.toml").read_text(encoding="utf-8"))
PLACES: dict[str, str] = NAMES["places"]
SPECIAL: dict[str, list[str]] = NAMES["special"]
FIRST: list[str] = NAMES["first"].split()
PLAIN: list[str] = NAMES["plain"].split()
MIDDLE = "ABCDEFGHJKLMNPRSTVW"
SUFFIXES = ("JR", "SR", "III", "II", "IV")
TITLES = ("ESQ", "CPA", "MD")


@dataclass(frozen=True)
class Address:
    """The lines as they are printed, and the values that are right."""

    lines: tuple[str, ...]
    accepted: tuple[str, ...]
    zip_code: str | None
    abroad: bool = False


@dataclass(frozen=True)
class Household:
    """One taxpayer or two: the lines of the name, and what counts as right for each field."""

    lines: tuple[str, ...]
    name_lines: tuple[str, ...]
    last_names: tuple[str, ...]
    spouse_last_names: tuple[str, ...]
    first_names: tuple[str, ...]
    joint: bool
    kind: str


def split_list(text: str) -> list[str]:
    """The entries of a list that bars separate."""
    return [entry.strip() for entry in text.split("|")]


def make_ssn(rng: Random) -> str:
    """An SSN of an area that was never issued."""
    area = rng.choice([*range(734, 750), *range(773, 900)])
    return f"{area}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"


def make_phone(rng: Random) -> str:
    """A phone number of the range for fiction."""
    return f"{rng.choice((800, 866, 877, 631, 559, 816))}-555-01{rng.randint(0, 99):02}"


def make_firm_address(rng: Random) -> tuple[str, str]:
    """The street and the town of a firm or a payer."""
    address = _make_plain_address(rng)
    return address.lines[0], address.lines[-1]


def make_address(rng: Random) -> Address:
    """A private address: mostly a street and a town, some of another kind."""
    kind = rng.choices(("plain", "box", "rural", "island", "military", "abroad"), (78, 7, 3, 4, 3, 5))[0]
    if kind in {"island", "military"}:
        return _make_listed_address(rng, PLACES[kind])
    if kind == "abroad":
        lines = tuple(rng.choice(split_list(PLACES["abroad"])).split("/"))
        return Address(lines, (", ".join(lines), " ".join(lines)), None, abroad=True)
    street = {
        "box": f"PO BOX {rng.randint(11, 9999)}",
        "rural": f"{rng.choice(('RR', 'RFD'))} {rng.randint(1, 9)} BOX {rng.randint(10, 499)}",
    }.get(kind)
    return _make_plain_address(rng, street)


def _make_listed_address(rng: Random, text: str) -> Address:
    street, town = rng.choice(split_list(text)).split("/")
    city, state, code = town.rsplit(" ", 2)
    code = _make_zip(rng, code)
    return Address(
        (street, f"{city} {state} {code}"),
        (f"{street}, {city}, {state}", f"{street}, {city} {state}"),
        code,
    )


def _make_zip(rng: Random, code: str) -> str:
    return f"{code}-{rng.randint(1000, 9999)}" if rng.random() < 0.55 else code


def _make_plain_address(rng: Random, street: str | None = None) -> Address:
    city, state, prefix = rng.choice(split_list(PLACES["town"])).rsplit(" ", 2)
    code = _make_zip(rng, f"{prefix}{rng.randint(1, 99):02}")
    if street is None:
        name = rng.choice(PLACES["street"].split()).replace("_", " ")
        street = f"{rng.randint(1, 14999)} {name} {rng.choice(PLACES['kind'].split())}"
    unit = rng.choice(("APT 4B", "UNIT 12", "STE 300", "# 7", "LOT 19")) if rng.random() < 0.16 else ""
    own_line = unit != "" and rng.random() < 0.3
    streets = (street, unit) if own_line else (f"{street} {unit}".strip(),)
    comma = ", " if rng.random() < 0.35 else " "
    town = f"{city}{comma}{state}{'  ' if rng.random() < 0.3 else ' '}{code}"
    spellings = {" ".join(streets), ", ".join(streets)}
    return Address((*streets, town), tuple(sorted(f"{each}, {city}, {state}" for each in spellings)), code)


def _make_surname(rng: Random) -> tuple[str, tuple[str, ...]]:
    if rng.random() < 0.2:
        name = rng.choice(list(SPECIAL))
        return name, (name, *SPECIAL[name])
    name = rng.choice(PLAIN)
    return name, (name,)


def _make_given(rng: Random) -> str:
    middle = f" {rng.choice(MIDDLE)}" if rng.random() < 0.6 else ""
    return rng.choice(FIRST) + middle


def make_household(rng: Random) -> Household:
    """A single person, a couple with one surname or with two, on one line or on two."""
    kind = rng.choices(("single", "suffix", "title", "one_surname", "two_surnames"), (48, 8, 3, 28, 13))[0]
    surname, accepted = _make_surname(rng)
    given = _make_given(rng)
    if kind not in {"one_surname", "two_surnames"}:
        behind = {"suffix": f" {rng.choice(SUFFIXES)}", "title": f" {rng.choice(TITLES)}"}.get(kind, "")
        line = f"{given} {surname}{behind}"
        names = (line, f"{given} {surname}") if kind == "title" else (line,)
        return Household((line,), names, accepted, (), (given.split()[0],), joint=False, kind=kind)
    return _make_couple(rng, kind, (given, surname, accepted))


def _make_couple(rng: Random, kind: str, one: tuple[str, str, tuple[str, ...]]) -> Household:
    given, surname, accepted = one
    other = _make_given(rng)
    while other.split()[0] == given.split()[0]:
        other = _make_given(rng)
    firsts = (given.split()[0], other.split()[0])
    joiner = rng.choices(("&", "AND"), (3, 1))[0]
    if kind == "one_surname" and rng.random() < 0.8:
        line = f"{given} {joiner} {other} {surname}"
        return Household((line,), (line,), accepted, accepted, firsts, joint=True, kind=kind)
    second, accepted_second = _make_surname(rng) if kind == "two_surnames" else (surname, accepted)
    first_line, second_line = f"{given} {surname}", f"{other} {second}"
    spellings = [f"{first_line} {word} {second_line}" for word in ("&", "AND", "/")]
    spellings.append(f"{first_line} {second_line}")
    lines = rng.choice(
        (
            (f"{first_line} {joiner} {second_line}",),
            (f"{first_line} &", second_line),
            (first_line, second_line),
        )
    )
    kind = kind if len(lines) == 1 else f"{kind}_two_lines"
    return Household(lines, tuple(spellings), accepted, accepted_second, firsts, joint=True, kind=kind)
