"""A run's report in words: one line for its state, and a page for a manager.

Numbers of calls, memory and seconds are not for a manager: `mailroom.run.figures` shows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from mailroom.ledger import EndedRun, FileResult
from mailroom.run.reasons import OUTCOMES, count_noun, in_words, meaning
from mailroom.run.report import Report, count_reasons

# Outcomes that need nobody.
SETTLED = ("matched", "duplicate")
# So many reasons say where the work of a day comes from.
MOST_REASONS = 5
# The outcomes of a dry run, which did nothing.
WOULD_BE = {
    "matched": "would be filed",
    "unmatched": "would be unmatched",
    "review": "would go to review",
    "duplicate": "would be put beside the first",
}


def summarize(report: Report | None) -> str:
    """One line: how many files, and their outcomes; of a dry run, what they would be."""
    if report is None:
        return "No report could be made."
    if not report.listed:
        words = report.explain_nothing()
        return f"{words[0].upper()}{words[1:]}."
    counts = {name: number for name in OUTCOMES if (number := getattr(report, name))}
    more = f" {report.left_in_inbox} more in the inbox." if report.left_in_inbox else ""
    more += f" {report.skipped} not read: not PDFs." if report.skipped else ""
    return f"{count_noun(report.listed, 'file')}: {list_outcomes(counts, report.mode)}.{more}"


def list_outcomes(counts: Mapping[str, int], mode: str) -> str:
    """``2 matched, 1 review``; of a dry run (mode ``test``) ``2 would be filed, 1 would go to review``."""
    words = WOULD_BE if mode == "test" else {}
    return ", ".join(f"{number} {words.get(name, name)}" for name, number in counts.items())


def summary_markdown(report: Report) -> str:
    """Return a summary of the run in Markdown, for a manager."""
    counts = {name: getattr(report, name) for name in OUTCOMES}
    share = f"**{word_share(counts)} without a person.** " if report.listed else ""
    writes = (
        ""
        if report.mode == "test"
        else f"{count_noun(report.uploaded, 'document')} uploaded, {count_noun(report.tasks_created, 'task')} created, "
        f"{count_noun(report.moved, 'file')} moved.\n"
    )
    more = "is" if report.left_in_inbox == 1 else "are"
    left = (
        f"\n{count_noun(report.left_in_inbox, 'more PDF')} {more} in the inbox.\n"
        if report.left_in_inbox
        else ""
    )
    return (
        _outcomes_markdown(counts, report.seconds, report.mode)
        + share
        + writes
        + _reasons_markdown(report.by_reason())
        + left
        + (f"\n{report.explain_skipped()}\n" if report.skipped else "")
    )


def ended_markdown(run: EndedRun, files: Sequence[FileResult], mode: str) -> str:
    """Return the summary of a run that ended before it could make one, from the ledger."""
    counts = Counter(line.outcome for line in files)
    return (
        _outcomes_markdown(counts, (run.last_seen - run.begun).total_seconds(), mode)
        + "The run ended before it could make this summary. The next run made it, from the ledger, and continues "
        "with the pending files.\n" + _reasons_markdown(count_reasons(files))
    )


def word_share(counts: Mapping[str, int]) -> str:
    """Return the share of files that need nobody, ``92 %``."""
    total = sum(counts.values())
    return f"{100 * sum(counts.get(name, 0) for name in SETTLED) / total:.0f} %" if total else "0 %"


def list_work(reasons: Iterable[tuple[str, str, int]]) -> list[tuple[str, int]]:
    """Return the reasons of files that need a person, with their numbers, the most frequent first."""
    work = Counter[str]()
    for outcome, reason, number in reasons:
        if outcome not in (*SETTLED, "pending"):
            work[reason] += number
    return work.most_common()


def _reasons_markdown(reasons: Iterable[tuple[str, str, int]]) -> str:
    work = list_work(reasons)
    rows = "".join(f"| {number} | {in_words(reason)} |\n" for reason, number in work[:MOST_REASONS])
    if others := sum(number for _, number in work[MOST_REASONS:]):
        rows += f"| {others} | other reasons |\n"
    return f"\nWhy files need a person:\n\n| files | reason |\n|---:|---|\n{rows}" if rows else ""


def _outcomes_markdown(counts: Mapping[str, int], seconds: float, mode: str) -> str:
    on = {"real": "", "sandbox": ", on the sandbox", "test": ", a dry run: nothing was written"}[mode]
    rows = "\n".join(
        f"| **{name}** | {counts[name]} | {meaning(name, mode)} |"
        for name in OUTCOMES
        if counts[name] or name in ("matched", "unmatched", "review")
    )
    return (
        f"# {count_noun(sum(counts.values()), 'file')} in {_word_duration(seconds)}{on}\n\n"
        f"| outcome | files | what it means |\n|---|---:|---|\n{rows}\n\n"
    )


def _word_duration(seconds: float) -> str:
    """``45 s``, ``7 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return (
        f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
    )
