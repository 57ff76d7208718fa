"""Outages, measured from outside: an API or the Prefect server is down, and how the daily run ends.

    uv run python bench/outage.py [CASE ...] [--files N] [--rate R]

For each case one JSON line: seconds from the outage to the end of the run, its exit code and last line, the
calls to both APIs after the outage began, the files left, and how the next run ended, without the outage. It
reports only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from mailroom.sandbox.launcher import Sandbox

ROOT = Path(__file__).parents[1]
# Longer than any run: the server does not answer any more.
FOREVER = 100_000.0
# How often one looks whether the run has come as far as the outage needs.
LOOK_SECONDS = 0.5


class PrefectServer:
    """A Prefect server of its own, as a firm has one, which can be stopped and started again."""

    def __init__(self, home: Path) -> None:
        self.port = 4711
        self._environment = {
            **os.environ,
            "PREFECT_HOME": str(home),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        }
        self._log = home.parent / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """What PREFECT_API_URL is set to."""
        return f"http://127.0.0.1:{self.port}/api"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            str(Path(sys.executable).with_name("prefect")),
            "server",
            "start",
            "--port",
            str(self.port),
        ]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        while True:
            try:
                httpx.get(f"{self.address}/health", timeout=5).raise_for_status()
            except httpx.HTTPError:
                time.sleep(LOOK_SECONDS)
            else:
                return

    def stop(self) -> None:
        """Kill it, if it runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def be_away(self, seconds: float) -> None:
        """Stop it, and start it again after so many seconds."""
        self.stop()
        time.sleep(seconds)
        self.start()


@dataclass(frozen=True)
class Bench:
    """One case's sandbox and Prefect server."""

    sandbox: Sandbox
    prefect: PrefectServer
    state: Path
    rate: float

    def start_run(self) -> subprocess.Popen[str]:
        """Start the daily run as a person does."""
        environment = {
            **os.environ,
            **self.sandbox.environment(),
            "PREFECT_HOME": str(self.state / "prefect"),
            "MAILROOM_STATE_DIR": str(self.state / "state"),
            "MAILROOM_DRIVE__CALLS_PER_SECOND": str(self.rate),
            "MAILROOM_LOGIQS__CALLS_PER_SECOND": str(self.rate),
        }
        if self.prefect.process is not None:
            environment["PREFECT_API_URL"] = self.prefect.address
        command = [
            sys.executable,
            str(ROOT / "flows" / "daily.py"),
            "--report-json",
            str(self.state / "report.json"),
        ]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    def report(self) -> dict[str, int]:
        """The report of the last run."""
        told: dict[str, int] = json.loads((self.state / "report.json").read_text())
        return told


@dataclass(frozen=True)
class Case:
    """An outage.

    Attributes:
        break_it: what happens.
        after: so many files were moved before it; 0: it is there from the start.
        needs_prefect: whether the run uses a Prefect server of the firm's.
    """

    break_it: Callable[[Bench], None]
    after: int = 0
    needs_prefect: bool = False


CASES = {
    "drive-hangs-from-start": Case(lambda bench: bench.sandbox.behave("drive", latency=FOREVER)),
    "drive-503": Case(lambda bench: bench.sandbox.fault("drive", "unavailable"), 20),
    "drive-hangs": Case(lambda bench: bench.sandbox.behave("drive", latency=FOREVER), 20),
    "drive-trickles": Case(lambda bench: bench.sandbox.fault("drive", "trickle"), 20),
    "logiqs-hangs": Case(lambda bench: bench.sandbox.behave("logiqs", latency=FOREVER), 20),
    "logiqs-503": Case(lambda bench: bench.sandbox.fault("logiqs", "server_error"), 20),
    "prefect-gone": Case(lambda bench: bench.prefect.stop(), 20, needs_prefect=True),
    "prefect-away-20-s": Case(lambda bench: bench.prefect.be_away(15.0), 20, needs_prefect=True),
    "prefect-away-2-min": Case(lambda bench: bench.prefect.be_away(100.0), 20, needs_prefect=True),
}


def main() -> None:
    """Measure the named cases, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--files", type=int, default=302)
    parser.add_argument("--rate", type=float, default=10.0, help="calls a second, of each API")
    args = parser.parse_args()
    for name in args.cases or CASES:
        with opened(CASES[name], args) as bench:
            print(json.dumps({"case": name, **measure(CASES[name], bench)}), flush=True)


@contextmanager
def opened(case: Case, args: argparse.Namespace) -> Iterator[Bench]:
    """A fresh sandbox, ledger and Prefect home for one case."""
    with ExitStack() as closing:
        place = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="mailroom-outage-")))
        sandbox = closing.enter_context(Sandbox.start(place / "sandbox", notices=args.files, latency=0.1))
        (place / "server").mkdir()
        prefect = PrefectServer(place / "server")
        if case.needs_prefect:
            prefect.start()
        closing.callback(prefect.stop)
        yield Bench(sandbox, prefect, place, args.rate)


def measure(case: Case, bench: Bench) -> dict[str, object]:
    """One run with the outage, and the next one without."""
    if case.after == 0:
        case.break_it(bench)
        run = bench.start_run()
        began = time.monotonic()
    else:
        run = bench.start_run()
        while run.poll() is None and count_calls(bench, "drive", "move") < case.after:
            time.sleep(LOOK_SECONDS)
        began = time.monotonic()
        case.break_it(bench)
    screen, _ = run.communicate()
    seconds = time.monotonic() - began
    told = bench.report()
    later = {system: count_later(bench, system, began) for system in ("drive", "logiqs")}
    bench.sandbox.behave("drive", clear=True, latency=0.1)
    bench.sandbox.behave("logiqs", clear=True, latency=0.1)
    if case.needs_prefect and bench.prefect.process is None:
        bench.prefect.start()
    again = bench.start_run()
    screen_again, _ = again.communicate()
    return {
        "seconds_after_the_outage_began": round(seconds, 1),
        "exit": run.returncode,
        "calls_after_it_began": later,
        "files": {name: told[name] for name in ("listed", "processed", "pending", "failed")},
        "said": last_line(screen),
        "next_run": {
            "exit": again.returncode,
            "pending": bench.report()["pending"],
            "said": last_line(screen_again),
        },
    }


def last_line(screen: str) -> str:
    """The last line that a run printed."""
    return screen.strip().splitlines()[-1]


def count_calls(bench: Bench, system: str, kind: str) -> int:
    """How many calls of this kind the server got."""
    return sum(called == kind for _, called in bench.sandbox.calls(system))


def count_later(bench: Bench, system: str, began: float) -> int:
    """How many calls of any kind the server got since then."""
    return sum(when >= began for when, _ in bench.sandbox.calls(system))


if __name__ == "__main__":
    main()
