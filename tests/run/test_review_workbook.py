"""The spreadsheet in memory: what is written stays text, what is typed is read, what is broken is refused."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from mailroom.drive.links import make_file_link
from mailroom.errors import ConfigError, FileFault
from mailroom.ledger.decisions import Action, PersonDecision
from mailroom.run import review_workbook
from mailroom.run.review_rows import parse_row, says_nothing
from mailroom.run.review_workbook import (
    CLOSING_DECISIONS,
    COLUMNS,
    SHEET,
    SHOWN,
    TYPED,
    ShownRow,
    TypedRow,
    clean_text,
    read_workbook,
    write_workbook,
)

VERSION = "2026-11-24T06:00:00+00:00"
READ = {"SURNAME": "SMYTH", "NAMES": "ADA B SMYTH; MAX SMYTH"}


def make_row(**shown: str) -> ShownRow:
    """A row of a file that waits."""
    return ShownRow({"ITEM": "one", "VERSION": VERSION, "LINK": make_file_link("one"), **shown})


def edit(content: bytes, change: Callable[[Any], None]) -> bytes:
    """The workbook after a person has changed its sheet and saved it."""
    book = load_workbook(io.BytesIO(content))
    change(book[SHEET])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill(sheet: Any, line: int, **cells: object) -> None:
    """Type into cells by the titles of their columns; ``_`` is a blank."""
    for title, value in cells.items():
        sheet.cell(line, list(COLUMNS).index(title.replace("_", " ")) + 1).value = value


def type_in(**cells: object) -> TypedRow:
    """What is read of a row in which these cells were typed."""
    [row] = read_workbook(edit(write_workbook([make_row(**READ)]), lambda sheet: fill(sheet, 2, **cells)))
    return row


def decide(**cells: object) -> PersonDecision:
    """The decision of a row in which these cells were typed."""
    return parse_row(type_in(**cells), "kim")[0]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("+1", "+1"),
        ("-1", "-1"),
        ("@SUM(1)", "@SUM(1)"),
        ("\t=1+1", "=1+1"),
        ("a\u202eb\u2066c\u200f", "abc"),
        ("a\x00\x07\nb", "a b"),
        ("x" * 400, "x" * 300),
        ("\ud800a\ufffe", "a"),
    ],
)
def test_what_a_document_holds_is_text(hostile: str, shown: str) -> None:
    """In each column, and after a person has saved it."""
    content = write_workbook(
        [ShownRow(dict.fromkeys(SHOWN, hostile), dict.fromkeys(TYPED, hostile), hostile)], [(hostile,) * 4]
    )
    for saved in (content, edit(content, lambda _sheet: None)):
        book = load_workbook(io.BytesIO(saved))
        cells = [cell for sheet in book for cell in sheet[2] if cell.value is not None]
        assert len(cells) == len(COLUMNS) + 4
        assert {(cell.value, cell.data_type, cell.quotePrefix) for cell in cells} == {(shown, "s", True)}
    assert clean_text(hostile) == shown


def test_only_what_a_person_decides_can_be_changed() -> None:
    """Ids and versions are hidden, decisions are chosen from a list."""
    sheet: Any = load_workbook(io.BytesIO(write_workbook([make_row(), make_row()])))[SHEET]
    assert sheet.protection.sheet
    unlocked = {title for title, cell in zip(COLUMNS, sheet[2], strict=True) if not cell.protection.locked}
    assert unlocked == set(TYPED)
    hidden = {
        title for at, title in enumerate(COLUMNS) if sheet.column_dimensions["ABCDEFGH"[min(at, 7)]].hidden
    }
    assert hidden == {"ITEM", "VERSION"}
    [choice] = sheet.data_validations.dataValidation
    assert (choice.formula1, str(choice.sqref)) == (
        '"FILE,FILE TO CASE,FILE TO CASE ANYWAY,NOT OURS,LATER"',
        "O2:O3",
    )


def test_a_row_leads_to_its_file() -> None:
    """A click opens it in Google Drive; no other cell is a link, whatever it holds."""
    url = make_file_link("one")
    book: Any = load_workbook(io.BytesIO(write_workbook([make_row(SURNAME=url)], [(url, url, "FILE", url)])))
    links = {cell.coordinate: cell.hyperlink.target for sheet in book for cell in sheet[2] if cell.hyperlink}
    assert links == {"C2": url, "A2": url}


def test_a_file_that_is_not_read_can_only_be_closed() -> None:
    """Each row has the choices that make sense for it."""
    closing = replace(make_row(), decisions=CLOSING_DECISIONS)
    content = write_workbook([make_row(), closing, make_row(), make_row(), closing])
    choices = load_workbook(io.BytesIO(content))[SHEET].data_validations.dataValidation
    assert {one.formula1: str(one.sqref) for one in choices} == {
        '"FILE,FILE TO CASE,FILE TO CASE ANYWAY,NOT OURS,LATER"': "O2 O4:O5",
        '"NOT OURS,LATER"': "O3 O6",
    }


@pytest.mark.parametrize(
    ("cells", "action", "case_id", "fields"),
    [
        ({"DECISION": "FILE"}, Action.RETRY, None, {}),
        ({"DECISION": " file to case ", "CASE_NUMBER": "41"}, Action.FILE, 41, {}),
        ({"DECISION": "FILE TO CASE", "CASE_NUMBER": 41.0}, Action.FILE, 41, {}),
        ({"DECISION": "FILE TO CASE ANYWAY", "CASE_NUMBER": 41}, Action.FILE_ANYWAY, 41, {}),
        ({"DECISION": "FILE TO CASE", "CASE_NUMBER": "410,054"}, Action.FILE, 410_054, {}),
        ({"DECISION": "NOT OURS", "NOTES": "x"}, Action.NOT_OURS, None, {}),
        ({"DECISION": "LATER"}, Action.LATER, None, {}),
        ({"DECISION": "FILE", "RIGHT_SSN": 734}, Action.RETRY, None, {"ssn": None, "ssn_last4": "0734"}),
        (
            {"DECISION": "FILE", "RIGHT_SSN": "736-00-1234"},
            Action.RETRY,
            None,
            {"ssn": "736-00-1234", "ssn_last4": "1234"},
        ),
        (
            {"DECISION": "FILE", "RIGHT_TAX_YEAR": 2023, "RIGHT_NOTICE_TYPE": "cp 2000"},
            Action.RETRY,
            None,
            {"tax_year": 2023, "notice_type": "CP2000"},
        ),
        (
            {
                "DECISION": "FILE",
                "RIGHT_NOTICE_DATE": datetime(2026, 11, 2),  # noqa: DTZ001 - as a cell has it
                "RIGHT_DUE_DATE": "12/31/2026",
            },
            Action.RETRY,
            None,
            {"notice_date": "2026-11-02", "response_due_date": "2026-12-31"},
        ),
    ],
)
def test_a_row_is_a_decision(
    cells: dict[str, object], action: Action, case_id: int | None, fields: dict[str, object]
) -> None:
    """As a person or a spreadsheet program writes the values."""
    found = decide(**cells)
    assert (found.action, found.case_id, found.fields, found.decided_by) == (action, case_id, fields, "kim")


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"RIGHT_SURNAME": "SMITH"}, "ADA B SMITH"),
        ({"RIGHT_FIRST_NAMES": "IDA"}, "IDA SMYTH"),
        ({"RIGHT_SURNAME": "=LEE", "RIGHT_FIRST_NAMES": "BEA"}, None),
    ],
)
def test_a_corrected_name_is_the_name_of_one_person(cells: dict[str, object], name: str | None) -> None:
    """What is not corrected is as it was read; a formula is refused."""
    if name is None:
        with pytest.raises(FileFault, match="sheet_formula"):
            decide(DECISION="FILE", **cells)
        return
    fields = decide(DECISION="FILE", **cells).fields
    assert fields["name_line"] == name
    assert fields["taxpayer_names"] == [name]
    assert (fields["last_name"], fields["spouse_last_name"], fields["joint"]) == (
        name.split()[-1],
        None,
        False,
    )


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"DECISION": "SHRED"}, "sheet_unknown_decision"),
        ({"CASE_NUMBER": 41}, "sheet_no_decision"),
        ({"DECISION": "FILE TO CASE"}, "sheet_case_missing"),
        ({"DECISION": "FILE TO CASE ANYWAY"}, "sheet_case_missing"),
        ({"DECISION": "FILE", "CASE_NUMBER": 41}, "sheet_case_unexpected"),
        ({"DECISION": "FILE TO CASE", "CASE_NUMBER": "A41"}, "sheet_case_not_a_number"),
        ({"DECISION": "FILE TO CASE", "CASE_NUMBER": "41,05"}, "sheet_case_not_a_number"),
        ({"DECISION": "FILE TO CASE", "CASE_NUMBER": 41.5}, "sheet_case_not_a_number"),
        ({"DECISION": "FILE TO CASE", "CASE_NUMBER": True}, "sheet_case_not_a_number"),
        ({"DECISION": "FILE TO CASE", "CASE_NUMBER": "=40+1"}, "sheet_formula"),
        ({"DECISION": "FILE TO CASE", "CASE_NUMBER": "#REF!"}, "sheet_formula"),
        ({"DECISION": "LATER", "RIGHT_SURNAME": "LEE"}, "sheet_fields_unexpected"),
        ({"DECISION": "FILE", "RIGHT_SSN": "123-45"}, "sheet_ssn"),
        ({"DECISION": "FILE", "RIGHT_TAX_YEAR": "23"}, "sheet_year"),
        ({"DECISION": "FILE", "RIGHT_NOTICE_TYPE": "CP1"}, "sheet_type"),
        ({"DECISION": "FILE", "RIGHT_DUE_DATE": "31/12/2026"}, "sheet_due_date"),
        ({"DECISION": "FILE", "RIGHT_SSN": -734}, "sheet_ssn"),
        ({"DECISION": "FILE", "RIGHT_SSN": "\N{FULLWIDTH DIGIT ONE}234"}, "sheet_ssn"),
        ({"DECISION": "FILE", "VERSION": "yesterday"}, "sheet_not_a_row"),
        ({"DECISION": "FILE", "VERSION": "0001-01-01T00:00:00+14:00"}, "sheet_not_a_row"),
        ({"DECISION": "FILE", "ITEM": "two"}, "sheet_not_a_row"),
        ({"DECISION": "FILE", "LINK": None}, "sheet_not_a_row"),
    ],
)
def test_what_is_not_a_decision_is_refused(cells: dict[str, object], code: str) -> None:
    """Each with a reason of its own, which quotes no cell."""
    with pytest.raises(FileFault, match=code):
        decide(**cells)


def test_a_number_in_a_cell_for_dates_is_quoted_nowhere() -> None:
    """The library would warn of it; a warning is an error in tests."""

    def change(sheet: Any) -> None:
        fill(sheet, 2, DECISION="FILE", RIGHT_SSN=734_001_234)
        sheet.cell(2, list(COLUMNS).index("RIGHT SSN") + 1).number_format = "mm/dd/yyyy"

    [row] = read_workbook(edit(LIST, change))
    with pytest.raises(FileFault, match="sheet_formula"):
        parse_row(row, "kim")


def test_notes_alone_ask_for_nothing() -> None:
    """Nor does a row that was left as it is."""
    assert says_nothing(type_in())
    assert says_nothing(type_in(NOTES="call her", RIGHT_SURNAME="  "))
    assert not says_nothing(type_in(DECISION="LATER"))


def test_rows_and_columns_may_be_moved_and_removed() -> None:
    """A row is known by its id, a column by its title; cells outside of the table do not count."""
    rows = [make_row(ITEM=name, LINK=make_file_link(name)) for name in ("one", "two", "six")]

    def change(sheet: Any) -> None:
        fill(sheet, 4, DECISION="LATER")
        sheet.delete_rows(2)
        sheet.insert_cols(4)
        sheet.cell(2, 60).value = "aside"
        sheet.move_range("A2:Z2", rows=7)

    found = read_workbook(edit(write_workbook(rows), change))
    assert [(row.item, row.typed) for row in found] == [("six", {"DECISION": "LATER"}), ("two", {})]


def other_sheet() -> bytes:
    """A workbook that is not a list."""
    book, out = Workbook(), io.BytesIO()
    book.save(out)
    return out.getvalue()


def bomb() -> bytes:
    """A small file that unpacks to a large one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b"0" * 3_000_000)
    return out.getvalue()


