"""`keys rotate`, `purge` and `ledger backup` as a person calls them."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr
from sqlalchemy import select, text

from mailroom.cli import ledger_settings
from mailroom.cli.main import main
from mailroom.cli.purge import parse_age
from mailroom.config.settings import load_settings
from mailroom.config.sources import Sources
from mailroom.ledger import FileDecision, FileRow, open_ledger
from mailroom.privacy.encryption import LedgerKey
from tests.ledger.conftest import listed


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ledger lies here, and no Prefect server is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    return tmp_path / "state"


def a_closed_file() -> None:
    """A file that was done a hundred days ago."""
    with open_ledger(load_settings()) as ledger:
        ledger._clock = lambda: datetime.now(UTC) - timedelta(days=100)
        listed(ledger, 1)
        ledger.claim("f00000", "me", 600)
        ledger.make_marker("sha", 777_123)
        ledger.record_decision("f00000", "me", FileDecision("matched", "matched", "matched", "sha"))
        ledger.record_seconds("f00000", {"read": 0.5})
        ledger.finish("f00000", "me")


@pytest.mark.parametrize(
    ("age", "number"), [("90d", 90), ("12w", 84), ("1y", 365), (" 7D ", 7), ("1d", 1), ("100y", 36_500)]
)
def test_ages_are_days_weeks_or_years(age: str, number: int) -> None:
    """Upper case and spaces do no harm."""
    assert parse_age(age) == number


@pytest.mark.parametrize(
    "age", ["", "90", "d", "0d", "-5d", "1.5d", "1h", "90 d d", "101y", "99999999d", "٩d", "1m"]
)
def test_other_ages_are_refused(age: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what an age looks like, and before any ledger is opened."""
    with pytest.raises(typer.BadParameter, match="such as 90d, 12w or 1y"):
        parse_age(age)
    assert main(["purge", f"--older-than={age}"]) == 2
    assert "such as 90d" in capsys.readouterr().err


