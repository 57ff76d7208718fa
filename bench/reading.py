"""How well notices are read: right, missing and wrong by field and slice, with seconds and memory.

    uv run python bench/reading.py [--texts N] [--crossed N] [--scans N] [--letters N] [--others N]
                                   [--broken N] [--seed S] [--jobs N] [--slices NAME…] [--misreads DIR]

Reads the project's own development set (``bench/reading_set.py``, deterministic by ``--seed``) through
`ReaderPool`, as a run does, each slice with processes of its own. For each field it prints

    right                  the value is the true one; null if the page has none
    missing                null, although the page has a value
    flagged                named in ``review_fields``, right or not
    wrong with confidence  not the true value, not named there, and the file needs no review; in brackets
                           those that are not named there although something else sends the file to a person

and for each slice the seconds per file (of the reader process, with waiting for OCR), the processor seconds
of all child processes per file (which other work on the machine hardly changes), files per second, and the
peak memory of the child processes, as the kernel counts it (Linux only). Other tables show the outcomes of
files, and of each kind. ``--misreads`` saves an image of page 1 of every file with a wrong or missing value,
with the true values and what was read below. It reports only.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from child_usage import ChildUsage
from misreads import save_misreads
from reading_set import FIELDS, SLICES, Item, Slice

from mailroom.notices import ReaderPool, Reading
from mailroom.notices.fields import KEY_FIELDS

# Of scans the same; of other letters what says whose they are and what they are.
BY_FIELD = ("text", "crossed", "fresh", "worn", "hard", "letter")
CP2000S = ("text", "crossed", "fresh", "worn", "hard")
BY_KIND = ("fresh", "worn", "letter")


@dataclass(frozen=True, repr=False)
class Read:
    """A file of the set and what was read in it."""

    item: Item
    reading: Reading

    def value(self, field: str) -> object:
        """The value of this field that was read; None where nothing was."""
        return self.reading.fields.as_json()[field]

    def is_right(self, *fields: str) -> bool:
        """Whether all of these are as they should be."""
        return all(self.value(field) == self.item.truth[field] for field in fields)

    def is_missing(self, *fields: str) -> bool:
        """Whether one of these stands on the page and was not read."""
        return any(self.value(each) is None and self.item.truth[each] is not None for each in fields)

    def is_flagged(self, *fields: str) -> bool:
        """Whether one of these is said to be doubtful."""
        return any(field in self.reading.review_fields for field in fields)

    def is_wrong_unflagged(self, *fields: str) -> bool:
        """Whether one of these has a value that is not the truth, and that is not said."""
        return any(
            self.value(each) is not None and not self.is_right(each) and not self.is_flagged(each)
            for each in fields
        )

    def is_wrong_with_confidence(self, *fields: str) -> bool:
        """Likewise, and no person will look at the file for another reason."""
        return not self.reading.needs_review and self.is_wrong_unflagged(*fields)


@dataclass(frozen=True, repr=False)
class Result:
    """A slice, read: its files, the seconds that it took as a whole and of the processor, and megabytes."""

    slice_: Slice
    reads: Sequence[Read]
    seconds: float
    cpu_seconds: float
    largest_mb: float
    together_mb: float


def main() -> None:
    """Make the set, read it, print the tables of docs/reading.md."""
    args = _parse_arguments()
    slices = [each for each in SLICES if each.name in args.slices]
    print(
        f"seed {args.seed}, {args.jobs} jobs; {platform.system()}, Python {platform.python_version()}\n",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as scratch:
        results = [_read_slice(slice_, slice_.write(Path(scratch), args), args.jobs) for slice_ in slices]
        results = [each for each in results if each.reads]
        for result in results:
            if result.slice_.name in BY_FIELD:
                _print_fields(result)
        _print_outcomes(results)
        _print_kinds(results)
        _print_cost(results)
        _print_first(results)
        if args.misreads:
            wrong = [(each.item, each.reading) for result in results for each in result.reads]
            print(f"\n{save_misreads(wrong, FIELDS, args.misreads)} images of misreads in {args.misreads}")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sizes = {"texts": 400, "crossed": 200, "scans": 60, "letters": 200, "others": 100, "broken": 30}
    for name, size in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=size, metavar="N", help=f"default: {size}")
    parser.add_argument("--seed", type=int, default=2026, metavar="S")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="files read at a time")
    names = [each.name for each in SLICES]
    parser.add_argument(
        "--slices", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names)
    )
    parser.add_argument("--misreads", type=Path, metavar="DIR", help="images of what was misread")
    return parser.parse_args()


def _read_slice(slice_: Slice, items: Sequence[Item], jobs: int) -> Result:
    """Read a slice, in processes that have read nothing else."""
    print(f"reading {len(items)} files: {slice_.title}", file=sys.stderr, flush=True)
    with ReaderPool(jobs) as pool, ChildUsage() as memory, ThreadPoolExecutor(jobs) as threads:
        pool.start()
        began = time.perf_counter()
        readings = list(threads.map(lambda item: pool.read(item.path), items))
        seconds = time.perf_counter() - began
    reads = [Read(item, reading) for item, reading in zip(items, readings, strict=True)]
    return Result(slice_, reads, seconds, memory.cpu_seconds, memory.largest_mb, memory.together_mb)


def _print_fields(result: Result) -> None:
    print(f"### {result.slice_.title}: {len(result.reads)} files\n")
    print("| field | right | missing | flagged | wrong with confidence |\n|---|---|---|---|---|")
    print(_format_row("surname and SSN last four", result.reads, KEY_FIELDS))
    for field in FIELDS:
        print(_format_row(field, result.reads, (field,)))
    print(flush=True)


def _format_row(name: str, reads: Sequence[Read], fields: Sequence[str]) -> str:
    def count(is_so: Callable[..., bool]) -> int:
        return sum(is_so(each, *fields) for each in reads)

    shares = [
        f"{count(is_so) / len(reads):.1%}" for is_so in (Read.is_right, Read.is_missing, Read.is_flagged)
    ]
    wrong, unflagged = count(Read.is_wrong_with_confidence), count(Read.is_wrong_unflagged)
    said = f"{wrong} ({unflagged})" if unflagged else "0"
    return f"| {name} | {' | '.join(shares)} | {said} |"


def _print_outcomes(results: Sequence[Result]) -> None:
    print("### what becomes of a file\n")
    print(
        "| slice | files | outcome right | type right | taken for a CP2000 | needs no person |\n|---|---|---|---|---|---|"
    )
    for result in results:
        reads = result.reads
        # Scans are a CP2000 to be read, whatever an earlier reader made of them.
        wanted = "extract" if result.slice_.name in CP2000S else None
        right = [each.reading.outcome == (wanted or each.item.truth["outcome"]) for each in reads]
        typed = [each.is_right("notice_type") for each in reads]
        taken = sum(
            each.reading.fields.notice_type == "CP2000" or each.reading.outcome in ("extract", "review")
            for each in reads
            if each.item.truth["notice_type"] != "CP2000"
        )
        sure = sum(not each.reading.needs_review for each in reads)
        shares = " | ".join(f"{sum(each) / len(reads):.1%}" for each in (right, typed))
        print(f"| {result.slice_.title} | {len(reads)} | {shares} | {taken} | {sure / len(reads):.1%} |")
    print(flush=True)


def _print_kinds(results: Sequence[Result]) -> None:
    """What becomes of the key by the kind of file: a scan's wear, a letter's type."""
    print("### by kind: surname and SSN last four\n")
    print("| kind | files | right | not right, said so | not right, not said |\n|---|---|---|---|---|")
    for result in results:
        if result.slice_.name not in BY_KIND:
            continue
        for kind in dict.fromkeys(each.item.kind for each in result.reads):
            reads = [each for each in result.reads if each.item.kind == kind]
            right = sum(each.is_right(*KEY_FIELDS) for each in reads)
            unsaid = sum(each.is_wrong_unflagged(*KEY_FIELDS) for each in reads)
            print(f"| {kind} | {len(reads)} | {right} | {len(reads) - right - unsaid} | {unsaid} |")
    print(flush=True)


def _print_cost(results: Sequence[Result]) -> None:
    print("### what it costs\n")
    print(
        "| slice | seconds a file, median | 95th percentile | CPU seconds a file | files a second "
        "| largest child | all children together |"
    )
    print("|---|---|---|---|---|---|---|")
    for result in results:
        seconds = sorted(each.reading.seconds for each in result.reads)
        middle, late = (seconds[int(share * (len(seconds) - 1))] for share in (0.5, 0.95))
        memory = f"{result.largest_mb:.0f} MB | {result.together_mb:.0f} MB"
        rate, cpu = len(seconds) / result.seconds, result.cpu_seconds / len(seconds)
        print(f"| {result.slice_.title} | {middle:.3f} | {late:.3f} | {cpu:.3f} | {rate:.1f} | {memory} |")
    print(flush=True)


def _print_first(results: Sequence[Result]) -> None:
    """The whole command on one file, from starting Python on."""
    for result in results:
        if result.slice_.name in ("text", "worn"):
            command = [
                sys.executable,
                "-m",
                "mailroom",
                "extract",
                str(result.reads[0].item.path),
                "--jsonl",
                "-",
            ]
            began = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            print(
                f"first of {result.slice_.title}: {time.perf_counter() - began:.1f} s from the start of `extract`"
            )


if __name__ == "__main__":
    main()
