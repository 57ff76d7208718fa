"""A ledger that does not know everything that was filed: restored, or begun in the place of a lost one."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from mailroom.cli.keys import rotate
from mailroom.config.settings import Settings, load_settings
from mailroom.errors import ConfigError
from mailroom.ledger import Ledger, open_ledger
from mailroom.ledger.backup import back_up_ledger
from mailroom.ledger.history import CLOCK_MARGIN
from mailroom.ledger.inspection import inspect_ledger
from mailroom.ledger.record import LastKnown, LedgerRecord
from tests.ledger.conftest import BASE, Clock, listed

KEY = "made-up-key-0123456789"


def send(ledger: Ledger, number: int) -> None:
    """Announce a document, as right before its upload."""
    marker = ledger.make_marker(f"sha{number}", 777_000 + number)
    ledger.begin_delivery(marker, f"f{number:05}", "me", 777_000 + number, f"sha{number}", 60)
    assert ledger.intend(marker, "document", f"f{number:05}", "me", 60)


def lose(settings: Settings) -> None:
    """Delete the ledger, and leave its key and its record."""
    for path in settings.state_dir.glob("ledger.sqlite3*"):
        path.unlink()


def test_a_ledger_that_grows_has_no_gap(settings: Settings) -> None:
    """Its key was made with it, and it is never behind its record."""
    for number in range(3):
        with open_ledger(settings) as ledger:
            send(ledger, number)
            assert not ledger.has_gap()
    record = settings.state_dir / "ledger.record"
    assert LedgerRecord(record).read().intents == 3
    assert record.stat().st_mode & 0o077 == 0


def test_a_key_without_its_ledger_stops_the_run(settings: Settings) -> None:
    """Nothing is made; the doctor says the same."""
    open_ledger(settings).close()
    lose(settings)
    before = sorted(settings.state_dir.iterdir())
    for look in (open_ledger, inspect_ledger):
        with pytest.raises(ConfigError, match=r"is missing, but its key file .*--new-ledger") as refused:
            look(settings)
        assert refused.value.code == "ledger_lost"
    assert sorted(settings.state_dir.iterdir()) == before


@pytest.mark.parametrize("recorded", [True, False], ids=["with its record", "without"])
def test_a_ledger_begun_in_the_place_of_a_lost_one_has_a_gap_and_the_same_markers(
    settings: Settings, recorded: bool
) -> None:
    """It stays so at the next start."""
    with open_ledger(settings) as ledger:
        send(ledger, 1)
        marker = ledger.make_marker("sha1", 777_001)
    lose(settings)
    if not recorded:
        (settings.state_dir / "ledger.record").unlink()
    with open_ledger(settings, after_a_lost_one=True) as ledger:
        assert ledger.has_gap()
        assert ledger.make_marker("sha1", 777_001) == marker
        send(ledger, 2)
    with open_ledger(settings) as ledger:
        assert ledger.has_gap()


def test_markers_are_the_same_after_a_change_of_keys_and_a_loss(settings: Settings) -> None:
    """The record has their key, encrypted with the new one."""
    with open_ledger(settings) as ledger:
        marker = ledger.make_marker("sha1", 777_001)
    rotate(settings)
    lose(settings)
    with open_ledger(settings, after_a_lost_one=True) as ledger:
        assert ledger.make_marker("sha1", 777_001) == marker


def test_a_start_that_was_interrupted_is_not_a_loss(settings: Settings) -> None:
    """The key was made, and the ledger's file is still empty: no gap, and nobody has to help."""
    open_ledger(settings).close()
    lose(settings)
    (settings.state_dir / "ledger.sqlite3").touch()
    with open_ledger(settings) as ledger:
        assert not ledger.has_gap()


def copy_file(settings: Settings, target: Path) -> None:
    """Copy the ledger as a person does."""
    shutil.copy(settings.state_dir / "ledger.sqlite3", target)


def copy_by_command(settings: Settings, target: Path) -> None:
    """Copy the ledger as the command does."""
    back_up_ledger(settings, target)


