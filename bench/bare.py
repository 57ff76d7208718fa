"""What the orchestration costs: the daily run beside a plain script that does the same work.

    uv run python bench/bare.py [--files N] [--latency S] [--rounds N]

The script has the same clients, threads and reading processes; it has no Prefect, no ledger and no quota, and
would lose or repeat files if it were killed. Both work in turn (A B A B) on copies of one sandbox, without a
quota. Prints a JSON line for each run, then the ratios: throughput from the first call to the last, and from
the first download (the daily run's first call comes before Prefect has started), and processor time of the
main process for each file (reading is done by other processes). It reports only.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from child_usage import read_cpu_seconds

from mailroom.call_retries import RetryPolicy
from mailroom.config.settings import Settings, load_settings
from mailroom.crm.base import Crm, NewDocument
from mailroom.crm.connection import CrmConnection
from mailroom.delivery.certain_fields import select_certain_fields
from mailroom.delivery.document_name import build_comment, build_document_name
from mailroom.delivery.task import build_task
from mailroom.document.file_type import find_file_type
from mailroom.drive import DriveClient, DriveConnection
from mailroom.drive.outcome_folders import find_folders
from mailroom.errors import FileFault
from mailroom.matching.decision import decide
from mailroom.notices import ReaderPool
from mailroom.notices.vocabulary.letter_types import choose_filed_types
from mailroom.privacy.scratch import Scratch
from mailroom.rate_limit import CallMeter, TokenBucket
from mailroom.run.file_decision import find_reason_not_to_file
from mailroom.sandbox.launcher import Sandbox

ROOT = Path(__file__).parents[1]
FOLDER = "application/vnd.google-apps.folder"
WITHOUT_QUOTA = "10000"
FROM_DOWNLOAD = "files_per_s_from_first_download"
COMPARED = ("files_per_s", FROM_DOWNLOAD, "main_cpu_ms_per_file")
COMMANDS = {
    "bare": [sys.executable, str(Path(__file__)), "--work"],
    "daily": [sys.executable, str(ROOT / "flows" / "daily.py"), "--yes"],
}


def main() -> None:
    """Measure both in turn, and print what each needed and the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--latency", type=float, default=0.003, help="seconds that each call takes at least")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        work()
        return
    found: dict[str, list[dict[str, float]]] = {"bare": [], "daily": []}
    with tempfile.TemporaryDirectory(prefix="mailroom-bench-") as place:
        seeded = Path(place) / "seeded"
        with Sandbox.start(seeded, notices=args.files):
            pass
        for number in range(args.rounds):
            for kind, runs in found.items():
                runs.append(measure(Path(place) / f"{kind}-{number}", seeded, COMMANDS[kind], args.latency))
                print(json.dumps({"kind": kind, **runs[-1]}), flush=True)
    bare, daily = ({name: median(run[name] for run in runs) for name in COMPARED} for runs in found.values())
    print(
        json.dumps(
            {
                "throughput_over_bare": round(daily["files_per_s"] / bare["files_per_s"], 3),
                "from_first_download": round(daily[FROM_DOWNLOAD] / bare[FROM_DOWNLOAD], 3),
                "main_cpu_over_bare": round(daily["main_cpu_ms_per_file"] / bare["main_cpu_ms_per_file"], 2),
            }
        )
    )


def measure(
    place: Path, seeded: Path, command: list[str], latency: float, rate: str = WITHOUT_QUOTA
) -> dict[str, float]:
    """One run of a command on a copy of the sandbox; returns its figures."""
    shutil.copytree(seeded, place / "sandbox")
    with Sandbox.start(place / "sandbox", latency=latency) as sandbox:
        environment = {
            **os.environ,
            **sandbox.environment(),
            "PREFECT_HOME": str(place / "prefect"),
            "MAILROOM_STATE_DIR": str(place / "state"),
            "MAILROOM_DRIVE__CALLS_PER_SECOND": rate,
            "MAILROOM_LOGIQS__CALLS_PER_SECOND": rate,
        }
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        cpu = 0.0
        while process.poll() is None:
            cpu = max(cpu, read_cpu_seconds(process.pid) or 0.0)
            time.sleep(0.1)
        if process.returncode != 0:
            raise SystemExit(f"{command[1]} ended with exit code {process.returncode}.")
        calls = [called for system in ("drive", "logiqs") for called, _ in sandbox.calls(system)]
        kinds = sandbox.calls("drive")
    moved = sum(call == "move" for _, call in kinds)
    first_download = min(called for called, call in kinds if call == "download")
    shutil.rmtree(place)
    seconds = max(calls) - min(calls)
    return {
        "files": moved,
        "to_first_call_s": round(min(calls) - began, 2),
        "first_to_last_call_s": round(seconds, 2),
        "files_per_s": round(moved / seconds, 2),
        FROM_DOWNLOAD: round(moved / (max(calls) - first_download), 2),
        "main_cpu_s": round(cpu, 2),
        "main_cpu_ms_per_file": round(1000 * cpu / moved, 2),
        "calls": len(calls),
    }


