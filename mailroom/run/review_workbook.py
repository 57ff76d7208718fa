"""The spreadsheet of the files that wait for a person: how it is written, and what a person typed in it.

Whatever comes from a document is written as text, never as a formula, and without chars that change how a
line is shown. Nothing here knows the ledger, or what a decision does.
"""

from __future__ import annotations

import io
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any
from xml.etree.ElementTree import ParseError, fromstring

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink

from mailroom.errors import ConfigError
from mailroom.privacy.client_data import ClientData

SHEET, RESULTS = "Review", "Results"
# The names of styles.
HEAD, LOCKED, LINKED, OPEN = "Head", "Locked", "Linked", "Open"
DECISIONS = ("FILE", "FILE TO CASE", "FILE TO CASE ANYWAY", "NOT OURS", "LATER")
# All that can be decided about a file that is not read.
CLOSING_DECISIONS = DECISIONS[3:]
# What a person reads; a cell of these is locked. Title and width in chars.
ITEM, VERSION, LINK, SURNAME, NAMES = "ITEM", "VERSION", "LINK", "SURNAME", "NAMES"
SHOWN = {
    ITEM: 0, VERSION: 0, LINK: 30, "REASON": 40, "WHAT TO DO": 40, "DUE": 22, "DAYS HERE": 10, SURNAME: 18,
    NAMES: 28, "SSN LAST FOUR": 10, "TAX YEAR": 10, "NOTICE TYPE": 12, "NOTICE DATE": 12, "DUE DATE": 12,
}  # fmt: skip
DECISION, CASE, NOTES, RESULT = "DECISION", "CASE NUMBER", "NOTES", "RESULT"
# What a person corrects, by the title of its column.
CORRECTED = (
    "RIGHT SURNAME", "RIGHT FIRST NAMES", "RIGHT SSN", "RIGHT TAX YEAR", "RIGHT NOTICE TYPE", "RIGHT NOTICE DATE",
    "RIGHT DUE DATE",
)  # fmt: skip
TYPED = {DECISION: 22, CASE: 14, **dict.fromkeys(CORRECTED, 18), NOTES: 30}
COLUMNS = {**SHOWN, **TYPED, RESULT: 40}
# Chars of a cell, rows of a list, bytes of a workbook and of the parts that it is packed of.
LONGEST, MOST_ROWS, MOST_BYTES, MOST_UNPACKED = 300, 50_000, 50_000_000, 500_000_000
# What openpyxl raises for a file that is damaged, or still being written.
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, zlib.error, KeyError, ValueError, TypeError, IndexError,
    AttributeError, EOFError, OSError, NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class ShownRow(ClientData):
    """A file of the list.

    ``shown`` and ``typed`` have the texts of `SHOWN` and `TYPED` by their titles, ``decisions`` the choices.
    """

    shown: Mapping[str, str]
    typed: Mapping[str, str] = field(default_factory=dict)
    result: str = ""
    decisions: Sequence[str] = DECISIONS


@dataclass(frozen=True, repr=False)
class TypedRow(ClientData):
    """What a person left in a row.

    ``number`` is the row's, from 1; ``surname`` and ``names`` are what was read. ``typed`` has the values of
    the cells of `TYPED` that are not empty, by their titles. ``formulas`` are the titles of the cells that
    count and hold a formula, or the error of one; of these, ``typed`` has the notes only.
    """

    number: int
    item: str
    version: str
    link: str
    surname: str = ""
    names: str = ""
    typed: dict[str, Any] = field(default_factory=dict)
    formulas: Sequence[str] = ()


