"""Cases from a CSV file, as a CRM exports it or a spreadsheet saves it; the only reader of such files.

Recognized: comma, semicolon, tab or bar; UTF-8, UTF-16 and Windows-1252, with and without a byte order mark;
headings by their usual names; SSNs without the leading zero that a spreadsheet drops. Two lines of one case
are its two persons, or two records of one person. Anything else is refused with the number of its line;
messages never hold a value of the file.
"""

from __future__ import annotations

import codecs
import csv
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from mailroom.crm.base import Case, normalize_ssn
from mailroom.errors import ConfigError
from mailroom.privacy.client_data import ClientData

COLUMNS = ("CaseID", "FirstName", "LastName", "SpouseLastName", "SSN")
NEEDED = ("CaseID", "LastName", "SSN")
# Each column with the headings under which exports have it, in small letters and digits only.
HEADINGS = {
    "CaseID": ("caseid", "caseno", "casenumber", "casenum", "case"),
    "FirstName": ("firstname", "first", "taxpayerfirstname", "clientfirstname", "givenname"),
    "LastName": ("lastname", "last", "taxpayerlastname", "clientlastname", "surname"),
    "SpouseFirstName": ("spousefirstname", "spousefirst", "sfirstname"),
    "SpouseLastName": ("spouselastname", "spouselast", "slastname"),
    "SSN": (
        "ssn",
        "taxpayerssn",
        "clientssn",
        "socialsecuritynumber",
        "ssnlast4",
        "last4ssn",
        "last4",
        "tin",
    ),
    "SpouseSSN": ("spousessn", "sssn", "spousessnlast4"),
    "Zip": ("zip", "zipcode", "postalcode"),
}
MEANING = {heading: column for column, headings in HEADINGS.items() for heading in headings}
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# What may stand in place of an SSN, as nine digits, and as the last four of one.
NO_SSN = re.compile(r"[\sX*#•.0-]*", re.IGNORECASE)
FULL = re.compile(r"[0-9]{7,9}|[0-9]{3}([\s.-])[0-9]{2}\1[0-9]{4}")
LAST_FOUR = re.compile(r"[X*#•\s.-]*[0-9]{4}|[0-9]{1,3}|[0-9]{2}-[0-9]{2}", re.IGNORECASE)
LONGEST_VALUE = 300
# Python writes it for a byte that means nothing in the file's encoding.
UNREADABLE = "\ufffd"
CHUNK = 1 << 20
ZIP_MAGIC = b"PK\x03\x04"
FIX = f"The first line must have the headings {', '.join(COLUMNS)}, separated by commas, semicolons or tabs."
FIX_LINE = "Correct that line."
FIX_FORMAT = "Save it as CSV UTF-8 (in Excel: Save As, CSV UTF-8)."


@dataclass(frozen=True, repr=False)
class _Row(ClientData):
    line: int
    case: Case


@dataclass(frozen=True, repr=False)
class CaseFile(ClientData):
    """A file of cases that was read through once, and holds no error; iterate over it for the cases.

    Attributes:
        encoding: as Python names it.
        separator: between the values of a line.
        columns: the columns that are used, each with its place from 0.
        unused: how many other columns the file has.
        lines: how many lines hold a case.
        cases: how many cases these are.
        repeated: the numbers of cases that have several lines.
    """

    path: Path
    encoding: str
    separator: str
    columns: Mapping[str, int]
    unused: int
    lines: int = 0
    cases: int = 0
    repeated: frozenset[int] = frozenset()

    def __iter__(self) -> Iterator[Case]:
        """Yield each case once; those of several lines come last.

        Raises:
            ConfigError: the file was changed since, or two lines of a case do not fit together.
        """
        together: dict[int, Case] = {}
        for row in self.read_rows():
            if row.case.case_id not in self.repeated:
                yield row.case
                continue
            before = together.get(row.case.case_id)
            merged = row.case if before is None else merge_lines(before, row.case)
            if merged is None:
                raise _refuse_line(
                    row.line,
                    "an earlier line has the same CaseID for other persons",
                    "A case has two persons at most, and one SSN for each. " + FIX_LINE,
                )
            together[row.case.case_id] = merged
        yield from together.values()

    def describe(self) -> str:
        """The columns and the way the file is written, for a person to check before it is used."""
        used = ", ".join(f"{name} (column {place + 1})" for name, place in self.columns.items())
        others = f"; {self.unused} not used" if self.unused else ""
        return f"{used}{others}; separated by {SEPARATORS[self.separator]}, {ENCODINGS[self.encoding]}."

    def read_rows(self) -> Iterator[_Row]:
        """Yield every line with a case, as it stands."""
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter=self.separator, strict=True)
            line = 1
            try:
                for values in reader:
                    if line > 1 and any(value.strip() for value in values):
                        yield _Row(line, _parse_row(values, self.columns, self.unused, line))
                    line = reader.line_num + 1
            except csv.Error:
                raise _refuse_line(line, "a quotation mark is not closed, or a value is too long") from None


