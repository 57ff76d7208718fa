"""The list of malicious files: their names, how each is made, and the codes that reading them may end in.

Files that are made to harm whoever opens them, or that only look like it. Each is made by code from a seed,
is kilobytes to a few megabytes long, and says what may become of it. Nothing in this package opens a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from mailroom.sandbox.generator.cp2000 import make_cp2000
from mailroom.sandbox.generator.layouts import BY_NAME
from mailroom.sandbox.generator.odd_files import ODD_FILES
from mailroom.sandbox.generator.people import Household, make_household
from tests.corpora.notices import choose_date

LAYOUT = BY_NAME["block-2011"]

Make = Callable[[Random], bytes]


@dataclass(frozen=True)
class MaliciousFile:
    """One malicious file: its name, its maker, and the codes that reading it may end in.

    ``codes``: error codes; "" is a CP2000 read with its key. Several where a library's version decides.
    ``image_codes``: the same where image files are read.
    """

    name: str
    make: Make
    codes: frozenset[str]
    image_codes: frozenset[str]


MALICIOUS_FILES: dict[str, MaliciousFile] = {}


def ends_in(*codes: str, as_image: str | None = None) -> Callable[[Make], Make]:
    """Add the decorated maker to `MALICIOUS_FILES` under its own name."""

    def register(make: Make) -> Make:
        name = make.__name__.strip("_").replace("_", "-")
        image_codes = codes if as_image is None else (as_image,)
        MALICIOUS_FILES[name] = MaliciousFile(name, make, frozenset(codes), frozenset(image_codes))
        return make

    return register


def make_malicious_files(seed: int = 5) -> Iterator[tuple[MaliciousFile, bytes]]:
    """Yield each file of the set with its bytes."""
    for each in MALICIOUS_FILES.values():
        yield each, each.make(_seeded(each, seed))


def make_addressees(each: MaliciousFile, seed: int = 5) -> list[Household]:
    """Return the addressees of the first and, if there is one, the second notice in a file.

    A maker that draws a notice begins with its household, so the same random numbers draw the same people
    here.
    """
    rng = _seeded(each, seed)
    again = _seeded(each, seed)
    make_notice(again)
    return [make_household(rng), make_household(again)]


def _seeded(each: MaliciousFile, seed: int) -> Random:
    return Random(f"{seed} {each.name}")


def make_notice(rng: Random) -> bytes:
    """Return the PDF of a valid CP2000."""
    return make_cp2000(rng, LAYOUT, make_household(rng), choose_date(rng, LAYOUT))[0]


def make_odd_file(name: str, rng: Random) -> bytes:
    """Return a file of this kind from the generator's `ODD_FILES`."""
    return ODD_FILES[name](rng, LAYOUT, make_household(rng), choose_date(rng, LAYOUT))[0]
