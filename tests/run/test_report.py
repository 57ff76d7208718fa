"""The report in words for a manager."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.drive.outcome_folders import Folders
from mailroom.ledger import FileResult, open_ledger
from mailroom.orchestration.report_artifacts import folder_links
from mailroom.rate_limit import CallMeter
from mailroom.run.context import RunContext
from mailroom.run.limits import RunLimits
from mailroom.run.options import RunOptions
from mailroom.run.progress import Progress
from mailroom.run.report import (
    REPORTS_KEPT,
    Report,
    build_report,
    empty_report,
    keep_report,
    write_report,
)
from tests.ledger.conftest import listed


def report(mode: str = "real", seconds: float = 75.2, **counts: int) -> Report:
    """A report with these files by outcome."""
    files = [
        FileResult(drive_file_id=f"{name}-{number}", outcome=name, reason="no_case", stage_seconds={})
        for name, count in counts.items()
        for number in range(count)
    ]
    zero = dict.fromkeys(Report.model_fields, 0)
    outcomes = {
        name: counts.get(name, 0)
        for name in ("matched", "unmatched", "review", "duplicate", "failed", "pending")
    }
    return Report.model_validate(
        {
            **zero,
            **outcomes,
            "run_id": "run",
            "mode": mode,
            "kind": "daily",
            "started": datetime(2026, 11, 23, tzinfo=UTC),
            "seconds": seconds,
            "listed": len(files),
            "scan_complete": True,
            "refused_folders": [],
            "skipped_files": [],
            "held_by_others": 0,
            "outcomes": {},
            "doubts": {},
            "evidence": {},
            "speed": {},
            "files": files,
        }
    )


@pytest.mark.parametrize("stopped", [True, False])
def test_files_that_were_not_begun_have_the_reason_of_those_in_progress(
    tmp_path: Path, stopped: bool
) -> None:
    """One stop is not two reasons."""
    stop = threading.Event()
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        listed(ledger, 2)
        ledger.pick_up("run", None)
        ledger.claim("f00000", "me", 60)
        ledger.release("f00000", "me", "stopped")
        meters = SimpleNamespace(meter=CallMeter())
        run = SimpleNamespace(
            run_id="run",
            options=RunOptions(),
            started=datetime.now(UTC),
            ledger=ledger,
            progress=Progress(),
            limits=RunLimits(1.0, stop),
            drive_meter=CallMeter(),
            crm_connection=meters,
            scan_complete=True,
            refused_folders=set(),
            held_files=set(),
            waiting_files=set(),
            skipped_files=set(),
        )
        if stopped:
            stop.set()
        built = build_report(cast("RunContext", run))
    assert built.outcomes == ({"stopped": 2} if stopped else {"stopped": 1, "pending": 1})


def test_links_lead_to_the_drive_folders() -> None:
    """To the inboxes and to where files went; the sandbox has no page at Google."""
    folders = Folders(("in1",), {"matched": "out1"})
    assert folder_links(report(), folders).count("https://drive.google.com/drive/folders/") == 2
    assert "[inbox](" in folder_links(report(), folders)
    assert "[inbox 2](" in folder_links(report(), Folders(("in1", "in2"), {}))
    assert folder_links(report(mode="sandbox"), folders) == folder_links(report(), None) == ""


def test_reasons_are_counted_by_outcome() -> None:
    """In the order of the outcomes, the most frequent first."""
    assert report(review=1, unmatched=2).by_reason() == [
        ("unmatched", "no_case", 2),
        ("review", "no_case", 1),
    ]


def test_a_run_that_could_not_begin_reports_nothing_done(tmp_path: Path) -> None:
    """The same keys as any report; and a report that cannot be written leaves the old one alone."""
    write_report(empty_report("real"), tmp_path / "report.json")
    told = json.loads((tmp_path / "report.json").read_text())
    assert set(told) == set(Report.model_fields)
    assert (told["listed"], told["mode"]) == (0, "real")
    with pytest.raises(OSError, match="No such file"):
        write_report(empty_report("real"), tmp_path / "gone" / "report.json")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_the_reports_of_the_last_runs_are_kept_by_their_ids(tmp_path: Path) -> None:
    """The newest ones only; where they cannot be written, the run goes on."""
    folder = tmp_path / "state" / "reports"
    for day in range(REPORTS_KEPT + 3):
        keep_report(report().model_copy(update={"run_id": f"run-{day}"}), folder)
        os.utime(folder / f"run-{day}.json", (day, day))
    kept = {path.name for path in folder.iterdir()}
    assert len(kept) == REPORTS_KEPT
    assert {"run-2.json", f"run-{REPORTS_KEPT + 2}.json"} - kept == {"run-2.json"}
    assert json.loads((folder / "run-3.json").read_text())["run_id"] == "run-3"
    (tmp_path / "file").touch()
    keep_report(report(), tmp_path / "file")


def test_the_memory_of_who_started_the_run_is_not_the_runs() -> None:
    """Linux hands the mark of the parent's memory on to a process that it starts."""
    held = bytearray(b"x") * (400 << 20)
    asked = "from mailroom.run.report import peak_rss_mb; print(peak_rss_mb())"
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert 20 < float(told.stdout) < len(held) >> 20
