"""The run's report: one JSON object without personal data, and its summary for people.

Numbers come from the ledger and the meters, not from what tasks returned: a run that was stopped reports as
truly as one that ended.
"""

from __future__ import annotations

import resource
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from mailroom.ledger import FileResult, Ledger
from mailroom.run.context import RunContext
from mailroom.run.options import RunKind
from mailroom.run.reasons import OUTCOMES, count_noun
from mailroom.run.speed import Speed, measure_speed

# The page on which Google Drive shows a file.
FILE_PAGE = "https://drive.google.com/open?id="
# A screen and a summary name so many files at most.
MOST_LINKS = 10
# One report a day for about three months.
REPORTS_KEPT = 90


class Report(BaseModel):
    """The report of one run; ``matched`` to ``pending`` add up to ``listed``.

    ``kind`` is one of `mailroom.run.options.RunKind`. ``in_review`` are the files that wait in CP2000_REVIEW,
    over all runs, and ``in_review_days`` is for how many days half of them have waited or more.

    ``left_in_inbox`` are the PDFs that the run listed and did not pick up, since they were over its limit.
    ``waiting`` are new empty files, which are left in the inbox until they are filled. ``skipped`` are files
    in the inbox that are not PDFs: they are not read, and do not count as listed; ``skipped_files`` are their
    ids. ``doubts`` counts the files that were read with doubts, by the code of each cause
    (`mailroom.notices.causes`); ``evidence`` the files whose case was found, by what spoke for it
    (`mailroom.matching.evidence`).
    """

    run_id: str
    mode: str
    kind: str
    started: datetime
    seconds: float
    listed: int
    processed: int
    matched: int
    unmatched: int
    review: int
    duplicate: int
    failed: int
    pending: int
    waiting: int
    skipped: int
    uploaded: int
    tasks_created: int
    moved: int
    drive_calls: int
    logiqs_calls: int
    drive_calls_peak_1s: int
    logiqs_calls_peak_1s: int
    retries: int
    peak_rss_mb: float
    scan_complete: bool
    refused_folders: list[str]
    skipped_files: list[str]
    held_by_others: int
    left_in_inbox: int
    in_review: int
    in_review_days: int
    outcomes: dict[str, int]
    doubts: dict[str, int]
    evidence: dict[str, int]
    speed: Speed
    files: list[FileResult]

    def by_reason(self) -> list[tuple[str, str, int]]:
        """Outcome, reason code and number of files, in the order of outcomes, the most frequent reason
        first.
        """
        return count_reasons(self.files)

    def explain_nothing(self) -> str:
        """Why the run, which has listed the inbox, picked up no file."""
        if not self.scan_complete:
            return "the inbox could not be listed completely"
        if self.held_by_others:
            return "another run is working on the PDFs in the inbox"
        if self.waiting:
            return f"only {count_noun(self.waiting, 'empty file')} in the inbox, which may still be uploading"
        return "no new PDFs in the inbox"

    def explain_skipped(self) -> str:
        """Which files in the inbox were not read, with their links; "" where there are none."""
        if not self.skipped:
            return ""
        links = [f"{FILE_PAGE}{one}" for one in self.skipped_files[:MOST_LINKS]]
        more = (
            f" and {self.skipped - MOST_LINKS} more, which the report lists"
            if self.skipped > MOST_LINKS
            else ""
        )
        stay = "is not a PDF and stays" if self.skipped == 1 else "are not PDFs and stay"
        return f"{count_noun(self.skipped, 'file')} {stay} in the inbox: {', '.join(links)}{more}."


def count_reasons(files: Iterable[FileResult]) -> list[tuple[str, str, int]]:
    """Outcome, reason code and number of files, in the order of outcomes, the most frequent reason first."""
    counts = Counter((line.outcome, line.reason or line.outcome) for line in files)
    rows = [(outcome, reason, number) for (outcome, reason), number in counts.items()]
    return sorted(rows, key=lambda row: (OUTCOMES.index(row[0]), -row[2], row[1]))


