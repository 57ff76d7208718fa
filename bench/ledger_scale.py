"""How long the ledger needs for its calls when it holds a million files, on PostgreSQL and on SQLite.

    uv run python bench/ledger_scale.py [--files N] [--database postgresql|sqlite] [--times T] [--plans]

Fills a ledger with synthetic rows of some years: files in every state, deliveries, notices, scans and
people's decisions, in the proportions of a firm with 1,000 files a day. Then each call that a run, its report
or `mailroom review` makes is timed, several times where it can be repeated. The PostgreSQL server is that of
the tests, with the settings of a new server, so that commits reach the disk. Prints a JSON line for each
database, with its size; with ``--plans`` also PostgreSQL's plan of each statement that took more than 10 ms.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mailroom.config.settings import Settings, load_settings  # noqa: E402 - after the path to it
from mailroom.drive.listing import ListedFile  # noqa: E402
from mailroom.ledger import LEASE_SECONDS, FileDecision, LeaseRequest, Ledger, open_ledger  # noqa: E402
from mailroom.ledger.models import DecisionRow, DeliveryRow, FileRow, FolderRow, NoticeRow  # noqa: E402
from mailroom.ledger.notices import DueKind, NoticeRecord  # noqa: E402
from mailroom.ledger.opening import find_ledger_url  # noqa: E402
from mailroom.privacy.encryption import LedgerKey  # noqa: E402
from mailroom.run.report import _list_days_in_review  # noqa: E402
from tests.postgresql_server import DURABLE, KEY, run_own_server  # noqa: E402

A_DAY = 1000
# What a day of the past left: outcome, and the share of its files.
OUTCOMES = {"matched": 0.87, "duplicate": 0.03, "review": 0.07, "unmatched": 0.03}
# Of the newest days' files that went to people, nobody has dealt with yet.
OPEN_DAYS = 20
# Files of earlier runs in the inbox: Drive does not let them move, or they failed.
STUCK, FAILED = 50, 200
# So many files of the inbox are claimed by another machine's run.
CLAIMED = 100
RUN = "the-run"
SLOW_SECONDS = 0.01
ROWS_AT_ONCE = 5000
NOW = datetime.now(UTC).replace(microsecond=0)


def main() -> None:
    """Fill and measure one database, or both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("postgresql", "sqlite"))
    parser.add_argument("--times", type=int, default=5, help="of each call that only reads")
    parser.add_argument("--plans", action="store_true", help="PostgreSQL's plans of slow statements")
    args = parser.parse_args()
    for database in [args.database] if args.database else ["postgresql", "sqlite"]:
        with make_settings(database) as settings:
            print(json.dumps({"database": database, **measure(settings, args)}), flush=True)


@contextmanager
def make_settings(database: str) -> Iterator[Settings]:
    """The settings that lead to a new ledger, which is removed after the block."""
    with ExitStack() as closing:
        place = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="mailroom-scale-")))
        if database == "sqlite":
            yield load_settings(state_dir=place, ledger_key=KEY)
            return
        # On the disk that temporary files are on, not in memory.
        server = closing.enter_context(run_own_server(DURABLE, Path("/tmp")))  # noqa: S108 - another user starts it
        url = server.create_database().render_as_string(hide_password=False)
        yield load_settings(state_dir=place, ledger_url=url, ledger_key=KEY)


def measure(settings: Settings, args: argparse.Namespace) -> dict[str, Any]:
    """Fill a ledger; how long each of its calls takes then."""
    open_ledger(settings).close()
    began = time.monotonic()
    engine = sa.create_engine(find_ledger_url(settings))
    fill(engine, args.files)
    filled = round(time.monotonic() - began, 1)
    megabytes = measure_size(engine)
    timings = {"open": timed(lambda: open_ledger(settings).close(), 3)}
    with open_ledger(settings) as ledger, ExitStack() as closing:
        if args.plans:
            closing.enter_context(explained())
        timings |= {name: timed(call, args.times) for name, call in list_looks(ledger).items()}
        timings |= time_work(ledger)
    return {"files": args.files, "filled_s": filled, "mb": megabytes, "ms": timings}


