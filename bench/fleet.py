"""A day on several workers, measured: PostgreSQL, Redis, the Prefect server, and workers as other machines.

    uv run python bench/fleet.py [--workers N] [--files N] [--rate R] [--bound reading|quota]
        [--kills K] [--stop-and-resume] [--cut-off] [--servers N] [--dispatch inline|deployment]

The same services as in compose.yaml, started without containers; see ``bench/fleet_services.py``. The daily
run is started from its deployment; a worker of its own has it, and N others have the batches. Prints a JSON
line: seconds, calls of each API and the most in any 1 and 100 s beside what is allowed, seconds to hand out
the batches, files by outcome as the ledger has them, and what was lost, duplicated, misfiled or stuck by the
sandbox's own records. The exit code is 0 if nothing was, and the calls kept to the quota.

``--bound reading``: no quota, and each file takes 2.2 s longer to read, the time of a scan (bench/scan_time).
``--kills``: so many workers are killed with all their children at random times, and started again.
``--stop-and-resume``: a worker is stopped for three minutes (SIGSTOP), then continues; ``slots_back_s``: how
long after the stop the first of its slots was free for others.
``--cut-off``: a worker does not reach the Prefect server for three minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
from daily import count_most, parse_latency
from fleet_services import Fleet, Missing, wait_for
from relay import Relay

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mailroom.sandbox.generator.day import make_synthetic_day  # noqa: E402 - after the path to the tests
from mailroom.sandbox.launcher import Sandbox  # noqa: E402
from tests.end_to_end.judge import judge  # noqa: E402

AWAY_SECONDS = 180.0
# Above what any machine here can do.
NO_QUOTA = 5_000.0
# The worker that takes the daily run, and no batches.
PARENT = "worker-0"
TERMINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
# Daily runs, each started because the one before ended early.
MOST_DAYS = 30


class Day:
    """The daily run of one fleet, and what disturbs it."""

    def __init__(self, fleet: Fleet, sandbox: Sandbox, args: argparse.Namespace) -> None:
        self.fleet, self.sandbox, self.args = fleet, sandbox, args
        self.rng = random.Random(args.seed)  # noqa: S311 - no secret
        self.relays: dict[int, Relay] = {}
        self.runs: list[str] = []
        self.disturbed: list[str] = []
        self.slots_back_s: int | None = None

    def start_workers(self) -> None:
        """Start them, and wait until all ask for work."""
        for number in range(1 + self.args.workers * (self.args.dispatch == "deployment")):
            if self.args.cut_off:
                self.relays[number] = Relay(self.fleet.ports[number % self.fleet.servers])
            self.start_worker(number)
        expected = len(self.list_workers())
        wait_for(
            "workers",
            lambda: len(self.fleet.ask("/work_pools/mailroom/workers/filter")) >= expected,
        )

    def start_worker(self, number: int) -> None:
        """Start one, or start it again."""
        relay = self.relays.get(number)
        self.fleet.start_worker(number, relay.port if relay else None)

    def list_workers(self) -> list[str]:
        """The names of the workers that run."""
        return [name for name in self.fleet.processes.running if name.startswith("worker-")]

    def start(self) -> None:
        """Create a run of the deployment `daily`."""
        deployment = self.fleet.read("/deployments/name/daily/daily")["id"]
        run = self.fleet.ask(f"/deployments/{deployment}/create_flow_run", state={"type": "SCHEDULED"})
        self.runs.append(run["id"])

    def is_over(self) -> bool:
        """Whether the last daily run has ended, whatever the way."""
        return self.fleet.read(f"/flow_runs/{self.runs[-1]}")["state_type"] in TERMINAL

    def count_moved(self) -> int:
        """How many files were moved."""
        return sum(kind == "move" for _, kind in self.sandbox.calls("drive"))

    def wait_for_moved(self, files: int) -> bool:
        """Wait until so many files were moved; False: the day ended before."""
        while self.count_moved() < files:
            if self.is_over():
                return False
            time.sleep(1)
        return True

    def kill_workers(self) -> None:
        """Kill workers at random times, one after another, and start each again. Where the daily run died
        too, start another one, as a person would.
        """
        parts = self.args.kills + 1
        for number in range(self.args.kills):
            at = (number + self.rng.uniform(0.2, 1)) * self.args.files / parts
            self.wait_for_moved(int(at))
            name = self.rng.choice(self.list_workers())
            was_parent = name == PARENT
            self.fleet.processes.kill(name)
            self.disturbed.append(f"{name} (daily run)" if was_parent else name)
            self.start_worker(int(name.rpartition("-")[2]))
            if was_parent:
                self.start()

    def choose_other(self) -> str:
        """A worker that does not have the daily run, once there is work on all."""
        self.wait_for_moved(self.args.files // 5)
        name = self.rng.choice([one for one in self.list_workers() if one != PARENT])
        self.disturbed.append(name)
        return name

    def stop_and_resume(self) -> None:
        """Stop a worker with all its children for three minutes."""
        name = self.choose_other()
        held = self.count_slots()
        stopped = time.monotonic()
        self.fleet.processes.signal(name, signal.SIGSTOP)
        while time.monotonic() - stopped < AWAY_SECONDS:
            if self.slots_back_s is None and self.count_slots() < held:
                self.slots_back_s = round(time.monotonic() - stopped)
            time.sleep(1)
        self.fleet.processes.signal(name, signal.SIGCONT)

    def count_slots(self) -> int:
        """How many slots of both APIs are taken, as the Prefect server has it."""
        return sum(one["active_slots"] for one in self.fleet.ask("/v2/concurrency_limits/filter"))

    def cut_off(self) -> None:
        """Cut a worker off from the Prefect server for three minutes."""
        relay = self.relays[int(self.choose_other().rpartition("-")[2])]
        relay.cut()
        time.sleep(AWAY_SECONDS)
        relay.repair()

    def run(self) -> None:
        """Start the day, disturb it, and wait until a daily run ended after the last disturbance."""
        self.start()
        wanted = {
            self.kill_workers: self.args.kills,
            self.stop_and_resume: self.args.stop_and_resume,
            self.cut_off: self.args.cut_off,
        }
        threads = [threading.Thread(target=what, daemon=True) for what, is_on in wanted.items() if is_on]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) or not self.is_over():
            time.sleep(1)
        while self.args.kills and self.list_open_files() and len(self.runs) < MOST_DAYS:
            self.start()
            wait_for("the next daily run", self.is_over, 1800)

    def list_open_files(self) -> list[str]:
        """The files that the sandbox's Drive still has in the inbox."""
        return judge(self.sandbox, make_synthetic_day(self.args.files)).stuck


