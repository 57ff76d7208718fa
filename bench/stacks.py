"""Whether several clients' notices in one file are ever filed as one, and what that costs single notices.

    uv run python bench/stacks.py [--texts N] [--singles N] [--scans N] [--more-scans N]
                                  [--single-scans N] [--pages N] [--seed S] [--jobs N] [--save DIR]

Stacks of 2 to 8 notices of the generator, in all orders and turns of ``tests/corpora/stacks.py``, every other
one with a first page that does not print its number; and single notices. For each group: how many files would
be filed in a single case, how many go to a person and with which code. Of the single notices, how many go to
a person for their pages. A scanned stack has two notices one after another, or 3 to 8 in all orders
(``--more-scans``), of each the first pages (``--pages``). It reports only.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from child_usage import ChildUsage

from mailroom.notices import ReaderPool, Reading
from mailroom.sandbox.generator.model import make_random
from tests.corpora.stacks import ORDERS, Stacking, make_one, stack_scans, stack_texts
from tests.corpora.worn_scans import WEARS, make_worn_scan

# The codes that are about whose pages there are.
PAGE_CODES = frozenset(
    ("several_notices", "unknown_pages", "missing_pages", "repeated_pages", "more_pages_than_printed")
)
STACKINGS = [
    Stacking(order, blanks, turned) for order, blanks, turned in product(ORDERS, (False, True), (False, True))
]
# With what hides a first page from the strip that is read of it.
SCAN_STACKINGS = [
    Stacking(order, blanks, turned, low)
    for order, blanks, (turned, low) in product(
        ORDERS, (False, True), ((False, False), (True, False), (False, True))
    )
]
ONE_AFTER_ANOTHER = [each for each in SCAN_STACKINGS if each.order == "one after another"]


def make_stacks(count: int, seed: int) -> Iterator[bytes]:
    """Yield text stacks of 2 to 8 notices."""
    for index in range(count):
        rng = make_random("stacks", seed, index)
        notices = [make_one(rng, numbered=index % 2 == 0).pdf for _ in range(2 + index % 7)]
        yield stack_texts(rng, notices, STACKINGS[index % len(STACKINGS)])


def make_scanned_stacks(count: int, seed: int, pages: int) -> Iterator[bytes]:
    """Yield scanned stacks of the first pages of two notices."""
    for index in range(count):
        rng = make_random("scanned stacks", seed, index)
        notices = [make_one(rng, numbered=index % 2 == 0).pdf for _ in range(2)]
        yield stack_scans(rng, notices, ONE_AFTER_ANOTHER[index % len(ONE_AFTER_ANOTHER)], pages)


def make_larger_scanned_stacks(count: int, seed: int, pages: int) -> Iterator[bytes]:
    """Yield scanned stacks of the first pages of 3 to 8 notices, in all orders."""
    for index in range(count):
        rng = make_random("larger scanned stacks", seed, index)
        notices = [make_one(rng, numbered=rng.random() < 0.5).pdf for _ in range(rng.randint(3, 8))]
        yield stack_scans(rng, notices, SCAN_STACKINGS[index % len(SCAN_STACKINGS)], pages)


def make_singles(count: int, seed: int) -> Iterator[bytes]:
    """Yield single notices with their text."""
    for index in range(count):
        yield make_one(make_random("singles", seed, index), numbered=index % 2 == 0).pdf


def make_single_scans(count: int, seed: int) -> Iterator[bytes]:
    """Yield single notices as worn scans."""
    for index in range(count):
        rng = make_random("single scans", seed, index)
        wear = WEARS[list(WEARS)[index % len(WEARS)]]
        yield make_worn_scan(make_one(rng, numbered=index % 2 == 0).pdf, wear, rng)


def main() -> None:
    """Make the files, read them, print the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, size in {
        "texts": 200,
        "singles": 400,
        "scans": 12,
        "more-scans": 12,
        "single-scans": 12,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=size, metavar="N", help=f"default: {size}")
    parser.add_argument("--pages", type=int, default=3, metavar="N", help="of each scanned notice")
    parser.add_argument("--seed", type=int, default=2026, metavar="S")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="files read at a time")
    parser.add_argument("--save", type=Path, metavar="DIR", help="keep what came out as it should not")
    args = parser.parse_args()
    print("| files | number | filed in a single case | to a person for their pages | CPU seconds a file |")
    print("|---|---|---|---|---|", flush=True)
    groups = {
        "stacks of 2 to 8 text notices": make_stacks(args.texts, args.seed),
        "single text notices": make_singles(args.singles, args.seed),
        "scanned stacks of 2": make_scanned_stacks(args.scans, args.seed, args.pages),
        "scanned stacks of 3 to 8": make_larger_scanned_stacks(args.more_scans, args.seed, args.pages),
        "single scans": make_single_scans(args.single_scans, args.seed),
    }
    for title, pdfs in groups.items():
        _report(title, pdfs, args.jobs, args.save)


def _report(title: str, pdfs: Iterator[bytes], jobs: int, save: Path | None) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        paths = []
        for index, pdf in enumerate(pdfs):
            paths.append(Path(scratch, f"{index:04}.pdf"))
            paths[-1].write_bytes(pdf)
        if not paths:
            return
        began = time.perf_counter()
        with ReaderPool(jobs, 300.0) as pool, ChildUsage() as usage, ThreadPoolExecutor(jobs) as threads:
            pool.start()
            readings = list(threads.map(pool.read, paths))
        seconds = time.perf_counter() - began
        _print_row(title, readings, usage.cpu_seconds / len(paths))
        print(f"<!-- {_count_codes(readings)}; {seconds:.0f} s -->", flush=True)
        for path, reading in zip(paths, readings, strict=True):
            is_wrong = reading.error in PAGE_CODES if "single" in title else reading.outcome == "extract"
            if save and is_wrong:
                save.mkdir(parents=True, exist_ok=True)
                name = f"{title.replace(' ', '-')}-{path.stem}-{reading.error}.pdf"
                (save / name).write_bytes(path.read_bytes())


def _print_row(title: str, readings: list[Reading], cpu_seconds: float) -> None:
    filed = sum(each.outcome == "extract" for each in readings)
    asked = sum(each.error in PAGE_CODES for each in readings)
    print(f"| {title} | {len(readings)} | {filed} | {asked} | {cpu_seconds:.3f} |", flush=True)


def _count_codes(readings: list[Reading]) -> str:
    codes = Counter(each.error or each.outcome for each in readings)
    return ", ".join(f"{code} {number}" for code, number in codes.most_common())


if __name__ == "__main__":
    main()
