"""`cases import` as a person calls it."""

from pathlib import Path

import pytest

from mailroom.cli import cases as cases_module
from mailroom.cli.main import main
from mailroom.config.settings import load_settings
from mailroom.errors import Transient
from mailroom.ledger.inspection import read_index_state
from mailroom.sandbox.seeding import add_case
from mailroom.sandbox.store import Store

FILE = "Case No;First Name;Last Name;SSN;Notes\n41;Jo;Smith;734-00-1234;x\n41;Ann;Smith;735-00-4321;\n42;Al;Quill;12-34;\n"
COLUMNS = (
    "CaseID (column 1), FirstName (column 2), LastName (column 3), SSN (column 4); 1 not used; "
    "separated by semicolons, UTF-8."
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ledger lies here, and no Prefect server is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    (tmp_path / "cases.csv").write_text(FILE)
    return tmp_path / "state"


def test_an_import_shows_columns_and_counts_and_nobody(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ledger is named, and made if it is not there; the next file replaces this one."""
    assert main(["cases", "import", "cases.csv"]) == 0
    Path("cases.csv").write_text(FILE.rpartition("42")[0])
    assert main(["cases", "import", "cases.csv", "--yes"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[:4] == [
        f"Ledger: {place / 'ledger.sqlite3'}",
        COLUMNS,
        "3 lines, 2 cases.",
        "Imported. The case index holds 2 cases.",
    ]
    assert rows[-1] == "Imported. The case index holds 1 case. Removed: 1 case of the last import."
    assert not any(name in str(rows) for name in ("Smith", "Quill", "Jo"))


@pytest.mark.usefixtures("place")
def test_a_person_in_a_terminal_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a no, or without an answer, nothing is imported."""
    monkeypatch.setattr(cases_module, "_confirm", lambda _console: False)
    assert main(["cases", "import", "cases.csv"]) == 1
    assert "Not imported. Nothing was changed." in capsys.readouterr().out
    assert read_index_state(load_settings()).cases == 0
    assert main(["cases", "import", "cases.csv", "--yes"]) == 0


@pytest.mark.usefixtures("place")
def test_a_wrong_file_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The index stays as it was."""
    assert main(["cases", "import", "cases.csv"]) == 0
    Path("cases.csv").write_text(f"{FILE}43;Zoe;Page;nine;\n")
    assert main(["cases", "import", "cases.csv"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "Line 5 of the cases file: SSN is neither" in said[0]
    assert read_index_state(load_settings()).cases == 2


def test_a_sync_fills_the_index_from_the_crm(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No match service is needed for it; the target is named, and nobody is."""
    monkeypatch.delenv("MAILROOM_LOGIQS__MATCH_URL")
    for number in range(51, 54):
        add_case(store, {"CaseID": number, "LastName": "Quill", "SSN": "1234", "StatusID": 2})
    assert main(["cases", "sync"]) == 2
    monkeypatch.setenv("MAILROOM_LOGIQS__CASE_STATUSES", "[2]")
    assert main(["cases", "sync"]) == 0
    shown = capsys.readouterr()
    assert "MAILROOM_LOGIQS__CASE_STATUSES is not set." in shown.err
    assert shown.out.splitlines()[-2:] == [
        "3 cases listed, 3 to read.",
        "3 cases listed, 3 read, 0 removed from the case index.",
    ]
    assert "Real systems: Drive inbox CP2000_INBOX (" in shown.out
    assert "Quill" not in shown.out
    assert read_index_state(load_settings()).cases == 3


def refuse(*_: object) -> None:
    """The CRM does not answer."""
    raise Transient("logiqs_500")


def test_a_sync_that_cannot_end_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was read is kept; the exit code is that of an outage."""
    assert store
    monkeypatch.setenv("MAILROOM_LOGIQS__CASE_STATUSES", "[2]")
    monkeypatch.setattr(cases_module, "sync_cases", refuse)
    assert main(["cases", "sync"]) == 3
    assert "Not finished; the next sync continues: Logiqs answered" in capsys.readouterr().out
