"""`keys rotate` and `purge` as a person calls them."""

import argparse
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from mailroom import elsewhere
from mailroom.__main__ import main
from mailroom.ledger import Settled, open_ledger
from mailroom.ledger.purge_command import days
from mailroom.privacy import LedgerKey
from mailroom.settings import load_settings
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
        ledger.settle("f00000", "me", Settled("matched", "matched", "matched", "sha", 777_123))
        ledger.finish("f00000", "me")


@pytest.mark.parametrize(
    ("age", "number"), [("90d", 90), ("12w", 84), ("1y", 365), (" 7D ", 7), ("1d", 1), ("100y", 36_500)]
)
def test_ages_are_days_weeks_or_years(age: str, number: int) -> None:
    """Upper case and spaces do no harm."""
    assert days(age) == number


@pytest.mark.parametrize(
    "age", ["", "90", "d", "0d", "-5d", "1.5d", "1h", "90 d d", "101y", "99999999d", "٩d", "1m"]
)
def test_other_ages_are_refused(age: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what an age looks like, and before any ledger is opened."""
    with pytest.raises(argparse.ArgumentTypeError, match="such as 90d, 12w or 1y"):
        days(age)
    with pytest.raises(SystemExit) as refused:
        main(["purge", f"--older-than={age}"])
    assert refused.value.code == 2
    assert "such as 90d" in capsys.readouterr().err


def test_purge_says_counts_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """The dry run changes nothing; an age is asked for."""
    a_closed_file()
    assert main(["purge", "--older-than", "90d", "--dry-run"]) == 0
    assert main(["purge", "--older-than", "1y"]) == 0
    assert main(["purge", "--older-than", "90d"]) == 0
    assert main(["purge", "--older-than", "90d"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Would go: what was known of clients in 1 closed files and 0 deliveries")
    assert said[1].startswith("Gone: what was known of clients in 0 closed files")
    assert said[2].startswith("Gone: what was known of clients in 1 closed files")
    assert said[3].startswith("Gone: what was known of clients in 0 closed files")
    assert "777123" not in str(said)
    with pytest.raises(SystemExit):
        main(["purge"])


def test_keys_rotate_says_what_to_do_next(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows no key."""
    a_closed_file()
    old = (place / "ledger.key").read_text()
    assert main(["keys", "rotate"]) == 0
    new = (place / "ledger.key").read_text()
    said = capsys.readouterr().out
    assert "1 value sealed anew" in said
    assert "back it up now" in said
    assert old not in said
    assert new not in said
    with pytest.raises(SystemExit):
        main(["keys"])


def test_keys_rotate_ends_with_1_where_values_are_open_to_no_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a key in the environment too, where both are to be kept."""
    monkeypatch.setenv("MAILROOM_LEDGER_KEY", "old-key-0123456789")
    a_closed_file()
    with open_ledger(load_settings()) as ledger:
        ledger.remember("marker_key", LedgerKey("a-stranger-0123456789").seal("x"))
    monkeypatch.setenv("MAILROOM_LEDGER_KEY", "new-key-0123456789,old-key-0123456789")
    assert main(["keys", "rotate"]) == 1
    assert "Keep both keys." in capsys.readouterr().out


@pytest.mark.parametrize("words", [["keys", "rotate"], ["purge", "--older-than", "90d"]])
def test_where_there_is_no_ledger_none_is_made(
    place: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped setting does not pass for an empty ledger."""
    assert main(words) == 2
    assert "There is no ledger at" in capsys.readouterr().err
    assert not place.exists()


def test_what_others_hold_of_the_settings_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than the environment, as in a deployment's run."""

    class Entry:
        """An entry point."""

        def load(self) -> object:
            return lambda: {"ledger_key": "of-the-server-0123456789", "batch_size": 7}

    monkeypatch.setattr(elsewhere, "entry_points", lambda group: [Entry()] if group else [])
    monkeypatch.setenv("MAILROOM_BATCH_SIZE", "9")
    settings = elsewhere.settings_of_every_source()
    assert settings.ledger_key is not None
    assert settings.ledger_key.get_secret_value() == "of-the-server-0123456789"
    assert settings.batch_size == 9


def test_without_a_server_prefect_is_asked_for_nothing() -> None:
    """The entry point is there, and gives nothing."""
    assert [entry.value for entry in entry_points(group=elsewhere.GROUP)] == [
        "flows.stored:settings_of_the_server"
    ]
    assert elsewhere.settings_of_every_source().ledger_key is None
