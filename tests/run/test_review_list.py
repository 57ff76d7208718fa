"""The list of what waits for a person, and its decisions, on a ledger and in the pipeline of a run."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailroom.drive.faults import CORRUPT
from mailroom.errors import Transient
from mailroom.ledger import ClosedBy, FileRow
from mailroom.notices import NoticeFields
from mailroom.run.file_decision import name_result
from mailroom.run.reasons import in_words
from mailroom.run.review_list import RowResult, count_results, finish_results, make_list, store_decisions
from mailroom.run.review_workbook import TypedRow, read_workbook
from tests.crm.in_memory import refuse
from tests.run.office import NOW, Office
from tests.run.test_person_decisions import RIGHT, WRONG, forbid_moves, row
from tests.run.test_review_workbook import edit, fill

TODAY = NOW.date()


@pytest.fixture
def waiting(office: Office) -> Office:
    """Both files are in CP2000_UNMATCHED; the cases of their clients are in the CRM now."""
    known, office.crm.cases = office.crm.cases, {}
    office.run("one", "two")
    office.crm.cases = {**known, RIGHT.case_id: RIGHT}
    office.now += timedelta(minutes=1)
    return office


def read_list(office: Office, *results: RowResult) -> dict[str, TypedRow]:
    """The rows of a new list, by their files."""
    return {one.item: one for one in read_workbook(make_list(office.ledger, TODAY, results))}


def choose(one: TypedRow, decision: str, **cells: object) -> TypedRow:
    """The row in which a person typed this."""
    typed = {"DECISION": decision, **{title.replace("_", " "): value for title, value in cells.items()}}
    return replace(one, typed=typed)


def apply(office: Office, *rows: TypedRow) -> list[str]:
    """Store the decisions and carry them out, as the command does; the results."""
    results = store_decisions(office.pipeline, rows, "kim")
    for result in results:
        if result.became == "stored":
            office.pipeline.process(result.file_id)
    finish_results(office.ledger, results)
    return [result.as_cells()[-1] for result in results]


def count_decisions(office: Office) -> int:
    """How many decisions about file one are stored."""
    return len(office.ledger.list_past_decisions("one"))


def test_the_list_shows_what_was_read_and_nothing_else(waiting: Office) -> None:
    """Of the SSN four digits, and neither address nor amount."""
    content = make_list(waiting.ledger, TODAY)
    read = waiting.ledger.find_read_fields(["one", "two"])
    cells: list[Any] = []
    edit(content, lambda sheet: cells.extend(cell.value for cell in sheet[2]))
    first = read[cells[0]]
    assert cells[3] == "no case with this surname and SSN"
    assert first.last_name is not None
    assert first.ssn_last4 is not None
    assert {first.last_name, first.ssn_last4, str(first.tax_year), "CP2000"} <= set(cells)
    assert (first.address, first.ssn, first.amount_due, first.zip) == (None, None, None, None)


def test_what_was_read_goes_when_nobody_needs_it(waiting: Office) -> None:
    """Filed, dealt with, replaced by other content, or purged."""
    assert set(waiting.ledger.find_read_fields(["one", "two"])) == {"one", "two"}
    waiting.ledger.close_items(["two"], ClosedBy.MOVED)
    assert set(waiting.ledger.find_read_fields(["one", "two"])) == {"one"}
    [done] = apply(waiting, choose(read_list(waiting)["one"], "FILE"))
    assert done == "filed in the client's case"
    assert waiting.ledger.find_read_fields(["one", "two"]) == {}


def test_a_purge_takes_what_was_read(waiting: Office) -> None:
    """Once for each file, also when its seconds are gone already."""
    later = waiting.now + timedelta(days=1)
    assert waiting.ledger.purge(later).files == 2
    assert waiting.ledger.find_read_fields(["one", "two"]) == {}
    assert waiting.ledger.purge(later).files == 0
    assert set(read_list(waiting)) == {"one", "two"}


def test_decisions_are_carried_out_in_any_order(waiting: Office) -> None:
    """A case that a person named, and a search; who decided is kept, with the values before and after."""
    rows = read_list(waiting)
    done = apply(
        waiting,
        choose(rows["two"], "FILE"),
        choose(rows["one"], "FILE TO CASE", CASE_NUMBER=RIGHT.case_id, RIGHT_TAX_YEAR=2022, NOTES="seen"),
    )
    assert done == [
        "filed in the client's case",
        "filed in the case that a person named",
    ]
    assert [one.decided_by for one in waiting.ledger.list_past_decisions("one")] == ["kim"]
    kept = waiting.ledger.find_person_decision(2)
    assert (kept.case_id, kept.fields, kept.notes) == (RIGHT.case_id, {"tax_year": 2022}, "seen")
    assert read_list(waiting) == {}


def test_a_corrected_name_finds_its_case(waiting: Office) -> None:
    """The person read it right."""
    typed = {
        "RIGHT_SURNAME": RIGHT.last_name,
        "RIGHT_FIRST_NAMES": RIGHT.first_name,
        "RIGHT_SSN": RIGHT.ssn,
    }
    chosen = choose(read_list(waiting)["one"], "FILE", **typed)
    assert apply(waiting, chosen) == apply(waiting, chosen)
    assert apply(waiting, chosen) == ["filed in the client's case"]
    assert waiting.crm.documents[-1].case_id == RIGHT.case_id


def test_importing_twice_is_harmless(waiting: Office) -> None:
    """Nothing is sent again, and the result is the same."""
    rows = read_list(waiting)
    typed = {"CASE_NUMBER": RIGHT.case_id, "RIGHT_SURNAME": "RIGHT"}
    chosen = [choose(rows["one"], "FILE TO CASE", **typed), choose(rows["two"], "NOT OURS")]
    first = apply(waiting, *chosen)
    waiting.now += timedelta(minutes=1)
    assert apply(waiting, *chosen) == first
    assert (len(waiting.crm.documents), count_decisions(waiting)) == (1, 1)
    assert len(waiting.ledger.list_past_decisions("two")) == 1


def test_what_is_not_ours_is_closed_and_later_is_noted(waiting: Office) -> None:
    """Both stay in the history; the file stays where it is."""
    rows = read_list(waiting)
    places = dict(waiting.drive.parents)
    results = store_decisions(
        waiting.pipeline,
        [choose(rows["one"], "NOT OURS"), choose(rows["two"], "LATER", NOTES="ask")],
        "kim",
    )
    assert [result.became for result in results] == ["noted", "noted"]
    left = read_list(waiting, *results)
    assert set(left) == {"two"}
    assert apply(waiting, choose(left["two"], "LATER", NOTES="ask")) == ["noted; it stays in the list"]
    assert [one.action for one in waiting.ledger.list_past_decisions("two")] == ["later"]
    assert waiting.drive.parents == places


def test_a_stale_row_is_refused(waiting: Office) -> None:
    """Somebody has decided since; of two people, the second one is told."""
    mine = choose(read_list(waiting)["one"], "FILE", RIGHT_SURNAME="NOBODY")
    waiting.now += timedelta(minutes=1)
    waiting.crm.cases.pop(RIGHT.case_id)
    assert apply(waiting, mine) == ["not filed: no case with this surname and SSN"]
    waiting.crm.cases[RIGHT.case_id] = RIGHT
    theirs = choose(mine, "FILE TO CASE", CASE_NUMBER=RIGHT.case_id)
    assert apply(waiting, theirs) == [
        "refused: a person or a run has decided about this file in the meantime; look at it again, then decide"
    ]
    assert waiting.crm.documents == []


def test_a_case_that_does_not_exist_changes_nothing(waiting: Office) -> None:
    """The number is corrected in the same list."""
    mine = choose(read_list(waiting)["one"], "FILE TO CASE", CASE_NUMBER=5)
    [done] = apply(waiting, mine)
    assert done.startswith("refused: Logiqs has no case with the number that was given")
    assert count_decisions(waiting) == 0
    [done] = apply(waiting, choose(mine, "FILE TO CASE", CASE_NUMBER=RIGHT.case_id))
    assert done.startswith("filed in the case that a person named")


def test_a_case_of_another_client_is_refused(waiting: Office) -> None:
    """The new list says why and what to do; there a person may insist."""
    waiting.crm.cases |= {WRONG.case_id: WRONG}
    mine = choose(read_list(waiting)["one"], "FILE TO CASE", CASE_NUMBER=WRONG.case_id)
    [done] = apply(waiting, mine)
    assert in_words("other_client") in done
    assert waiting.crm.documents == []
    again = choose(read_list(waiting)["one"], "FILE TO CASE ANYWAY", CASE_NUMBER=WRONG.case_id)
    assert apply(waiting, again) == ["filed in the case that a person named"]
    assert [one.case_id for one in waiting.crm.documents] == [WRONG.case_id]


def test_rows_that_cannot_be_used_keep_no_other_from_being_used(waiting: Office) -> None:
    """Unknown, there twice, deleted from Drive, wrong: each is told why."""
    rows = read_list(waiting)
    stranger = replace(rows["one"], item="stranger", link=rows["one"].link.replace("/one/", "/stranger/"))
    del waiting.drive.files["two"]
    done = apply(
        waiting,
        choose(stranger, "FILE"),
        choose(rows["two"], "FILE"),
        choose(rows["one"], "FILE"),
    )
    assert [one.partition(":")[0] for one in done] == ["refused", "refused", "filed in the client's case"]
    assert "never seen this file" in done[0]
    assert "no longer in Google Drive" in done[1]


def test_a_file_that_is_there_twice_is_not_decided(waiting: Office) -> None:
    """Which row counts cannot be known."""
    one = read_list(waiting)["one"]
    done = apply(waiting, one, choose(one, "NOT OURS"))
    assert done == ["refused: this file is in the list twice; keep only one row"]
    assert count_decisions(waiting) == 0


def test_what_could_not_be_carried_out_is_left_to_the_next_run(waiting: Office) -> None:
    """The CRM is down. If it was not asked about the case yet, the row can be imported again."""
    chosen = choose(read_list(waiting)["one"], "FILE TO CASE", CASE_NUMBER=RIGHT.case_id)
    waiting.crm.faults = {"case": [refuse(Transient("logiqs_unreachable"))]}
    assert apply(waiting, chosen) == ["refused: Logiqs was unreachable; import the list again"]
    assert count_decisions(waiting) == 0
    waiting.crm.faults = {"document": [refuse(Transient("logiqs_unreachable"))]}
    assert apply(waiting, chosen) == ["stored: the next run carries it out (Logiqs was unreachable)"]
    waiting.pipeline.process("one")
    assert row(waiting).reason == "filed_by_person"


def import_list(office: Office, change: Callable[[Any], None]) -> tuple[bytes, dict[str, Any]]:
    """A person changes the list and imports it: the next list, and its first row by the columns' titles."""
    rows = read_workbook(edit(make_list(office.ledger, TODAY), change))
    results = store_decisions(office.pipeline, rows, "kim")
    content = make_list(office.ledger, TODAY, results, rows)
    cells: dict[str, Any] = {}

    def look(sheet: Any) -> None:
        cells.update({cell.value: other.value for cell, other in zip(sheet[1], sheet[2], strict=True)})

    edit(content, look)
    return content, cells


