"""How well and how fast scans are read: ``uv run python bench/reading.py [--files N] [--seed S] [--jobs J]``.

Synthetic notices, worn in every way of `mailroom.sandbox.notices.worn_scans`, through the reader's own processes.
For each wear: keys right without doubt, given to a person, wrong with confidence; seconds; and the peak memory of the
processes. ``--misreads DIR`` saves page 1 of what was not read as PNG, for a person to look at. Text notices and other
letters have no table here yet.

Latest figures (25 November 2026, 2 cores with a load of 2 to 3 by other work, 69 scans of 8 pages in the mean, two
jobs): seed 7, used in development: right 64, to a person 5, wrong 0; seed 99, not used: 67, 2, 0. Median 2.7 and
3.8 s, 95th percentile 5.2 and 8.1 s, the first after 2 to 4 s; 510 MB an OCR process, 125 MB a reading one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

import pypdfium2

from mailroom.notices import ReaderPool, Reading
from mailroom.sandbox.notices import SyntheticNotice
from mailroom.sandbox.notices.worn_scans import WEARS, worn_scans

KEYS = ("last_name", "ssn_last4")


def verdict(reading: Reading, notice: SyntheticNotice) -> str:
    """What became of the key: right, given to a person, or wrong with confidence."""
    fields = reading.fields.as_json()
    if reading.outcome != "extract" or set(KEYS) & set(reading.review_fields):
        return "review"
    same = all(str(fields[name]).upper() == str(notice.truth[name]).upper() for name in KEYS)
    return "right" if same else "WRONG"


def peak_mb(pids: Sequence[int]) -> int:
    """The largest resident size that one of these running processes has had."""
    status = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    peaks = [line.split()[1] for text in status for line in text.splitlines() if line.startswith("VmHWM")]
    return max((int(kilobytes) // 1024 for kilobytes in peaks), default=0)


def read_all(notices: Sequence[SyntheticNotice], folder: Path, jobs: int) -> list[Reading]:
    """Every notice through the pool; says when the first came back, and what the processes took."""
    began = time.perf_counter()
    firsts: list[float] = []
    with ReaderPool(jobs) as pool, ThreadPoolExecutor(jobs) as threads:

        def one(notice: SyntheticNotice) -> Reading:
            reading = pool.read(folder / notice.filename)
            firsts.append(time.perf_counter() - began)
            return reading

        readings = list(threads.map(one, notices))
        seconds = time.perf_counter() - began
        kinds = {"reading": pool.processes(), "OCR": pool.ocr_processes()}
        for kind, pids in kinds.items():
            print(f"{kind} processes: {len(pids)}, at most {peak_mb(pids)} MB")
    print(f"first after {min(firsts):.1f} s; {seconds / len(notices):.2f} s a notice with {jobs} jobs")
    return readings


def table(notices: Sequence[SyntheticNotice], readings: Sequence[Reading]) -> None:
    """A line for each wear, and the whole."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in WEARS}
    for notice, reading in zip(notices, readings, strict=True):
        counts[notice.kind][verdict(reading, notice)] += 1
    for name, count in counts.items():
        print(f"{name:22} right {count['right']:3}  review {count['review']:3}  wrong {count['WRONG']:3}")
    whole = sum(counts.values(), Counter())
    seconds = [reading.seconds for reading in readings]
    late = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    print(f"{'all':22} right {whole['right']:3}  review {whole['review']:3}  wrong {whole['WRONG']:3}")
    print(f"median {median(seconds):.2f} s, 95th percentile {late:.2f} s")


def save_misreads(notices: Sequence[SyntheticNotice], readings: Sequence[Reading], target: Path) -> None:
    """Page 1 of each notice that was not read, under its wear and reason."""
    target.mkdir(parents=True, exist_ok=True)
    for notice, reading in zip(notices, readings, strict=True):
        if verdict(reading, notice) != "right":
            with pypdfium2.PdfDocument(notice.pdf) as document:
                picture = document[0].render(scale=2).to_pil().convert("RGB")
            picture.save(target / f"{notice.filename[:-4]} {notice.kind} {reading.error}.png")


def main() -> None:
    """Make the scans, read them, print the table."""
    parser = argparse.ArgumentParser(description="How well and how fast scans are read")
    parser.add_argument("--files", type=int, default=3 * len(WEARS))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--misreads", type=Path)
    given = parser.parse_args()
    notices = list(worn_scans(given.files, given.seed))
    with tempfile.TemporaryDirectory() as folder:
        for notice in notices:
            (Path(folder) / notice.filename).write_bytes(notice.pdf)
        readings = read_all(notices, Path(folder), given.jobs)
    table(notices, readings)
    if given.misreads:
        save_misreads(notices, readings, given.misreads)


if __name__ == "__main__":
    main()
