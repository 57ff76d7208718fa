"""The ledger is checked and not changed."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from mailroom.config.settings import Settings, load_settings
from mailroom.crm.base import Case
from mailroom.doctor.ledger import check_index, check_ledger
from mailroom.ledger import inspection, open_ledger, opening
from mailroom.ledger.models import MOVED_TO, UNFINISHED_COPY
from mailroom.ledger.opening import list_schemas
from mailroom.matching.case_index import import_cases
from tests.ledger.conftest import listed


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Defaults, with the state in a directory that does not exist yet."""
    return load_settings(state_dir=tmp_path / "state")


def change(tmp_path: Path, statement: str) -> None:
    """Change the ledger's database directly."""
    with sqlite3.connect(tmp_path / "state" / "ledger.sqlite3") as database:
        database.execute(statement)
    database.close()


def test_a_missing_ledger_is_not_created(settings: Settings, tmp_path: Path) -> None:
    """The first run creates it; the doctor creates no file or folder, and does not fill an empty file."""
    line = check_ledger(settings)
    assert (line.level, "the first run on the real systems creates it" in line.words) == ("ok", True)
    assert not (tmp_path / "state").exists()
    (tmp_path / "state").mkdir()
    empty = tmp_path / "state" / "ledger.sqlite3"
    empty.touch()
    assert "the first run on the real systems creates it" in check_ledger(settings).words
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["ledger.sqlite3"]
    assert not empty.stat().st_size


def test_a_good_ledger_is_ok(settings: Settings) -> None:
    """The line has its schema and says that the key is correct, also while a run has it open."""
    with open_ledger(settings):
        line = check_ledger(settings)
    assert line.level == "ok"
    assert "can be opened with its key" in line.words
    assert check_ledger(settings) == line


def test_a_ledger_that_was_moved_or_is_half_a_copy_is_wrong(settings: Settings) -> None:
    """No run opens it, so the doctor must not call it usable."""
    for mark, said in ((UNFINISHED_COPY, "incomplete copy"), (MOVED_TO, "was moved to elsewhere")):
        with open_ledger(settings) as ledger:
            ledger.set_fact(mark, "elsewhere")
        line = check_ledger(settings)
        assert (line.level, said in line.words) == ("wrong", True), line.words
        change(settings.state_dir.parent, "DELETE FROM facts WHERE value = 'elsewhere'")


def test_a_ledger_without_files_is_called_new(settings: Settings) -> None:
    """A wrong MAILROOM_STATE_DIR can be seen by that; from the first file on it is not new."""
    with open_ledger(settings) as ledger:
        assert "it is new, no run has recorded a file in it" in check_ledger(settings).words
        listed(ledger, 1)
    assert "new" not in check_ledger(settings).words


def test_another_key_is_wrong(settings: Settings, tmp_path: Path) -> None:
    """A key that is set, replaced, too short, or missing."""
    open_ledger(settings).close()
    for key in ("another-key-0123456789", "short"):
        assert check_ledger(load_settings(state_dir=tmp_path / "state", ledger_key=key)).level == "wrong"
    file = tmp_path / "state" / "ledger.key"
    file.write_text("another-key-0123456789")
    assert "another key" in check_ledger(settings).words
    file.unlink()
    assert "key file" in check_ledger(settings).words
    assert not file.exists()


def test_a_ledger_of_another_name_has_a_key_of_its_own(tmp_path: Path) -> None:
    """It is looked for where a run makes it."""
    other = load_settings(state_dir=tmp_path, ledger_url=f"sqlite:///{tmp_path / 'other.sqlite3'}")
    open_ledger(other).close()
    assert "can be opened with its key" in check_ledger(other).words
    (tmp_path / "other.sqlite3").write_bytes(b"")
    (tmp_path / "other.sqlite3.key").write_text("short")
    assert "shorter than 16" in check_ledger(other).words


def test_a_newer_schema_is_wrong_and_an_older_one_is_a_note(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run migrates it; the doctor does not."""
    open_ledger(settings).close()
    now = list_schemas()[0]
    monkeypatch.setattr(opening, "list_schemas", lambda: ("0099", now))
    line = check_ledger(settings)
    assert (line.level, "migrates it to 0099" in line.words) == ("note", True)
    change(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer version" in check_ledger(settings).words


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("no url", None, "not a SQLAlchemy URL"),
        ("postgresql://nobody@127.0.0.1:9/none", None, "key is not set"),
        ("postgresql://nobody@127.0.0.1:9/none", "k" * 20, "does not answer"),
        (f"sqlite:////tmp/{'x' * 300}/ledger.sqlite3", "k" * 20, "cannot be read"),
        ("sqlite:////proc/none/ledger.sqlite3", "k" * 20, "cannot be written to"),
    ],
)
def test_a_ledger_that_cannot_be_opened_is_wrong(
    tmp_path: Path, url: str, key: str | None, said: str
) -> None:
    """With what to do."""
    line = check_ledger(load_settings(state_dir=tmp_path, ledger_url=url, ledger_key=key))
    assert (line.level, said in line.words) == ("wrong", True), line
    assert line.fix


def test_another_file_instead_of_a_ledger_is_wrong(settings: Settings, tmp_path: Path) -> None:
    """A file that is not a database."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger.sqlite3").write_text("my diary " * 100)
    (tmp_path / "state" / "ledger.key").write_text("k" * 20)
    assert "cannot be opened" in check_ledger(settings).words


def test_another_database_is_checked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database without a file of its own has no ledger yet; one in memory can have none."""
    settings = load_settings(
        state_dir=tmp_path, ledger_url="postgresql://db.example/firm", ledger_key="k" * 20
    )
    monkeypatch.setattr(inspection, "make_reading_engine", lambda *_: create_engine("sqlite://"))
    line = check_ledger(settings)
    assert "db.example/firm" in line.words
    assert "the first run on the real systems creates it" in line.words
    line = check_ledger(load_settings(state_dir=tmp_path, ledger_url="sqlite://", ledger_key="k" * 20))
    assert (line.level, "does not name a file" in line.words) == ("wrong", True)


def test_the_case_index_is_counted_and_its_age_is_told(settings: Settings) -> None:
    """After a month it misses clients; an empty one is nothing wrong."""
    assert check_index(settings).words == "empty: only a match service finds cases"
    with open_ledger(settings) as ledger:
        import_cases(ledger, [Case(41, "Jo", "Smith", ssn="1234")])
        assert check_index(settings).words == f"1 case, last filled on {datetime.now(UTC):%Y-%m-%d}"
        ledger._clock = lambda: datetime.now(UTC) - timedelta(days=31)
        import_cases(ledger, [Case(41, "Jo", "Smith", ssn="1234")])
    line = check_index(settings)
    assert (line.level, "newer clients are not in it" in line.words) == ("note", True)


def test_an_index_in_a_ledger_that_cannot_be_read_is_not_checked(settings: Settings, tmp_path: Path) -> None:
    """The ledger has a line of its own."""
    open_ledger(settings).close()
    (tmp_path / "state" / "ledger.key").write_text("made-up-key-0123456789")
    assert check_index(settings).words == "not checked: the ledger must be readable first"
