"""`mailroom review list` and `review show` as a person calls them."""

from datetime import date
from pathlib import Path

import pytest

from mailroom.cli.main import main
from mailroom.cli.review import list_items, show_item
from mailroom.config.settings import load_settings
from mailroom.document.file_type import EXPLAINED
from mailroom.drive.links import make_file_link
from mailroom.drive.move import CurrentFile
from mailroom.ledger import DueKind, NoticeRecord, open_ledger
from mailroom.ledger.decisions import Action, PersonDecision
from mailroom.notices import Reading
from mailroom.sandbox.store import Store
from tests.cli.test_reconcile import plant_unmoved
from tests.ledger.conftest import BASE, listed
from tests.ledger.test_notices import decide
from tests.run.no_readers import NoReaders

TODAY = date(2026, 12, 3)


@pytest.fixture
def ledger_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger with a filed notice, two in REVIEW, and a file that a run has not done."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    with open_ledger(load_settings()) as ledger:
        ledger._clock = lambda: BASE
        listed(ledger, 4)
        decide(ledger, 0, NoticeRecord("CP2000", date(2026, 12, 1), DueKind.PRINTED), "matched")
        decide(ledger, 1, None, "unmatched")
        decide(ledger, 2, NoticeRecord("LT11", date(2026, 12, 10), DueKind.FIXED), "review")
    return tmp_path / "state"


def test_what_waits_is_listed_the_nearest_deadline_first(
    ledger_here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Link, outcome and reason, what to do, deadline, age; and how many they are."""
    assert list_items(TODAY, real=False) == 0
    todo = "  To do: read name and SSN on the notice, and file it by hand"
    assert capsys.readouterr().out.splitlines() == [
        f"Ledger: {ledger_here / 'ledger.sqlite3'}",
        make_file_link("f00002"),
        "  REVIEW: surname or SSN not found on the notice",
        todo,
        "  LT11, 7 days left: 2026-12-10 (cannot be extended)",
        "  Waiting for 9 days",
        make_file_link("f00001"),
        "  UNMATCHED: surname or SSN not found on the notice",
        todo,
        "  Waiting for 9 days",
        "2 files wait for a person.",
    ]


@pytest.mark.usefixtures("ledger_here")
def test_one_file_is_shown_with_who_decided_what(capsys: pytest.CaptureFixture[str]) -> None:
    """Whether it waits, is filed, or is not done."""
    seen = CurrentFile(size=1, md5="a", is_trashed=False, parents=("review",))
    with open_ledger(load_settings()) as ledger:
        ledger._clock = lambda: BASE
        ledger.record_person_decision("f00001", PersonDecision(Action.FILE, "kim", 41), seen)
    assert show_item(make_file_link("f00002"), None, TODAY, real=False) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "REVIEW: surname or SSN not found on the notice",
        "To do: read name and SSN on the notice, and file it by hand",
        "LT11, 7 days left: 2026-12-10 (cannot be extended)",
        "Waiting for 9 days",
        "Nobody has decided about it yet.",
    ]
    assert show_item("f00001", None, TODAY, real=False) == 0
    pending, decided = capsys.readouterr().out.splitlines()[2:]
    assert pending == "PENDING: not done when the run ended"
    assert decided.endswith(
        ", kim: file it in a case; before: unmatched, surname or SSN not found on the notice"
    )
    assert "41" not in decided
    show_item("f00000", None, TODAY, real=False)
    assert "It does not wait for a person." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("link", "words"),
    [("stranger", "the mail room has never seen this file"), ("=cmd", "neither a link to a file")],
)
@pytest.mark.usefixtures("ledger_here")
def test_an_unknown_file_is_not_shown(link: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It says why, and what to do."""
    assert main(["review", "show", link]) == 1
    assert words in capsys.readouterr().err


def test_the_first_page_is_drawn_for_its_owner_only(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Downloaded from Drive, which changes nothing there; another image is never replaced."""
    image = b"\x89PNG\r\n\x1a\n" + EXPLAINED.encode()
    file_id = plant_unmoved(store)
    assert main(["reconcile", "--repair"]) == 0
    asked: list[bytes] = []

    def explain(_self: NoReaders, path: Path) -> tuple[Reading, bytes]:
        asked.append(path.read_bytes())
        return Reading("unreadable"), image

    monkeypatch.setattr(NoReaders, "explain", explain, raising=False)
    out = tmp_path / "page.png"
    for _ in range(2):
        assert main(["review", "show", make_file_link(file_id), "--png", str(out)]) == 0
    assert out.read_bytes() == image
    assert out.stat().st_mode & 0o777 == 0o600
    assert all(one.startswith(b"%PDF") for one in asked)
    assert "it holds personal data" in " ".join(capsys.readouterr().out.split())
    mine = tmp_path / "mine.png"
    mine.write_bytes(b"a picture")
    assert main(["review", "show", file_id, "--png", str(mine)]) == 2
    assert mine.read_bytes() == b"a picture"
