"""`mailroom review export FILE.xlsx` and `import FILE.xlsx`: decide about many files in a spreadsheet.

The screen shows no client data. The workbook holds some, and only its owner can read it.

0: done, even if a result is not the one asked for.
1: a row was refused; the result says why. Or FILE exists already.
2: the workbook, the configuration or credentials are wrong.
3: a system does not answer, or another run is active; the next run carries out what was stored.
130, 143: stopped by a signal.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from rich.console import Console

from mailroom.cli.ledger_settings import open_named_ledger
from mailroom.cli.real_run import work_on_real_systems
from mailroom.cli.wrapping import print_line, write_line
from mailroom.run.context import RunContext
from mailroom.run.reasons import count_noun
from mailroom.run.review_file import load_file, replace_file
from mailroom.run.review_list import (
    REFUSED,
    STORED,
    RowResult,
    count_results,
    finish_results,
    make_list,
    store_decisions,
)
from mailroom.run.review_rows import says_nothing
from mailroom.run.review_workbook import TypedRow, read_workbook


def export_list(path: Path, today: date, *, replaces: bool, real: bool) -> int:
    """Write the files that wait for a person, with what was read of them, and return the exit code.

    Args:
        path: the workbook.
        today: the day from which days are counted.
        replaces: whether a file that is there may be replaced.
        real: also use settings of Prefect blocks and variables.

    Raises:
        ConfigError: there is no ledger, or it cannot be opened; the file cannot be written.
    """
    if path.exists() and not (replaces and path.is_file()):
        write_line(f"{path} exists already. Name another file, or add --yes to replace it.", to_stderr=True)
        return 1
    with open_named_ledger(real=real) as ledger:
        number = len(ledger.list_open_items())
        replace_file(path, make_list(ledger, today))
    write_line(f"{count_noun(number, 'file')} in {path}. It holds personal data; only you can read it.")
    return 0


def import_decisions(path: Path, today: date, *, real: bool) -> int:
    """Store what a person decided in the workbook, carry it out, and write the results beside it.

    Args:
        path: the workbook, which stays as it is.
        today: the day from which days are counted.
        real: whether blocks and variables of Prefect count too.

    Raises:
        ConfigError: the workbook cannot be read, or the results cannot be written; the real systems are not
            configured, reject the credentials, or there is no ledger.
    """
    rows = read_workbook(load_file(path))
    if all(says_nothing(row) for row in rows):
        write_line(f"No decisions in {path}. Nothing was done.")
        return 0
    return work_on_real_systems("review import", partial(_carry_out, path, rows, today), real=real)


def _carry_out(path: Path, rows: Sequence[TypedRow], today: date, run: RunContext, console: Console) -> int:
    run.preflight()
    pipeline = run.file_pipeline()
    results = store_decisions(pipeline, rows, getpass.getuser())
    try:
        for result in results:
            if result.became == STORED:
                pipeline.process(result.file_id)
    finally:
        finish_results(run.ledger, results)
        out = path.with_name(f"{path.stem}.result.xlsx")
        replace_file(out, make_list(run.ledger, today, results, rows))
        print_line(console, f"{count_noun(len(results), 'decision')}: {count_results(results)}.")
        print_line(
            console,
            f"{out} has the result of each row, and the files that still wait. It holds personal data.",
        )
    return _choose_code(results)


def _choose_code(results: Sequence[RowResult]) -> int:
    became = {result.became for result in results}
    return 3 if STORED in became else int(REFUSED in became)