def clean_text(value: object) -> str:
    """Return a text of one line without control chars and marks of direction, of at most `LONGEST` chars."""
    spaced = ("" if value is None else str(value)).translate(
        dict.fromkeys(map(ord, "\t\r\n\x0b\x0c\u2028\u2029"), " ")
    )
    kept = (char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn", "Co"))
    return "".join(kept).strip()[:LONGEST]


def write_workbook(rows: Sequence[ShownRow], results: Iterable[Sequence[str]] = ()) -> bytes:
    """Return the workbook: a list to decide in, and on a second sheet what became of the decisions before.

    Args:
        rows: the files of the list, in their order.
        results: link, surname, decision and result of each decision.
    """
    book = Workbook(write_only=True)
    for style in _make_styles():
        book.add_named_style(style)
    sheet = book.create_sheet(SHEET)
    sheet.protection.sheet = True
    # These are what stays allowed.
    sheet.protection.formatColumns = sheet.protection.autoFilter = False
    sheet.freeze_panes = "D2"
    for number, width in enumerate(COLUMNS.values(), 1):
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width, dimension.hidden = max(width, 8), width == 0
    for decisions in (DECISIONS, CLOSING_DECISIONS):
        _add_choice(sheet, decisions, [n for n, row in enumerate(rows, 2) if row.decisions == decisions])
    _append(sheet, _make_cells(sheet, [HEAD] * len(COLUMNS)), COLUMNS)
    looks = {**dict.fromkeys(COLUMNS, LOCKED), **dict.fromkeys(TYPED, OPEN), LINK: LINKED}
    cells = _make_cells(sheet, list(looks.values()))
    for row in rows:
        texts = {**row.shown, **row.typed, RESULT: row.result}
        _append(sheet, cells, [texts.get(title) for title in COLUMNS])
    done = book.create_sheet(RESULTS)
    titles = (LINK, SURNAME, DECISION, RESULT)
    for letter, title in zip("ABCD", titles, strict=True):
        done.column_dimensions[letter].width = 80 if title == RESULT else COLUMNS[title]
    _append(done, _make_cells(done, [HEAD] * len(titles)), titles)
    cells = _make_cells(done, [LINKED, LOCKED, LOCKED, LOCKED])
    for result in results:
        _append(done, cells, result)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _add_choice(sheet: Any, decisions: Sequence[str], rows: Sequence[int]) -> None:
    if not rows:
        return
    choice = DataValidation(
        "list", formula1=f'"{",".join(decisions)}"', allow_blank=True, showErrorMessage=True
    )
    choice.error, choice.errorTitle = "Choose a decision from the list, or leave the cell empty.", DECISION
    column = get_column_letter(list(COLUMNS).index(DECISION) + 1)
    # Numbers without a gap have the same distance to their places.
    for _, part in groupby(enumerate(rows), key=lambda placed: placed[1] - placed[0]):
        numbers = [number for _, number in part]
        choice.add(f"{column}{numbers[0]}:{column}{numbers[-1]}")
    sheet.data_validations.append(choice)


def _make_styles() -> tuple[NamedStyle, ...]:
    """The styles of heads, and of cells of each kind; "@": text, so that leading zeros stay too."""
    head = NamedStyle(HEAD, font=Font(bold=True), alignment=Alignment(wrap_text=True))
    fill = PatternFill("solid", fgColor="FFFBE6")
    is_open = NamedStyle(OPEN, number_format="@", protection=Protection(locked=False), fill=fill)
    linked = NamedStyle(LINKED, number_format="@", font=Font(color="0563C1", underline="single"))
    return head, NamedStyle(LOCKED, number_format="@"), linked, is_open


def _make_cells(sheet: Any, styles: Sequence[str]) -> list[Any]:
    """A row of empty cells, which is written again and again: styles are slow to set."""
    cells = [WriteOnlyCell(sheet) for _ in styles]
    for cell, style in zip(cells, styles, strict=True):
        cell.style = style
        # Text it stays, whatever it begins with, also after a person has edited it.
        cell.quotePrefix = style != HEAD
    return cells


def _append(sheet: Any, cells: Sequence[Any], texts: Iterable[object]) -> None:
    for cell, text in zip(cells, texts, strict=True):
        cell.value = clean_text(text) or None
        if cell.value:
            cell.data_type = "s"
        # The one column with links; the text of any other is never one.
        is_link = (cell.value or "").startswith("https://") and cell.style == LINKED
        cell.hyperlink = Hyperlink(ref="", target=cell.value) if is_link else None
    sheet.append(cells)


def read_workbook(content: bytes) -> list[TypedRow]:
    """Return the rows of a list with what a person typed in them; empty rows are left out.

    Raises:
        ConfigError: it is not such a workbook, it is damaged or still being written, or it is too large.
    """
    try:
        _check_size(content)
        with warnings.catch_warnings():
            # They quote cells.
            warnings.simplefilter("ignore")
            return _read_sheet(content)
    except _BROKEN:
        broken = True
    assert broken  # noqa: S101 - nothing of the error goes on, it may quote a cell
    raise _refuse("It is damaged, or a program is still writing it")


def read_author(content: bytes) -> str:
    """Return who saved the workbook last, as the spreadsheet program says; "" if it does not."""
    name = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}lastModifiedBy"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return clean_text(fromstring(parts.read("docProps/core.xml")).findtext(name))[:100]  # noqa: S314 - as openpyxl
    except _BROKEN:
        return ""


def _read_sheet(content: bytes) -> list[TypedRow]:
    book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    if SHEET not in book.sheetnames:
        raise _refuse(f"It has no sheet called {SHEET}")
    sheet = book[SHEET]
    sheet.reset_dimensions()
    return list(_read_rows(sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=len(COLUMNS) + 20)))


def _check_size(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        unpacked = sum(part.file_size for part in parts.infolist())
    if len(content) > MOST_BYTES or unpacked > MOST_UNPACKED:
        raise _refuse("It is too large")


def _read_rows(rows: Iterator[Sequence[Any]]) -> Iterator[TypedRow]:
    titles = [clean_text(cell.value) for cell in next(rows, ())]
    places = {title: titles.index(title) for title in COLUMNS if title in titles}
    if missing := [title for title in COLUMNS if title not in places and title != RESULT]:
        raise _refuse(f"Its first row has no column {missing[0]}")
    for number, cells in enumerate(rows, 2):
        if number > MOST_ROWS + 1:
            raise _refuse(f"It has more than {MOST_ROWS} rows")
        row = _read_row(number, places, cells)
        if row.item or row.typed or row.formulas:
            yield row


def _read_row(number: int, places: dict[str, int], cells: Sequence[Any]) -> TypedRow:
    of_row = {
        title: cells[at] for title, at in places.items() if at < len(cells) and cells[at].value is not None
    }
    counting = (ITEM, VERSION, LINK, *TYPED)
    formulas = [title for title in counting if title in of_row and of_row[title].data_type in ("f", "e")]
    typed = {
        title: of_row[title].value
        for title in TYPED
        if title in of_row and (title == NOTES or title not in formulas)
    }
    known = {title: clean_text(of_row[title].value) if title in of_row else "" for title in SHOWN}
    return TypedRow(
        number,
        known[ITEM],
        known[VERSION],
        known[LINK],
        known[SURNAME],
        known[NAMES],
        {title: value for title, value in typed.items() if not isinstance(value, str) or clean_text(value)},
        formulas,
    )


def _refuse(what: str) -> ConfigError:
    return ConfigError(
        "review_workbook",
        what=f"The workbook cannot be read. {what}.",
        fix="Save and close it in the spreadsheet program, or export a new one: mailroom review export FILE.xlsx.",
    )


def as_day(value: object) -> date | None:
    """Return the day of a cell that holds a date; None for any other."""
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None
