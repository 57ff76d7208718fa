"""A change of keys: what was encrypted before, what is encrypted meanwhile, and who has only the old key."""

import contextlib
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.dialects import postgresql

from mailroom.cli.keys import rotate
from mailroom.config.settings import Settings, load_settings
from mailroom.errors import ConfigError
from mailroom.ledger import Ledger, key_rotation, open_ledger
from mailroom.ledger.key_rotation import RotationResult, list_encrypted_columns
from mailroom.ledger.models import Base, FactRow
from mailroom.privacy.encryption import LedgerKey
from tests.ledger.conftest import Clock, confirmed, listed

OLD, NEW = "old-key-0123456789", "new-key-0123456789"
CASES = range(777_100, 777_200)
ME = "me"


def fill(ledger: Ledger) -> None:
    """100 files claimed, each with a delivery for its case."""
    listed(ledger, len(CASES))
    for number, case in enumerate(CASES):
        name = f"f{number:05}"
        ledger.claim(name, ME, 600)
        ledger.begin_delivery(ledger.make_marker(f"sha{number}", case), name, ME, case, f"sha{number}", 60)


def cases_in(place: Path, key: str) -> list[int]:
    """The case of every delivery, decrypted with this key only."""
    opened = LedgerKey(key)
    query = "SELECT case_sealed FROM deliveries"
    with contextlib.closing(sqlite3.connect(place / "ledger.sqlite3")) as database:
        return sorted(int(opened.decrypt(sealed)) for (sealed,) in database.execute(query))


def content(place: Path) -> bytes:
    """Every byte of the ledger's files."""
    return b"".join(path.read_bytes() for path in sorted(place.glob("ledger.sqlite3*")))


def key_of(place: Path) -> str:
    """What the key file holds."""
    return (place / "ledger.key").read_text()


@pytest.fixture(autouse=True)
def pages_of_20_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a hundred deliveries are several pages."""
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 20)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the ledger lies."""
    return tmp_path / "state"


@pytest.fixture(scope="module")
def filled_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a filled ledger, to be copied: to fill one takes longer than a test."""
    return make_filled(tmp_path_factory.mktemp("filled"))


@pytest.fixture(scope="module")
def filled_with_setting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, whose key is in a setting."""
    return make_filled(tmp_path_factory.mktemp("filled"), OLD)


def make_filled(state: Path, key: str | None = None) -> Path:
    """Make a ledger with this key, or with a key file, and fill it."""
    with open_ledger(load_settings(state_dir=state, ledger_key=key)) as ledger:
        # The microseconds of a real one would look like case numbers now and then.
        ledger._clock = Clock()
        fill(ledger)
    return state


@pytest.fixture
def filled(settings: Settings, clock: Clock, filled_state: Path, place: Path) -> Iterator[Ledger]:
    """A ledger that an active run uses."""
    shutil.copytree(filled_state, place)
    with open_ledger(settings) as ledger:
        ledger._clock = clock
        yield ledger


def test_everything_is_encrypted_again_and_the_old_key_goes(
    settings: Settings, filled: Ledger, place: Path
) -> None:
    """All cases open with the new key alone, markers are what they were, and no case is in plain text."""
    old, marker = key_of(place), filled.make_marker("sha0", CASES[0])
    result, words = rotate(settings)
    # The key of markers, and the case of each delivery.
    assert result == RotationResult(1 + len(CASES), 0)
    new = key_of(place)
    assert new != old
    assert "," not in new
    assert "back it up" in words
    assert cases_in(place, new) == list(CASES)
    with open_ledger(settings) as again:
        assert again.make_marker("sha0", CASES[0]) == marker
        assert again.get_delivery(marker).file_id == "f00000"
    assert not [case for case in CASES if str(case).encode() in content(place)]


def test_nothing_encrypted_with_the_old_key_is_left_in_the_files(
    settings: Settings, filled: Ledger, place: Path
) -> None:
    """Not in free pages, and not in SQLite's side file: who has the old key reads nothing."""
    old = LedgerKey(key_of(place))
    seals = re.compile(rb"gAAAAA[A-Za-z0-9_-]{90,}={0,2}")
    before = {seal[:100] for seal in seals.findall(content(place)) if old.is_current(seal[:100].decode())}
    assert len(before) > len(CASES)
    filled.close()
    rotate(settings)
    assert not [seal for seal in before if seal in content(place)]


def test_a_run_that_began_with_the_old_key_continues(settings: Settings, filled: Ledger, place: Path) -> None:
    """It learns the new key from the file: what it encrypts opens with that key, and so does what others
    wrote.
    """
    rotate(settings)
    rotate(settings)
    filled.claim("f00007", ME, 600)
    filled.begin_delivery(filled.make_marker("new", 777_999), "f00007", ME, 777_999, "new", 60)
    assert cases_in(place, key_of(place))[-1] == 777_999
    marker = filled.make_marker("another", 777_998)
    filled.begin_delivery(marker, "f00008", ME, 777_998, "newer", 60)
    filled.confirm(marker, "document", 5)
    assert confirmed(filled) == (marker, 777_998)