def test_a_refused_row_is_corrected_where_it_was(waiting: Office) -> None:
    """What was typed stays, as the same values, with the result; the second sheet has the surname."""
    typed = {
        "DECISION": "FILE TO CASE",
        "CASE NUMBER": "410,054",
        "RIGHT SSN": 1234567,
        "RIGHT NOTICE DATE": datetime(2026, 11, 2),  # noqa: DTZ001 - as a cell has it
        "RIGHT DUE DATE": "31/12/2026",
        "NOTES": "mine",
    }
    content, cells = import_list(
        waiting, lambda sheet: fill(sheet, 2, **{name.replace(" ", "_"): to for name, to in typed.items()})
    )
    assert {title: cells[title] for title in typed} == typed | {
        "RIGHT SSN": "001234567",
        "RIGHT NOTICE DATE": "2026-11-02",
    }
    assert cells["RESULT"] == "refused: RIGHT DUE DATE: write a date like 2026-12-31 or 12/31/2026"
    told: list[Any] = []
    edit(content, lambda sheet: told.extend(cell.value for cell in sheet.parent["Results"][2]))
    assert cells["SURNAME"]
    assert told == [cells["LINK"], cells["SURNAME"], "FILE TO CASE", cells["RESULT"]]


def copy_row(sheet: Any) -> None:
    """The row is there twice, and one of them says what to do."""
    for cell in sheet[2]:
        sheet.cell(4, cell.column).value = cell.value
    fill(sheet, 2, DECISION="FILE", RIGHT_SURNAME="LEE")