def main() -> int:
    """Measure one day; 0 if the promise and the quota were kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--servers", type=int, default=1, help="processes of the Prefect server's API")
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="calls a second, of each API")
    parser.add_argument("--latency", type=parse_latency, default=(0.05, 0.2))
    parser.add_argument("--bound", choices=("quota", "reading"), default="quota")
    parser.add_argument("--readers", type=int, default=2, help="reading processes of each worker")
    parser.add_argument("--slots", type=int, help="of each API; default: two for each worker")
    parser.add_argument("--kills", type=int, default=0, metavar="K")
    parser.add_argument("--stop-and-resume", action="store_true")
    parser.add_argument("--cut-off", action="store_true")
    parser.add_argument("--dispatch", choices=("inline", "deployment"), default="deployment")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--place", type=Path, help="an empty folder, instead of a temporary one: its logs stay"
    )
    args = parser.parse_args()
    args.slots = args.slots or 2 * args.workers
    signal.signal(signal.SIGTERM, stop)
    try:
        told = measure(args)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 2
    print(json.dumps(told), flush=True)
    return (
        1 if told["above"] or any(told[kind] for kind in ("lost", "duplicated", "misfiled", "stuck")) else 0
    )


def stop(_number: int, _frame: FrameType | None) -> None:
    """End as after Ctrl-C: all that was started is stopped, which a second signal does not interrupt."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(143)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Start the fleet, let the day pass, stop the fleet; the figures."""
    rate = NO_QUOTA if args.bound == "reading" else args.rate
    with ExitStack() as closing:
        place = args.place or Path(
            closing.enter_context(tempfile.TemporaryDirectory(prefix="mailroom-fleet-"))
        )
        shortest, longest = args.latency
        sandbox = closing.enter_context(
            Sandbox.start(place / "sandbox", notices=args.files, latency=shortest, longest_latency=longest)
        )
        settings = {
            **sandbox.environment(),
            "MAILROOM_DRIVE__CALLS_PER_SECOND": str(rate),
            "MAILROOM_LOGIQS__CALLS_PER_SECOND": str(rate),
            "MAILROOM_DRIVE__SLOTS": str(args.slots),
            "MAILROOM_LOGIQS__SLOTS": str(args.slots),
            "MAILROOM_LOGIQS__TIMEOUT_SECONDS": "4",
            "MAILROOM_READERS": str(args.readers),
            "MAILROOM_DISPATCH": args.dispatch,
            **({"PYTHONPATH": str(ROOT / "bench" / "scan_time")} if args.bound == "reading" else {}),
        }
        fleet = Fleet(place, args.servers, settings)
        fleet.start(closing)
        day = Day(fleet, sandbox, args)
        day.start_workers()
        day.run()
        return {
            **{name: value for name, value in vars(args).items() if value and name != "place"},
            "load": round(os.getloadavg()[1], 1),
            "disturbed": day.disturbed,
            "slots_back_s": day.slots_back_s,
            **read_runs(day),
            **count_calls(sandbox, rate, args.slots),
            "ledger": read_ledger(fleet.settings["MAILROOM_LEDGER_URL"]),
            **judge(sandbox, make_synthetic_day(args.files)).count(),
        }