@pytest.mark.parametrize("copy", [copy_file, copy_by_command])
@pytest.mark.parametrize("key", [None, KEY])
def test_a_restored_ledger_has_a_gap_if_something_was_sent_since(
    tmp_path: Path, copy: Callable[[Settings, Path], None], key: str | None
) -> None:
    """One write is enough; without any, the ledger knows all."""
    settings = load_settings(state_dir=tmp_path / "state", ledger_key=key)
    backup = tmp_path / "backup"
    with open_ledger(settings) as ledger:
        send(ledger, 1)
    copy(settings, backup)
    lose(settings)
    shutil.copy(backup, settings.state_dir / "ledger.sqlite3")
    with open_ledger(settings) as ledger:
        assert not ledger.has_gap()
        for number in range(2, 7):
            send(ledger, number)
    lose(settings)
    shutil.copy(backup, settings.state_dir / "ledger.sqlite3")
    with open_ledger(settings) as ledger:
        assert ledger.has_gap()
        # The restored ledger continues behind the record: a second restore is noticed as well.
        send(ledger, 7)
    assert LedgerRecord(settings.state_dir / "ledger.record").read().intents == 7


def test_a_ledger_that_was_copied_without_its_record_has_a_gap(settings: Settings, tmp_path: Path) -> None:
    """As onto a new machine, with its key: nobody knows what was filed since; a new one has no gap."""
    with open_ledger(settings) as ledger:
        send(ledger, 1)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("ledger.sqlite3", "ledger.key"):
        shutil.copy(settings.state_dir / name, elsewhere)
    for _ in range(2):
        with open_ledger(load_settings(state_dir=elsewhere)) as ledger:
            assert ledger.has_gap()


def test_a_kill_right_after_the_first_intent_is_no_gap(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intent is stored, and the record of it is not."""
    with open_ledger(settings) as ledger, monkeypatch.context() as patched:
        patched.setattr(LedgerRecord, "advance", lambda *_: None)
        send(ledger, 1)
    with open_ledger(settings) as ledger:
        assert not ledger.has_gap()
    assert LedgerRecord(settings.state_dir / "ledger.record").read().intents == 1


def test_a_lost_ledger_whose_key_a_setting_holds_has_a_gap(tmp_path: Path) -> None:
    """Its record is still there, though no key file is."""
    settings = load_settings(state_dir=tmp_path / "state", ledger_key=KEY)
    with open_ledger(settings) as ledger:
        send(ledger, 1)
    lose(settings)
    with open_ledger(settings) as ledger:
        assert ledger.has_gap()


def test_only_a_file_that_was_in_drive_then_is_in_the_gap(ledger: Ledger, clock: Clock) -> None:
    """A file that came later was not filed unknown to the ledger; one that it does not know may be."""
    clock.now = BASE + timedelta(seconds=1) - CLOCK_MARGIN
    listed(ledger, 3)
    assert not ledger.is_in_gap("f00000")
    ledger.note_gap()
    assert [ledger.is_in_gap(f"f{n:05}") for n in range(3)] == [True, True, False]
    assert ledger.is_in_gap("unknown")


def test_a_record_that_cannot_be_read_is_begun_again(tmp_path: Path) -> None:
    """Empty, or not ours: it counts as none; a smaller number changes nothing."""
    record = LedgerRecord(tmp_path / "ledger.record")
    assert record.read() == LastKnown()
    for text in ("", "no JSON", '{"another": 1}', "[]"):
        record.path.write_text(text)
        assert record.read() == LastKnown()
    record.advance(12)
    record.keep_marker_key("x" * 100)
    record.advance(7)
    record.keep_marker_key("y")
    assert record.read() == LastKnown(12, "y")


def test_a_record_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    """A folder in its place."""
    (tmp_path / "ledger.record").mkdir()
    with pytest.raises(ConfigError, match=r"ledger\.record cannot be written"):
        LedgerRecord(tmp_path / "ledger.record").advance(1)


def test_a_write_of_a_clock_that_was_ahead_is_not_the_newest(ledger: Ledger, clock: Clock) -> None:
    """It would hide every later write for as long as the clock was ahead."""
    begin = clock.now
    for marker, time in (("first", begin + timedelta(days=1)), ("second", begin)):
        clock.now = time
        ledger.begin_delivery(marker, marker, "me", 41, marker, 600)
        ledger.intend(marker, "document", marker, "me", 600)
        ledger.confirm(marker, "document", 901)
    newest = ledger.find_confirmed_delivery("document")
    assert newest is not None
    assert newest[0].marker == "second"
