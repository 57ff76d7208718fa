"""Opening the ledger: its place, its key, its migrations, and what is said when it cannot be had."""

import errno
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, insert, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

import mailroom.ledger
from mailroom.config.settings import Settings, load_settings
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.ledger import LeaseRequest, Ledger, holder_is_alive, make_holder, open_ledger, opening
from mailroom.ledger.backup import back_up_ledger
from mailroom.ledger.inspection import inspect_ledger
from mailroom.ledger.models import Base, FactRow
from mailroom.privacy import encryption
from mailroom.privacy.encryption import LedgerKey
from mailroom.privacy.scratch import Scratch
from tests.ledger.conftest import listed
from tests.one_module import replace_in


class ConnectionLost(Exception):
    """What the driver of a database server raises."""


def test_it_lies_for_its_owner_only(ledger: Ledger, tmp_path: Path) -> None:
    """Directory 0700; database, its side files and key 0600."""
    ledger.set_fact("a", "b")
    state = tmp_path / "state"
    assert state.stat().st_mode & 0o777 == 0o700
    names = {path.name for path in state.iterdir()}
    assert {"ledger.sqlite3", "ledger.sqlite3-wal", "ledger.key"} <= names
    for name in ("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm", "ledger.key"):
        assert (state / name).stat().st_mode & 0o077 == 0, name


# What a file name may hold; surrogates mean bytes that are not UTF-8.
NAMES = st.text(
    st.one_of(
        st.sampled_from("?%#&=@:;+ []{}'\"\\~!*"),
        st.characters(exclude_characters="/\0", exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=30,
).filter(lambda name: name not in (".", ".."))


@hypothesis.settings(max_examples=40, deadline=None)
@given(name=NAMES)
@example(name="a?b")
@example(name="?mode=memory&uri=true")
@example(name="100%41 #1")
@example(name="file:x")
@example(name=":memory:")
def test_it_is_in_the_state_directory_whatever_that_is_called(name: str) -> None:
    """Ledger and key in that directory and nothing beside it; the doctor looks there too."""
    with tempfile.TemporaryDirectory() as place:
        state = Path(place, name)
        settings = load_settings(state_dir=state)
        with open_ledger(settings) as ledger:
            ledger.set_fact("a", "b")
        assert list(Path(place).iterdir()) == [state]
        assert {"ledger.sqlite3", "ledger.key"} <= {path.name for path in state.iterdir()}
        look = inspect_ledger(settings)
        assert (look.file, look.schema) == (state / "ledger.sqlite3", look.newest)


def test_it_opens_again_with_what_it_knew(settings: Settings) -> None:
    """Files, facts and markers stand after closing."""
    with open_ledger(settings) as ledger:
        listed(ledger, 2)
        marker = ledger.make_marker("ab", 41)
        assert ledger.make_marker("ab", 42) != marker != ledger.make_marker("cd", 41)
        assert marker.startswith("MR-")
        assert len(marker) == 29
    with open_ledger(settings) as ledger:
        assert ledger.pick_up("run", None) == 2
        assert ledger.make_marker("ab", 41) == marker


def test_a_dry_runs_ledger_is_thrown_away(settings: Settings, tmp_path: Path) -> None:
    """It is in scratch, and the real one is not even made."""
    with Scratch(tmp_path) as scratch, open_ledger(settings, scratch) as ledger:
        ledger.set_fact("a", "b")
    assert not (tmp_path / "state").exists()


def test_a_rotated_key_opens_what_the_old_one_encrypted(tmp_path: Path) -> None:
    """New and old key together: markers and cases can still be read."""
    old, new = "old-key-0123456789", "new-key-0123456789"
    with open_ledger(load_settings(state_dir=tmp_path, ledger_key=old)) as ledger:
        marker = ledger.make_marker("ab", 41)
    with open_ledger(load_settings(state_dir=tmp_path, ledger_key=f"{new}, {old}")) as ledger:
        assert ledger.make_marker("ab", 41) == marker
    with pytest.raises(ConfigError, match="another key"):
        open_ledger(load_settings(state_dir=tmp_path, ledger_key=new))
    assert "old" not in repr(LedgerKey(old))


def test_a_lost_key_file_is_not_made_again(settings: Settings, tmp_path: Path) -> None:
    """A new key could open nothing: a person has to put the old one back."""
    open_ledger(settings).close()
    key = tmp_path / "state" / "ledger.key"
    kept = key.read_text()
    key.unlink()
    with pytest.raises(ConfigError, match=r"ledger\.key is not"):
        open_ledger(settings)
    assert not key.exists()
    key.write_text(kept)
    open_ledger(settings).close()


def test_a_key_file_that_cannot_be_read_is_named(settings: Settings, tmp_path: Path) -> None:
    """Not text, or a directory: one clear sentence."""
    open_ledger(settings).close()
    key = tmp_path / "state" / "ledger.key"
    key.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        open_ledger(settings)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("no url", "not a SQLAlchemy URL"),
        ("postgresql://db.example:port/firm", "not a SQLAlchemy URL"),
        ("postgresql://nobody@127.0.0.1:9/none", "key is not set"),
        ("sqlite://", "does not name a file"),
        ("sqlite:///:memory:", "does not name a file"),
        ("sqlite:///file:ledger?mode=memory&uri=true", "does not name a file"),
        ("sqlite:////proc/none/ledger.sqlite3", "cannot be written"),
        ("sqlite:///ledger.sqlite3", "must be an absolute path"),
    ],
)
def test_a_ledger_that_cannot_be_had_is_a_clear_error(tmp_path: Path, url: str, said: str) -> None:
    """One sentence, and what to do."""
    with pytest.raises(ConfigError, match=said):
        open_ledger(load_settings(state_dir=tmp_path, ledger_url=url))


