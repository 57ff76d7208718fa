"""The promise in its long form: random histories of a firm's day, in memory and on the sandbox's servers.

    uv run python bench/promise.py [--world http|memory|postgresql] [--minutes M] [--steps N]

``postgresql``: in memory, but the ledger is on a database server, whose connections break.

Hypothesis makes the histories, by the rules of `tests/run/promise.py`: what people do in Drive, which calls
fail and how, where a run is killed, how the clock jumps. It ends with a line of JSON. A history that breaks
the promise is printed, as short as it gets, and the exit code is 1. The short form is among the tests.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.postgresql_server import run_postgresql  # noqa: E402 - after the path to it
from tests.run.promise import Mailroom  # noqa: E402
from tests.run.promise_in_memory import InMemory  # noqa: E402
from tests.run.promise_on_postgresql import OnPostgresql  # noqa: E402
from tests.run.promise_over_http import OverHttp  # noqa: E402

WORLDS: dict[str, type[Mailroom]] = {"memory": InMemory, "http": OverHttp, "postgresql": OnPostgresql}
# Histories after which one looks whether the time is over.
ROUND = 20


def count_histories(machine: type[Mailroom], counts: Counter[str]) -> type[Mailroom]:
    """The same machine, which counts what its histories came to."""

    class Counted(machine):  # type: ignore[valid-type, misc]
        def teardown(self) -> None:
            """Look at the end of a history."""
            if hasattr(self, "world"):
                files = self.world.see_files()
                counts.update(histories=1, runs=self.runs, kills=self.kills, files=len(files))
                counts["documents"] += len(self.world.see_documents())
                counts["tasks"] += len(self.world.see_tasks())
            super().teardown()

    return Counted


def main() -> int:
    """Read the command line, make histories; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--world", choices=WORLDS, default="http")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--steps", type=int, default=20, help="of one history, at most")
    options = parser.parse_args()
    if options.world != "postgresql":
        return make_histories(options)
    # Each broken connection is told.
    logging.getLogger("mailroom.ledger.absence").setLevel(logging.ERROR)
    with run_postgresql() as OnPostgresql.server:
        return make_histories(options)


def make_histories(options: argparse.Namespace) -> int:
    """In that world, until the time is over; the exit code."""
    counts: Counter[str] = Counter()
    machine = count_histories(WORLDS[options.world], counts)
    rounds = settings(
        max_examples=ROUND,
        stateful_step_count=options.steps,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    begun = time.monotonic()
    failed = 0
    while not failed and time.monotonic() - begun < 60 * options.minutes:
        try:
            run_state_machine_as_test(machine, settings=rounds)
        except AssertionError as broken:
            failed = 1
            print(broken, *getattr(broken, "__notes__", ()), sep="\n")
    seconds = round(time.monotonic() - begun)
    print(json.dumps({"world": options.world, "seconds": seconds, "broken": failed, **counts}))
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
