"""The daily run, measured from outside: the command as a person starts it, on a sandbox that logs each call.

    uv run python bench/daily.py [--files N] [--rate R] [--latency S] [--runs N]

Prints for each run: seconds from the command to the first Drive call and to its end, the quota's floor and
how far above it the run stayed, the most calls in any 1, 10 and 100 s, and memory. It reports
only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mailroom.sandbox.launcher import Sandbox

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure runs on a sandbox, and print seconds and calls of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rate", type=float, default=10.0, help="calls a second, of each API")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds that each call takes at least")
    parser.add_argument("--runs", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailroom-bench-") as place:
        for number in range(args.runs):
            print(json.dumps(measure_run(Path(place), number, args)), flush=True)


def measure_run(place: Path, number: int, args: argparse.Namespace) -> dict[str, object]:
    """One run on a fresh sandbox and ledger; the Prefect home is the same for all, as on a real machine."""
    state = place / str(number)
    with Sandbox.start(state / "sandbox", notices=args.files, latency=args.latency) as sandbox:
        report = state / "report.json"
        environment = {
            **os.environ,
            **sandbox.environment(),
            "PREFECT_HOME": str(place / "prefect"),
            "MAILROOM_STATE_DIR": str(state / "state"),
            "MAILROOM_DRIVE__CALLS_PER_SECOND": str(args.rate),
            "MAILROOM_LOGIQS__CALLS_PER_SECOND": str(args.rate),
        }
        began = time.monotonic()
        command = [sys.executable, str(ROOT / "flows" / "daily.py"), "--report-json", str(report)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, text=True)
        seconds = time.monotonic() - began
        told = json.loads(report.read_text())
        drive = [called for called, _ in sandbox.calls("drive")]
        logiqs = [called for called, _ in sandbox.calls("logiqs")]
    floor = max(len(drive), len(logiqs)) / args.rate
    working = max(drive + logiqs) - min(drive)
    return {
        "exit": done.returncode,
        "files": told["listed"],
        "outcomes": {name: told[name] for name in ("matched", "unmatched", "review", "duplicate", "failed")},
        "to_first_drive_call_s": round(min(drive) - began, 2),
        "whole_s": round(seconds, 2),
        "first_to_last_call_s": round(working, 2),
        "quota_floor_s": round(floor, 2),
        "over_floor": round(working / floor, 2),
        "drive_calls": len(drive),
        "logiqs_calls": len(logiqs),
        "most_drive_1_10_100_s": [count_most(drive, window) for window in (1, 10, 100)],
        "most_logiqs_1_10_100_s": [count_most(logiqs, window) for window in (1, 10, 100)],
        "peak_rss_mb": told["peak_rss_mb"],
    }


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
