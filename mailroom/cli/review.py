"""`mailroom review list` and `review show LINK`: what waits for a person, and what is known of one file.

They show no client data: a person opens the file by its link. Only the image of ``--png`` shows some.

0: shown.
1: the mail room does not know the file, or there is no page to show.
2: configuration or credentials are wrong.
3: a system does not answer.
130, 143: stopped by a signal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

from rich.console import Console

from mailroom.cli.explain import check_replaceable, write_explanation
from mailroom.cli.ledger_settings import open_named_ledger
from mailroom.cli.real_run import work_on_real_systems
from mailroom.cli.wrapping import print_line, write_line
from mailroom.drive.links import make_file_link, parse_file_link
from mailroom.errors import FileFault
from mailroom.ledger import FileRow, Ledger, OpenItem
from mailroom.ledger.decisions import PastDecision
from mailroom.ledger.states import FINAL_STATES
from mailroom.run.context import RunContext
from mailroom.run.open_items import count_days, word_days_left, word_reason
from mailroom.run.reasons import DECIDED, DUE_KINDS, count_noun, find_remedy, in_words

LOOK = "look at it, then name its case: mailroom file LINK --case N"


def list_items(today: date, *, real: bool) -> int:
    """List what waits for a person, and return the exit code.

    Args:
        today: the day from which days are counted.
        real: also use settings of Prefect blocks and variables.

    Raises:
        ConfigError: there is no ledger, or it cannot be opened.
    """
    with open_named_ledger(real=real) as ledger:
        items = ledger.list_open_items()
    for item in items:
        write_line(make_file_link(item.file_id))
        for line in describe_item(item, today):
            write_line(f"  {line}")
    waits = "waits" if len(items) == 1 else "wait"
    write_line(
        f"{count_noun(len(items), 'file')} {waits} for a person." if items else "No file waits for a person."
    )
    return 0


def show_item(link: str, png: Path | None, today: date, *, real: bool) -> int:
    """Say what is known of one file, write the image if one is asked for, and return the exit code.

    Args:
        link: the file's link in Google Drive, or its id.
        png: where the image of its first page goes; None: none is made, and Drive is not asked.
        today: the day from which days are counted.
        real: also use settings of Prefect blocks and variables.

    Raises:
        ConfigError: there is no ledger, or it cannot be opened; the image cannot be written there; the real
            systems are not configured.
    """
    if png is not None:
        check_replaceable(png)
    file_id = parse_file_link(link)
    with open_named_ledger(real=real) as ledger:
        row = ledger.find_files([file_id]).get(file_id) if file_id else None
        if row is None:
            code = "not_known" if file_id else "not_a_link"
            write_line(f"Nothing to show: {in_words(code)}. To do: {find_remedy(code)}.", to_stderr=True)
            return 1
        for line in _describe_file(ledger, row, today):
            write_line(line)
    if png is None:
        return 0
    return work_on_real_systems("review show", partial(_draw, row.id, png), real=real, only_reads=True)


def describe_item(item: OpenItem, today: date) -> Iterator[str]:
    """Yield the lines about a file that waits: why, what to do, until when, and since when."""
    yield f"{(item.decided or (item.outcome,))[0].upper()}: {word_reason(item)}"
    yield f"To do: {find_remedy(item.reason) or LOOK}"
    if item.due is not None and item.due_kind is not None:
        kind = DUE_KINDS[item.due_kind]
        yield f"{item.notice_type or 'Letter'}, {word_days_left(item.due, today)}: {item.due} ({kind})"
    yield f"Waiting for {count_noun(count_days(item, today), 'day')}"


def _describe_file(ledger: Ledger, row: FileRow, today: date) -> Iterator[str]:
    yield make_file_link(row.id)
    item = next((one for one in ledger.list_open_items() if one.file_id == row.id), None)
    if item is not None:
        yield from describe_item(item, today)
    elif row.state in FINAL_STATES:
        yield f"{(row.outcome or row.state).upper()}: {in_words(row.reason or '')}. It does not wait for a person."
    else:
        yield f"PENDING: {in_words(row.fault or 'pending')}"
    past = ledger.list_past_decisions(row.id)
    yield from map(_describe_decision, past)
    if not past:
        yield "Nobody has decided about it yet."


def _describe_decision(past: PastDecision) -> str:
    before = (
        f"; before: {past.outcome_before}, {in_words(past.reason_before or '')}"
        if past.outcome_before
        else ""
    )
    when = past.decided.astimezone()
    return f"{when:%Y-%m-%d %H:%M}, {past.decided_by}: {DECIDED[past.action]}{before}"


def _draw(file_id: str, png: Path, run: RunContext, console: Console) -> int:
    drive = run.drive_client()
    try:
        state = drive.get_state(file_id)
        with run.scratch.file() as path:
            drive.download(file_id, state.size or 0, state.md5, path)
            reading, image = run.readers.explain(path)
    except FileFault as fault:
        print_line(console, f"No image: {in_words(fault.code)}.")
        return 1
    return write_explanation(make_file_link(file_id), reading, image, png, console)