def measure_size(engine: Engine) -> float:
    """The size of the ledger with its indexes, in megabytes."""
    size = "page_count * page_size FROM pragma_page_count, pragma_page_size"
    if engine.dialect.name == "postgresql":
        size = "pg_database_size(current_database())"
    with engine.connect() as connection:
        return round(connection.execute(sa.text(f"SELECT {size}")).scalar_one() / 1e6, 1)


def timed(call: Callable[[], object], times: int) -> float:
    """The median of the milliseconds that a call takes."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(taken), 1)


def list_looks(ledger: Ledger) -> dict[str, Callable[[], object]]:
    """What changes nothing, and can be repeated."""
    items = [item.file_id for item in ledger.list_open_items()]
    day = NOW.date()
    return {
        "needs a person": ledger.list_open_items,
        "what was read of those": lambda: ledger.find_read_fields(items),
        "rows of 500 of those": lambda: ledger.find_files(items[:500]),
        "near deadlines": lambda: ledger.list_near_deadlines(day, 7, 200),
        "deadlines of the alerts": lambda: ledger.list_deadlines(day + timedelta(days=7)),
        "all deadlines": ledger.list_deadlines,
        "report: results": lambda: ledger.list_results(run_name(1)),
        "report: days in review": lambda: _list_days_in_review(ledger),
        "report: left in the inbox": lambda: ledger.count_left(RUN),
        "report: abandoned deliveries": lambda: ledger.count_abandoned_deliveries(RUN),
        "alerts: long pending": lambda: ledger.find_long_pending(RUN, NOW),
        "unfinished deliveries": ledger.list_unfinished_deliveries,
        "unmoved files": ledger.list_unmoved_files,
        "moved items: waiting": lambda: ledger.list_waiting_files("review", NOW),
        "completed tasks: oldest": ledger.find_oldest_closable,
        "newest confirmed document": lambda: ledger.find_confirmed_delivery("document"),
        "filed delivery of a file": lambda: ledger.find_filed_delivery(file_name(A_DAY)),
        "past decisions of a file": lambda: ledger.list_past_decisions(file_name(A_DAY)),
        "first run: has history": ledger.has_history,
        "was a folder listed": lambda: ledger.was_listed("no folder"),
        "purge: dry run": lambda: ledger.purge(NOW - timedelta(days=90), dry_run=True),
    }


def time_work(ledger: Ledger) -> dict[str, float]:
    """What a run does: once for all its files, or with each of them."""
    holder = f"elsewhere-1:1:1:{RUN}"
    taken: dict[str, list[float]] = {}

    def time_one(name: str, call: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = call()
        taken.setdefault(name, []).append(1000 * (time.perf_counter() - began))
        return result

    known = [listed(number) for number in range(A_DAY)]
    for _ in range(3):
        time_one("lease", lambda: ledger.request_lease(LeaseRequest(RUN, holder)))
        time_one("free dead claims", ledger.free_dead_claims)
        time_one("scan: 1,000 known files", lambda: ledger.record_page(RUN, "inbox", known, None))
    new = [listed(-number - 1) for number in range(A_DAY)]
    time_one("scan: 1,000 new files", lambda: ledger.record_page(RUN, "inbox", new, None))
    time_one("close what left the inbox", lambda: ledger.close_left_inbox(RUN))
    time_one("pick up 2,000 files", lambda: ledger.pick_up(RUN, None))
    stuck = ledger.list_pending(RUN, None, STUCK)
    ids = time_one("next batch", lambda: ledger.list_pending(RUN, stuck[-1], 100))
    time_one("postponed", lambda: ledger.list_postponed(RUN))
    for file_id in ids:
        time_one("claim", lambda one=file_id: ledger.claim(one, holder, LEASE_SECONDS))
        sha256 = f"{random.getrandbits(256):064x}"
        marker = ledger.make_marker(sha256, 41)
        mine = (file_id, holder)
        begin = (marker, *mine, 41, sha256, LEASE_SECONDS)
        time_one("begin delivery", lambda begin=begin: ledger.begin_delivery(*begin))
        for step in ("document", "task"):
            intend = (marker, step, *mine, LEASE_SECONDS)
            time_one("intend", lambda intend=intend: ledger.intend(*intend))
            time_one("confirm", lambda done=(marker, step, 1): ledger.confirm(*done))
        time_one("end delivery", lambda end=(marker, "matched", *mine): ledger.end_delivery(*end))
        notice = NoticeRecord("CP2000", NOW.date(), DueKind.PRINTED, f"{file_id:26.26}")
        decision = FileDecision("matched", "matched", "matched", sha256, 1, 2, notice)
        time_one("record decision", lambda mine=mine, made=decision: ledger.record_decision(*mine, made))
        time_one("finish", lambda mine=mine: ledger.finish(*mine, {"read": 0.1}))
    return {name: round(statistics.median(each), 1) for name, each in taken.items()} | {
        "claim, longest of 100": round(max(taken["claim"]), 1)
    }


def listed(number: int) -> ListedFile:
    """A file as a listing shows it; negative numbers are new files."""
    return ListedFile(file_name(number), "inbox", 90_000, f"{number & 0xFFFF:032x}", created_at(number))


def file_name(number: int) -> str:
    """As long as Drive's ids are."""
    return f"1{number % 0xFFFFFFFF:08x}-made-up-id-of-a-file-{number % 997:03}"[:33]