def test_purge_says_counts_and_nothing_else(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The ledger is named; the dry run changes nothing; an age is asked for."""
    a_closed_file()
    assert main(["purge", "--older-than", "90d", "--dry-run"]) == 0
    assert main(["purge", "--older-than", "1y"]) == 0
    assert main(["purge", "--older-than", "90d"]) == 0
    assert main(["purge", "--older-than", "90d"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert set(rows[::2]) == {f"Ledger: {place / 'ledger.sqlite3'}"}
    said = rows[1::2]
    assert said[0].startswith("Would be removed: client data older than 90 days (closed files: 1, ")
    assert [line.partition("closed files: ")[2][0] for line in said[1:]] == ["0", "1", "0"]
    assert all(line.startswith("Removed: ") for line in said[1:])
    assert "777123" not in str(said)
    assert main(["purge"]) == 2


def test_keys_rotate_says_what_to_do_next(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows no key."""
    a_closed_file()
    old = (place / "ledger.key").read_text()
    assert main(["keys", "rotate"]) == 0
    new = (place / "ledger.key").read_text()
    said = capsys.readouterr().out
    assert "1 value encrypted again" in said
    assert "back it up now" in said
    assert old not in said
    assert new not in said
    assert main(["keys"]) == 2


def test_keys_rotate_ends_with_1_where_values_are_open_to_no_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a key in the environment too, where both are to be kept."""
    monkeypatch.setenv("MAILROOM_LEDGER_KEY", "old-key-0123456789")
    a_closed_file()
    with open_ledger(load_settings()) as ledger:
        ledger.set_fact("marker_key", LedgerKey("a-stranger-0123456789").encrypt("x"))
    monkeypatch.setenv("MAILROOM_LEDGER_KEY", "new-key-0123456789,old-key-0123456789")
    assert main(["keys", "rotate"]) == 1
    assert "Keep both keys." in capsys.readouterr().out


@pytest.mark.parametrize("in_setting", [True, False])
def test_a_backup_names_the_key_that_opens_it(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], in_setting: bool
) -> None:
    """Without it the copy is worth nothing; the key itself is not shown."""
    if in_setting:
        monkeypatch.setenv("MAILROOM_LEDGER_KEY", "made-up-key-0123456789")
    a_closed_file()
    assert main(["ledger", "backup", str(place / "copy.sqlite3")]) == 0
    said = capsys.readouterr().out
    where = "MAILROOM_LEDGER_KEY" if in_setting else f"in {place / 'ledger.key'}"
    assert f"cannot be opened without the ledger's key ({where}" in said
    assert "made-up" not in said


@pytest.mark.parametrize("words", [["keys", "rotate"], ["purge", "--older-than", "90d"]])
def test_where_there_is_no_ledger_none_is_made(
    place: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped setting does not pass for an empty ledger."""
    assert main(words) == 2
    assert "There is no ledger at" in capsys.readouterr().err
    assert not place.exists()


@pytest.fixture
def stored_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Prefect server stores the ledger's key, a batch size, and nothing else."""
    stored = Sources({"ledger_key": SecretStr("of-the-server-0123456789")}, {"batch_size": 7})
    monkeypatch.setattr(ledger_settings, "read_stored_settings", lambda **_: stored)


@pytest.mark.usefixtures("stored_key")
def test_with_real_what_prefect_stores_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than the environment, as in a deployment's run."""
    monkeypatch.setenv("MAILROOM_BATCH_SIZE", "9")
    settings = ledger_settings.load_ledger_settings(real=True)
    assert settings.ledger_key is not None
    assert settings.ledger_key.get_secret_value() == "of-the-server-0123456789"
    assert settings.batch_size == 9


@pytest.mark.usefixtures("stored_key")
@pytest.mark.parametrize("words", [["keys", "rotate"], ["purge", "--older-than", "90d"]])
def test_a_key_that_is_only_in_a_block_asks_for_real(
    words: list[str], place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another key beside the ledger, or none, must not be taken for it; with the key set here nothing is
    asked.
    """
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "MAILROOM_LEDGER_KEY" in said
    assert "--real" in said
    assert main([*words, "--real"]) == 2
    assert "There is no ledger at" in capsys.readouterr().err
    monkeypatch.setenv("MAILROOM_LEDGER_KEY", "of-the-server-0123456789")
    assert main(words) == 2
    shown = capsys.readouterr()
    assert f"Ledger: {place / 'ledger.sqlite3'}" in shown.out
    assert "There is no ledger at" in shown.err


def test_without_a_server_nothing_is_stored() -> None:
    """Prefect is not asked, nor started for it."""
    assert ledger_settings.load_ledger_settings(real=False).ledger_key is None


def test_a_backup_is_the_ledger_as_it_was(place: Path, tmp_path: Path) -> None:
    """Only its owner may read it. In the ledger's place it opens with the same key and knows what is done."""
    a_closed_file()
    copy = tmp_path / "copy.sqlite3"
    assert main(["ledger", "backup", str(copy)]) == 0
    assert copy.stat().st_mode & 0o077 == 0
    with open_ledger(load_settings()) as ledger:
        listed(ledger, 2, "later")
    for path in place.glob("ledger.sqlite3*"):
        path.unlink()
    copy.rename(place / "ledger.sqlite3")
    with open_ledger(load_settings()) as ledger, ledger._reading() as session:
        assert session.scalars(select(FileRow.state)).all() == ["done"]


def test_a_backup_while_a_run_writes_is_whole(tmp_path: Path) -> None:
    """What is not committed yet is not in it, and nobody waits."""
    a_closed_file()
    with open_ledger(load_settings()) as ledger, ledger._transaction() as session:
        session.execute(text("UPDATE files SET outcome = 'lost'"))
        assert main(["ledger", "backup", str(tmp_path / "copy.sqlite3")]) == 0
    with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
        assert copy.execute("SELECT outcome FROM files").fetchall() == [("matched",)]
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("target", ["copy.sqlite3", "no/such/folder/copy.sqlite3", ""])
def test_a_backup_that_cannot_be_written_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    """An existing file stays as it is."""
    a_closed_file()
    (tmp_path / "copy.sqlite3").write_text("mine")
    assert main(["ledger", "backup", str(tmp_path / target)]) == 2
    assert "cannot be copied to" in capsys.readouterr().err
    assert (tmp_path / "copy.sqlite3").read_text() == "mine"


def test_there_is_nothing_to_back_up_before_the_first_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No ledger is made by it; a database server has its own tools."""
    assert main(["ledger", "backup", str(tmp_path / "copy.sqlite3")]) == 2
    assert "There is no ledger" in capsys.readouterr().err
    assert not (tmp_path / "copy.sqlite3").exists()
    monkeypatch.setenv("MAILROOM_LEDGER_URL", "postgresql://db.example/ledger")
    assert main(["ledger", "backup", str(tmp_path / "copy.sqlite3")]) == 2
    assert "pg_dump" in capsys.readouterr().err
