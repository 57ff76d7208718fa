"""Every kind of file the generator can make, by name, behind one signature.

A new kind is a new row. `day` has the expected outcome of each kind.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from mailroom.sandbox.generator.cp2000 import make_cp2000
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.letter_types import LETTER_TYPES, LetterType
from mailroom.sandbox.generator.letters import make_letter
from mailroom.sandbox.generator.model import SCAN_OUTCOME
from mailroom.sandbox.generator.odd_files import ODD_FILES
from mailroom.sandbox.generator.papers import PAPERS, Paper
from mailroom.sandbox.generator.people import Household
from mailroom.sandbox.generator.scans import Scanner, scan, scan_with_hidden_text

Made = tuple[bytes, dict[str, object]]
Maker = Callable[[Random, Layout, Household, date], Made]


def _choose_scanner(rng: Random) -> Scanner:
    return Scanner(
        dpi=rng.choice((120, 130, 150)), skew=rng.choice((0.0, rng.uniform(-1.2, 1.2))),
        blur=rng.choice((0.0, 0.5)), grain=rng.choice((0, 40)),
    )  # fmt: skip


def _make_scan(rng: Random, layout: Layout, home: Household, day: date) -> Made:
    pdf, truth = make_cp2000(rng, layout, home, day)
    return scan(pdf, _choose_scanner(rng), rng), truth | {"outcome": SCAN_OUTCOME}


def _make_hidden_text_scan(rng: Random, layout: Layout, home: Household, day: date) -> Made:
    pdf, truth = make_cp2000(rng, layout, home, day)
    return scan_with_hidden_text(pdf, _choose_scanner(rng), rng), truth | {"outcome": SCAN_OUTCOME}


def _adapt_paper(make: Callable[[Random, Household, date], Paper]) -> Maker:
    return lambda rng, _layout, home, day: make(rng, home, day)


def _adapt_letter(kind: LetterType) -> Maker:
    return lambda rng, _layout, home, day: make_letter(rng, kind, home, day)


SCANS: dict[str, Maker] = {"scan": _make_scan, "hidden-text-scan": _make_hidden_text_scan}
KINDS: dict[str, Maker] = {
    "cp2000": make_cp2000,
    **SCANS,
    **{kind.name: _adapt_letter(kind) for kind in LETTER_TYPES},
    **{name: _adapt_paper(make) for name, make in PAPERS.items()},
    **ODD_FILES,
}
CP2000_KINDS = frozenset({"cp2000", *SCANS, *ODD_FILES})
"""The kinds that are drawn with one of the CP2000's layouts."""