def run_name(day: int) -> str:
    """The run of so many days ago, as long as Prefect's ids are."""
    return f"{day:08x}-0000-4000-8000-000000000000"


def created_at(number: int) -> datetime:
    """When the file came: `A_DAY` a day, the first ones today."""
    return NOW - timedelta(days=max(number, 0) // A_DAY, seconds=max(number, 0) % A_DAY)


def fill(engine: Engine, files: int) -> None:
    """Make the rows of each table."""
    key = LedgerKey(KEY)
    token = key.encrypt("41235")
    read = key.encrypt(json.dumps({"notice_type": "CP2000", "last_name": "Quaxzil", "tax_year": 2022}))
    put(engine, FileRow, (make_file(number, read) for number in range(files)))
    put(engine, DeliveryRow, make_deliveries(files, token))
    put(
        engine,
        NoticeRow,
        (make_notice(number) for number in range(A_DAY, files) if number % 10 or is_closed(number)),
    )
    put(engine, FolderRow, make_folders(files // A_DAY))
    put(engine, DecisionRow, (make_decision(number, token) for number in range(A_DAY, files, 97)))
    if engine.dialect.name == "postgresql":
        # As autovacuum does after a while.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def put(engine: Engine, row: type[Any], rows: Iterator[dict[str, Any]]) -> None:
    """Insert rows, as fast as the database takes them."""
    table = row.__table__
    while some := list(islice(rows, ROWS_AT_ONCE)):
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                copy(connection, table, some)
            else:
                connection.execute(table.insert(), some)


def copy(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Send rows by PostgreSQL's COPY."""
    names = list(rows[0])
    driver: Any = connection.connection.driver_connection
    into = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(into) as target:
        for row in rows:
            target.write_row([json.dumps(one) if isinstance(one, dict) else one for one in row.values()])


def choose_outcome(number: int) -> str:
    """The outcome of a file of the past, in the shares of `OUTCOMES`."""
    left = (number * 0.618034) % 1.0
    for outcome, share in OUTCOMES.items():
        if (left := left - share) < 0:
            return outcome
    return "matched"


def make_file(number: int, read: str) -> dict[str, Any]:
    """The first 1,000 are in the inbox; the others were done in the days before."""
    day, created, outcome = number // A_DAY, created_at(number), choose_outcome(number)
    is_pending = day == 0
    is_open = outcome in ("review", "unmatched") and day <= OPEN_DAYS
    row: dict[str, Any] = {
        "id": file_name(number),
        "parent_id": "inbox",
        "size": 90_000,
        "md5": f"{number & 0xFFFF:032x}",
        "created": created,
        "modified": created,
        "state": "pending" if is_pending else "done",
        "outcome": None if is_pending else outcome,
        "reason": None if is_pending else outcome,
        "fault": None,
        "target": None if is_pending else outcome,
        "sha256": None if is_pending else f"{number:064x}",
        "document_id": number if outcome == "matched" and not is_pending else None,
        "task_id": number if outcome == "matched" and not is_pending else None,
        "fault_hours": 0,
        "holder": None,
        "lease_until": None,
        "scan_run_id": run_name(max(day, 1)),
        "taken_run_id": run_name(max(day, 1)),
        "first_seen": created,
        "updated": created,
        "done_at": None if is_pending else created,
        "fields_sealed": read if is_open else None,
        "stage_seconds": {"download": 0.4, "read": 0.2} if 0 < day < 90 else None,
    }
    if is_pending and number < CLAIMED:
        row |= {"state": "claimed", "holder": f"elsewhere-2:{number}:1:{run_name(0)}", "lease_until": NOW}
    elif day == 1 and number % A_DAY < STUCK:
        row |= {"state": "settled", "fault": "move_forbidden"}
    elif day == 2 and number % A_DAY < FAILED:
        row |= {"state": "failed", "outcome": "failed", "reason": "unread_type"}
    return row


def make_deliveries(files: int, token: str) -> Iterator[dict[str, Any]]:
    """One for each filed document; the newest are not finished."""
    for number in range(A_DAY, files):
        if choose_outcome(number) != "matched":
            continue
        at, is_unfinished = created_at(number), number < A_DAY + 3
        yield {
            "marker": f"MR-{number:026}",
            "file_id": file_name(number),
            "sha256": f"{number:064x}",
            "case_sealed": token if number < 90 * A_DAY else None,
            "document": "confirmed",
            "document_id": number,
            "task": "intended" if is_unfinished else "confirmed",
            "task_id": number,
            "activity": "none",
            "target": None if is_unfinished else "matched",
            "intended_at": at,
            "begun": at,
            "updated": at,
        }


def is_closed(number: int) -> bool:
    """Whether a person had to look at the file, and did."""
    return choose_outcome(number) in ("review", "unmatched") and number // A_DAY > OPEN_DAYS


def make_notice(number: int) -> dict[str, Any]:
    """Most deadlines are answered, and what people had to look at is closed, but for the newest days."""
    at, day = created_at(number), number // A_DAY
    is_answered = day > 30 or number % 3 == 0
    return {
        "file_id": file_name(number),
        "notice_type": "CP2000",
        "due": (at + timedelta(days=30)).date() if number % 4 else None,
        "due_kind": "printed",
        "client_hash": f"{number % 300_000:026}",
        "noted": at,
        "answered": at if is_answered else None,
        "answered_by": "crm" if is_answered else None,
        "closed": at + timedelta(days=1) if is_closed(number) else None,
        "closed_by": "person" if is_closed(number) else None,
    }


def make_folders(days: int) -> Iterator[dict[str, Any]]:
    """Five of each day's run."""
    for day in range(1, days):
        for folder in ("inbox", "a", "b", "c", "d"):
            noted = NOW - timedelta(days=day)
            yield {"run_id": run_name(day), "folder_id": folder, "done": True, "noted": noted}


def make_decision(number: int, token: str) -> dict[str, Any]:
    """What a person decided about a file."""
    at = created_at(number)
    return {
        "file_id": file_name(number),
        "decided": at,
        "decided_by": "a person",
        "action": "file",
        "outcome_before": "review",
        "reason_before": "no_case",
        "values_sealed": token if number < 90 * A_DAY else None,
    }


@contextmanager
def explained() -> Iterator[None]:
    """Print PostgreSQL's plan of each statement that takes long, once."""
    seen: set[str] = set()

    def begin(connection: Any, *_: object) -> None:
        connection.info["began"] = time.perf_counter()

    def end(connection: Any, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        took = time.perf_counter() - connection.info["began"]
        if took < SLOW_SECONDS or statement in seen or connection.dialect.name != "postgresql":
            return
        if not isinstance(parameters, dict):
            # Many rows at once.
            return
        seen.add(statement)
        driver = connection.connection.driver_connection
        with driver.cursor() as cursor:
            plan = cursor.execute(f"EXPLAIN {statement}", parameters).fetchall()
        lines = [line for (line,) in islice(plan, 25)]
        print(f"{1000 * took:.0f} ms: {statement[:300]}", *lines, sep="\n  ", file=sys.stderr)

    sa.event.listen(Engine, "before_cursor_execute", begin)
    sa.event.listen(Engine, "after_cursor_execute", end)
    yield


if __name__ == "__main__":
    main()
