"""What malicious files do to the reader, and to a day.

    uv run python bench/malicious_files.py [--jobs J] [--only NAME]

Each file goes through a pool of reader processes while a valid notice is read beside it. A line for each: its
code, its seconds, the peak memory of the reader processes, and whether the notice beside it was read
correctly.

    uv run python bench/malicious_files.py --day [--sound N] [--jobs J] [--only NAME]

The whole set goes through the daily flow on a sandbox, among N valid notices and three images of notices:
outcomes with their reasons, seconds, the peak memory of the flow's process, and every file with a wrong
result. Its short form is among the tests.

Latest figures (25 November 2026, 2 cores shared with other work, 47 files): each with its code, at most
28.1 s and 575 MB in a process, the notice beside it right every time. The day (26 November 2026, the same,
with 50 valid notices and 3 images): 58.8 s, 186 MB in the flow's process, all 53 other files filed, all 47
in their folders, no traceback.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random

from child_usage import list_children

from mailroom.notices import ReaderPool, Reading
from mailroom.sandbox.launcher import Sandbox
from tests.corpora.malicious import MALICIOUS_FILES, make_malicious_files, make_notice
from tests.corpora.malicious.day import (
    find_problems,
    interleave,
    make_image_files,
    make_malicious_mail,
    make_valid_notices,
    seed_state,
)

ROOT = Path(__file__).parents[1]


class Peak(threading.Thread):
    """Samples the resident memory of every child until it is stopped; in MB, by the largest."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.largest = 0
        self.over = threading.Event()

    def run(self) -> None:
        """Look at all children 50 times a second."""
        while not self.over.wait(0.02):
            for pid in list_children():
                try:
                    fields = Path(f"/proc/{pid}/statm").read_text().split()
                except OSError:
                    continue
                if len(fields) > 1:
                    self.largest = max(self.largest, int(fields[1]) * 4096 // 1_000_000)


def find_code(reading: Reading) -> str:
    """The code of the set: "" for a CP2000 that was read with its key."""
    if reading.outcome == "extract":
        return ""
    return reading.error or ("other_document" if reading.outcome == "not_cp2000" else reading.outcome)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description="What malicious files do to the reader, and to a day")
    parser.add_argument("--jobs", type=int, default=2, help="reading processes")
    parser.add_argument("--only", choices=sorted(MALICIOUS_FILES), action="append")
    parser.add_argument("--day", action="store_true", help="the whole set at once, through the daily flow")
    parser.add_argument("--sound", type=int, default=50, metavar="N", help="valid notices in the day")
    given = parser.parse_args()
    if given.day:
        with tempfile.TemporaryDirectory(prefix="mailroom-bench-") as place:
            run_day(Path(place), given)
    else:
        read_one_by_one(given)


def run_day(place: Path, given: argparse.Namespace) -> None:
    """Run the daily flow on all of it, and print what came of it."""
    valid = [*make_valid_notices(given.sound), *make_image_files()]
    malicious = make_malicious_mail(without=set(MALICIOUS_FILES) - set(given.only) if given.only else ())
    mail = interleave(valid, malicious)
    seed_state(place / "sandbox", mail)
    with Sandbox.start(place / "sandbox") as sandbox:
        began = time.monotonic()
        done = run_daily(place, sandbox, given.jobs)
        seconds = time.monotonic() - began
        report = json.loads((place / "report.json").read_text())
        wrong = find_problems(mail, report, sandbox.state("drive"), sandbox.state("logiqs"))
    hurt = [item.name for item in valid if item.name in wrong]
    said = done.stdout + (place / "run.log").read_text()
    print(f"exit code {done.returncode}, {len(mail)} files: {len(valid)} valid, {len(malicious)} malicious")
    for (outcome, reason), files in sorted(
        Counter((f["outcome"], f["reason"]) for f in report["files"]).items()
    ):
        print(f"{files:6}  {outcome:10} {reason}")
    print(
        f"{seconds:6.1f} s in all, {report['seconds']:.1f} s of them the flow; {report['retries']} calls repeated"
    )
    print(f"{report['peak_rss_mb']:6.0f} MB at most in the flow's process")
    print(f"{len(valid) - len(hurt):6} of {len(valid)} valid files right")
    print(f"{len(malicious) - (len(wrong) - len(hurt)):6} of {len(malicious)} malicious files as expected")
    print(f"{said.count('Traceback'):6} tracebacks on the screen and in the log")
    for name, problem in wrong.items():
        print(f"NOT EXPECTED {name}: {problem}")


def run_daily(place: Path, sandbox: Sandbox, readers: int) -> subprocess.CompletedProcess[str]:
    """The command as a person starts it, with a home of its own; no quota holds it back."""
    environment = {
        **os.environ,
        **sandbox.environment(),
        "PREFECT_HOME": str(place / "prefect"),
        "MAILROOM_STATE_DIR": str(place / "state"),
        "MAILROOM_READ_IMAGES": "true",
        "MAILROOM_READERS": str(readers),
        "MAILROOM_DRIVE__CALLS_PER_SECOND": "500",
        "MAILROOM_LOGIQS__CALLS_PER_SECOND": "500",
    }
    words = ["--report-json", str(place / "report.json"), "--log-file", str(place / "run.log")]
    command = [sys.executable, str(ROOT / "flows" / "daily.py"), *words]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def read_one_by_one(given: argparse.Namespace) -> None:
    """Read every file, one after the other, and its neighbour at the same time."""
    with tempfile.TemporaryDirectory() as folder, ReaderPool(given.jobs) as pool:
        neighbour = Path(folder, "neighbour.pdf")
        neighbour.write_bytes(make_notice(Random(1)))  # noqa: S311 - must be the same in every run
        pool.read(neighbour)
        for each, content in make_malicious_files():
            if given.only and each.name not in given.only:
                continue
            path = Path(folder, "file.pdf")
            path.write_bytes(content)
            peak, beside = Peak(), list[Reading]()
            peak.start()
            other = threading.Thread(target=lambda found: found.append(pool.read(neighbour)), args=(beside,))
            began = time.monotonic()
            other.start()
            reading = pool.read(path)
            seconds = time.monotonic() - began
            other.join()
            peak.over.set()
            code = find_code(reading)
            verdict = "as expected" if code in each.codes else "NOT EXPECTED"
            print(
                f"{each.name:34} {len(content) // 1024:6} kB  {code or 'read':20} {seconds:5.1f} s "
                f"{peak.largest:4} MB  {verdict}, neighbour {beside[0].outcome}",
                flush=True,
            )


if __name__ == "__main__":
    main()
