"""Measure the matcher on a case index of invented clients and noisy name lines.

    uv run python bench/matching.py [--cases N] [--lines N] [--moved SHARE] [--strangers] [--doubles]
                                    [--show KIND]

The clients and the noise come from `bench/matching_noise.py`, with its seed. The cases are written as a CSV,
imported into a new ledger as `mailroom cases import` does, and each line is parsed and matched as a run does.

right      filed in the client's case; or unmatched, for somebody who is not a client
wrong      filed in another case
person     everything else: in CP2000_REVIEW, or unmatched although the client has a case

Times are CPU times of this process; a line's includes the search in the ledger. The exit code is 1 when a
line is wrong.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from matching_noise import SEED, STRANGERS, Client, NameLine, draw_clients, draw_doubles, draw_lines

from mailroom.config.settings import load_settings
from mailroom.crm.case_file import open_cases
from mailroom.ledger import Ledger, open_ledger
from mailroom.matching.case_index import IndexFinder, import_cases
from mailroom.matching.decision import Decision, decide
from mailroom.notices import NoticeFields, Reading
from mailroom.notices.causes import make_doubts
from mailroom.notices.parsing.names import parse_names

FULL_SSN = 9
# The end of the kind of a line whose client lives in another area than the case says.
AWAY = ", moved away"


def main() -> int:
    """Import, match, and print a table as docs/benchmarks.md has it; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--lines", type=int, default=2_000)
    parser.add_argument("--strangers", action="store_true", help="no line is of a client")
    parser.add_argument(
        "--doubles", action="store_true", help="strangers with a client's surname and last four"
    )
    parser.add_argument(
        "--moved", type=float, default=0.0, help="the share of clients who live elsewhere now"
    )
    parser.add_argument("--seed", type=int, default=SEED + 1, help="of the lines")
    parser.add_argument("--show", default="", help="print the lines of this kind that need a person")
    args = parser.parse_args()
    clients = draw_clients(args.cases)
    strangers = 1.0 if args.strangers else 1 / STRANGERS
    lines = draw_lines(clients, args.lines, args.seed, strangers, args.moved)
    if args.doubles:
        lines = draw_doubles(clients, args.lines, args.seed)
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        ledger = closing.enter_context(
            open_ledger(load_settings(state_dir=folder / "state", ledger_url=None))
        )
        began = time.process_time()
        import_cases(ledger, open_cases(write_csv(clients, folder / "cases.csv")))
        print(f"{args.cases:,} cases imported in {time.process_time() - began:.1f} s\n")
        return measure(ledger, lines, args.show)


def write_csv(clients: list[Client], path: Path) -> Path:
    """The clients as a CRM exports them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(
            [
                "CaseID",
                "FirstName",
                "LastName",
                "SSN",
                "SpouseFirstName",
                "SpouseLastName",
                "SpouseSSN",
                "Zip",
            ]
        )
        for client in clients:
            values = [value for one in client.persons for value in (one.first, one.last, one.ssn)]
            out.writerow([client.case_id, *(values + [""] * 6)[:6], client.zip])
    return path


def measure(ledger: Ledger, lines: list[NameLine], show: str) -> int:
    """Match all lines, and print how many of each kind were right; 1 when one was wrong."""
    finder, seconds = IndexFinder(ledger), []
    results, reasons = Counter[tuple[str, str]](), Counter[str]()
    for line in lines:
        reading = make_reading(line)
        began = time.process_time()
        decision = decide(reading, finder)
        seconds.append(time.process_time() - began)
        result = judge(line, decision)
        results[line.kind, result] += 1
        results["all", result] += 1
        if line.kind.endswith(AWAY):
            shown = "full" if len(line.ssn) == FULL_SSN else "masked"
            results[f"all who{AWAY[1:]}, {shown} SSN", result] += 1
        if result != "right":
            reasons[decision.reason] += 1
        if result == "wrong" or (result == "person" and line.kind == show):
            print(result, decision.reason, line)
    print("| noise | lines | right without a person | a person decides | wrong |\n|---|---|---|---|---|")
    for kind in dict.fromkeys([*sorted({kind for kind, _ in results} - {"all"}), "all"]):
        right, person, wrong = (results[kind, name] for name in ("right", "person", "wrong"))
        count = right + person + wrong
        print(f"| {kind.replace('_', ' ')} | {count} | {right / count:.1%} | {person} | {wrong} |")
    print(f"\nWhy a person decides: {dict(reasons.most_common())}")
    ninety_nine = statistics.quantiles(seconds, n=100)[98]
    print(f"{statistics.mean(seconds) * 1e3:.2f} ms a line, 99 % under {ninety_nine * 1e3:.2f} ms")
    return 1 if results["all", "wrong"] else 0


def make_reading(line: NameLine) -> Reading:
    """What the reader gives for this name line."""
    names = parse_names([line.line])
    full = line.ssn if len(line.ssn) == FULL_SSN else None
    fields = NoticeFields(
        notice_type="CP2000",
        name_line=line.line,
        taxpayer_names=names.persons if names else [],
        last_name=names.last_name if names else None,
        spouse_last_name=names.spouse_last_name if names else None,
        joint=names.joint if names else None,
        zip=line.zip,
        ssn=full,
        ssn_last4=line.ssn[-4:],
    )
    return Reading("extract", fields, doubts=make_doubts(names.ambiguous if names else (), "ambiguous_name"))


def judge(line: NameLine, decision: Decision) -> str:
    """``right``, ``wrong`` or ``person``."""
    if decision.case is not None:
        return "right" if decision.case.case_id == line.case_id else "wrong"
    is_right = decision.verdict == "unmatched" and line.case_id is None
    return "right" if is_right else "person"


if __name__ == "__main__":
    raise SystemExit(main())