def test_a_ledger_may_be_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tilde is expanded, and no folder of that name is made."""
    monkeypatch.setenv("HOME", str(tmp_path))
    url = opening.find_ledger_url(load_settings(ledger_url="sqlite:///~/firm.sqlite3"))
    assert opening.find_ledger_file(url) == tmp_path / "firm.sqlite3"


def test_a_ledger_in_memory_is_none(tmp_path: Path) -> None:
    """With a key of its own it would open, and each connection would find an empty one."""
    with pytest.raises(ConfigError, match="does not name a file for the ledger"):
        open_ledger(load_settings(state_dir=tmp_path, ledger_url="sqlite://", ledger_key="k" * 20))


def test_its_schema_is_that_of_the_models(ledger: Ledger) -> None:
    """The migrations together make what the code expects."""
    with ledger._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_a_ledger_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """What it knew stands."""
    url = f"sqlite:///{tmp_path / 'state' / 'ledger.sqlite3'}"
    (tmp_path / "state").mkdir()
    engine = create_engine(url)
    with engine.begin() as connection:
        config = opening._make_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO facts VALUES ('a', 'b')"))
    engine.dispose()
    with open_ledger(load_settings(state_dir=tmp_path / "state", ledger_key="k" * 20)) as ledger:
        assert ledger.get_fact("a") == "b"
        listed(ledger, 2)
        assert ledger.pick_up("run", None) == 2


def test_something_else_in_its_place_is_left_alone(tmp_path: Path) -> None:
    """A file that is not a database is not overwritten."""
    path = tmp_path / "ledger.sqlite3"
    path.write_text("my diary " * 100)
    with pytest.raises(ConfigError, match="cannot be opened"):
        open_ledger(load_settings(state_dir=tmp_path, ledger_key="k" * 20))
    assert path.read_text().startswith("my diary")


def test_a_newer_ledger_is_not_touched(settings: Settings, tmp_path: Path) -> None:
    """A schema that this program does not know ends the start."""
    open_ledger(settings).close()
    with sqlite3.connect(tmp_path / "state" / "ledger.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(ConfigError, match="newer version"):
        open_ledger(settings)


OPENING = "import sys; from mailroom.ledger import open_ledger; from mailroom.config.settings import load_settings\n"
OPENING += "print(open_ledger(load_settings(state_dir=sys.argv[1])).make_marker('ab', 41))"


def test_two_runs_may_make_it_at_once(tmp_path: Path) -> None:
    """Both get the same ledger and key."""
    command = [sys.executable, "-c", OPENING, str(tmp_path / "state")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    markers = {process.communicate(timeout=60)[0] for process in both}
    assert len(markers) == 1
    assert markers.pop().startswith("MR-")


def test_a_full_disk_stops_the_run_and_loses_nothing(ledger: Ledger) -> None:
    """The run stops with what to do; what was committed stands."""
    listed(ledger, 5)
    with ledger._engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()

    @event.listens_for(ledger._engine, "begin")
    def _small(connection: object) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

    with pytest.raises(RunStop, match="disk that holds the ledger is full"):
        listed(ledger, 5000)
    assert ledger.pick_up("run", None) == 5


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (sqlite3.OperationalError("database is locked"), Transient),
        (sqlite3.OperationalError("no such table: files"), OperationalError),
        (ConnectionLost("server closed the connection unexpectedly"), Transient),
        (ConnectionLost("could not extend file: No space left on device"), RunStop),
    ],
    ids=repr,
)
def test_a_database_that_is_gone_is_a_temporary_fault(
    ledger: Ledger, cause: Exception, kind: type[Exception]
) -> None:
    """A server that went away, or a lock that stays too long, is a temporary fault, and shows nothing.

    How a server is waited for: `test_absence.py`.
    """
    ledger.absence.patience = 0.0

    @event.listens_for(ledger._engine, "before_cursor_execute")
    def _fail(*_: object) -> None:
        raise OperationalError("SELECT 'made-up'", {}, cause)

    for call in (
        lambda: ledger.get_fact("a"),
        lambda: ledger.set_fact("a", "b"),
        lambda: ledger.count_outcomes("run"),
    ):
        with pytest.raises(kind) as raised:
            call()
        assert kind is OperationalError or "SELECT" not in str(raised.value)


def test_faults_of_the_database_do_not_show_what_was_to_be_written(ledger: Ledger) -> None:
    """An encrypted case, a file's id: none of it is in an exception's text."""
    ledger.set_fact("a", "made-up value")
    again = insert(FactRow).values(name="a", value="made-up value")
    with ledger._transaction() as session, pytest.raises(IntegrityError) as raised:
        session.execute(again)
    assert "made-up" not in str(raised.value)


UNDER_WAY = """
INSERT INTO deliveries (marker, file_id, case_sealed, document, task, begun, updated)
VALUES ('MR-x', 'file', 'sealed', 'intended', 'none', '2026-11-20 07:00:00', '2026-11-20 08:00:00')
"""


def test_a_ledger_of_the_first_schema_is_brought_up(settings: Settings, tmp_path: Path) -> None:
    """Its deliveries stand; what was under way then counts as intended when its row last changed."""
    state = tmp_path / "state"
    open_ledger(settings).close()
    (state / "ledger.sqlite3").unlink()
    engine = create_engine(f"sqlite:///{state / 'ledger.sqlite3'}")
    config = Config()
    config.set_main_option("script_location", str(Path(mailroom.ledger.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text(UNDER_WAY))
    engine.dispose()
    with open_ledger(settings) as ledger:
        state_then = ledger.get_delivery("MR-x")
        assert (state_then.document, state_then.lease_until) == ("intended", None)
        assert state_then.intended_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
        found = inspect(ledger._engine)
        made = {name: {column["name"] for column in found.get_columns(name)} for name in Base.metadata.tables}
        assert made == {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}


def test_a_ledger_that_another_process_keeps_locked_names_its_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a suspended run does. It is no configuration error: the same command works when that run goes on."""
    with open_ledger(settings) as ledger:
        ledger.request_lease(LeaseRequest("run-1", "office-1:12:34:run-1", "daily of Monday"))
    monkeypatch.setattr(opening, "LOCK_SECONDS", 0.05)
    with closing(sqlite3.connect(settings.state_dir / "ledger.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            RunStop, match=r"lock of this ledger: daily of Monday, since .*process 12 on office"
        ):
            open_ledger(settings)
        other.execute("DELETE FROM runs")
        other.execute("COMMIT")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunStop, match="Another program holds the lock") as stopped:
            open_ledger(settings)
    assert stopped.value.code == "ledger_locked"
    open_ledger(settings).close()


