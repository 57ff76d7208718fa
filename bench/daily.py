"""The daily run, measured from outside: the command as a person starts it, on a sandbox that logs each call.

    uv run python bench/daily.py [--files N] [--rate R] [--latency S-S] [--runs N] [--server]
        [--scans [WEAR]] [--calls FILE]

Prints a JSON line for each run: seconds from the command to the first Drive call, the first listing and the
first download (these two also as a multiple of `python -c "import prefect"` at that time), the quota's floor
and how far above it the run stayed, the most calls in any 1, 10 and 100 s, the seconds after the last move,
sizes and memory. A run of one file, which is not printed, makes Prefect's database and shows what an almost
empty ledger takes. Also the files per minute and the idle share of the cores between the first download
and the last move. With ``--scans`` every notice is a scan without text, worn in all ways or in the one that
is named (``clean``: not at all). It reports only.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from child_usage import Sampler, TreeMemory
from outage import PrefectServer

from mailroom.sandbox.generator.day import make_synthetic_day
from mailroom.sandbox.generator.model import make_random
from mailroom.sandbox.launcher import Sandbox
from mailroom.sandbox.seeding import add_synthetic_case, ensure_inbox
from mailroom.sandbox.store import Store, format_time

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.corpora.worn_scans import WEARS, make_worn_scan  # noqa: E402 - after the path to it

MB = 1_000_000


def main() -> None:
    """Measure runs on a sandbox, and print seconds and calls of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rate", type=float, default=10.0, help="calls a second, of each API")
    parser.add_argument(
        "--latency",
        type=parse_latency,
        default=(0.1, None),
        help="seconds that each call takes at least; 0.05-0.2: drawn between the two with a fixed seed",
    )
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--server", action="store_true", help="with a Prefect server that runs already")
    parser.add_argument(
        "--scans", nargs="?", const="all", choices=("all", *WEARS), help="every notice is a scan"
    )
    parser.add_argument("--calls", type=Path, help="write the calls of the last run to this file")
    args = parser.parse_args()
    with ExitStack() as closing:
        place = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="mailroom-bench-")))
        api = closing.enter_context(RunningServer(place)) if args.server else None
        bench = Bench(place, args, api)
        before = bench.run("first", 1)
        for number in range(args.runs):
            print(json.dumps(bench.measure(str(number), before)), flush=True)
            before = {**before, "prefect_mb": bench.prefect_size()}


def parse_latency(text: str) -> tuple[float, float | None]:
    """Return the shortest and the longest latency in seconds; None: always the shortest."""
    shortest, _, longest = text.partition("-")
    return float(shortest), float(longest) if longest else None


class RunningServer:
    """A Prefect server of its own on a free port; a context manager that gives its address."""

    def __init__(self, place: Path) -> None:
        (place / "server").mkdir()
        self.server = PrefectServer(place / "prefect")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.server.port = probe.getsockname()[1]

    def __enter__(self) -> str:
        self.server.start()
        return self.server.address

    def __exit__(self, *_: object) -> None:
        self.server.stop()


