"""The memory of a large daily run, of its own process and of all that it starts, after each 1,000 files.

    uv run python bench/memory.py [--files N] [--rate R] [--step N]

Runs the command as a person starts it, on a sandbox without latency, and looks at it from outside once a
second (Linux only). The files are copies of a synthetic day without its scans; each copy has other bytes, so
that it is filed by itself. Prints a JSON line for each step, whose means are those since the step before,
then the growth after the first step and the peaks. ``all_mb`` is the resident memory of all processes added
up, so what they share counts for each; ``all_pss_mb`` counts it once. ``now_mb`` has the first by kind of
process. It reports only.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from child_usage import list_tree, read_cpu_seconds, read_memory, read_proportional

from mailroom.sandbox.launcher import Sandbox
from mailroom.sandbox.options import SandboxOptions
from mailroom.sandbox.seeding import ensure_inbox
from mailroom.sandbox.servers import seed

ROOT = Path(__file__).parents[1]
# The originals; those that are larger (scans among others) are not copied.
ORIGINALS, LARGEST_COPIED = 300, 100_000
DONE = "SELECT count(*) FROM files WHERE state IN ('done', 'failed')"


@dataclass
class MemoryWatch:
    """The memory of a process and its descendants, in MB; the lists: what was seen since the last step."""

    pid: int
    main: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    proportional: list[float] = field(default_factory=list)
    main_peak: float = 0.0
    together_peak: float = 0.0
    proportional_peak: float = 0.0

    def sample(self) -> None:
        """Look once at all processes that run now."""
        if (own := read_memory(self.pid)) is None:
            return
        self.main.append(own[1])
        tree = list_tree(self.pid)
        self.together.append(sum(one[1] for one in map(read_memory, tree) if one))
        self.proportional.append(sum(map(read_proportional, tree)))
        self.main_peak = max(self.main_peak, own[0])
        self.together_peak = max(self.together_peak, self.together[-1])
        self.proportional_peak = max(self.proportional_peak, self.proportional[-1])

    def take_means(self) -> dict[str, float]:
        """The means since the last call, and the peaks so far."""
        seen = {"main_mb": self.main, "all_mb": self.together, "all_pss_mb": self.proportional}
        means = {name: round(mean(values), 1) for name, values in seen.items()}
        for values in seen.values():
            values.clear()
        return means | self.peaks

    @property
    def peaks(self) -> dict[str, float]:
        """The peaks so far."""
        return {
            "main_peak_mb": round(self.main_peak, 1),
            "all_peak_mb": round(self.together_peak, 1),
            "all_pss_peak_mb": round(self.proportional_peak, 1),
        }


def main() -> None:
    """Run once, and print a line for each step and the growth."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=1000.0, help="calls a second, of each API")
    parser.add_argument("--step", type=int, default=1_000, help="files for each line")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailroom-bench-") as place:
        state = Path(place)
        seed_copies(state / "sandbox", args.files)
        with Sandbox.start(state / "sandbox") as sandbox:
            environment = {
                **os.environ,
                **sandbox.environment(),
                "PREFECT_HOME": str(state / "prefect"),
                "MAILROOM_STATE_DIR": str(state / "state"),
                "MAILROOM_DRIVE__CALLS_PER_SECOND": str(args.rate),
                "MAILROOM_LOGIQS__CALLS_PER_SECOND": str(args.rate),
            }
            command = [sys.executable, str(ROOT / "flows" / "daily.py"), "--yes"]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sys.stderr)
            watch_run(process, state / "state" / "ledger.sqlite3", args.step)


def seed_copies(place: Path, files: int) -> None:
    """Make a sandbox with a synthetic day, and copies of its files until its inbox has so many."""
    store = seed(SandboxOptions(state=place, notices=min(files, ORIGINALS)))
    stored = [row for row in store.list_files() if "size" in row]
    small = [row for row in stored if int(row["size"]) <= LARGEST_COPIED]
    inbox = ensure_inbox(store)
    store.begin()
    for number in range(files - len(stored)):
        original = small[number % len(small)]
        content = (store.read_content(original["id"]) or b"") + f"\n%% copy {number}\n".encode()
        store.add_file(f"{number}.pdf", inbox, content, created=original["createdTime"])
    store.commit()
    store.close()


def watch_run(process: subprocess.Popen[bytes], ledger: Path, step: int) -> None:
    """Print a line after each step of files until the run ends, and then the growth for each step."""
    watch, began = MemoryWatch(process.pid), time.monotonic()
    rows: list[dict[str, float]] = []
    while process.poll() is None:
        watch.sample()
        if (files := count_done(ledger)) >= step * (len(rows) + 1):
            cpu = read_cpu_seconds(process.pid) or 0.0
            row = {"files": files, "seconds": round(time.monotonic() - began), "main_cpu_s": round(cpu)}
            rows.append(row | watch.take_means())
            print(json.dumps(rows[-1] | {"now_mb": measure_kinds(process.pid)}), flush=True)
        time.sleep(1)
    print(json.dumps({"exit": process.returncode, **compute_growth(rows, step), **watch.peaks}), flush=True)


def compute_growth(rows: list[dict[str, float]], step: int) -> dict[str, float]:
    """How much the means grew for each step of files, from the first line but one to the last."""
    if len(rows) < 3:
        return {}
    steps = (rows[-1]["files"] - rows[1]["files"]) / step
    return {
        f"{name}_growth": round((rows[-1][name] - rows[1][name]) / steps, 2)
        for name in ("main_mb", "all_mb", "all_pss_mb")
    }


def measure_kinds(pid: int) -> dict[str, float]:
    """The memory of the processes now, in MB, by what they run: a module, or the script of the command."""
    kinds: Counter[str] = Counter()
    for one in list_tree(pid):
        try:
            words = Path(f"/proc/{one}/cmdline").read_text(encoding="utf-8").split("\0")
        except OSError:
            continue
        runs = words[2] if words[1:2] == ["-m"] else Path(words[1]).name
        if (memory := read_memory(one)) is not None:
            kinds[runs] += round(memory[1])
    return dict(kinds)


def count_done(ledger: Path) -> int:
    """How many files the run has done; 0 as long as there is no ledger."""
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
            return int(connection.execute(DONE).fetchone()[0])
    except sqlite3.OperationalError:
        return 0


if __name__ == "__main__":
    main()
