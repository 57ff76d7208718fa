"""The spreadsheet that a real run reads and writes in ``MAILROOM_LISTS_DIR``: deciding without a shell.

A run stores its decisions when it starts and carries them out with its other files. At its end it replaces
the workbook by a new list with the results. A workbook that a person has open, or has changed since, stays;
the next run reads it. Neither the log nor an artifact has a cell of it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mailroom.errors import ConfigError, MailroomError
from mailroom.ledger import Ledger
from mailroom.privacy.client_data import ClientData
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.review_file import choose_mode, is_open_elsewhere, load_file, replace_file
from mailroom.run.review_list import (
    STORED,
    RowResult,
    count_results,
    finish_results,
    make_list,
    store_decisions,
)
from mailroom.run.review_workbook import TypedRow, read_author, read_workbook

log = logging.getLogger(__name__)

NAME = "review.xlsx"


@dataclass(frozen=True, repr=False)
class TakenList(ClientData):
    """A list whose decisions were stored: the bytes that were read (None: no file), and the rows."""

    content: bytes | None = None
    rows: Sequence[TypedRow] = ()
    results: Sequence[RowResult] = ()


def take_decisions(lists_dir: Path, pipeline: FilePipeline) -> TakenList | None:
    """Store the decisions of the workbook; None if it could not be read, so that it must stay."""
    path = lists_dir / NAME
    try:
        if not lists_dir.is_dir():
            log.error(
                "MAILROOM_LISTS_DIR is not a folder: %s. No list is read or written. Create it, or correct the setting.",
                lists_dir,
            )
            return None
        if not path.exists():
            return TakenList()
        content = load_file(path)
        rows = read_workbook(content)
    except (ConfigError, OSError) as refused:
        # Also a folder without rights, or on a file server that is away.
        log.warning("%s stays as it is, and its decisions are left to the next run. %s", path, refused)
        return None
    results = store_decisions(pipeline, rows, f"{read_author(content)} ({NAME})".strip())
    if results:
        log.info("%s: decisions: %s.", path, count_results(results))
    return TakenList(content, rows, results)


def put_list(lists_dir: Path, ledger: Ledger, taken: TakenList, today: date) -> None:
    """Replace the workbook by what waits now, unless a person is at work in it."""
    path = lists_dir / NAME
    try:
        has_stored = any(result.became == STORED for result in taken.results)
        finish_results(ledger, taken.results)
        if has_stored:
            log.info("%s: results: %s.", path, count_results(taken.results))
        content = make_list(ledger, today, taken.results, taken.rows)
        if is_open_elsewhere(path):
            log.warning(
                "%s is open in a spreadsheet program. It stays as it is; the next run replaces it.", path
            )
        elif (path.read_bytes() if path.exists() else None) != taken.content:
            log.warning("%s was changed during the run. It stays as it is; the next run reads it.", path)
        else:
            replace_file(path, content, choose_mode(lists_dir))
            log.info("%s has the files that wait for a person.", path)
    except (MailroomError, OSError) as fault:
        # The day's work stands.
        log.error("%s was not written. %s", path, fault)