@pytest.mark.parametrize(
    ("change", "kept", "why"),
    [
        (
            lambda sheet: fill(sheet, 2, DECISION="FILE", RIGHT_SURNAME="LEE", RIGHT_SSN="=1+1"),
            "LEE",
            "refused: RIGHT SSN: a cell holds a formula",
        ),
        (copy_row, "LEE", "refused: this file is in the list twice"),
        (
            lambda sheet: fill(
                sheet, 2, DECISION="FILE", RIGHT_SURNAME="LEE", VERSION=NOW.replace(year=2020).isoformat()
            ),
            "LEE",
            "refused: a person or a run has decided",
        ),
        (
            lambda sheet: fill(sheet, 2, DECISION="FILE", RIGHT_SURNAME="LEE", LINK="x"),
            None,
            "refused: the cells of this row do not belong together",
        ),
    ],
    ids=["formula", "twice", "changed", "sorted apart"],
)
def test_a_run_never_decides_what_a_person_has_to_look_at_again(
    waiting: Office, change: Callable[[Any], None], kept: str | None, why: str
) -> None:
    """It reads the list again without a person: no DECISION, and nothing that may be another file's."""
    _, cells = import_list(waiting, change)
    assert cells["RESULT"].startswith(why)
    assert (cells["DECISION"], cells["RIGHT SURNAME"], cells["RIGHT SSN"]) == (None, kept, None)


