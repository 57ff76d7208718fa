"""Faults and kills, judged from the servers' own records: the real command on a sandbox, until all is done.

    uv run python bench/chaos.py [--files N] [--faults P] [--kills K] [--seed S] [--server] [--hosts]
        [--postgresql] [--database-kills]
    uv run python bench/chaos.py --matrix [--files N]

Runs are killed (SIGKILL) after a random number of calls; after the last kill one run may go to its end.
Prints a JSON line with what was lost, duplicated, misfiled or stuck, and exits with 0 only when nothing was;
with ``--plant`` a duplicate is planted, which must be found. With ``--postgresql`` the ledger is on a server
of its own; with ``--database-kills`` that server is killed and started again all the time, and a run that
could not begin or go on without it is started again. With ``--matrix`` it prints a table in Markdown: each
fault of both APIs by name, for several shares of the calls; all runs have one Prefect server.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mailroom.orchestration.prefect_environment import prepare_prefect  # noqa: E402 - its place is not known before

# Before Prefect is imported.
prepare_prefect()

from bench.outage import PrefectServer  # noqa: E402
from flows import daily  # noqa: E402, F401 - `run_daily` expects that it is imported
from mailroom.cli.daily import main as run_daily  # noqa: E402
from mailroom.sandbox.generator.day import make_synthetic_day  # noqa: E402
from mailroom.sandbox.launcher import Sandbox  # noqa: E402
from tests.end_to_end.judge import judge  # noqa: E402
from tests.in_process import call  # noqa: E402
from tests.postgresql_server import DURABLE, KEY, OwnServer, run_own_server  # noqa: E402
from tests.prefect_server import forget_slots, running_server  # noqa: E402

LOOK_SECONDS = 0.05
# The calls that a file needs, about: one of each kind.
CALLS_OF_A_FILE = 5
# Each kind of call, and the faults that it can meet.
FAULTS = {
    "drive": {
        "list": ("rate_limited", "too_many", "server_error", "unavailable", "not_json_error", "drop"),
        "download": ("rate_limited", "server_error", "drop", "cut_body", "corrupt_body"),
        "move": ("too_many", "unavailable", "not_json_error", "drop", "drop_after_write"),
    },
    "logiqs": {
        "match": ("too_many", "server_error", "html", "drop", "success_false"),
        "document": ("too_many", "server_error", "drop", "server_error_after", "drop_after_write"),
        "task": ("too_many", "server_error", "drop", "invalid_json_after_write", "drop_after_write"),
    },
}
# Runs that may end early for the database's sake.
MOST_RUNS = 10
SHARES = (0.01, 0.05, 0.2)


@dataclass
class Chaos:
    """A sandbox with its day, and the command that is run on it."""

    sandbox: Sandbox
    environment: dict[str, str]
    rng: random.Random
    hosts: bool
    database: OwnServer | None = None
    runs: int = 0
    database_kills: int = 0

    def start(self) -> subprocess.Popen[str]:
        """Start a run; with ``hosts`` on a host of another name, with process ids of its own."""
        self.runs += 1
        command = [sys.executable, str(ROOT / "flows" / "daily.py"), "--yes"]
        if self.hosts:
            host = f"hostname mail-{self.runs} && exec {' '.join(command)}"
            unshare = ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL"]
            command = [*unshare, "sh", "-c", host]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, **pipes)  # type: ignore[call-overload, no-any-return]

    def count_calls(self) -> int:
        """How many calls both servers got."""
        return sum(len(self.sandbox.calls(system)) for system in ("drive", "logiqs"))

    def run_and_kill(self, calls: int) -> bool:
        """Start a run and kill it after so many calls; False when it ended before."""
        before = self.count_calls()
        run = self.start()
        while run.poll() is None and self.count_calls() < before + calls:
            time.sleep(LOOK_SECONDS)
        was_running = run.poll() is None
        run.kill()
        run.communicate()
        return was_running

    def run_to_the_end(self) -> dict[str, object]:
        """Run it once; its exit code, seconds, calls, and seconds that it waited at its end."""
        before, began = self.count_calls(), time.monotonic()
        run = self.start()
        screen, _ = run.communicate()
        log = Path(self.environment["MAILROOM_STATE_DIR"]) / "log" / "mailroom.log"
        waits = re.findall(r"Waiting (\d+) s for \d+ postponed files?", log.read_text())
        return {
            "exit": run.returncode,
            "seconds": round(time.monotonic() - began, 1),
            "waited": sum(int(wait) for wait in waits),
            "calls": self.count_calls() - before,
            **({} if run.returncode == 0 else {"screen": screen[-2000:]}),
        }


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Chaos]:
    """A fresh sandbox, ledger and Prefect home."""
    with ExitStack() as closing:
        place = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="mailroom-chaos-")))
        sandbox = closing.enter_context(Sandbox.start(place / "sandbox", notices=args.files, latency=0.02))
        environment = {
            **os.environ,
            **sandbox.environment(),
            "PREFECT_HOME": str(place / "prefect"),
            "MAILROOM_STATE_DIR": str(place / "state"),
            "MAILROOM_DRIVE__CALLS_PER_SECOND": str(args.rate),
            "MAILROOM_LOGIQS__CALLS_PER_SECOND": str(args.rate),
            "MAILROOM_LOGIQS__TIMEOUT_SECONDS": str(args.timeout),
        }
        if args.server:
            (place / "server").mkdir()
            server = PrefectServer(place / "server")
            server.start()
            closing.callback(server.stop)
            environment["PREFECT_API_URL"] = server.address
        chaos = Chaos(sandbox, environment, random.Random(args.seed), args.hosts)  # noqa: S311 - no secret
        if args.postgresql or args.database_kills:
            # On the disk: what was committed must stand after a kill.
            chaos.database = closing.enter_context(run_own_server(DURABLE, Path("/tmp")))  # noqa: S108 - see there
            url = chaos.database.create_database().render_as_string(hide_password=False)
            environment |= {"MAILROOM_LEDGER_URL": url, "MAILROOM_LEDGER_KEY": KEY}
        yield chaos


@contextmanager
def killing_database(chaos: Chaos) -> Iterator[None]:
    """Kill the ledger's server within the block, every few seconds, for a second or several."""
    database, over = chaos.database, threading.Event()
    assert database is not None  # noqa: S101 - the option makes it

    def kill() -> None:
        while not over.wait(chaos.rng.uniform(2.0, 10.0)):
            database.stop(chaos.rng.choice([signal.SIGKILL, signal.SIGINT]))
            chaos.database_kills += 1
            over.wait(chaos.rng.uniform(0.5, 8.0))
            database.start()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def switch_on(sandbox: Sandbox, share: float) -> None:
    """Let this share of the calls of each kind meet a fault, each kind of fault as often."""
    for system, kinds in FAULTS.items():
        for kind, names in kinds.items():
            for name in names:
                sandbox.fault(system, name, match=kind, probability=share / len(names))