class Bench:
    """Runs on fresh sandboxes and ledgers; the Prefect home is the same for all, as on a real machine."""

    def __init__(self, place: Path, args: argparse.Namespace, api: str | None) -> None:
        self.place, self.args, self.api = place, args, api

    def measure(self, name: str, before: dict[str, float]) -> dict[str, object]:
        """Return the figures of one run; ``before``: the sizes after the run of one file."""
        prefect_import = measure_import()
        found = self.run(name, self.args.files)
        told, drive, logiqs = found["told"], found["drive"], found["logiqs"]
        times = {"drive": [called for called, _ in drive], "logiqs": [called for called, _ in logiqs]}
        floor = max(map(len, times.values())) / self.args.rate
        working = max(times["drive"] + times["logiqs"]) - min(times["drive"])
        # Calls that name the inbox and its folders come while Prefect starts; work begins with a file.
        first = {
            what: min(called for called, kind in drive if kind == what) - found["began"]
            for what in ("list", "download")
        }
        last_move = max((called for called, kind in drive if kind == "move"), default=max(times["drive"]))
        thousands = self.args.files / 1000
        moving = last_move - first["download"] - found["began"]
        return {
            "exit": found["exit"],
            "files": told["listed"],
            "outcomes": {
                kind: told[kind] for kind in ("matched", "unmatched", "review", "duplicate", "failed")
            },
            "server": "runs already" if self.api else "temporary",
            "to_first_drive_call_s": round(min(times["drive"]) - found["began"], 2),
            "to_first_listing_s": round(first["list"], 2),
            "to_first_download_s": round(first["download"], 2),
            "import_prefect_s": round(prefect_import, 2),
            "first_listing_over_import": round(first["list"] / prefect_import, 2),
            "first_download_over_import": round(first["download"] / prefect_import, 2),
            "whole_s": round(found["ended"] - found["began"], 2),
            "first_to_last_call_s": round(working, 2),
            "quota_floor_s": round(floor, 2),
            "over_floor": round(working / floor, 3),
            "after_last_move_s": round(found["ended"] - last_move, 2),
            "files_per_minute": round(60 * self.args.files / moving, 1),
            "idle_cores": round(found["cores"].idle(last_move - moving, last_move), 3),
            "drive_calls": len(drive),
            "logiqs_calls": len(logiqs),
            **{
                f"most_{api}_1_10_100_s": [count_most(called, window) for window in (1, 10, 100)]
                for api, called in times.items()
            },
            "ledger_mb": round(found["ledger_mb"], 2),
            "ledger_mb_per_1000_files": round((found["ledger_mb"] - before["ledger_mb"]) / thousands, 2),
            "prefect_mb_per_1000_files": round((found["prefect_mb"] - before["prefect_mb"]) / thousands, 2),
            "peak_rss_mb": told["peak_rss_mb"],
            "peak_rss_all_mb": round(found["memory"], 1),
        }

    def run(self, name: str, files: int) -> dict[str, Any]:
        """Run the command once on a new sandbox; what was seen of it."""
        state, args = self.place / name, self.args
        shortest, longest = args.latency
        if args.scans:
            wears = list(WEARS) if args.scans == "all" else [args.scans]
            seed_scans(state / "sandbox", files, wears)
        with Sandbox.start(
            state / "sandbox", notices=files, latency=shortest, longest_latency=longest
        ) as sandbox:
            report = state / "report.json"
            environment = {
                **os.environ,
                **sandbox.environment(),
                "PREFECT_HOME": str(self.place / "prefect"),
                "MAILROOM_STATE_DIR": str(state / "state"),
                "MAILROOM_DRIVE__CALLS_PER_SECOND": str(args.rate),
                "MAILROOM_LOGIQS__CALLS_PER_SECOND": str(args.rate),
                **({"PREFECT_API_URL": self.api} if self.api else {}),
            }
            command = [
                sys.executable,
                str(ROOT / "flows" / "daily.py"),
                "--yes",
                "--report-json",
                str(report),
            ]
            began = time.monotonic()
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
            with TreeMemory(process.pid) as memory, Cores() as cores:
                process.wait()
            ended = time.monotonic()
            calls = {system: sandbox.calls(system) for system in ("drive", "logiqs")}
        if args.calls:
            args.calls.write_text(json.dumps({"began": began, "ended": ended, **calls}))
        return {
            "exit": process.returncode,
            "told": json.loads(report.read_text()),
            "began": began,
            "ended": ended,
            "memory": memory.together_mb,
            "cores": cores,
            "ledger_mb": measure_size(state / "state" / "ledger.sqlite3"),
            "prefect_mb": self.prefect_size(),
            **calls,
        }

    def prefect_size(self) -> float:
        """Return the megabytes of Prefect's database."""
        return measure_size(self.place / "prefect" / "prefect.db")


class Cores(Sampler):
    """Samples how much of the machine's cores was idle within a ``with`` block; Linux only."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: list[tuple[float, int, int]] = []

    def _sample(self) -> None:
        line = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
        # User, nice, system, idle, waiting for a disk, interrupts, and what other guests took.
        ticks = [int(tick) for tick in line.split()[1:9]]
        self._samples.append((time.monotonic(), ticks[3] + ticks[4], sum(ticks)))

    def idle(self, begin: float, end: float) -> float:
        """Return the idle share of all cores between two points in time."""
        within = [one for one in self._samples if begin <= one[0] <= end]
        (_, first_idle, first), (_, last_idle, last) = within[0], within[-1]
        return (last_idle - first_idle) / (last - first)


def seed_scans(state: Path, files: int, wears: Sequence[str]) -> None:
    """Make a sandbox with the synthetic day's notices as scans, worn in these ways, and its other files."""
    day = make_synthetic_day(files)
    store = Store(state)
    inbox = ensure_inbox(store)
    rng = make_random("scanned day", files)
    created = format_time(datetime.now(UTC) - timedelta(hours=2))
    for number, notice in enumerate(day.notices):
        pdf = notice.pdf
        if notice.kind == "cp2000":
            pdf = make_worn_scan(pdf, WEARS[wears[number % len(wears)]], rng)
        store.add_file(f"{number}.pdf", inbox, pdf, created=created)
    for case in day.cases:
        add_synthetic_case(store, case)
    store.close()


def measure_import() -> float:
    """Return the seconds of `python -c "import prefect"`, the median of three."""
    found = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", "import prefect"], cwd=ROOT, check=True)
        found.append(time.monotonic() - began)
    return median(found)


def measure_size(database: Path) -> float:
    """Return the megabytes of a SQLite database once its write-ahead log is in it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database.stat().st_size / MB


def count_most(times: list[float], window: float) -> int:
    """The most calls in any window of so many seconds."""
    times, best, first = sorted(times), 0, 0
    for last, called in enumerate(times):
        while times[first] <= called - window:
            first += 1
        best = max(best, last - first + 1)
    return best


if __name__ == "__main__":
    main()