def open_cases(path: Path) -> CaseFile:
    """Recognize how a file is written, and read it through once.

    Raises:
        ConfigError: it cannot be read, a column is missing, or a line is wrong; the message names the line.
    """
    try:
        file = _recognize(path)
        numbers = array("q", (row.case.case_id for row in file.read_rows()))
        ordered = sorted(numbers)
        again = [one for one, other in pairwise(ordered) if one == other]
        repeated = frozenset(again)
        file = replace(file, lines=len(ordered), cases=len(ordered) - len(again), repeated=repeated)
        if repeated:
            for _ in file:
                pass
    except OSError as error:
        fix = "Name a CSV file that exists and that you can read."
        raise _refuse(f"The cases file cannot be read: {error.strerror}.", fix) from None
    if not numbers:
        raise _refuse("The cases file contains no cases.")
    return file


def read_cases(path: Path) -> list[Case]:
    """Return all cases of a file; raises as `open_cases`."""
    return list(open_cases(path))


def merge_lines(one: Case, other: Case) -> Case | None:
    """Return two lines of a case as one: a person's two records, or two persons; None: they do not fit."""
    if _is_same_person(one, other):
        merged = one.merge(other)
        return None if merged.contradicted else merged
    spouse = Case(one.case_id, one.spouse_first_name, one.spouse_last_name, ssn=one.spouse_ssn)
    if (spouse.first_name or spouse.ssn) and not _is_same_person(spouse, other):
        return None
    if spouse.last_name and _fold(spouse.last_name) != _fold(other.last_name):
        return None
    if _fold(one.first_name) == _fold(other.first_name) and _fold(one.last_name) == _fold(other.last_name):
        return None
    return replace(
        one,
        spouse_first_name=spouse.first_name or other.first_name,
        spouse_last_name=spouse.last_name or other.last_name,
        spouse_ssn=spouse.merge(replace(other, case_id=one.case_id)).ssn,
        zip=one.zip or other.zip,
    )


def _is_same_person(one: Case, other: Case) -> bool:
    mine, theirs = normalize_ssn(one.ssn), normalize_ssn(other.ssn)
    same_first, same_last = (
        _fold(getattr(one, name)) == _fold(getattr(other, name)) for name in ("first_name", "last_name")
    )
    if mine and theirs:
        return (same_first or same_last) and (mine.endswith(theirs) or theirs.endswith(mine))
    return same_first and same_last


def _fold(name: str | None) -> str:
    return re.sub(r"\W", "", name or "").casefold()


def _recognize(path: Path) -> CaseFile:
    """Return how the file is written; its lines are not read yet."""
    encoding = _find_encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        first = file.readline(LONGEST_VALUE * 1000)
    if not first.strip():
        raise _refuse("The first line of the cases file is empty." if first else "The cases file is empty.")
    found = [(separator, _find_columns(first, separator)) for separator in SEPARATORS]
    separator, headings = max(found, key=lambda pair: sum(map(bool, pair[1])))
    if missing := [name for name in NEEDED if name not in headings]:
        raise _refuse(f"The cases file has no column {missing[0]}.")
    columns = {column: place for place, column in enumerate(headings) if column}
    if len(columns) < sum(map(bool, headings)):
        raise _refuse("Two headings of the cases file mean the same column.")
    return CaseFile(path, encoding, separator, columns, len(headings) - len(columns))