WRITING = """
import sys, time
from mailroom.ledger import open_ledger
from mailroom.config.settings import load_settings
with open_ledger(load_settings(state_dir=sys.argv[1])) as ledger:
    print("ready", flush=True)
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        name = f"f{number:05}"
        ledger.claim(name, "me", 600)
        marker = ledger.make_marker(f"sha{number}", 777_100 + number)
        ledger.begin_delivery(marker, name, "me", 777_100 + number, name, 60)
"""


def test_processes_that_write_during_it_lose_nothing(settings: Settings, place: Path) -> None:
    """Two of them, through three changes of keys: in the end every case opens with the last key alone."""
    with open_ledger(settings) as ledger:
        listed(ledger, 160)
        markers = [ledger.make_marker(f"sha{number}", 777_100 + number) for number in range(160)]
    parts = (("0", "80"), ("80", "160"))
    writing = [
        subprocess.Popen(
            [sys.executable, "-c", WRITING, str(place), *part], stdout=subprocess.PIPE, text=True
        )
        for part in parts
    ]
    for process in writing:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    keys = {key_of(place)}
    for _ in range(3):
        rotate(settings)
        keys.add(key_of(place))
    for process in writing:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert len(keys) == 4
    assert cases_in(place, key_of(place)) == list(range(777_100, 777_260))
    with open_ledger(settings) as ledger:
        assert all(ledger.get_delivery(marker) for marker in markers)