def test_fields_are_sealed(waiting: Office) -> None:
    """No value is in the ledger's tables as it was read."""
    read = waiting.ledger.find_read_fields(["one"])["one"]
    assert isinstance(read, NoticeFields)
    sealed = row(waiting).fields_sealed
    assert sealed is not None
    assert read.last_name is not None
    assert read.last_name not in sealed


def test_a_decision_about_a_file_that_cannot_be_moved_is_carried_out(office: Office) -> None:
    """But for the move, and the result says so; the row stays until a person has moved it."""
    office.crm.cases = {RIGHT.case_id: RIGHT}
    forbid_moves(office)
    office.run("one")
    shown = read_list(office)["one"]
    [done] = apply(office, choose(shown, "FILE TO CASE", CASE_NUMBER=RIGHT.case_id))
    assert done == (
        "filed in the case that a person named; "
        "Google Drive does not let the mail room move it to the folder of its outcome"
    )
    assert set(read_list(office)) == {"one"}
    assert len(office.crm.documents) == 1


@pytest.mark.parametrize(
    ("outcome", "reason", "word"),
    [
        ("matched", "matched", "filed"),
        ("duplicate", "same_document", "duplicate"),
        ("review", "too_large_to_file", "not filed"),
        ("unmatched", "no_case", "not filed"),
        ("failed", "empty_file", "not filed"),
        ("review", CORRUPT, "not filed"),
        ("review", "task_unclear", "in doubt"),
    ],
)
def test_a_result_says_whether_the_file_is_in_a_case(outcome: str, reason: str, word: str) -> None:
    """Not only that the decision was carried out."""
    assert name_result(FileRow(outcome=outcome, reason=reason)) == word


def test_results_are_counted_by_their_words() -> None:
    """What was filed comes first."""
    words = ("noted", "refused", "not filed", "filed", "filed")
    counted = count_results(RowResult("one", "", "FILE", word, "") for word in words)
    assert counted == "2 filed, 1 not filed, 1 refused, 1 noted"
