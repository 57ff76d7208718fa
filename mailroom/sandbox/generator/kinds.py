"""Every kind of file the generator can make, by name, behind one signature.

A registry: a new kind is a new row. What becomes of a kind in a day's run is said in ``day.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from mailroom.sandbox.generator.cp2000 import cp2000
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.letter_types import LETTER_TYPES, LetterType
from mailroom.sandbox.generator.letters import letter
from mailroom.sandbox.generator.model import SCAN_OUTCOME
from mailroom.sandbox.generator.odd_files import ODD_FILES
from mailroom.sandbox.generator.papers import PAPERS, Paper
from mailroom.sandbox.generator.people import Household
from mailroom.sandbox.generator.scans import Scanner, scan, scan_with_hidden_text

Made = tuple[bytes, dict[str, object]]
Maker = Callable[[Random, Layout, Household, date], Made]


def _scanner(rng: Random) -> Scanner:
    return Scanner(
        dpi=rng.choice((120, 130, 150)), skew=rng.choice((0.0, rng.uniform(-1.2, 1.2))),
        blur=rng.choice((0.0, 0.5)), grain=rng.choice((0, 40)),
    )  # fmt: skip


def _scan(rng: Random, layout: Layout, home: Household, day: date) -> Made:
    pdf, truth = cp2000(rng, layout, home, day)
    return scan(pdf, _scanner(rng), rng), truth | {"outcome": SCAN_OUTCOME}


def _hidden(rng: Random, layout: Layout, home: Household, day: date) -> Made:
    pdf, truth = cp2000(rng, layout, home, day)
    return scan_with_hidden_text(pdf, _scanner(rng), rng), truth | {"outcome": SCAN_OUTCOME}


def _paper(make: Callable[[Random, Household, date], Paper]) -> Maker:
    return lambda rng, _layout, home, day: make(rng, home, day)


def _letter(kind: LetterType) -> Maker:
    return lambda rng, _layout, home, day: letter(rng, kind, home, day)


SCANS: dict[str, Maker] = {"scan": _scan, "hidden-text-scan": _hidden}
KINDS: dict[str, Maker] = {
    "cp2000": cp2000,
    **SCANS,
    **{kind.name: _letter(kind) for kind in LETTER_TYPES},
    **{name: _paper(make) for name, make in PAPERS.items()},
    **ODD_FILES,
}
CP2000_KINDS = frozenset({"cp2000", *SCANS, *ODD_FILES})
"""Those that are drawn after one of the CP2000's layouts."""
