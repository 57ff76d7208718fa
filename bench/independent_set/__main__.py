"""Write the set: PDFs, and ``truth.jsonl`` with one row for each file.

    uv run python -m bench.independent_set DIRECTORY [--count N] [--seed S] [--scans] [--stacks]

The same seed gives the same files. A row's ``fields`` are the true values: a list holds all that are right,
null says that there is none, and a field that a document does not print is missing. ``outcome_wanted`` is
extract, review or not_cp2000, or a list of those that are right. ``features`` names what is unusual.
"""

from __future__ import annotations

import argparse
import collections
import json
import time
from pathlib import Path

from bench.independent_set.build import Row, make_chance, make_file
from bench.independent_set.scans import Turn, choose_wear, scan
from bench.independent_set.stacks import make_stack


def make_scan(seed: int, index: int) -> tuple[bytes, Row]:
    """A scanned file: 12 in 100 have a poor text layer, 4 lie upside down in whole or in part."""
    document, row = make_file(seed, index)
    rng = make_chance(seed, f"scan {index}")
    wear, layer, upside_down = choose_wear(rng), rng.random() < 0.12, rng.random() < 0.04
    pages = frozenset(range(100) if rng.random() < 0.6 else range(1))
    features = [f"scan_{wear.name}", *["text_layer"] * layer, *["upside_down"] * upside_down]
    document = scan(document, wear, rng, (Turn(pages, half_turn=upside_down),), layer=layer)
    wanted = row["outcome_wanted"]
    if wear.harsh or upside_down or layer:
        wanted = sorted({*([wanted] if isinstance(wanted, str) else wanted), "review"})
    return document, {**row, "features": [*row["features"], *features], "outcome_wanted": wanted}


def make_any(seed: int, index: int, *, scanned: bool, stacked: bool) -> tuple[bytes, Row]:
    """The file with this index, of the kind that is asked for."""
    if stacked:
        return make_stack(seed, index, scanned=scanned)
    return make_scan(seed, index) if scanned else make_file(seed, index)


def write_set(folder: Path, count: int, seed: int, *, scanned: bool, stacked: bool) -> list[Row]:
    """Write the files and the truth; returns the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for index in range(count):
        document, row = make_any(seed, index, scanned=scanned, stacked=stacked)
        name = f"{'scan_' if scanned else ''}{'stack' if stacked else 'file'}_{index:04}.pdf"
        (folder / name).write_bytes(document)
        rows.append({"file": name, **row})
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "truth.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return rows


def main() -> None:
    """Write the set and print how many files there are of each kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path)
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scans", action="store_true", help="images of pages, without their text")
    parser.add_argument("--stacks", action="store_true", help="several clients' notices in each file")
    options = parser.parse_args()
    started = time.monotonic()
    rows = write_set(
        options.directory, options.count, options.seed, scanned=options.scans, stacked=options.stacks
    )
    print(f"{len(rows)} files in {time.monotonic() - started:.0f} s")
    for title, names in (
        ("kind", [row["kind"] for row in rows]),
        ("feature", [f for row in rows for f in row["features"]]),
    ):
        for name, count in collections.Counter(names).most_common():
            print(f"{title:8} {name:40} {count}")


if __name__ == "__main__":
    main()
