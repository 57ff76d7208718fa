"""The daily run beside the old way: one file at a time, and 0.1 s of waiting before each call.

    uv run python bench/sequential.py [--files N] [--latency S]

Both file the same notices on copies of one sandbox; the daily run has its usual quota of 10 calls a second.
Prints a JSON line for each, then how many times as many files a second the daily run files. It reports only.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from bare import COMMANDS, WITHOUT_QUOTA, measure, work

from mailroom.rate_limit import TokenBucket
from mailroom.sandbox.launcher import Sandbox

BEFORE_EACH_CALL = 0.1


def main() -> None:
    """Measure both, and print what each needed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=269)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds that each call takes at least")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        wait_before_each_call()
        work(threads=1)
        return
    commands = {"sequential": [sys.executable, str(Path(__file__)), "--work"], "daily": COMMANDS["daily"]}
    speeds = []
    with tempfile.TemporaryDirectory(prefix="mailroom-bench-") as place:
        seeded = Path(place) / "seeded"
        with Sandbox.start(seeded, notices=args.files):
            pass
        for kind, command in commands.items():
            # The old way's waits are all that slows it down.
            rate = "10" if kind == "daily" else WITHOUT_QUOTA
            found = measure(Path(place) / kind, seeded, command, args.latency, rate)
            print(json.dumps({"kind": kind, **found}), flush=True)
            speeds.append(found["files_per_s"])
    print(json.dumps({"times_the_files_per_second": round(speeds[1] / speeds[0], 2)}))


def wait_before_each_call() -> None:
    """Make each call of this process wait first, as the old scripts did."""
    take = TokenBucket.take

    def wait_and_take(bucket: TokenBucket) -> None:
        time.sleep(BEFORE_EACH_CALL)
        take(bucket)

    TokenBucket.take = wait_and_take


if __name__ == "__main__":
    main()
