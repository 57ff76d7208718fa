"""A stream of the generator's notices, for tests and benchmarks: every kind in every layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from mailroom.sandbox.generator.kinds import KINDS, SCANS
from mailroom.sandbox.generator.layouts import BY_NAME, LAYOUTS, Layout
from mailroom.sandbox.generator.model import SyntheticNotice, make_random
from mailroom.sandbox.generator.odd_files import ODD_FILES
from mailroom.sandbox.generator.people import make_household

CP2000_KINDS = frozenset({"cp2000", *SCANS, *ODD_FILES})
"""The kinds that are drawn with one of the CP2000's layouts."""


def make_synthetic_notices(
    count: int, seed: int, layouts: Sequence[str] | None = None, kinds: Sequence[str] | None = None
) -> Iterator[SyntheticNotice]:
    """Yield notices: all ``layouts`` and ``kinds`` (CP2000s alone by default) in turn.

    The ``index``-th is the same whatever ``count`` is. CP2000s are dated in their layout's own years, all
    else from 2012 to 2025.

    Raises:
        KeyError: a layout or kind has no such name.
    """
    chosen = [BY_NAME[name] for name in layouts] if layouts else list(LAYOUTS)
    wanted = list(kinds or ("cp2000",))
    for index in range(count):
        rng = make_random("notices", seed, index)
        kind, layout = wanted[index % len(wanted)], chosen[index // len(wanted) % len(chosen)]
        day = choose_date(rng, layout if kind in CP2000_KINDS else BY_NAME["block-2011"])
        pdf, truth = KINDS[kind](rng, layout, make_household(rng), day)
        yield SyntheticNotice(f"{index:05d}.pdf", None, pdf, truth, kind)


def choose_date(rng: Random, layout: Layout) -> date:
    """Return a day within the layout's years."""
    first, last = layout.years
    start = date(first, 1, 1)
    return start + timedelta(days=rng.randrange((date(last, 12, 31) - start).days))
