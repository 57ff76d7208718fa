"""What the hostile set does to the reader: ``uv run python bench/hostile.py [--jobs J] [--only NAME]``.

Each file goes through a pool of reading processes while a sound notice is read beside it. A line for each: its code,
its seconds, the peak memory of the processes that read it, and whether the neighbour came out right.

Latest figures (25 November 2026, 2 cores shared with other work, 47 files): each its code, at most 28.1 s and 575 MB
in a process, the neighbour right every time.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path
from random import Random

from mailroom.notices import ReaderPool, Reading
from mailroom.sandbox.notices.hostile import HOSTILE, hostile_files, notice


def children() -> list[int]:
    """The process ids of this one's children."""
    here = Path("/proc/self/task")
    return [int(pid) for task in here.iterdir() for pid in (task / "children").read_text().split()]


class Peak(threading.Thread):
    """Samples the resident memory of every child until it is stopped; in MB, by the largest."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.largest = 0
        self.over = threading.Event()

    def run(self) -> None:
        """Look at all children 50 times a second."""
        while not self.over.wait(0.02):
            for pid in children():
                try:
                    fields = Path(f"/proc/{pid}/statm").read_text().split()
                except OSError:
                    continue
                if len(fields) > 1:
                    self.largest = max(self.largest, int(fields[1]) * 4096 // 1_000_000)


def code_of(reading: Reading) -> str:
    """The code of the set: "" for a CP2000 that was read with its key."""
    if reading.outcome == "extract":
        return ""
    return reading.error or ("other_document" if reading.outcome == "not_cp2000" else reading.outcome)


def main() -> None:
    """Read every file, one after the other, and its neighbour at the same time."""
    parser = argparse.ArgumentParser(description="What the hostile set does to the reader")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", choices=sorted(HOSTILE), action="append")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ReaderPool(given.jobs) as pool:
        neighbour = Path(folder, "neighbour.pdf")
        neighbour.write_bytes(notice(Random(1)))  # noqa: S311 - chance that must come out the same
        pool.read(neighbour)
        for each, content in hostile_files():
            if given.only and each.name not in given.only:
                continue
            path = Path(folder, "file.pdf")
            path.write_bytes(content)
            peak, beside = Peak(), list[Reading]()
            peak.start()
            other = threading.Thread(target=lambda found: found.append(pool.read(neighbour)), args=(beside,))
            began = time.monotonic()
            other.start()
            reading = pool.read(path)
            seconds = time.monotonic() - began
            other.join()
            peak.over.set()
            code = code_of(reading)
            verdict = "as expected" if code in each.codes else "NOT EXPECTED"
            print(
                f"{each.name:34} {len(content) // 1024:6} kB  {code or 'read':20} {seconds:5.1f} s "
                f"{peak.largest:4} MB  {verdict}, neighbour {beside[0].outcome}",
                flush=True,
            )


if __name__ == "__main__":
    main()
