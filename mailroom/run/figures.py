"""What a run cost, for engineers, in Markdown: its speed and limit, calls, use of the quotas, and seconds.

Nothing here is measured or decided: the report has it all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from mailroom.ledger import FileResult
from mailroom.run.report import Report
from mailroom.run.speed import TENTHS, WAITS, QuotaUse, Speed, word_percent

# A bar of so many blocks is a whole quota.
BLOCKS = 20


def figures_markdown(report: Report) -> str:
    """Return the figures of a run: what limited it, calls, quotas over time, and seconds by stage."""
    speed = report.speed
    rows = {
        "limit": speed.limit or "none: no file was done",
        "files per minute": f"{speed.files_per_minute:.0f}, while it listed and filed ({speed.period:.0f} s)",
        "calls to Drive": f"{report.drive_calls}, at most {report.drive_calls_peak_1s} in a second",
        "calls to Logiqs": f"{report.logiqs_calls}, at most {report.logiqs_calls_peak_1s} in a second",
        "repeated calls": str(report.retries),
        "readers": f"{speed.readers}, busy {word_percent(speed.readers_busy)} of the time",
        "processor of the run's process": f"{word_percent(speed.own_processor)} of a core",
        "memory of the run's process": f"{report.peak_rss_mb:.0f} MB at most",
        "duration": f"{report.seconds:.0f} s",
    }
    parts = [
        _draw_table("figure", "value", rows),
        _quotas_markdown(speed),
        _stages_markdown(report.files, speed.stages.get("listing", 0.0)),
        _waits_markdown(speed.waits),
    ]
    return "\n".join(part for part in parts if part)


def _draw_table(left: str, right: str, rows: Mapping[str, str]) -> str:
    lines = "".join(f"| {name} | {value} |\n" for name, value in rows.items())
    return f"| {left} | {right} |\n|---|---|\n{lines}"


def _quotas_markdown(speed: Speed) -> str:
    """A bar for each API in each tenth of the period."""
    if not (speed.drive.tenths and speed.logiqs.tenths):
        return ""
    rows = "".join(
        f"| {_word_span(number, speed.period)} | {_draw_bar(drive)} | {_draw_bar(logiqs)} |\n"
        for number, (drive, logiqs) in enumerate(zip(speed.drive.tenths, speed.logiqs.tenths, strict=True))
    )
    return (
        f"| quota used | {_word_quota('Drive', speed.drive)} | {_word_quota('Logiqs', speed.logiqs)} |\n"
        f"|---|---|---|\n{rows}| **all** | {word_percent(speed.drive.used)} | {word_percent(speed.logiqs.used)} |\n"
    )


def _word_span(number: int, period: float) -> str:
    """``12 to 18 s``: where a tenth of the period is."""
    places = 0 if period >= 2 * TENTHS else 1
    return f"{number * period / TENTHS:.{places}f} to {(number + 1) * period / TENTHS:.{places}f} s"


def _word_quota(name: str, quota: QuotaUse) -> str:
    of = "" if quota.portion == 1 else f"{word_percent(quota.portion)} of "
    return f"{name}: {of}{quota.calls_per_second:g} calls per second"


def _draw_bar(share: float) -> str:
    blocks = min(BLOCKS, round(share * BLOCKS))
    return f"`{'█' * blocks}{'░' * (BLOCKS - blocks)}` {word_percent(share)}"


def _stages_markdown(files: Iterable[FileResult], listing: float) -> str:
    rows = "".join(
        f"| {name} | {len(seconds)} | {sum(seconds):.1f} | {sum(seconds) / len(seconds):.2f} "
        f"| {sorted(seconds)[int(0.95 * (len(seconds) - 1))]:.2f} |\n"
        for name, seconds in _collect_seconds(files).items()
    )
    if not rows:
        return ""
    head = "| stage | files | total seconds | mean | 95 % within |\n|---|---:|---:|---:|---:|\n"
    return f"{head}| listing | | {listing:.1f} | | |\n{rows}"


def _waits_markdown(waits: Mapping[str, float]) -> str:
    """What threads waited for: side by side, so the total can be longer than the run."""
    if not waits:
        return ""
    rows = "".join(f"| {words} | {waits[name]:.1f} |\n" for name, words in WAITS.items())
    return f"| of these, waiting for | total seconds |\n|---|---:|\n{rows}"


def _collect_seconds(files: Iterable[FileResult]) -> dict[str, list[float]]:
    stages: defaultdict[str, list[float]] = defaultdict(list)
    for line in files:
        for name, seconds in line.stage_seconds.items():
            stages[name].append(seconds)
    return stages