def measure(args: argparse.Namespace) -> bool:
    """Kill and run; whether the promise was kept."""
    day = make_synthetic_day(args.files)
    with opened(args) as chaos:
        if args.faults:
            switch_on(chaos.sandbox, args.faults)
        most = max(6, 2 * CALLS_OF_A_FILE * args.files // (args.kills + 1))
        with killing_database(chaos) if args.database_kills else nullcontext():
            kills = sum(chaos.run_and_kill(chaos.rng.randint(3, most)) for _ in range(args.kills))
            last = chaos.run_to_the_end()
            while args.database_kills and last["exit"] in (2, 3) and chaos.runs < args.kills + MOST_RUNS:
                last = chaos.run_to_the_end()
        if args.plant:
            plant_duplicate(chaos.sandbox)
        verdict = judge(chaos.sandbox, day)
        databases = {"databases_killed": chaos.database_kills}
        told = {**vars(args), "killed": kills, **databases, **last, **verdict.count()}
        print(json.dumps(told), flush=True)
        for kind in ("lost", "duplicated", "misfiled", "stuck"):
            for one in getattr(verdict, kind):
                print(f"{kind}: {one}", file=sys.stderr)
        return verdict.is_kept and last["exit"] == 0


def plant_duplicate(sandbox: Sandbox) -> None:
    """Upload a document again that was filed, as a wrong program would."""
    filed, page = sandbox.state()["documents"][0], sandbox.pages["logiqs"]
    content = httpx.get(f"{page}document/{filed['id']}").raise_for_status().content
    settings = sandbox.settings()["logiqs"]
    httpx.post(
        f"{page}publicapi/V4/Documents/CaseDocument",
        params={"CaseID": filed["CaseID"]},
        files={"File": (filed["FileName"], content, "application/pdf")},
        auth=(settings["api_key"], settings["secret_token"]),
    ).raise_for_status()


def print_matrix(args: argparse.Namespace) -> bool:
    """Print what each fault does to a day; whether every promise was kept.

    The command is called in this process, and all its runs have one Prefect server: 100 runs take minutes.
    """
    day = make_synthetic_day(args.files)
    heads = " | ".join(f"{share:.0%} of the calls" for share in SHARES)
    print(f"| API | call | fault | {heads} |\n|---|---|---|{'---|' * len(SHARES)}")
    kept = True
    with tempfile.TemporaryDirectory(prefix="mailroom-matrix-") as place, running_server(Path(place)) as api:
        for system, kind, name in list_faults():
            cells = []
            for share in SHARES:
                with opened(args) as chaos:
                    if name != "none":
                        chaos.sandbox.fault(system, name, match=kind, probability=share)
                    forget_slots(api)
                    code, _ = call(run_daily, ["--yes"], {**chaos.environment, "PREFECT_API_URL": api})
                    verdict = judge(chaos.sandbox, day)
                kept = kept and not (verdict.lost or verdict.duplicated or verdict.misfiled)
                cells.append(f"exit {code}, {describe(verdict.count())}")
            print(f"| {system} | {kind} | `{name}` | {' | '.join(cells)} |", flush=True)
    return kept


def list_faults() -> Iterator[tuple[str, str, str]]:
    """Each fault, with its system and the kind of call that it meets; none comes first."""
    yield "drive", "list", "none"
    for system, kinds in FAULTS.items():
        for kind, names in kinds.items():
            for name in names:
                yield system, kind, name


def describe(counts: dict[str, int]) -> str:
    """The counts that are not 0."""
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "all done"


def main() -> int:
    """Measure one day with faults and kills, or the matrix."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--faults", type=float, default=0.0, metavar="P", help="share of the calls, 0 to 1")
    parser.add_argument("--kills", type=int, default=0, metavar="K")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=50.0, help="calls a second, of each API")
    parser.add_argument(
        "--timeout", type=float, default=4.0, help="Logiqs' timeout; writes are in doubt for five"
    )
    parser.add_argument("--server", action="store_true", help="with a Prefect server that goes on running")
    parser.add_argument(
        "--hosts", action="store_true", help="each run on a host of another name (needs root)"
    )
    parser.add_argument("--postgresql", action="store_true", help="with the ledger on a PostgreSQL server")
    parser.add_argument(
        "--database-kills", action="store_true", help="that server is killed and started all the time"
    )
    parser.add_argument("--plant", action="store_true", help="plant a duplicate, which must be found")
    parser.add_argument("--matrix", action="store_true", help="each fault by itself")
    args = parser.parse_args()
    return 0 if (print_matrix(args) if args.matrix else measure(args)) else 1


if __name__ == "__main__":
    sys.exit(main())
