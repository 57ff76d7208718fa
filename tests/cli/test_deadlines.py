"""`mailroom deadlines` as a person calls it."""

from datetime import date
from pathlib import Path

import pytest

from mailroom.cli.deadlines import run_deadlines
from mailroom.cli.main import main
from mailroom.config.settings import load_settings
from mailroom.drive.links import make_file_link, parse_file_link
from mailroom.ledger import DueKind, NoticeRecord, open_ledger
from tests.ledger.conftest import listed
from tests.ledger.test_notices import decide

TODAY = date(2026, 12, 3)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger with four deadlines lies here, and no Prefect server is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    dates = {1: DueKind.PRINTED, 3: DueKind.FIXED, 10: DueKind.COMPUTED, 11: DueKind.PRINTED}
    with open_ledger(load_settings()) as ledger:
        listed(ledger, len(dates))
        for number, (day, kind) in enumerate(dates.items()):
            decide(ledger, number, NoticeRecord("CP2000", date(2026, 12, day), kind), "matched")
    return tmp_path / "state"


def test_what_is_overdue_comes_first(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Then what is due within a week, then the rest; each with its kind, the days left and its link."""
    assert run_deadlines(None, None, TODAY, real=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"Ledger: {place / 'ledger.sqlite3'}",
        "Overdue: 1 notice",
        f"  2 days overdue: CP2000, 2026-12-01 (printed on the letter)  {make_file_link('f00000')}",
        "Due within 7 days: 2 notices",
        f"  due today: CP2000, 2026-12-03 (cannot be extended)  {make_file_link('f00001')}",
        f"  7 days left: CP2000, 2026-12-10 (counted from the letter's date)  {make_file_link('f00002')}",
        "Later: 1 notice",
        f"  8 days left: CP2000, 2026-12-11 (printed on the letter)  {make_file_link('f00003')}",
    ]
    run_deadlines(0, None, TODAY, real=False)
    assert "7 days left" not in capsys.readouterr().out


def test_a_deadline_is_closed_by_the_link_of_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what it closed; repeated, that it was closed; of an unknown file, that it is unknown."""
    link = f"{make_file_link('f00001')}?usp=sharing"
    assert main(["deadlines", "--close", link]) == 0
    assert "Closed: CP2000, 2026-12-03 (cannot be extended)" in capsys.readouterr().out
    assert main(["deadlines", "--close", "f00001"]) == 0
    said = capsys.readouterr().out
    assert "Already closed on 20" in said
    assert ", by a person: CP2000" in said
    assert main(["deadlines", "--close", "unknown-file"]) == 1
    assert "The ledger has no deadline for this file: unknown-file" in capsys.readouterr().err
    assert main(["deadlines", "--within", "100y"]) == 0
    assert "f00001" not in capsys.readouterr().out


def test_without_deadlines_one_line_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """All are closed."""
    for number in range(4):
        main(["deadlines", "--close", f"f{number:05}"])
    capsys.readouterr()
    assert main(["deadlines"]) == 0
    assert capsys.readouterr().out.endswith("No open deadlines.\n")


@pytest.mark.parametrize(
    ("text", "file_id"),
    [
        ("https://drive.google.com/file/d/1aB-_9/view?usp=drive_link", "1aB-_9"),
        ("https://drive.google.com/open?id=1aB-_9&authuser=0", "1aB-_9"),
        ("https://docs.google.com/document/d/1aB-_9/edit#gid=0", "1aB-_9"),
        (" 1aB-_9 ", "1aB-_9"),
        ("https://example.com/file/d/1aB-_9/view", None),
        ("https://drive.google.com/drive/my-drive", None),
        ("=cmd|'/c calc'!A1", None),
        ("", None),
    ],
)
def test_the_id_is_found_in_what_a_person_pastes(text: str, file_id: str | None) -> None:
    """A link of Drive in any form, or the id alone."""
    assert parse_file_link(text) == file_id