@pytest.mark.parametrize(
    "change", ["DELETE FROM alembic_version", "INSERT INTO alembic_version VALUES ('0001')"]
)
def test_a_ledger_without_one_version_is_a_clear_error(settings: Settings, change: str) -> None:
    """An emptied table of versions, and one with two heads; the doctor says so too."""
    open_ledger(settings).close()
    with closing(sqlite3.connect(settings.state_dir / "ledger.sqlite3")) as other, other:
        other.execute(change)
    for look in (open_ledger, inspect_ledger):
        with pytest.raises(ConfigError, match="does not say which version it has"):
            look(settings)


def damaged(settings: Settings) -> None:
    """A ledger whose pages are overwritten, but for the first ones, as by a bad disk or a half copy."""
    path = settings.state_dir / "ledger.sqlite3"
    open_ledger(settings).close()
    first = path.stat().st_size
    with open_ledger(settings) as ledger:
        listed(ledger, 2000)
        ledger.pick_up("run", None)
    content = bytearray(path.read_bytes())
    content[first:] = b"\xa5" * (len(content) - first)
    path.write_bytes(content)


def test_a_damaged_ledger_is_known_when_it_is_opened(settings: Settings) -> None:
    """Before anything is filed that it could not remember; the doctor says so too."""
    damaged(settings)
    for look in (open_ledger, inspect_ledger):
        with pytest.raises(ConfigError, match="The ledger is damaged") as refused:
            look(settings)
        assert "\n" not in str(refused.value)


