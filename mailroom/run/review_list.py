"""The list of the files that wait for a person as a spreadsheet: made from the ledger, its decisions stored.

Each decision is stored before any is carried out, so that a stop loses none. Results are words without a
client's data. Nothing here is written to a log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from mailroom.drive.links import make_file_link
from mailroom.errors import FileFault, Transient
from mailroom.ledger import FileRow, Ledger, OpenItem
from mailroom.ledger.decisions import Action
from mailroom.ledger.notices import UNREAD_TYPE
from mailroom.ledger.states import FINAL_STATES
from mailroom.notices import NoticeFields
from mailroom.privacy.client_data import ClientData
from mailroom.run.file_decision import RESULT_WORDS, name_result
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.open_items import count_days, word_days_left, word_reason
from mailroom.run.reasons import DUE_KINDS, find_remedy, in_words
from mailroom.run.review_rows import keep_typed, parse_row, says_nothing
from mailroom.run.review_workbook import (
    CLOSING_DECISIONS,
    DECISION,
    DECISIONS,
    ITEM,
    LINK,
    NOTES,
    VERSION,
    ShownRow,
    TypedRow,
    clean_text,
    write_workbook,
)

REFUSED, NOTED, STORED = "refused", "noted", "stored"
# Decisions about which nothing is done in Drive or in the CRM.
ONLY_NOTED = {
    Action.NOT_OURS: "closed; the file stays where it is",
    Action.LATER: "noted; it stays in the list",
}


@dataclass(repr=False)
class RowResult(ClientData):
    """What became of the decision in a row: one of the words above or of `RESULT_WORDS`, and why.

    ``kept`` is what a refused row goes on to hold, by the titles of its columns.
    """

    file_id: str
    surname: str
    decision: str
    became: str
    words: str
    kept: dict[str, str] = field(default_factory=dict)

    def as_cells(self) -> tuple[str, str, str, str]:
        """Return link, surname, decision and result."""
        says_it = self.words.startswith(self.became)
        return (
            make_file_link(self.file_id) if self.file_id else "",
            self.surname,
            self.decision,
            self.words if says_it else f"{self.became}: {self.words}",
        )


def count_results(results: Iterable[RowResult]) -> str:
    """Return ``3 filed, 2 not filed, 1 refused``."""
    numbers = Counter(result.became for result in results)
    order = (*RESULT_WORDS, REFUSED, NOTED, STORED)
    return ", ".join(f"{numbers[word]} {word}" for word in order if numbers[word])


def store_decisions(pipeline: FilePipeline, rows: Sequence[TypedRow], decided_by: str) -> list[RowResult]:
    """Check the rows, store their decisions, and return what became of each that says anything."""
    times = Counter(row.item for row in rows)
    wanted = [row for row in rows if not says_nothing(row)]
    results = []
    for row in wanted:
        decision = clean_text(row.typed.get(DECISION))
        result = RowResult(row.item, row.surname, decision, STORED, in_words("pending"))
        try:
            if times[row.item] > 1:
                raise FileFault("sheet_row_twice")
            _store(pipeline, row, decided_by, result)
        except FileFault as refused:
            remedy = find_remedy(refused.code)
            where = f"{', '.join(row.formulas)}: " if refused.code == "sheet_formula" else ""
            result.became, result.kept = REFUSED, keep_typed(row, refused.code)
            result.words = where + in_words(refused.code) + (f"; {remedy}" if remedy else "")
        except Transient as fault:
            result.became, result.kept = REFUSED, keep_typed(row, fault.code)
            result.words = f"{in_words(fault.code)}; import the list again"
        results.append(result)
    return results


def _store(pipeline: FilePipeline, row: TypedRow, decided_by: str, result: RowResult) -> None:
    ledger = pipeline.ledger
    decision, seen = parse_row(row, decided_by)
    # A list may be imported again.
    is_stored = ledger.was_decided(row.item, decision, seen)
    if decision.action in ONLY_NOTED:
        if not is_stored:
            ledger.note_person_decision(row.item, decision, seen=seen)
        result.became, result.words = NOTED, ONLY_NOTED[decision.action]
    if is_stored or decision.action in ONLY_NOTED:
        return
    # Refused before any system is asked.
    ledger.check_person_decision(row.item, decision, seen=seen)
    if decision.case_id is not None and pipeline.crm.get_case(decision.case_id) is None:
        raise FileFault("no_such_case")
    ledger.record_person_decision(row.item, decision, pipeline.drive.get_state(row.item), seen=seen)


def finish_results(ledger: Ledger, results: Iterable[RowResult]) -> None:
    """Write into each result of a stored decision what the ledger says of the file now."""
    stored = [result for result in results if result.became == STORED]
    rows = find_rows(ledger, [result.file_id for result in stored])
    for result in stored:
        row = rows[result.file_id]
        if row.has_ended:
            not_moved = f"; {in_words(row.fault or '')}" if row.state not in FINAL_STATES else ""
            result.became, result.words = name_result(row), in_words(row.reason or "") + not_moved
        else:
            result.words = f"the next run carries it out ({in_words(row.fault or 'pending')})"


def make_list(
    ledger: Ledger, today: date, results: Sequence[RowResult] = (), rows: Iterable[TypedRow] = ()
) -> bytes:
    """Return the workbook of what waits for a person now.

    Args:
        ledger: it has the files, and what was read of them.
        today: the day from which days are counted.
        results: what became of the decisions of the list before.
        rows: the list before; its notes are kept, and what was typed in rows that were refused. If the file
            was decided or read again since, a person has to look again: the DECISION is not kept.
    """
    items = ledger.list_open_items()
    ids = [item.file_id for item in items]
    files, read = find_rows(ledger, ids), ledger.find_read_fields(ids)
    before = {row.item: row for row in rows}
    kept = {result.file_id: result.kept for result in results}
    said = {result.file_id: result.as_cells()[-1] for result in results}
    shown = [
        ShownRow(
            _show(item, files[item.file_id], read.get(item.file_id), today),
            _type_again(before.get(item.file_id), kept.get(item.file_id, {}), files[item.file_id]),
            said.get(item.file_id, ""),
            CLOSING_DECISIONS if item.reason == UNREAD_TYPE else DECISIONS,
        )
        for item in items
        if item.file_id in files
    ]
    return write_workbook(shown, [result.as_cells() for result in results])


def _type_again(before: TypedRow | None, kept: dict[str, str], file: FileRow) -> dict[str, str]:
    if before is None:
        return {}
    is_unchanged = before.version == file.updated.isoformat()
    typed = {title: text for title, text in kept.items() if is_unchanged or title != DECISION}
    return {NOTES: clean_text(before.typed.get(NOTES)), **typed}


def find_rows(ledger: Ledger, file_ids: Sequence[str]) -> dict[str, FileRow]:
    """Return the ledger's rows of any number of files."""
    parts = (file_ids[start : start + 500] for start in range(0, len(file_ids), 500))
    return {name: row for part in parts for name, row in ledger.find_files(part).items()}


def _show(item: OpenItem, file: FileRow, read: NoticeFields | None, today: date) -> dict[str, str]:
    known = (read or NoticeFields()).as_json()
    due = f"{item.due} ({word_days_left(item.due, today)})" if item.due else ""
    return {
        ITEM: item.file_id,
        VERSION: file.updated.isoformat(),
        LINK: make_file_link(item.file_id),
        "REASON": word_reason(item),
        "WHAT TO DO": find_remedy(item.reason),
        "DUE": f"{due} {DUE_KINDS[item.due_kind]}" if item.due_kind else due,
        "DAYS HERE": str(count_days(item, today)),
        "SURNAME": known["last_name"],
        "NAMES": "; ".join(known["taxpayer_names"] or ()),
        "SSN LAST FOUR": known["ssn_last4"],
        "TAX YEAR": known["tax_year"],
        "NOTICE TYPE": item.notice_type or known["notice_type"],
        "NOTICE DATE": known["notice_date"],
        "DUE DATE": known["response_due_date"],
    }