def read_runs(day: Day) -> dict[str, Any]:
    """What Prefect knows: the daily runs, and how long handing out and picking up took."""
    runs = [day.fleet.read(f"/flow_runs/{run}") for run in day.runs]
    begun = read_time(runs[0]["start_time"]) or 0.0
    ended = max(read_time(run["end_time"]) or 0.0 for run in runs)
    children = day.fleet.ask("/flow_runs/filter", flows={"name": {"any_": ["batch"]}}, limit=200)
    # Of those that were handed out before the first of them ended.
    ends = min((read_time(one["end_time"]) or ended for one in children), default=ended)
    created = (read_time(one["created"]) or 0.0 for one in children)
    first = sorted(time for time in created if time < ends)
    waited = [
        read_time(one["start_time"]) - read_time(one["created"])  # type: ignore[operator]
        for one in children
        if one["start_time"]
    ]
    return {
        "days": [f"{run['state_name']}: {run['state']['message']}" for run in runs],
        "seconds": round(ended - begun, 1),
        "batch_runs": Counter(one["state_name"] for one in children),
        "hand_out_s": round(first[-1] - first[0], 2) if first else None,
        "picked_up_after_s": [round(min(waited), 1), round(max(waited), 1)] if waited else None,
    }


def read_time(text: str | None) -> float | None:
    """Return the seconds of the epoch."""
    return datetime.fromisoformat(text).timestamp() if text else None


def count_calls(sandbox: Sandbox, rate: float, slots: int) -> dict[str, Any]:
    """The calls of each API, and the most of them beside what is allowed."""
    allowed = {1: rate + slots, 100: 100 * rate}
    told: dict[str, Any] = {"allowed_1_100_s": list(allowed.values())}
    above: list[str] = []
    seen: list[float] = []
    floor = 0.0
    for system in ("drive", "logiqs"):
        times = [called for called, _ in sandbox.calls(system)]
        most = [count_most(times, window) for window in allowed]
        told |= {f"{system}_calls": len(times), f"most_{system}_1_100_s": most}
        above += [
            f"{system} {one} s" for one, found in zip(allowed, most, strict=True) if found > allowed[one]
        ]
        floor, seen = max(floor, len(times) / rate), seen + times
    moves = [called for called, kind in sandbox.calls("drive") if kind in ("download", "move")]
    return {
        **told,
        "above": above,
        "first_to_last_call_s": round(max(seen) - min(seen), 1),
        "first_download_to_last_move_s": round(max(moves) - min(moves), 1),
        "quota_floor_s": round(floor, 1),
        "over_floor": round((max(seen) - min(seen)) / floor, 3),
    }


def read_ledger(url: str) -> dict[str, int]:
    """How many files the ledger has of each state and outcome."""
    statement = "SELECT state, outcome, count(*) FROM files GROUP BY state, outcome ORDER BY 1, 2"
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return {f"{state}, {outcome}": number for state, outcome, number in connection.execute(statement)}


if __name__ == "__main__":
    sys.exit(main())
