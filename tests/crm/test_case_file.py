"""Files of cases, in the ways in which CRMs and spreadsheets write them."""

import csv
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.crm.base import Case
from mailroom.crm.case_file import merge_lines, open_cases, read_cases
from mailroom.errors import ConfigError

HEAD = "CaseID,FirstName,LastName,SSN\n"
SMITH = Case(41, "Jo", "Smith", ssn="734-00-1234")


def write(tmp_path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    """A file with this content."""
    path = tmp_path / "cases.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_separator_and_encoding_are_recognized(tmp_path: Path, separator: str, encoding: str) -> None:
    """A surname with an accent is read as it is; the separator may stand in quotation marks."""
    text = f'CaseID,FirstName,LastName,SSN\r\n41,"Jo{separator} A",Núñez,734-00-1234\r\n'
    lines = text.replace(",", "\0").replace(f"Jo{separator} A", "Jo\1").replace("\0", separator)
    path = write(tmp_path, lines.replace("Jo\1", f"Jo{separator} A"), encoding)
    assert read_cases(path) == [Case(41, f"Jo{separator} A".replace("\t", ""), "Núñez", ssn="734-00-1234")]


def test_columns_are_known_by_their_usual_names(tmp_path: Path) -> None:
    """In any case, order and spelling; others are counted, and what is shown holds no value."""
    path = write(
        tmp_path,
        "SSN;Notes;Case #;Last name;Spouse First;Spouse SSN;ZIP Code\n1234;x;41;Smith;Al;4321;45402\n",
    )
    file = open_cases(path)
    assert list(file) == [
        Case(41, None, "Smith", spouse_first_name="Al", ssn="1234", spouse_ssn="4321", zip="45402")
    ]
    said = file.describe()
    assert said.startswith("SSN (column 1), CaseID (column 3), LastName (column 4)")
    assert said.endswith("1 not used; separated by semicolons, UTF-8.")
    assert "Smith" not in said


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("734-00-1234", "734-00-1234"),
        ("734001234", "734-00-1234"),
        ("734 00 1234", "734-00-1234"),
        ("'734001234", "734-00-1234"),
        ("734001234.0", "734-00-1234"),
        ("34001234", "034-00-1234"),
        ("4001234", "004-00-1234"),
        ("XXX-XX-1234", "1234"),
        ("***-**-1234", "1234"),
        ("1234", "1234"),
        ("12-34", "1234"),
        ("234", "0234"),
        ("", None),
        ("XXX-XX-XXXX", None),
        ("000-00-0000", None),
    ],
)
def test_an_ssn_is_recognized(tmp_path: Path, written: str, read: str | None) -> None:
    """A spreadsheet drops leading zeros, and marks text with an apostrophe."""
    assert read_cases(write(tmp_path, f"{HEAD}41,Jo,Smith,{written}\n")) == [
        Case(41, "Jo", "Smith", ssn=read)
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The cases file is empty"),
        ("\ufeff", "The cases file is empty"),
        (b"\n\n", "The first line of the cases file is empty"),
        (HEAD, "contains no cases"),
        ("FirstName,LastName\nJo,Smith\n", "no column CaseID"),
        ("CaseID,LastName\n41,Smith\n", "no column SSN"),
        ("41,Jo,Smith,734-00-1234\n42,Jo,Smith,734-00-1235\n", "no column CaseID"),
        ("CaseID,Case,LastName,SSN\n41,41,Smith,1234\n", "Two headings"),
        (HEAD + "41,Jo,Smith,1234\n\nx12,Jo,Quill,1234\n", "Line 4 .* CaseID is not a number"),
        (HEAD + "0,Jo,Smith,1234\n", "Line 2 .* CaseID is not a number"),
        (HEAD + "41,Jo,Smith,734-00-12\n", "Line 2 .* SSN is neither"),
        (HEAD + "41,Jo,Smith,734-00-123\n", "Line 2 .* SSN is neither"),
        (HEAD + "41,Jo,Smith,12345\n", "Line 2 .* SSN is neither"),
        (HEAD + "41,Jo,Smith,JR,1234\n", "Line 2 .* more values than there are headings"),
        (HEAD + '41,"Jo\nAnn",Smith,1234\n42,Jo,Smith,q\n', "Line 4 .* SSN"),
        (HEAD + '41,"Jo,Smith,1234\n42,Al,Quill,1234\n', "Line 2 .* quotation mark is not closed"),
        (HEAD + f"41,Jo,{'S' * 301},1234\n", "Line 2 .* longer than 300 characters"),
        (HEAD.encode() + b"41,Jo,Sm\x81th,1234\n", "Line 2 .* cannot be read as text"),
        (HEAD.encode() + b"41,Jo\x00,Smith,1234\n", "not a text file. Save it as CSV UTF-8"),
        (b"PK\x03\x04\x14\x00", "a workbook, not a CSV file. Save it as CSV UTF-8"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_number(tmp_path: Path, content: str | bytes, said: str) -> None:
    """It holds no value of the file."""
    with pytest.raises(ConfigError, match=said) as refused:
        read_cases(write(tmp_path, content))
    words = str(refused.value)
    assert "\n" not in words
    assert not any(value in words for value in ("Smith", "x12", "1234", "Quill", "734"))


def test_a_file_that_is_not_there_is_named_so(tmp_path: Path) -> None:
    """And so is a folder."""
    with pytest.raises(ConfigError, match=r"No such file or directory\. Name a CSV file"):
        open_cases(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="Is a directory"):
        open_cases(tmp_path)


def test_hostile_names_are_names(tmp_path: Path) -> None:
    """A formula is text; marks of the writing direction, zero-width and control chars go."""
    lines = "41,=cmd|'/c calc'!A1,\u202eSmi\u200bth\u0007,1234\n"
    [case] = read_cases(write(tmp_path, HEAD + lines))
    assert (case.first_name, case.last_name) == ("=cmd|'/c calc'!A1", "Smith")


def test_two_lines_of_a_case_are_its_two_persons(tmp_path: Path) -> None:
    """Each once, wherever the lines stand."""
    file = open_cases(
        write(tmp_path, HEAD + "41,Jo,Smith,734-00-1234\n42,Al,Quill,1234\n41,Ann,Page,735-00-4321\n")
    )
    assert (file.lines, file.cases) == (3, 2)
    assert list(file) == [
        Case(42, "Al", "Quill", ssn="1234"),
        Case(41, "Jo", "Smith", "Ann", "Page", "734-00-1234", "735-00-4321"),
    ]


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        (SMITH, SMITH, SMITH),
        (
            SMITH,
            Case(41, "Jo", "Smith", ssn="1234", zip="45402"),
            Case(41, "Jo", "Smith", ssn=SMITH.ssn, zip="45402"),
        ),
        (SMITH, Case(41, "Jo", "SMITH"), SMITH),
        (SMITH, Case(41, "Jo", "Smith", ssn="735-00-4321"), None),
        (
            Case(41, "Jo", "Smith", spouse_last_name="Page", ssn="1234"),
            Case(41, "Ann", "Page", ssn="4321"),
            Case(41, "Jo", "Smith", "Ann", "Page", "1234", "4321"),
        ),
        (Case(41, "Jo", "Smith", spouse_last_name="Page"), Case(41, "Ann", "Quill", ssn="4321"), None),
        (
            Case(41, "Jo", "Smith", "Ann", "Page", "1234", None),
            Case(41, "Ann", "Page", ssn="4321"),
            Case(41, "Jo", "Smith", "Ann", "Page", "1234", "4321"),
        ),
        (Case(41, "Jo", "Smith", "Ann", "Page", "1234", "4321"), Case(41, "Zoe", "Quill", ssn="9999"), None),
    ],
)
def test_lines_of_a_case_are_merged_when_they_fit(one: Case, other: Case, merged: Case | None) -> None:
    """A third person, or another SSN of the same one, does not."""
    assert merge_lines(one, other) == merged


def test_lines_that_do_not_fit_are_named(tmp_path: Path) -> None:
    """Nothing is lost silently."""
    lines = "41,Jo,Smith,734-00-1234\n41,Al,Quill,735-00-1111\n42,Al,Quill,1234\n41,Zoe,Page,735-00-4321\n"
    with pytest.raises(ConfigError, match=r"Line 5 .* earlier line has the same CaseID") as refused:
        open_cases(write(tmp_path, HEAD + lines))
    assert "Page" not in str(refused.value)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """20,000 lines are read in less than a tenth of their size as objects."""
    with (tmp_path / "cases.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEAD.strip().split(","))
        out.writerows([number, "Jo", "Smith", "734-00-1234"] for number in range(1, 20_001))
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_cases(tmp_path / "cases.csv")) == 20_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


@given(st.binary(max_size=400))
def test_any_bytes_are_cases_or_one_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """No other error comes out."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(HEAD.encode() + content)
    said = ""
    try:
        cases = read_cases(path)
    except ConfigError as refused:
        cases = []
        said = str(refused)
    assert "\n" not in said
    assert len({case.case_id for case in cases}) == len(cases)
