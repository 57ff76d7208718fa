"""The run's report: one JSON object without personal data, and its summary for people.

Numbers come from the ledger and the meters, not from what tasks returned: a run that was stopped reports as
truly as one that ended.
"""

from __future__ import annotations

import resource
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from mailroom.ledger import EndedRun, FileResult
from mailroom.run.context import RunContext
from mailroom.run.reasons import OUTCOMES, count_noun, meaning

# The page on which Google Drive shows a file.
FILE_PAGE = "https://drive.google.com/open?id="
# A screen and a summary name so many files at most.
MOST_LINKS = 10
# One report a day for about three months.
REPORTS_KEPT = 90


class Report(BaseModel):
    """The report of one run; ``matched`` to ``pending`` add up to ``listed``.

    ``left_in_inbox`` are the PDFs that the run listed and did not pick up, since they were over its limit.
    ``waiting`` are new empty files, which are left in the inbox until they are filled. ``skipped`` are files
    in the inbox that are not PDFs: they are not read, and do not count as listed; ``skipped_files`` are their
    ids. ``doubts`` counts the files that were read with doubts, by the code of each cause
    (`mailroom.notices.causes`); ``evidence`` the files whose case was found, by what spoke for it
    (`mailroom.matching.evidence`).
    """

    run_id: str
    mode: str
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
    outcomes: dict[str, int]
    doubts: dict[str, int]
    evidence: dict[str, int]
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
            return "another run works on the PDFs in the inbox"
        if self.waiting:
            return f"only {count_noun(self.waiting, 'empty file')} in the inbox, which may still be uploaded"
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
    stages = done.stages
    return Report(
        run_id=run.run_id,
        mode=run.options.mode,
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
        outcomes=dict(Counter(line.reason or line.outcome for line in files).most_common()),
        doubts=dict(done.doubts.most_common()),
        evidence=dict(done.evidence.most_common()),
        files=files,
    )


def _explain(line: FileResult, stopped: str | None) -> FileResult:
    """A file that was not begun is pending for the reason that ended the run, as those in progress are."""
    is_untold = line.outcome == "pending" and line.reason is None
    return replace(line, reason=stopped) if is_untold else line


def empty_report(mode: str) -> Report:
    """The report of a run that could not begin."""
    counts = dict.fromkeys(Report.model_fields, 0)
    begun = {"run_id": "", "mode": mode, "started": datetime.now(UTC), "scan_complete": False}
    empty: dict[str, object] = {name: {} for name in ("outcomes", "doubts", "evidence")}
    empty |= {name: [] for name in ("files", "refused_folders", "skipped_files")}
    return Report.model_validate({**counts, **begun, **empty})


def peak_rss_mb() -> float:
    """The most memory that this process has held, in MB."""
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


def keep_last_report(path: Path) -> None:
    """Copy the last run's report to ``reports`` beside it, named by its time, before it is replaced.

    The newest `REPORTS_KEPT` copies stay. A report that cannot be copied does not stop the run.
    """
    with suppress(OSError):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        folder = path.parent / "reports"
        folder.mkdir(mode=0o700, exist_ok=True)
        shutil.copy2(path, folder / f"{written:%Y-%m-%dT%H%M%S}.json")
        for old in sorted(folder.glob("*.json"))[:-REPORTS_KEPT]:
            old.unlink()


def summary_markdown(report: Report) -> str:
    """A summary of the run in Markdown, for the Prefect UI."""
    counts = {name: getattr(report, name) for name in OUTCOMES}
    return (
        _outcomes_markdown(counts, report.seconds, report.mode)
        + f"{report.uploaded} documents uploaded, {report.tasks_created} tasks created, "
        f"{report.moved} files moved. Calls: {report.drive_calls} to Drive, {report.logiqs_calls} to Logiqs, "
        f"{report.retries} of them repeated.\n"
        + (f"\n{report.left_in_inbox} more PDFs are in the inbox.\n" if report.left_in_inbox else "")
        + (f"\n{report.explain_skipped()}\n" if report.skipped else "")
    )


def ended_markdown(run: EndedRun, files: Sequence[FileResult], mode: str) -> str:
    """The summary of a run that ended before it could make one, from what the ledger knows of its files."""
    counts = Counter(line.outcome for line in files)
    return _outcomes_markdown(counts, (run.last_seen - run.begun).total_seconds(), mode) + (
        "The run ended before it could make this summary. The next run made it, from the ledger; it continues "
        "with the pending files.\n"
    )


def _outcomes_markdown(counts: Mapping[str, int], seconds: float, mode: str) -> str:
    on = {"real": "", "sandbox": ", on the sandbox", "test": ", a dry run: nothing was written"}[mode]
    rows = "\n".join(
        f"| **{name}** | {counts[name]} | {meaning(name, mode)} |"
        for name in OUTCOMES
        if counts[name] or name in ("matched", "unmatched", "review")
    )
    return (
        f"# {count_noun(sum(counts.values()), 'file')} in {_duration(seconds)}{on}\n\n"
        f"| outcome | files | what it means |\n|---|---:|---|\n{rows}\n\n"
    )


def summarize(report: Report | None) -> str:
    """One line: how many files, and their outcomes."""
    if report is None:
        return "No report could be made."
    if not report.listed:
        words = report.explain_nothing()
        return f"{words[0].upper()}{words[1:]}."
    counts = [f"{number} {name}" for name in OUTCOMES if (number := getattr(report, name))]
    more = f" {report.left_in_inbox} more in the inbox." if report.left_in_inbox else ""
    more += f" {report.skipped} not read: not PDFs." if report.skipped else ""
    return f"{count_noun(report.listed, 'file')}: {', '.join(counts)}.{more}"


def _duration(seconds: float) -> str:
    """``45 s``, ``7 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return (
        f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
    )