def test_threads_that_write_during_it_lose_nothing(settings: Settings, place: Path) -> None:
    """One ledger, four threads, and changes of keys until they have ended."""
    with open_ledger(settings) as ledger:
        listed(ledger, 80)

        def write(part: int) -> None:
            for number in range(part, 80, 4):
                ledger.claim(f"f{number:05}", ME, 600)
                case = 777_100 + number
                ledger.begin_delivery(
                    ledger.make_marker("sha", case), f"f{number:05}", ME, case, f"sha{number}", 60
                )

        threads = [threading.Thread(target=write, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            rotate(settings)
    assert cases_in(place, key_of(place)) == list(range(777_100, 777_180))


@pytest.mark.parametrize("seals", [0, 1, 2, 21, 22, 60, 100])
def test_killed_at_any_point_it_continues(
    settings: Settings, filled: Ledger, place: Path, monkeypatch: pytest.MonkeyPatch, seals: int
) -> None:
    """What was encrypted again stays, both keys open, a new run works, and the next call ends with the same
    key.
    """
    old, marker = key_of(place), filled.make_marker("sha3", CASES[3])
    left = [seals]
    real = LedgerKey.reencrypt

    def killed(key: LedgerKey, text: str) -> str:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(key, text)

    monkeypatch.setattr(LedgerKey, "reencrypt", killed)
    with pytest.raises(KeyboardInterrupt):
        rotate(settings)
    monkeypatch.undo()
    new, kept = key_of(place).split(",")
    assert kept == old
    with open_ledger(settings) as ledger:
        assert ledger.make_marker("sha3", CASES[3]) == marker
        ledger.begin_delivery(ledger.make_marker("meanwhile", 777_999), "later", ME, 777_999, "meanwhile", 60)
    rotate(settings)
    assert key_of(place) == new
    assert cases_in(place, new) == [*CASES, 777_999]


def test_killed_before_the_old_key_goes_it_continues(
    settings: Settings, filled: Ledger, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next call finds nothing to encrypt again, and takes the old key out."""

    def killed(_file: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mailroom.privacy.encryption.KeyFile.keep_first_key", killed)
        with pytest.raises(KeyboardInterrupt):
            rotate(settings)
    new = key_of(place).split(",")[0]
    result, _ = rotate(settings)
    assert result == RotationResult(0, 0)
    assert key_of(place) == new
    assert filled.make_marker("sha3", CASES[3]).startswith("MR-")


def test_a_key_in_a_setting_is_changed_in_three_steps(tmp_path: Path, filled_with_setting: Path) -> None:
    """Both are set: the old one still encrypts. The command: the new one does. The old one is removed."""
    shutil.copytree(filled_with_setting, tmp_path, dirs_exist_ok=True)
    both = load_settings(state_dir=tmp_path, ledger_key=f"{NEW},{OLD}")
    with open_ledger(load_settings(state_dir=tmp_path, ledger_key=OLD)) as first:
        with open_ledger(both) as second:
            second.begin_delivery(second.make_marker("both", 777_001), "later", ME, 777_001, "both", 60)
        # So a run that began before both were set still reads everything.
        assert cases_in(tmp_path, OLD) == [777_001, *CASES]
        marker = first.make_marker("sha3", CASES[3])
    result, words = rotate(both)
    assert result.undecryptable == 0
    assert "Remove every key but the first from MAILROOM_LEDGER_KEY" in words
    assert cases_in(tmp_path, NEW) == [777_001, *CASES]
    with open_ledger(load_settings(state_dir=tmp_path, ledger_key=NEW)) as ledger:
        assert ledger.make_marker("sha3", CASES[3]) == marker
    assert not list(tmp_path.glob("*.key"))


def test_a_run_that_cannot_get_the_new_key_stops_and_overwrites_nothing(
    tmp_path: Path, filled_with_setting: Path
) -> None:
    """Its key stood in its environment: a clear error, and the file is as it was."""
    shutil.copytree(filled_with_setting, tmp_path, dirs_exist_ok=True)
    with open_ledger(load_settings(state_dir=tmp_path, ledger_key=OLD)) as ledger:
        marker = ledger.make_marker("sha3", CASES[3])
        rotate(load_settings(state_dir=tmp_path, ledger_key=f"{NEW},{OLD}"))
        with pytest.raises(ConfigError, match="Nothing in it was changed"):
            ledger.begin_delivery(ledger.make_marker("new", 777_999), "f00003", ME, 777_999, "new", 60)
        assert ledger.make_marker("sha3", CASES[3]) == marker
        ledger.release("f00003", ME, "ledger_key_wrong")
    assert cases_in(tmp_path, NEW) == list(CASES)


def test_without_a_new_key_in_the_setting_nothing_is_done(tmp_path: Path, filled_with_setting: Path) -> None:
    """The command says what to set."""
    shutil.copytree(filled_with_setting, tmp_path, dirs_exist_ok=True)
    settings = load_settings(state_dir=tmp_path, ledger_key=OLD)
    before = content(tmp_path)
    with pytest.raises(ConfigError, match="only one key"):
        rotate(settings)
    assert content(tmp_path) == before


def test_a_wrong_key_changes_no_byte(tmp_path: Path, filled_state: Path) -> None:
    """Neither of the ledger nor of its key file, whatever is asked for."""
    shutil.copytree(filled_state, tmp_path, dirs_exist_ok=True)
    settings = load_settings(state_dir=tmp_path)
    key = tmp_path / "ledger.key"
    right = key.read_text()
    key.write_text(NEW)
    before = content(tmp_path)
    for act in (open_ledger, rotate):
        with pytest.raises(ConfigError, match="another key"):
            act(settings)
    with pytest.raises(ConfigError, match="another key"):
        open_ledger(load_settings(state_dir=tmp_path, ledger_key=f"{NEW},{OLD}"))
    assert content(tmp_path) == before
    assert key.read_text() == NEW
    key.write_text(right)
    assert cases_in(tmp_path, right) == list(CASES)


def test_what_no_key_opens_is_left_as_it_is_and_both_keys_stay(
    settings: Settings, filled: Ledger, place: Path
) -> None:
    """A person decides about it; the others are encrypted again."""
    stranger = LedgerKey("a-stranger-0123456789").encrypt("777888")
    with contextlib.closing(sqlite3.connect(place / "ledger.sqlite3")) as database:
        database.execute("UPDATE deliveries SET case_sealed = ? WHERE file_id = 'f00005'", (stranger,))
        database.commit()
    result, words = rotate(settings)
    assert result == RotationResult(len(CASES), 1)
    assert "cannot be decrypted" in words
    assert "," in key_of(place)
    with contextlib.closing(sqlite3.connect(place / "ledger.sqlite3")) as database:
        found = database.execute("SELECT case_sealed FROM deliveries WHERE file_id = 'f00005'").fetchone()
    assert found == (stranger,)
    assert filled.make_marker("a", 1)


def test_others_wait_for_a_few_rows_only(settings: Settings, filled: Ledger) -> None:
    """Each transaction takes a page of rows, and as long a rest follows it."""
    filled._key.reload()
    commits: list[float] = []
    event.listen(filled._engine, "commit", lambda _connection: commits.append(time.monotonic()))
    rests: list[float] = []
    new = Ledger(filled._engine, LedgerKey(f"{NEW},{key_of(settings.state_dir)}"))
    new.use_first_key()
    assert new.reencrypt_all(rests.append).values == 1 + len(CASES)
    assert len(rests) == 6
    assert all(rest > 0 for rest in rests)


def test_every_encrypted_column_is_encrypted_again() -> None:
    """Found by its name, so that no table to come is forgotten; its table has one name for a row."""
    found = list_encrypted_columns()
    assert {f"{column.table.name}.{column.name}" for column, _ in found} == {
        "facts.value",
        "deliveries.case_sealed",
        "index_entries.record_sealed",
        "decisions.values_sealed",
        "files.fields_sealed",
    }
    assert all(len(column.table.primary_key.columns) == 1 for column, _ in found)
    wide = [c for table in Base.metadata.sorted_tables for c in table.columns if "case" in c.name]
    assert all(column.name.endswith("_sealed") for column in wide)


def test_in_postgresql_a_change_waits_for_those_who_encrypt() -> None:
    """The key check is read with a lock that only the change itself does not share."""
    look = select(FactRow).with_for_update(read=True).compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    assert str(look).endswith("FOR SHARE")
