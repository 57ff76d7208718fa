"""How clear is clear enough: what each value of MAILROOM_READING_CONFIDENCE would do, measured on scans.

    uv run python bench/calibration.py [--scans N] [--seed S] [--jobs N] [--without-tesseract]

Reads the fresh, the worn and the hard scans of the development set (``bench/reading_set.py``) and judges the
readings by every threshold; the engine sees each page once. Two tables:

by threshold      of the files, the share that needs no person and the share whose key is in doubt; and how
                  many values were wrong with confidence (not the true value, not in ``review_fields``, and
                  nothing else sends the file to a person), in brackets those that only something else sends
by confidence     a value's confidence is the highest threshold at which it has no doubt: of the values of
                  each step, how many there are and how many of them are right. If the engine's probabilities
                  were exact, the share of right values would be about the step.

It reports only. The files are this project's own and are opened in the benchmark's own processes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from reading_set import FIELDS, SLICES, Item
from remembering_engine import RememberingEngine

from mailroom.config.ocr_threshold import READING_CONFIDENCE
from mailroom.document.ocr.tesseract import find_tesseract
from mailroom.notices.fields import KEY_FIELDS
from mailroom.notices.reader import read_file
from mailroom.workers.child_process import ONE_THREAD

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
# The SSN stands or falls with its last four; pages are counted.
OTHERS = tuple(each for each in FIELDS if each not in (*KEY_FIELDS, "ssn", "page_count"))


@dataclass(frozen=True, repr=False)
class Judged:
    """A file and what is said of it at each threshold."""

    truth: Mapping[str, Any]
    readings: Mapping[float, Mapping[str, Any]]

    def is_unsaid(self, field: str, threshold: float) -> bool:
        """Whether a wrong value is given without a doubt about it."""
        return self.stands(field, threshold) and not self.is_right(field)

    def stands(self, field: str, threshold: float) -> bool:
        """Whether the field has a value, and no doubt."""
        reading = self.readings[threshold]
        return reading["fields"][field] is not None and field not in reading["review_fields"]

    def value(self, field: str) -> Any:
        """What was read; it does not depend on the threshold."""
        return self.readings[THRESHOLDS[0]]["fields"][field]

    def is_right(self, field: str) -> bool:
        """Whether that is the truth."""
        return bool(self.value(field) == self.truth[field])

    def confidence(self, field: str) -> float | None:
        """The highest threshold at which the value stands; None where it never does."""
        return max((each for each in THRESHOLDS if self.stands(field, each)), default=None)


def judge(item: Item, *, has_second: bool) -> Judged:
    """Read the file at every threshold."""
    engine = RememberingEngine(has_second=has_second)
    return Judged(item.truth, {each: read_file(item.path, engine, each).as_json() for each in THRESHOLDS})


def main() -> None:
    """Make the scans, read them, print both tables."""
    args = _parse_arguments()
    os.environ.update(ONE_THREAD)
    has_second = find_tesseract() is not None and not args.without_tesseract
    second = "with" if has_second else "without"
    machine = f"{platform.system()}, Python {platform.python_version()}"
    print(f"seed {args.seed}, {args.scans} scans, {second} Tesseract; {machine}\n")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        slices = [each for each in SLICES if each.name in ("fresh", "worn", "hard")]
        items = [item for slice_ in slices for item in slice_.write(Path(scratch), args)]
        with multiprocessing.get_context("spawn").Pool(args.jobs) as pool:
            files = pool.map(partial(judge, has_second=has_second), items, chunksize=1)
    _print_thresholds(files)
    _print_unsaid(files)
    _print_confidence("surname and SSN last four", files, KEY_FIELDS)
    _print_confidence("other fields", files, OTHERS)
    print(f"{time.perf_counter() - began:.0f} s")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--scans",
        type=int,
        default=200,
        metavar="N",
        help="half of them fresh, half worn, and half as many hard ones; default: 200",
    )
    parser.add_argument("--seed", type=int, default=41, metavar="S")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="files read at a time")
    parser.add_argument("--without-tesseract", action="store_true", help="even where it is installed")
    return parser.parse_args()


def _print_thresholds(files: Sequence[Judged]) -> None:
    print(
        "| threshold | needs no person | key in doubt | keys wrong with confidence | other values likewise |"
    )
    print("|---|---|---|---|---|")
    for threshold in THRESHOLDS:
        readings = [each.readings[threshold] for each in files]
        alone = sum(not each["needs_review"] for each in readings) / len(files)
        doubtful = sum(bool(set(KEY_FIELDS) & set(each["review_fields"])) for each in readings) / len(files)
        wrong = " | ".join(_format_wrong(files, fields, threshold) for fields in (KEY_FIELDS, OTHERS))
        print(f"| {threshold} | {alone:.1%} | {doubtful:.1%} | {wrong} |")
    print()


def _print_unsaid(files: Sequence[Judged]) -> None:
    """What the threshold that is the default does not catch: the people are made up."""
    for each in files:
        for field in (*KEY_FIELDS, *OTHERS):
            if each.is_unsaid(field, READING_CONFIDENCE):
                print(
                    f"at {READING_CONFIDENCE}: {field} is {each.truth[field]!r}, read {each.value(field)!r}"
                )
    print()


def _format_wrong(files: Iterable[Judged], fields: Sequence[str], threshold: float) -> str:
    unsaid = [each for each in files for field in fields if each.is_unsaid(field, threshold)]
    alone = sum(not each.readings[threshold]["needs_review"] for each in unsaid)
    return f"{alone} ({len(unsaid)})" if unsaid else "0"


def _print_confidence(title: str, files: Sequence[Judged], fields: Sequence[str]) -> None:
    given = [
        (each.confidence(field) or 0.0, each.is_right(field))
        for each in files
        for field in fields
        if each.value(field) is not None
    ]
    print(f"| confidence of {title} | values | right |\n|---|---|---|")
    for low, high in pairwise((0.0, *THRESHOLDS, 1.0)):
        right = [is_right for confidence, is_right in given if low <= confidence < high]
        if right:
            print(f"| {low} to {high} | {len(right)} | {sum(right) / len(right):.1%} |")
    print(flush=True)


if __name__ == "__main__":
    main()
