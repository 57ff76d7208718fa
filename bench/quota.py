"""Runs that share a quota, counted where calls arrive: one real run and two dry runs at once, with retries.

    uv run python bench/quota.py [--files N] [--rate R] [--faults P] [--server] [--apart S]

All work on one sandbox, one ledger and one Prefect home; a share of the calls of each kind meets a fault.
Prints a JSON line: exit codes, calls of each API, and the most calls in any 1, 10 and 100 s beside what is
allowed: R + slots, 10 R + slots and 100 R. The exit code is 1 where one is above. It judges by the servers'
own logs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from chaos import switch_on
from daily import RunningServer, count_most, parse_latency

from mailroom.config.settings import load_settings
from mailroom.sandbox.launcher import Sandbox

ROOT = Path(__file__).parents[1]
# The dry runs first: what the real run has moved, they would not read.
RUNS = (["--test"], ["--test"], ["--yes"])


def main() -> int:
    """Let the runs work at once; 0 if they kept to the quota together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--rate", type=float, default=10.0, help="calls a second, of each API")
    parser.add_argument("--faults", type=float, default=0.05, help="share of the calls, 0 to 1")
    parser.add_argument("--latency", type=parse_latency, default=(0.05, 0.2))
    parser.add_argument("--server", action="store_true", help="with a Prefect server that runs already")
    parser.add_argument("--apart", type=float, default=0.0, help="seconds between the starts of the runs")
    args = parser.parse_args()
    shortest, longest = args.latency
    with ExitStack() as closing:
        place = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="mailroom-bench-")))
        api = closing.enter_context(RunningServer(place)) if args.server else None
        sandbox = closing.enter_context(
            Sandbox.start(place / "sandbox", notices=args.files, latency=shortest, longest_latency=longest)
        )
        environment = {
            **os.environ,
            **sandbox.environment(),
            "PREFECT_HOME": str(place / "prefect"),
            "MAILROOM_STATE_DIR": str(place / "state"),
            "MAILROOM_DRIVE__CALLS_PER_SECOND": str(args.rate),
            "MAILROOM_LOGIQS__CALLS_PER_SECOND": str(args.rate),
            # A write whose answer was lost is in doubt for five of these, and the run waits for it.
            "MAILROOM_LOGIQS__TIMEOUT_SECONDS": "4",
            **({"PREFECT_API_URL": api} if api else {}),
        }
        make_database(environment)
        switch_on(sandbox, args.faults)
        exits = run_all(environment, args.apart)
        told = count(sandbox, args.rate)
    print(json.dumps({"exits": exits, "server": "runs already" if api else "temporary", **told}), flush=True)
    return 1 if told["above"] else 0


def run_all(environment: dict[str, str], apart: float) -> list[int]:
    """Start the runs, so many seconds apart, and wait for all; their exit codes."""
    running = []
    for options in RUNS:
        command = [sys.executable, str(ROOT / "flows" / "daily.py"), *options]
        running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL))
        time.sleep(apart)
    return [run.wait() for run in running]


def make_database(environment: dict[str, str]) -> None:
    """Let a run make Prefect's database first: servers that make it at once get in each other's way."""
    command = [sys.executable, str(ROOT / "flows" / "daily.py"), "--test", "--limit", "1"]
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)


def count(sandbox: Sandbox, rate: float) -> dict[str, object]:
    """The most calls of each API beside what is allowed, and which of them are above."""
    slots = load_settings().drive.slots
    allowed = {1: rate + slots, 10: 10 * rate + slots, 100: 100 * rate}
    told: dict[str, object] = {"allowed_1_10_100_s": list(allowed.values())}
    above = []
    for system in ("drive", "logiqs"):
        times = [called for called, _ in sandbox.calls(system)]
        most = [count_most(times, window) for window in allowed]
        told |= {f"{system}_calls": len(times), f"most_{system}_1_10_100_s": most}
        above += [f"{system} {one}" for one, found in zip(allowed, most, strict=True) if found > allowed[one]]
    return {**told, "above": above}


if __name__ == "__main__":
    sys.exit(main())
