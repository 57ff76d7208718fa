"""`mailroom review export` and `review import` as a person calls them, on the sandbox's servers."""

import logging
from pathlib import Path
from typing import Any

import pytest

from mailroom.cli.main import main
from mailroom.notices import Reading
from mailroom.run.review_workbook import read_workbook
from mailroom.sandbox.store import Store
from tests.cli.test_reconcile import plant_unmoved
from tests.run.no_readers import NoReaders
from tests.run.test_review_workbook import edit, fill

# Made up, and nowhere else.
SURNAME, NOTE, CASE = "QUILLFEATHER", "ZANZIBARNOTE", 41


@pytest.fixture
def sheet(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The exported list of the one file that waits."""
    monkeypatch.setattr(NoReaders, "read", lambda _self, _path: Reading("unreadable"), raising=False)
    plant_unmoved(store)
    assert main(["reconcile", "--repair"]) == 0
    path = tmp_path / "list.xlsx"
    assert main(["review", "export", str(path)]) == 0
    return path


def type_in(path: Path, **cells: object) -> None:
    """A person types into the first row and saves."""
    path.write_bytes(edit(path.read_bytes(), lambda sheet: fill(sheet, 2, **cells)))


def test_the_file_is_its_owners_and_is_not_replaced_unasked(
    sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It holds personal data, and perhaps an hour's work."""
    assert sheet.stat().st_mode & 0o777 == 0o600
    sheet.write_bytes(b"work")
    sheet.chmod(0o644)
    assert main(["review", "export", str(sheet)]) == 1
    assert "add --yes to replace it" in capsys.readouterr().err
    assert sheet.read_bytes() == b"work"
    assert main(["review", "export", str(sheet), "--yes"]) == 0
    assert len(read_workbook(sheet.read_bytes())) == 1
    assert sheet.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in sheet.parent.glob("*review-*")] == []
    assert main(["review", "export", str(sheet.parent / "nowhere" / "list.xlsx")]) == 2
    assert main(["review", "export", str(sheet.parent), "--yes"]) == 1


def test_decisions_are_carried_out_and_nothing_of_them_is_shown(
    sheet: Path, store: Store, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What a person typed goes to the case and to the results, not to a screen or a log; twice is once."""
    typed = {"DECISION": "FILE TO CASE", "CASE_NUMBER": CASE, "RIGHT_SURNAME": SURNAME, "NOTES": NOTE}
    type_in(sheet, **typed)
    capsys.readouterr()
    for _ in range(2):
        with caplog.at_level(logging.DEBUG):
            assert main(["review", "import", str(sheet)]) == 0
        said = capsys.readouterr()
        assert "1 decision: 1 filed." in said.out
        for place in (said.out, said.err, caplog.text):
            assert SURNAME not in place
            assert NOTE not in place
    assert [row["CaseID"] for row in store.list_rows("documents")] == [CASE]
    out = sheet.with_name("list.result.xlsx")
    assert out.stat().st_mode & 0o777 == 0o600
    assert read_workbook(out.read_bytes()) == []
    found: list[Any] = []
    edit(out.read_bytes(), lambda one: found.extend(cell.value for cell in one.parent["Results"][2]))
    assert found[2:] == ["FILE TO CASE", "filed in the case that a person named"]


def test_a_refused_row_is_exit_code_1(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its reason is in the results."""
    assert main(["review", "import", str(sheet)]) == 0
    assert "No decisions in" in capsys.readouterr().out
    type_in(sheet, DECISION="FILE TO CASE", CASE_NUMBER=f"=4+{CASE}")
    assert main(["review", "import", str(sheet)]) == 1
    assert "1 decision: 1 refused." in capsys.readouterr().out


@pytest.mark.parametrize("mark", ["~$list.xlsx", ".~lock.list.xlsx#"])
def test_an_open_workbook_is_not_imported(sheet: Path, mark: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is on the screen may not be saved yet."""
    (sheet.parent / mark).touch()
    assert main(["review", "import", str(sheet)]) == 2
    assert "is open in a spreadsheet program. Save and close it there" in " ".join(
        capsys.readouterr().err.split()
    )


def test_what_cannot_be_read_is_one_line(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half a file, and none."""
    sheet.write_bytes(sheet.read_bytes()[:2000])
    for path in (sheet, sheet.with_name("none.xlsx")):
        capsys.readouterr()
        assert main(["review", "import", str(path)]) == 2
        said = capsys.readouterr().err
        assert said.startswith("Cannot start: ")
        assert said.count("\n") == 1