LIST = write_workbook([make_row()])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "still writing it"),
        (b"ITEM,VERSION\n", "still writing it"),
        (LIST[: len(LIST) // 2], "still writing it"),
        (LIST.replace(b"xl/worksheets/sheet1.xml", b"xl/worksheets/sheet7.xml"), "cannot be read"),
        (other_sheet(), "no sheet called Review"),
        (edit(LIST, lambda sheet: sheet.delete_cols(2)), "no column VERSION"),
        (bomb(), "too large"),
    ],
    ids=["empty", "csv", "cut", "damaged", "other", "column", "bomb"],
)
def test_a_workbook_that_cannot_be_used_is_refused(
    content: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, with what to do, and without a cell's text."""
    monkeypatch.setattr(review_workbook, "MOST_UNPACKED", 2_000_000)
    with pytest.raises(ConfigError, match=words) as refused:
        read_workbook(content)
    assert refused.value.__context__ is None


def test_a_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused as a whole, so that no row is left out without a word."""
    monkeypatch.setattr(review_workbook, "MOST_ROWS", 2)
    assert len(read_workbook(write_workbook([make_row()] * 2))) == 2
    with pytest.raises(ConfigError, match="more than 2 rows"):
        read_workbook(write_workbook([make_row()] * 3))


def test_a_list_that_libreoffice_saved_is_read() -> None:
    """LibreOffice 7.4 saved it after three decisions: dates and numbers are cells of their kinds there."""
    content = Path(__file__).with_name("saved_by_libreoffice.xlsx").read_bytes()
    one, two, three = read_workbook(content)
    decision, seen = parse_row(one, "kim")
    assert (decision.action, decision.case_id, decision.notes) == (
        Action.FILE,
        4711,
        "ünïcode \N{GRINNING FACE}",
    )
    assert decision.fields == {
        "ssn": "734-00-1234",
        "ssn_last4": "1234",
        "tax_year": 2022,
        "notice_date": "2024-10-07",
    }
    assert seen == datetime.fromisoformat(VERSION)
    assert (two.surname, two.formulas) == ("=cmd|' /C calc'!A0", ["RIGHT SURNAME"])
    with pytest.raises(FileFault, match="sheet_formula"):
        parse_row(two, "kim")
    assert parse_row(three, "kim")[0].action is Action.NOT_OURS
    sheet: Any = load_workbook(io.BytesIO(content))[SHEET]
    assert sheet.protection.sheet
    assert [cell.coordinate for row in sheet for cell in row if cell.data_type == "f"] == ["Q3"]
