"""The development set that ``bench/reading.py`` reads: slices of synthetic files with their truth, on disk.

Every file is decided by the seed and its place in its slice. The truth is the generator's; nothing in here knows
the reader.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from crossed import crossed_notices

from mailroom.notices import fields
from mailroom.sandbox.generator import SyntheticNotice, make_synthetic_notices
from mailroom.sandbox.generator.cp2000 import choose_date, make_cp2000
from mailroom.sandbox.generator.kinds import SCANS
from mailroom.sandbox.generator.layouts import LAYOUTS
from mailroom.sandbox.generator.letter_types import LETTER_TYPES
from mailroom.sandbox.generator.model import make_random
from mailroom.sandbox.generator.odd_files import ODD_FILES
from mailroom.sandbox.generator.papers import PAPERS
from mailroom.sandbox.generator.people import make_household
from tests.corpora.worn_scans import WEARS, make_worn_scan, make_worn_scans

FIELDS = tuple(row.name for row in fields.FIELDS)
HARD_DPI, HARD_QUALITY = (90, 100, 110), 35
# These are CP2000s like any other, and are read.
STILL_NOTICES = frozenset({"owner-restricted", "oversize"})


@dataclass(frozen=True, repr=False)
class Item:
    """A file of the set: where it lies, what was made, and what a faultless reader says of it."""

    path: Path
    kind: str
    truth: Mapping[str, Any]


@dataclass(frozen=True)
class Slice:
    """A slice of the set: its name, and how many files of it the arguments ask for."""

    name: str
    title: str
    made: Callable[[argparse.Namespace], Iterable[SyntheticNotice]]

    def written(self, folder: Path, args: argparse.Namespace) -> list[Item]:
        """Make the files."""
        items = []
        for at, notice in enumerate(self.made(args)):
            path = folder / f"{self.name}-{at:05d}.pdf"
            path.write_bytes(notice.pdf)
            items.append(Item(path, notice.kind, notice.truth))
        return items


def _texts(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_synthetic_notices(args.texts, args.seed)


def _crossed(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return crossed_notices(args.crossed, args.seed)


def _fresh(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_synthetic_notices(args.scans // 2, args.seed, kinds=list(SCANS))


def _worn(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_worn_scans(args.scans - args.scans // 2, args.seed)


def _hard(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    """Worn scans that were saved much too small: here values are misread that look like values."""
    for at, name in enumerate(islice(cycle(WEARS), args.scans // 2)):
        rng = make_random("hard", args.seed, at)
        layout = LAYOUTS[at % len(LAYOUTS)]
        pdf, truth = make_cp2000(rng, layout, make_household(rng), choose_date(rng, layout))
        worn = replace(WEARS[name], dpi=HARD_DPI, quality=HARD_QUALITY)
        yield SyntheticNotice(f"{at:05d}.pdf", None, make_worn_scan(pdf, worn, rng), truth, name)


def _letters(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_synthetic_notices(args.letters, args.seed, kinds=[each.name for each in LETTER_TYPES])


def _scanned(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    """Every letter and paper in turn, each with the next wear."""
    kinds = [*(each.name for each in LETTER_TYPES), *PAPERS]
    for at, paper in enumerate(make_synthetic_notices(args.scans // 2, args.seed + 1, kinds=kinds)):
        name = list(WEARS)[at % len(WEARS)]
        yield replace(
            paper, pdf=make_worn_scan(paper.pdf, WEARS[name], make_random("scanned", args.seed, at))
        )


def _others(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_synthetic_notices(args.others, args.seed, kinds=list(PAPERS))


def _broken(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    # The malicious files belong here too.
    return make_synthetic_notices(
        args.broken, args.seed, kinds=[each for each in ODD_FILES if each not in STILL_NOTICES]
    )


SLICES = (
    Slice("text", "CP2000 with a text layer", _texts),
    Slice("crossed", "CP2000 with a text layer, layouts crossed by chance", _crossed),
    Slice("fresh", "fresh scans of CP2000s", _fresh),
    Slice("worn", "worn scans of CP2000s", _worn),
    Slice("hard", "worn scans of CP2000s at 90 to 110 dpi", _hard),
    Slice("letter", "other IRS letters", _letters),
    Slice("other", "other documents", _others),
    Slice("scanned", "worn scans of letters and documents", _scanned),
    Slice("broken", "broken files", _broken),
)
