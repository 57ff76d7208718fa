"""The development set that ``bench/reading.py`` reads: slices of synthetic files with their true values, on
disk.

Every file is decided by the seed and its index in its slice. The true values are the generator's; nothing
here knows the reader.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from crossed_layouts import make_crossed_notices

from mailroom.notices import fields
from mailroom.sandbox.generator.cp2000 import make_cp2000
from mailroom.sandbox.generator.kinds import SCANS
from mailroom.sandbox.generator.layouts import LAYOUTS
from mailroom.sandbox.generator.letter_templates import LETTER_TEMPLATES
from mailroom.sandbox.generator.model import SyntheticNotice, make_random
from mailroom.sandbox.generator.odd_files import ODD_FILES
from mailroom.sandbox.generator.papers import PAPERS
from mailroom.sandbox.generator.people import make_household
from tests.corpora.notices import choose_date, make_synthetic_notices
from tests.corpora.worn_scans import WEARS, make_worn_scan, make_worn_scans

FIELDS = tuple(row.name for row in fields.FIELDS)
HARD_DPI, HARD_QUALITY = (90, 100, 110), 35
# These are CP2000s like any other, and are read.
STILL_NOTICES = frozenset({"owner-restricted", "oversize"})


@dataclass(frozen=True, repr=False)
class Item:
    """A file of the set: its path, its kind, and what a perfect reader returns for it."""

    path: Path
    kind: str
    truth: Mapping[str, Any]


@dataclass(frozen=True)
class Slice:
    """A slice of the set: its name, its title, and the function that makes its files."""

    name: str
    title: str
    make: Callable[[argparse.Namespace], Iterable[SyntheticNotice]]

    def write(self, folder: Path, args: argparse.Namespace) -> list[Item]:
        """Make the files in ``folder``; return them."""
        items = []
        for at, notice in enumerate(self.make(args)):
            path = folder / f"{self.name}-{at:05d}.pdf"
            path.write_bytes(notice.pdf)
            items.append(Item(path, notice.kind, notice.truth))
        return items


def _make_texts(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_synthetic_notices(args.texts, args.seed)


def _make_crossed(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_crossed_notices(args.crossed, args.seed)


def _make_fresh(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_synthetic_notices(args.scans // 2, args.seed, kinds=list(SCANS))


def _make_worn(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_worn_scans(args.scans - args.scans // 2, args.seed)


def _make_hard(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    """Yield worn scans at a very low resolution: misread values still look valid here."""
    for at, name in enumerate(islice(cycle(WEARS), args.scans // 2)):
        rng = make_random("hard", args.seed, at)
        layout = LAYOUTS[at % len(LAYOUTS)]
        pdf, truth = make_cp2000(rng, layout, make_household(rng), choose_date(rng, layout))
        worn = replace(WEARS[name], dpi=HARD_DPI, quality=HARD_QUALITY)
        yield SyntheticNotice(f"{at:05d}.pdf", None, make_worn_scan(pdf, worn, rng), truth, name)


def _make_letters(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_synthetic_notices(args.letters, args.seed, kinds=[each.name for each in LETTER_TEMPLATES])


def _make_scanned(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    """Yield every letter and paper in turn, each with the next wear."""
    kinds = [*(each.name for each in LETTER_TEMPLATES), *PAPERS]
    for at, paper in enumerate(make_synthetic_notices(args.scans // 2, args.seed + 1, kinds=kinds)):
        name = list(WEARS)[at % len(WEARS)]
        yield replace(
            paper, pdf=make_worn_scan(paper.pdf, WEARS[name], make_random("scanned", args.seed, at))
        )


def _make_others(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    return make_synthetic_notices(args.others, args.seed, kinds=list(PAPERS))


def _make_broken(args: argparse.Namespace) -> Iterable[SyntheticNotice]:
    # The malicious files belong here too.
    return make_synthetic_notices(
        args.broken, args.seed, kinds=[each for each in ODD_FILES if each not in STILL_NOTICES]
    )


SLICES = (
    Slice("text", "CP2000 with a text layer", _make_texts),
    Slice("crossed", "CP2000 with a text layer, layouts crossed by chance", _make_crossed),
    Slice("fresh", "fresh scans of CP2000s", _make_fresh),
    Slice("worn", "worn scans of CP2000s", _make_worn),
    Slice("hard", "worn scans of CP2000s at 90 to 110 dpi", _make_hard),
    Slice("letter", "other IRS letters", _make_letters),
    Slice("other", "other documents", _make_others),
    Slice("scanned", "worn scans of letters and documents", _make_scanned),
    Slice("broken", "broken files", _make_broken),
)
