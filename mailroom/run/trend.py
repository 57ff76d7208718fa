"""The last runs as a table, and this week against the last one in words, from the reports that are kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from mailroom.run.reasons import OUTCOMES, count_noun, in_words
from mailroom.run.summary import list_work, word_share

RUNS_SHOWN = 30
# Of each run, as more would not be read.
REASONS_SHOWN = 2


@dataclass(frozen=True)
class PastRun:
    """A run that had files: its local start, the files by outcome, what went to people, and the backlog."""

    started: datetime
    seconds: float
    outcomes: Counter[str]
    reasons: tuple[tuple[str, int], ...]
    in_review: int | None
    review_days: int | None


def read_past_runs(folder: Path) -> list[PastRun]:
    """Return the real runs whose reports are in the folder and that had files, the newest first.

    A file that is not a report is passed over.
    """
    runs = []
    for path in folder.glob("*.json"):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            run = _parse(told) if told["mode"] == "real" and told["listed"] else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
            continue
        if run is not None:
            runs.append(run)
    return sorted(runs, key=lambda run: run.started, reverse=True)


def trend_markdown(runs: Sequence[PastRun], today: date) -> str:
    """Return the last `RUNS_SHOWN` runs as a table, the newest first, below this week and the last one."""
    rows = "".join(
        f"| {run.started:%Y-%m-%d %H:%M} | {run.outcomes.total()} | {word_share(run.outcomes)} "
        f"| {_word_reasons(run)} | {run.seconds / 60:.0f} | {_word_backlog(run)} |\n"
        for run in runs[:RUNS_SHOWN]
    )
    return (
        f"# {_compare_weeks(runs, today)}\n\n"
        "| run | files | without a person | main reasons | minutes | waiting in REVIEW |\n"
        f"|---|---:|---:|---|---:|---|\n{rows}"
    )


def _parse(told: dict[str, Any]) -> PastRun:
    reasons = Counter((line["outcome"], line["reason"] or line["outcome"]) for line in told["files"])
    rows = [(outcome, reason, number) for (outcome, reason), number in reasons.items()]
    return PastRun(
        datetime.fromisoformat(told["started"]).astimezone(),
        float(told["seconds"]),
        Counter({name: int(told[name]) for name in OUTCOMES}),
        tuple(list_work(rows)[:REASONS_SHOWN]),
        told.get("in_review"),
        told.get("in_review_days"),
    )


def _compare_weeks(runs: Iterable[PastRun], today: date) -> str:
    monday = today - timedelta(days=today.weekday())
    weeks: list[Counter[str]] = [Counter(), Counter()]
    for run in runs:
        weeks_ago = (monday - run.started.date() + timedelta(days=6)).days // 7
        if 0 <= weeks_ago < len(weeks):
            weeks[weeks_ago] += run.outcomes
    this, last = (_word_week(week) for week in weeks)
    return f"This week: {this}; last week: {last}"


def _word_week(outcomes: Counter[str]) -> str:
    if not outcomes.total():
        return "no files"
    return f"{count_noun(outcomes.total(), 'file')}, {word_share(outcomes)} without a person"


def _word_reasons(run: PastRun) -> str:
    return ", ".join(f"{number} {in_words(reason)}" for reason, number in run.reasons)


def _word_backlog(run: PastRun) -> str:
    if run.in_review is None:
        return ""
    age = f", half of them for {count_noun(run.review_days, 'day')} or more" if run.review_days else ""
    return f"{count_noun(run.in_review, 'file')}{age}"