def build_report(run: RunContext) -> Report:
    """Add up what the ledger and the meters know of this run."""
    files = [_explain(line, run.limits.reason) for line in run.ledger.list_results(run.run_id)]
    by_outcome = Counter(line.outcome for line in files)
    done = run.progress.snapshot()
    waiting = [] if run.options.dry_run else _list_days_in_review(run.ledger)
    stages = done.stages
    return Report(
        run_id=run.run_id,
        mode=run.options.mode,
        kind=run.options.kind,
        started=run.started,
        seconds=round((datetime.now(UTC) - run.started).total_seconds(), 3),
        listed=len(files),
        processed=len(files) - by_outcome["pending"],
        **{outcome: by_outcome[outcome] for outcome in OUTCOMES},
        waiting=len(run.waiting_files),
        skipped=len(run.skipped_files),
        **{stage: stages[stage] for stage in ("uploaded", "tasks_created", "moved")},
        drive_calls=run.drive_meter.calls,
        logiqs_calls=run.crm_connection.meter.calls,
        drive_calls_peak_1s=run.drive_meter.peak_1s,
        logiqs_calls_peak_1s=run.crm_connection.meter.peak_1s,
        retries=run.drive_meter.retries + run.crm_connection.meter.retries,
        peak_rss_mb=round(peak_rss_mb(), 1),
        scan_complete=run.scan_complete and not run.refused_folders,
        refused_folders=sorted(run.refused_folders),
        skipped_files=sorted(run.skipped_files),
        held_by_others=len(run.held_files),
        left_in_inbox=run.ledger.count_left(run.run_id),
        in_review=len(waiting),
        in_review_days=waiting[len(waiting) // 2] if waiting else 0,
        outcomes=dict(Counter(line.reason or line.outcome for line in files).most_common()),
        doubts=dict(done.doubts.most_common()),
        evidence=dict(done.evidence.most_common()),
        speed=measure_speed(run, files),
        files=files,
    )


def _explain(line: FileResult, stopped: str | None) -> FileResult:
    """A file that was not begun is pending for the reason that ended the run, as those in progress are."""
    is_untold = line.outcome == "pending" and line.reason is None
    return replace(line, reason=stopped) if is_untold else line


def _list_days_in_review(ledger: Ledger) -> list[int]:
    """For how many days each file has waited in CP2000_REVIEW, the longest first."""
    now = ledger.read_clock()
    items = [one for one in ledger.list_open_items() if one.outcome == "review"]
    return sorted(((now - one.since).days for one in items), reverse=True)


def empty_report(mode: str) -> Report:
    """The report of a run that could not begin."""
    counts = dict.fromkeys(Report.model_fields, 0)
    kinds = {"test": RunKind.REHEARSAL, "sandbox": RunKind.SANDBOX}
    kind = kinds.get(mode, RunKind.DAILY)
    begun = {"run_id": "", "mode": mode, "kind": kind, "started": datetime.now(UTC), "scan_complete": False}
    empty: dict[str, object] = {name: {} for name in ("outcomes", "doubts", "evidence", "speed")}
    empty |= {name: [] for name in ("files", "refused_folders", "skipped_files")}
    return Report.model_validate({**counts, **begun, **empty})


def peak_rss_mb() -> float:
    """The most memory that this process has held, in MB.

    In Linux, ``ru_maxrss`` counts what the process that started this one held then; ``VmHWM`` does not.
    """
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1_024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_048_576 if sys.platform == "darwin" else 1_024)


def write_report(report: Report, path: Path) -> None:
    """Write the JSON; a reader sees the old file or the whole new one.

    Raises:
        OSError: it cannot be written, the disk is full among others; the old file stays.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def keep_report(report: Report, folder: Path) -> None:
    """Keep the report in this folder, by its run's id, as long as it is among the newest `REPORTS_KEPT`.

    A report that cannot be kept does not stop the run.
    """
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_report(report, folder / f"{report.run_id}.json")
        for old in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-REPORTS_KEPT]:
            old.unlink()
