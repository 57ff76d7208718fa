"""Every kind of file the generator can make, by name, behind one signature.

A new kind is a new row. `day` has the expected outcome of each kind.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from random import Random

from mailroom.sandbox.generator.cp2000 import Maker, make_cp2000
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.letter_templates import LETTER_TEMPLATES
from mailroom.sandbox.generator.letters import make_letter
from mailroom.sandbox.generator.model import Made
from mailroom.sandbox.generator.odd_files import ODD_FILES
from mailroom.sandbox.generator.papers import PAPERS
from mailroom.sandbox.generator.people import Household
from mailroom.sandbox.generator.scans import Scanner, scan, scan_with_hidden_text


def _make_scan(
    write: Callable[[bytes, Scanner, Random], bytes], rng: Random, layout: Layout, home: Household, day: date
) -> Made:
    pdf, truth = make_cp2000(rng, layout, home, day)
    scanner = Scanner(
        dpi=rng.choice((120, 130, 150)), skew=rng.choice((0.0, rng.uniform(-1.2, 1.2))),
        blur=rng.choice((0.0, 0.5)), grain=rng.choice((0, 40)),
    )  # fmt: skip
    return write(pdf, scanner, rng), truth


SCANS: dict[str, Maker] = {
    "scan": partial(_make_scan, scan),
    "hidden-text-scan": partial(_make_scan, scan_with_hidden_text),
}
KINDS: dict[str, Maker] = {
    "cp2000": make_cp2000,
    **SCANS,
    **{kind.name: partial(make_letter, kind) for kind in LETTER_TEMPLATES},
    **PAPERS,
    **ODD_FILES,
}