def work(threads: int | None = None) -> None:
    """File everything that is in the inbox of the settings; by default with the threads of the daily run."""
    settings = load_settings()
    threads = threads or settings.drive.slots * settings.files_at_once
    bucket = TokenBucket(settings.drive.calls_per_second, CallMeter())
    drive = DriveClient(
        settings.drive, DriveConnection(settings.drive), bucket, RetryPolicy(), images=settings.read_images
    )
    inbox = settings.drive.inbox_id or ""
    folders = find_folders(drive, settings.drive, [inbox], create=True)
    with (
        Scratch(settings.scratch_dir) as scratch,
        CrmConnection(settings, time.sleep) as connection,
        ReaderPool(
            settings.readers, confidence=settings.reading_confidence, images=settings.read_images
        ) as readers,
        ThreadPoolExecutor(threads) as pool,
    ):
        readers.start()
        script = PlainScript(settings, drive, connection.make_client(RetryPolicy()), readers, scratch)
        files = script.list_files(inbox, frozenset(folders.never_read))
        outcomes = Counter(pool.map(partial(script.file, destinations=folders.outcomes), files))
    print(dict(outcomes))


class PlainScript:
    """What such a script would hold in globals."""

    def __init__(
        self, settings: Settings, drive: DriveClient, crm: Crm, readers: ReaderPool, scratch: Scratch
    ) -> None:
        self.settings, self.drive, self.crm = settings, drive, crm
        self.readers, self.scratch = readers, scratch
        self.filed_types = choose_filed_types(settings.letter_types)

    def list_files(self, folder: str, never: frozenset[str]) -> list[dict[str, str]]:
        """Return what is in a folder tree, as Drive shows it; one call for each page of each folder."""
        files: list[dict[str, str]] = []
        open_folders, resource = [folder], self.drive.connection.service().files()
        while open_folders:
            request = resource.list(
                q=f"'{open_folders.pop()}' in parents and trashed = false",
                fields="nextPageToken,files(id,mimeType,size,md5Checksum,parents)",
                pageSize=1000,
            )
            while request is not None:
                answer = request.execute()
                for item in answer["files"]:
                    if item["mimeType"] == FOLDER:
                        open_folders += [item["id"]] if item["id"] not in never else []
                    else:
                        files.append(item)
                request = resource.list_next(request, answer)
        return files

    def file(self, item: dict[str, str], destinations: dict[str, str]) -> str:
        """Take one file all the way; returns the folder that it went to."""
        try:
            outcome = self._decide(item)
        except FileFault:
            outcome = "review"
        self.drive.move(item["id"], item["parents"][0], destinations[outcome])
        return outcome

    def _decide(self, item: dict[str, str]) -> str:
        size = int(item.get("size", 0))
        if not 0 < size <= self.crm.largest_document:
            return "review"
        with self.scratch.file() as path:
            sha256 = self.drive.download(item["id"], size, item.get("md5Checksum"), path)
            reading = self.readers.read(path)
            if find_reason_not_to_file(reading, self.filed_types) is not None:
                return "review"
            match = decide(reading, self.crm)
            if match.case is None or match.verdict != "matched":
                return match.verdict
            fields, marker = select_certain_fields(reading, match.case), f"MR-{sha256[:26].upper()}"
            name = build_document_name(fields, find_file_type(path).suffix)
            comment = build_comment(fields, marker)
            self.crm.upload_document(NewDocument(match.case.case_id, path, name, comment))
            now = datetime.now(UTC)
            self.crm.create_task(build_task(fields, match.case, marker, (), now))
        return "matched"


if __name__ == "__main__":
    main()
