"""Keys: what encrypts and what opens, and the file that holds them beside a SQLite ledger."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mailroom.errors import ConfigError
from mailroom.privacy.encryption import KeyFile, LedgerKey, keyed_hash

OLD, NEW = "old-key-0123456789", "new-key-0123456789"


def test_the_first_key_encrypts_and_all_of_them_decrypt() -> None:
    """Nothing but these keys does, and a key shows nothing of itself."""
    both, new, old = LedgerKey(f"{NEW}, {OLD}"), LedgerKey(NEW), LedgerKey(OLD)
    assert len(both) == 2
    assert new.decrypt(both.encrypt("x")) == both.decrypt(old.encrypt("x")) == "x"
    assert both.is_current(new.encrypt("x"))
    assert not both.is_current(old.encrypt("x"))
    for sealed in (both.encrypt("x"), "", "no seal", "ü"):
        with pytest.raises(ConfigError, match="another key"):
            old.decrypt(sealed)
    assert OLD not in repr(old)


def test_a_value_encrypted_like_another_one_has_its_key() -> None:
    """Whichever key that was."""
    both, old = LedgerKey(f"{NEW},{OLD}"), LedgerKey(OLD)
    assert old.decrypt(both.encrypt_like(old.encrypt("a"), "b")) == "b"
    with pytest.raises(ConfigError, match="another key"):
        old.encrypt_like(both.encrypt("a"), "b")


def test_a_value_that_cannot_be_decrypted_has_the_source_read_again() -> None:
    """A new key is learned there, and the old one is not forgotten; otherwise the source is left alone."""
    source = [OLD]
    read: list[str] = []

    def reread() -> str:
        read.append(source[0])
        return source[0]

    key = LedgerKey(OLD, reread)
    assert key.decrypt(key.encrypt("x")) == "x"
    assert not read
    source[0] = NEW
    assert key.decrypt(LedgerKey(NEW).encrypt("x")) == "x"
    assert key.decrypt(LedgerKey(OLD).encrypt("x")) == "x"
    assert read == [NEW]


@pytest.mark.parametrize("text", ["", "  ", ",", "short", f"{NEW},short"])
def test_a_short_key_is_refused(text: str) -> None:
    """A guess would open it; the message does not show it."""
    with pytest.raises(ConfigError, match="shorter than 16") as refused:
        LedgerKey(text)
    assert "short," not in str(refused.value)


def test_each_ledger_has_a_key_file_of_its_own(tmp_path: Path) -> None:
    """Two ledgers in one folder do not lose their key to each other's change."""
    files = [
        KeyFile(tmp_path / name) for name in ("ledger.sqlite3", "other.sqlite3", "other.db", "ledger.key")
    ]
    assert files[0].path.name == "ledger.key"
    assert len({file.path for file in files} | {tmp_path / "ledger.key"}) == 4
    assert all(file.key() for file in files[:3])


MAKING = """
import sys
from pathlib import Path
from mailroom.privacy.encryption import KeyFile
print(KeyFile(Path(sys.argv[1])).key().encrypt("x"))
"""


def test_processes_that_make_the_key_at_once_have_the_same(tmp_path: Path) -> None:
    """The first one's stays, for its owner only, and nothing else is left."""
    database = tmp_path / "ledger.sqlite3"
    command = [sys.executable, "-c", MAKING, str(database)]
    several = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    seals = [process.communicate(timeout=60)[0].strip() for process in several]
    key = KeyFile(database).key()
    assert [key.decrypt(sealed) for sealed in seals] == ["x"] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.key"]
    assert (tmp_path / "ledger.key").stat().st_mode & 0o777 == 0o600


def test_a_ledger_that_another_process_made_meanwhile_is_not_a_lost_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Key and ledger came about between two looks."""
    file = KeyFile(tmp_path / "ledger.sqlite3")
    answers = iter([False])

    def exists(path: Path) -> bool:
        if path == file.path and next(answers, True) is False:
            file.path.write_text(OLD)
            (tmp_path / "ledger.sqlite3").write_text("a ledger")
            return False
        return path.is_file()

    monkeypatch.setattr(Path, "exists", exists)
    assert file.key().decrypt(LedgerKey(OLD).encrypt("x")) == "x"


def test_a_key_file_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    """As when it was put back from a backup."""
    file = KeyFile(tmp_path / "ledger.sqlite3")
    file.key()
    file.path.chmod(0o644)
    file.key()
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_a_change_puts_the_new_key_before_the_old_one(tmp_path: Path) -> None:
    """Broken off it continues with the same new key; at its end that one is alone."""
    file = KeyFile(tmp_path / "ledger.sqlite3")
    file.key()
    old = file.read()
    with file.changing():
        file.add_new_key()
        new, kept = file.read().split(",")
        assert kept == old != new
        file.add_new_key()
        assert file.read() == f"{new},{old}"
        file.keep_first_key()
    assert file.read() == new
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_one_change_at_a_time(tmp_path: Path) -> None:
    """A second one is refused with what to do."""
    file = KeyFile(tmp_path / "ledger.sqlite3")
    refused: list[ConfigError] = []

    def second() -> None:
        try:
            with file.changing():
                pass
        except ConfigError as error:
            refused.append(error)

    with file.changing():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    second()
    assert [error.code for error in refused] == ["keys_rotate_under_way"]


def test_what_a_killed_change_left_is_removed(tmp_path: Path) -> None:
    """It holds a key, also the one that is to be destroyed; what another process is writing stays."""
    file = KeyFile(tmp_path / "ledger.sqlite3")
    file.key()
    left, young, other = (
        tmp_path / name
        for name in (f".ledger.key.{'0a' * 8}", f".ledger.key.{'0b' * 8}", ".ledger.key.backup")
    )
    for path in (left, young, other):
        path.write_text("a key")
    for path in (left, other):
        os.utime(path, (time.time() - 3600,) * 2)
    with file.changing():
        assert not left.exists()
        assert young.exists()
        assert other.exists()


def test_a_key_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    """A change of keys leaves the old key nowhere, and the new one where secrets are kept."""
    secrets, state = tmp_path / "secrets", tmp_path / "state"
    secrets.mkdir()
    state.mkdir()
    (secrets / "mailroom").write_text("old-key-0123456789")
    (state / "ledger.key").symlink_to(secrets / "mailroom")
    file = KeyFile(state / "ledger.sqlite3")
    with file.changing():
        file.add_new_key()
        file.keep_first_key()
    assert (state / "ledger.key").is_symlink()
    assert "old-key" not in (secrets / "mailroom").read_text()
    assert (secrets / "mailroom").read_text() == file.read()


def test_what_version_0_1_encrypted_is_still_readable() -> None:
    """Keys are derived as they always were, so stored values and the markers in the CRM stay valid."""
    token = (
        "gAAAAABrCzpklEFi_Pm2ksP3M4rnuljfud24ReG3yDmK3kABMQyIi8JtFZ9UiBsXDYZPrYlkM9P_zGkI7uJQdCazLmjF4fAoYg=="
    )
    key = LedgerKey("new-key-0123456789,old-key-0123456789")
    assert key.decrypt(token) == "777123"
    assert not key.is_current(token)
    assert key.is_current(key.reencrypt(token))
    assert key.decrypt(key.reencrypt(token)) == "777123"
    assert keyed_hash("k", "ab", "41") == "Q7P46MOOVFXUXPAUSFDR7JKU7H"
