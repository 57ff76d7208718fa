"""Read a set without Tesseract and with it, and compare both with the truth.

    uv run python -m bench.independent_set.measure DIRECTORY [--jobs N] [--without-tesseract] [--keep FILE]
    uv run python -m bench.independent_set.measure --again FILE

``DIRECTORY`` is one that ``python -m bench.independent_set`` wrote, or any other with a ``truth.jsonl`` of
that form. The key is the surname and the SSN's last four digits. *Wrong with confidence*: another value than
the true one, without doubt, in a file that nothing else sends to a person. ``--keep`` writes each row beside
what was read as soon as it is, and ``--again`` counts such rows. The first engine reads each image once, in
this process; the processor seconds are those of the reading without Tesseract. It reports only.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.remembering_engine import RememberingEngine
from mailroom.config.ocr_threshold import READING_CONFIDENCE
from mailroom.document.ocr.tesseract import find_tesseract
from mailroom.notices.fields import KEY_FIELDS
from mailroom.notices.reader import read_file
from mailroom.workers.child_process import ONE_THREAD
from mailroom.workers.child_side import measure_cpu

Row = dict[str, Any]
WITHOUT, WITH = "without Tesseract", "with Tesseract"


def read_row(row: Row, folder: Path, names: Sequence[str]) -> Row:
    """Return the row with what is read, by the name of how."""
    engine = RememberingEngine(has_second=False)
    for name in names:
        engine.has_second = name == WITH
        before = measure_cpu()
        reading = read_file(folder / row["file"], engine, READING_CONFIDENCE)
        row[name] = reading.as_json() | {"cpu": measure_cpu() - before}
    return row


def is_right(row: Row, name: str, field: str) -> bool:
    """Return whether the value that was read is the true one, or one of those that are right."""
    true, value = row["fields"].get(field), row[name]["fields"][field]
    return value in true if isinstance(true, list) else bool(value == true)


def list_wrong(row: Row, name: str) -> list[str]:
    """Return the fields that the document prints and that are wrong, without doubt."""
    values, doubts = row[name]["fields"], row[name]["doubts"]
    given = [field for field in row["fields"] if values[field] is not None and field not in doubts]
    return [field for field in given if not is_right(row, name, field)]


def needs_nobody(row: Row, name: str) -> bool:
    """Return whether the file is read, and no person has to look."""
    return row[name]["outcome"] == "extract" and not row[name]["needs_review"]


def print_figures(rows: Sequence[Row], name: str) -> None:
    """Print the figures of docs/benchmarks.md, each value that is wrong, and why people are asked."""
    notices = [row for row in rows if "extract" in row["outcome_wanted"]]
    must = [row for row in notices if row["outcome_wanted"] == "extract"]
    others = [row for row in rows if row["outcome_wanted"] == "not_cp2000"]
    for title, group in ((f"{name}: CP2000s", notices), ("to be read", must)):
        keys = sum(all(is_right(row, name, field) for field in KEY_FIELDS) for row in group)
        alone = [row for row in group if needs_nobody(row, name)]
        wrong = sum(bool(set(KEY_FIELDS) & {*list_wrong(row, name)}) for row in alone)
        print(f"{title} {len(group)}, key right {keys}, no person {len(alone)}, key wrong {wrong}")
    taken = sum(row[name]["outcome"] in ("extract", "review") for row in others)
    seconds = [row[name]["cpu"] for row in notices]
    print(f"others {len(others)}, taken for a CP2000 {taken}; CPU seconds {statistics.median(seconds):.2f}")
    for row in notices:
        if needs_nobody(row, name) and (wrong_fields := list_wrong(row, name)):
            print(f"     wrong without doubt: {row['file']} {wrong_fields}")
    asked = [row for row in notices if not needs_nobody(row, name)]
    for cause, number in Counter(_say_why(row[name]) for row in asked).most_common():
        print(f"{number:4} {cause}")
    print_doubts(notices, name)


def print_doubts(rows: Sequence[Row], name: str) -> None:
    """Print for each cause of a doubt how many values it doubts, and how many of them are right."""
    doubted: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for row in rows:
        for field, causes in row[name]["doubts"].items():
            for code in {f"{field} {cause['code']}" for cause in causes if field in row["fields"]}:
                doubted[code] += 1
                right[code] += is_right(row, name, field)
    print("doubted, of these right:")
    for code, number in doubted.most_common():
        print(f"{number:4} {right[code]:4} {code}")


def _say_why(read: Row) -> str:
    doubts = {f"{field} {cause['code']}" for field, causes in read["doubts"].items() for cause in causes}
    return f"{read['error'] or read['outcome']}: {', '.join(sorted(doubts))}"


def main() -> None:
    """Read the set, or what was kept, and print what was right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="files read at a time")
    parser.add_argument("--without-tesseract", action="store_true", help="even where it is installed")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write what was read as JSON lines")
    parser.add_argument("--again", type=Path, metavar="FILE", help="count what was kept")
    asked = parser.parse_args()
    if asked.again:
        rows = [json.loads(line) for line in asked.again.read_text(encoding="utf-8").splitlines()]
    else:
        rows = read_set(asked.directory, asked.jobs, asked.keep, has_second=not asked.without_tesseract)
    for name in (WITHOUT, WITH):
        if name in rows[0]:
            print_figures(rows, name)


def read_set(folder: Path, jobs: int, keep: Path | None, *, has_second: bool) -> list[Row]:
    """Return the rows of the set's truth with what is read."""
    os.environ.update(ONE_THREAD)
    names = (WITHOUT, WITH) if has_second and find_tesseract() else (WITHOUT,)
    truth = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    rows = []
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for row in pool.imap(partial(read_row, folder=folder, names=names), map(json.loads, truth)):
            rows.append(row)
            if keep:
                with keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return rows


if __name__ == "__main__":
    main()
