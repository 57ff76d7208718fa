"""Read a set and compare it with its truth.

    uv run python -m bench.independent_set.measure DIRECTORY [--without-tesseract] [--jobs N] [--to FILE]

``DIRECTORY`` is one that ``python -m bench.independent_set`` wrote, or any other with a ``truth.jsonl`` of
that form. The key is the surname and the SSN's last four digits. *Wrong with confidence*: another value than
the true one, without doubt, in a file that nothing else sends to a person. Of files, the numbers are counted,
not estimated; ``--to`` keeps each row beside what was read. It reports only.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.child_usage import ChildUsage
from mailroom.notices import ReaderPool
from mailroom.notices.fields import KEY_FIELDS

Row = dict[str, Any]


def read_set(folder: Path, jobs: int) -> tuple[list[Row], float]:
    """Return each row of the truth with what was read, and the processor seconds of all."""
    truth = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in truth]
    with ReaderPool(jobs) as pool, ChildUsage() as usage, ThreadPoolExecutor(jobs) as threads:
        pool.start()
        readings = list(threads.map(lambda row: pool.read(folder / row["file"]), rows))
    read = [{**row, "read": each.as_json()} for row, each in zip(rows, readings, strict=True)]
    return read, usage.cpu_seconds


def is_right(row: Row, field: str) -> bool:
    """Return whether the value that was read is the true one, or one of the true ones."""
    true, value = row["fields"].get(field), row["read"]["fields"][field]
    return value in true if isinstance(true, list) else bool(value == true)


def list_wrong(row: Row) -> list[str]:
    """Return the fields that are wrong, not in doubt, and that the document prints."""
    read = row["read"]
    return [
        field
        for field in row["fields"]
        if read["fields"][field] is not None
        and not is_right(row, field)
        and field not in read["review_fields"]
    ]


def needs_nobody(row: Row) -> bool:
    """Return whether the file is read, and no person has to look."""
    return row["read"]["outcome"] == "extract" and not row["read"]["needs_review"]


def print_figures(rows: list[Row], cpu_seconds: float) -> None:
    """Print the figures of docs/benchmarks.md, and the causes of doubts with the share that was right."""
    notices = [row for row in rows if "extract" in row["outcome_wanted"]]
    must = [row for row in notices if row["outcome_wanted"] == "extract"]
    others = [row for row in rows if row["outcome_wanted"] == "not_cp2000"]
    for title, group in (("CP2000s", notices), ("of these, to be read", must)):
        keys = sum(all(is_right(row, field) for field in KEY_FIELDS) for row in group)
        alone = [row for row in group if needs_nobody(row)]
        wrong = [row for row in alone if set(KEY_FIELDS) & {*list_wrong(row)}]
        print(f"{title}: {len(group)}; key right {keys}; no person {len(alone)}; key wrong {len(wrong)}")
    taken = sum(row["read"]["outcome"] in ("extract", "review") for row in others)
    print(f"other documents: {len(others)}; taken for a CP2000 {taken}")
    seconds = [row["read"]["seconds"] for row in notices]
    print(
        f"CPU seconds a file {cpu_seconds / len(rows):.2f}; seconds, median {statistics.median(seconds):.2f}"
    )
    for row in notices:
        if needs_nobody(row) and (wrong_fields := list_wrong(row)):
            print(f"  wrong without doubt: {row['file']} {wrong_fields}")
    asked = Counter[str]()
    for row in notices:
        if not needs_nobody(row):
            doubts = row["read"]["doubts"]
            codes = sorted({f"{field} {cause['code']}" for field in doubts for cause in doubts[field]})
            asked[f"{row['read']['error'] or row['read']['outcome']}: {', '.join(codes)}"] += 1
    for cause, number in asked.most_common():
        print(f"{number:4} {cause}")


def main() -> None:
    """Read the set and print what was right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path)
    parser.add_argument("--without-tesseract", action="store_true")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="files read at a time")
    parser.add_argument("--to", type=Path, metavar="FILE", help="keep what was read, as JSON lines")
    asked = parser.parse_args()
    if asked.without_tesseract:
        # The readers look for it there.
        os.environ["PATH"] = ""
    rows, cpu_seconds = read_set(asked.directory, asked.jobs)
    if asked.to:
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        asked.to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print_figures(rows, cpu_seconds)


if __name__ == "__main__":
    main()
