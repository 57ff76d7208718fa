"""What a row of the spreadsheet asks for: checked, and as a decision. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from mailroom.drive.links import make_file_link, parse_file_link
from mailroom.errors import FileFault
from mailroom.ledger.decisions import NAMES_CASE, Action, PersonDecision
from mailroom.notices.parsing.dates import EARLIEST, LATEST, find_dates
from mailroom.notices.vocabulary.letter_types import BY_NAME
from mailroom.run.review_workbook import CASE, CORRECTED, DECISION, NOTES, TypedRow, as_day, clean_text

ACTIONS = {
    "FILE": Action.RETRY,
    "FILE TO CASE": Action.FILE,
    "FILE TO CASE ANYWAY": Action.FILE_ANYWAY,
    "NOT OURS": Action.NOT_OURS,
    "LATER": Action.LATER,
}
# Why a row is refused that does not say all that its person meant.
NOT_DECIDED = ("sheet_row_twice", "sheet_formula")
RIGHT_SURNAME, FIRST_NAMES, SSN, YEAR, TYPE, NOTICE_DATE, DUE_DATE = CORRECTED


def says_nothing(row: TypedRow) -> bool:
    """Whether a person has left the row as it is, but for notes."""
    return not row.formulas and not set(row.typed) - {NOTES}


def keep_typed(row: TypedRow, code: str) -> dict[str, str]:
    """Return what the next list has of a refused row, by the titles of its columns, to be corrected there.

    A run reads that list without a person, so that a row that may not be decided as it is has no DECISION.

    Args:
        row: the row.
        code: why it was refused.
    """
    if code == "sheet_not_a_row" or row.link != make_file_link(row.item):
        # They may be those of another file.
        return {}
    return {
        title: _as_shown(title, value)
        for title, value in row.typed.items()
        if title != DECISION or code not in NOT_DECIDED
    }


def parse_row(row: TypedRow, decided_by: str) -> tuple[PersonDecision, datetime]:
    """Return what a row asks for, and the version of the file that its person looked at.

    Args:
        row: the row.
        decided_by: who decided.

    Raises:
        FileFault: it cannot be understood; the code is one of ``[sheet]`` in reasons.toml.
    """
    if row.formulas:
        raise FileFault("sheet_formula")
    seen = _parse_version(row)
    action = ACTIONS.get(clean_text(row.typed.get(DECISION)).upper())
    if action is None:
        raise FileFault("sheet_unknown_decision" if DECISION in row.typed else "sheet_no_decision")
    case_id = _parse_case(row.typed[CASE]) if CASE in row.typed else None
    if (case_id is None) is (action in NAMES_CASE):
        raise FileFault("sheet_case_missing" if case_id is None else "sheet_case_unexpected")
    fields = _parse_fields(row)
    if fields and action not in (*NAMES_CASE, Action.RETRY):
        raise FileFault("sheet_fields_unexpected")
    return PersonDecision(action, decided_by, case_id, fields, clean_text(row.typed.get(NOTES))), seen


def _parse_version(row: TypedRow) -> datetime:
    try:
        seen = datetime.fromisoformat(row.version)
        is_time = seen.tzinfo is not None and seen.astimezone(UTC) == seen
    except (ValueError, OverflowError):
        is_time = False
    # The cells of a row may have been sorted apart.
    if not is_time or parse_file_link(row.item) != row.item:
        raise FileFault("sheet_not_a_row")
    if row.link != make_file_link(row.item):
        raise FileFault("sheet_not_a_row")
    return seen


def _parse_case(value: object) -> int:
    text = _as_digits(value)
    if not re.fullmatch(r"[1-9]\d{0,11}|[1-9]\d{0,2}(,\d{3}){1,3}", text):
        raise FileFault("sheet_case_not_a_number")
    return int(text.replace(",", ""))


def _parse_fields(row: TypedRow) -> dict[str, Any]:
    typed = row.typed
    fields: dict[str, Any] = {}
    if RIGHT_SURNAME in typed or FIRST_NAMES in typed:
        fields |= _parse_names(row)
    if SSN in typed:
        fields |= _parse_ssn(typed[SSN])
    simple: dict[str, tuple[str, Callable[[object], object]]] = {
        YEAR: ("tax_year", _parse_year),
        TYPE: ("notice_type", _parse_type),
        NOTICE_DATE: ("notice_date", partial(_parse_date, refused="sheet_notice_date")),
        DUE_DATE: ("response_due_date", partial(_parse_date, refused="sheet_due_date")),
    }
    return fields | {name: parse(typed[title]) for title, (name, parse) in simple.items() if title in typed}


def _parse_names(row: TypedRow) -> dict[str, Any]:
    """The names of one person, to whom the SSN belongs; what is not corrected is as it was read."""
    last_name = clean_text(row.typed.get(RIGHT_SURNAME)) or row.surname
    if not last_name:
        raise FileFault("sheet_surname_missing")
    first_names = clean_text(row.typed.get(FIRST_NAMES))
    if not first_names:
        words = row.names.partition(";")[0].split()
        first_names = " ".join(words[: max(len(words) - len((row.surname or "x").split()), 0)])
    name = f"{first_names} {last_name}".strip()
    return {
        "last_name": last_name,
        "name_line": name,
        "taxpayer_names": [name],
        "spouse_last_name": None,
        "joint": False,
    }


def _parse_ssn(value: object) -> dict[str, Any]:
    digits = re.sub(r"[\s-]", "", _restore_zeros(value))
    if re.fullmatch(r"[0-9]{9}", digits):
        return {"ssn": f"{digits[:3]}-{digits[3:5]}-{digits[5:]}", "ssn_last4": digits[5:]}
    if re.fullmatch(r"[0-9]{4}", digits):
        return {"ssn": None, "ssn_last4": digits}
    raise FileFault("sheet_ssn")


def _parse_year(value: object) -> int:
    text = _as_digits(value)
    if not (re.fullmatch(r"\d{4}", text) and EARLIEST <= int(text) <= LATEST):
        raise FileFault("sheet_year")
    return int(text)


def _parse_type(value: object) -> str:
    name = re.sub(r"[\s-]", "", clean_text(value)).upper()
    known = {re.sub(r"[\s-]", "", one).upper(): one for one in BY_NAME}
    if name not in known:
        raise FileFault("sheet_type")
    return known[name]


def _parse_date(value: object, *, refused: str) -> str:
    day = as_day(value)
    found = [] if day else find_dates(clean_text(value))
    day = found[0].value if len(found) == 1 else day
    if day is None or not date(EARLIEST, 1, 1) <= day <= date(LATEST, 12, 31):
        raise FileFault(refused)
    return day.isoformat()


def _as_shown(title: str, value: object) -> str:
    """Return a value as text from which the same is read."""
    if day := as_day(value):
        return day.isoformat()
    return _restore_zeros(value) if title == SSN else _as_digits(value)


def _restore_zeros(value: object) -> str:
    """Return the digits of an SSN or its end; a spreadsheet drops leading zeros of numbers."""
    digits = _as_digits(value)
    is_number = isinstance(value, int | float) and value >= 0
    return digits.zfill(4 if len(digits) <= 4 else 9) if is_number else digits


def _as_digits(value: object) -> str:
    """Return what a cell shows: a spreadsheet has whole numbers as 41.0 too."""
    is_whole = isinstance(value, float) and value.is_integer()
    return clean_text(int(value) if is_whole else value)  # type: ignore[call-overload]