def flip_page(content: bytes, number: int) -> bytes:
    """The file with every bit of one page flipped."""
    start, end = number * 4096, (number + 1) * 4096
    return content[:start] + bytes(byte ^ 0xFF for byte in content[start:end]) + content[end:]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"my diary " * len(content),
        lambda content: bytes(len(content)),
        lambda content: content[: len(content) // 2],
        lambda content: content[:50],
        lambda content: flip_page(content, 0),
        lambda content: flip_page(content, 5),
    ],
    ids=["junk", "zeros", "half", "50 bytes", "first page", "another page"],
)
def test_whatever_damaged_it_the_line_says_damaged_and_names_the_backup(
    settings: Settings, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    """For a run, the doctor and the backup, which leaves no copy of it behind."""
    with open_ledger(settings) as ledger:
        listed(ledger, 200)
    path = settings.state_dir / "ledger.sqlite3"
    spoilt = spoil(path.read_bytes())
    copy = tmp_path / "copy.sqlite3"
    for look in (open_ledger, inspect_ledger, lambda known: back_up_ledger(known, copy)):
        path.write_bytes(spoilt)
        with pytest.raises(ConfigError, match="The ledger is damaged") as refused:
            look(settings)
        assert "`mailroom ledger backup`" in str(refused.value)
        assert "Backing up the ledger" in str(refused.value)
    assert path.read_bytes() == spoilt
    assert not copy.exists()


@pytest.mark.parametrize(
    "ask",
    [
        lambda ledger: ledger.pick_up("run", None),
        lambda ledger: ledger.list_results("run"),
        lambda ledger: listed(ledger, 2000, "next"),
    ],
)
def test_a_ledger_that_is_damaged_during_a_run_stops_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Ledger], object]
) -> None:
    """Whether it is read or written to, a person is told."""
    damaged(settings)
    monkeypatch.setattr(opening, "check_undamaged", lambda _engine: None)
    with open_ledger(settings) as ledger, pytest.raises(ConfigError, match="The ledger is damaged"):
        ask(ledger)


def test_a_disk_without_room_for_the_key_is_a_clear_error(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the key is left, so that the next start makes it whole."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        replace_in(patched, encryption, os, fsync=full)
        with pytest.raises(ConfigError, match=r"key file .*ledger\.key cannot be written: No space left"):
            open_ledger(settings)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["ledger.sqlite3"]
    open_ledger(settings).close()


def test_a_lock_that_cannot_be_made_is_a_clear_error(settings: Settings, tmp_path: Path) -> None:
    """A folder in its place."""
    (tmp_path / "state" / "ledger.sqlite3.lock").mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be opened"):
        open_ledger(settings)


def test_holders_tell_whether_they_live() -> None:
    """This process does; another start of the same number does not; of other machines nothing is known."""
    mine = make_holder("run")
    assert holder_is_alive(mine)
    host, pid, ticks, run = mine.split(":")
    assert not holder_is_alive(f"{host}:{pid}:{int(ticks) + 1}:{run}")
    assert not holder_is_alive(f"{host}:{2**22 + 1}:5:{run}")
    assert holder_is_alive(f"elsewhere:{pid}:5:{run}")
    assert holder_is_alive("no holder at all")