def _find_columns(line: str, separator: str) -> list[str]:
    """Return what each heading of a line means; "" for one that is not known."""
    try:
        headings = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        headings = []
    return [MEANING.get(re.sub(r"[^a-z0-9]", "", heading.lower()), "") for heading in headings]


def _find_encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4096)
        if start.startswith(ZIP_MAGIC):
            raise _refuse("The cases file is a workbook, not a CSV file.", FIX_FORMAT)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        # In English text, every second byte of UTF-16 is zero.
        for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
            if zeros.count(0) > len(zeros) * 0.8:
                return encoding
        file.seek(0)
        encoding, decoder = "utf-8-sig", codecs.getincrementaldecoder("utf-8")()
        while chunk := file.read(CHUNK):
            if 0 in chunk:
                raise _refuse("The cases file is not a text file.", FIX_FORMAT)
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                encoding = "cp1252"
    return encoding


def _parse_row(values: Sequence[str], columns: Mapping[str, int], unused: int, line: int) -> Case:
    cells = [_clean(value) for value in values]
    if any(cells[len(columns) + unused :]):
        raise _refuse_line(line, "it has more values than there are headings", "Put quotation marks around a value "
                           "that holds a separator.")  # fmt: skip
    if any(UNREADABLE in cell for cell in cells):
        raise _refuse_line(line, "a char cannot be read as text", FIX_FORMAT)
    if any(len(cell) > LONGEST_VALUE for cell in cells):
        raise _refuse_line(line, f"a value is longer than {LONGEST_VALUE} characters")
    row = {column: cells[place] for column, place in columns.items() if place < len(cells) and cells[place]}
    number = re.fullmatch(r"0*([1-9]\d{0,17})(?:\.0+)?", row.get("CaseID", ""), re.ASCII)
    if number is None:
        raise _refuse_line(line, "CaseID is not a number")
    return Case(
        case_id=int(number[1]),
        first_name=row.get("FirstName"),
        last_name=row.get("LastName"),
        spouse_first_name=row.get("SpouseFirstName"),
        spouse_last_name=row.get("SpouseLastName"),
        ssn=_parse_ssn(row.get("SSN", ""), "SSN", line),
        spouse_ssn=_parse_ssn(row.get("SpouseSSN", ""), "SpouseSSN", line),
        zip=row.get("Zip"),
    )


def _clean(value: str) -> str:
    """Return a value without what is not printed, such as marks of the writing direction."""
    if not value.isprintable():
        value = "".join(char if char.isprintable() else " " if char.isspace() else "" for char in value)
    return " ".join(value.split())


def _parse_ssn(text: str, column: str, line: int) -> str | None:
    """Return an SSN as 000-00-0000, its last four digits, or None where there is none.

    Raises:
        ConfigError: it is something else.
    """
    # A spreadsheet marks text by an apostrophe, and writes a number with decimals.
    bare = re.sub(r"\.0+$", "", text.lstrip("'").strip())
    digits = re.sub(r"[^0-9]", "", bare)
    if NO_SSN.fullmatch(bare):
        return None
    if FULL.fullmatch(bare):
        # A spreadsheet drops leading zeros of a number; areas start at 001.
        digits = digits.zfill(9)
        return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"
    if LAST_FOUR.fullmatch(bare):
        return digits.zfill(4)
    raise _refuse_line(line, f"{column} is neither nine digits nor the last four")


def _refuse(what: str, fix: str | None = None) -> ConfigError:
    return ConfigError("cases_csv", what=what, fix=fix or FIX)


def _refuse_line(line: int, problem: str, fix: str = FIX_LINE) -> ConfigError:
    return _refuse(f"Line {line} of the cases file: {problem}.", fix)
