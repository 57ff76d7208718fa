"""Migrations: from the first ledger to this one nothing is lost, and what they make is what the models
say.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import mailroom.ledger
from mailroom.config.settings import Settings, load_settings
from mailroom.ledger import Ledger, open_ledger
from mailroom.ledger.models import Base
from mailroom.privacy.encryption import LedgerKey
from tests.ledger.conftest import confirmed

KEY = "made-up-key-0123456789"
EARLY = ("1969-12-31 23:59:59.999999", "2026-02-28 12:30:01.120000")
SCRIPTS = Path(mailroom.ledger.__file__).with_name("migrations")


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    """A ledger of the first schema, with a scan and a delivery in it."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    sealed = LedgerKey(KEY).encrypt("777123")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO folders VALUES ('run', 'inbox', 'token', 0)"))
        row = "('MR-A', 'file', :sealed, 'confirmed', 5, 'none', NULL, 'matched', NULL, :now, :now)"
        connection.execute(
            text(f"INSERT INTO deliveries VALUES {row}"),  # noqa: S608 - of our own
            {"sealed": sealed, "now": "2026-11-01 00:00:00.000000"},
        )
    engine.dispose()
    return load_settings(state_dir=tmp_path, ledger_key=KEY)


def test_a_ledger_of_the_first_schema_loses_nothing(old: Settings) -> None:
    """Its scan continues at its token, its delivery is known, and a folder counts as listed now."""
    with open_ledger(old) as ledger:
        assert ledger.get_folder_progress("run", "inbox").page_token == "token"
        assert confirmed(ledger) == ("MR-A", 777_123)
        assert ledger.purge(datetime(2026, 11, 2, tzinfo=UTC)).folders == 0
        assert ledger.find_confirmed_delivery("document") is None
        assert ledger.get_delivery("MR-A").document_id == 5
        ledger.add_folders("run", ["another"])
        assert ledger.list_open_folders("run") == ["another", "inbox"]


@pytest.fixture
def before_0005(tmp_path: Path) -> Settings:
    """A ledger of schema 0004, with a file in each state that there was."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    rows = [
        ("pending", None, None),
        ("claimed", None, "me"),
        ("moving", "matched", "me"),
        ("settled", "review", None),
        ("done", "matched", None),
        ("failed", "failed", None),
    ]
    insert = text(
        "INSERT INTO files (id, parent_id, size, md5, created, state, outcome, reason, target, case_sealed, attempts,"
        " holder, lease_until, scan_run_id, taken_run_id, first_seen, updated)"
        " VALUES (:id, 'inbox', 9, 'md5', :now, :state, :outcome, :outcome, :outcome, :case_sealed, 1,"
        " :holder, :until, 'run', 'run', :now, :now)"
    )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for name, outcome, holder in rows:
            values = {
                "id": name,
                "state": "claimed" if name == "moving" else name,
                "outcome": outcome,
                "holder": holder,
                "case_sealed": LedgerKey(KEY).encrypt("777123") if outcome else None,
                "now": "2026-11-01 00:00:00.000000",
                "until": "2099-01-01 00:00:00.000000" if holder else None,
            }
            connection.execute(insert, values)
    engine.dispose()
    return load_settings(state_dir=tmp_path, ledger_key=KEY)


def test_files_of_schema_0004_keep_their_states(before_0005: Settings) -> None:
    """A decided file that is being moved is told from a claimed one; the cases of files are gone from every
    byte.
    """
    with open_ledger(before_0005) as ledger:
        with ledger._engine.connect() as connection:
            found = dict(connection.execute(text("SELECT id, state FROM files")).tuples().all())
            columns = {row[1] for row in connection.execute(text("PRAGMA table_info(files)"))}
        assert found == {
            "pending": "pending",
            "claimed": "claimed",
            "moving": "decided",
            "settled": "settled",
            "done": "done",
            "failed": "failed",
        }
        assert "case_sealed" not in columns
        assert ledger.count_outcomes("run") == {"pending": 4, "matched": 1, "failed": 1}
        assert ledger.free_dead_claims(lambda _holder: False) == 2
        row = ledger.claim("moving", "you", 60)
        assert row is not None
        assert (row.state, row.outcome, row.md5) == ("decided", "matched", "md5")
        ledger.finish("moving", "you")
        assert ledger.count_outcomes("run")["matched"] == 2
    stored = b"".join(path.read_bytes() for path in before_0005.state_dir.glob("ledger.sqlite3*"))
    assert b"gAAAAA" in stored  # the key check
    assert stored.count(b"gAAAAA") == 1


def test_times_of_schema_0017_are_the_same_as_numbers(tmp_path: Path) -> None:
    """To the microsecond; what is missing stays missing, and SQLite sorts them as before."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0017")
        for name, created, tried in (("late", "2026-11-01 00:00:00.000001", None), ("early", *EARLY)):
            connection.execute(
                text(
                    "INSERT INTO files (id, parent_id, created, state, scan_run_id, taken_run_id, fault_hours,"
                    " first_seen, updated, try_after)"
                    " VALUES (:id, 'inbox', :now, 'pending', 'run', 'run', 0, :now, :now, :tried)"
                ),
                {"id": name, "now": created, "tried": tried},
            )
    engine.dispose()
    with open_ledger(load_settings(state_dir=tmp_path, ledger_key=KEY)) as ledger:
        assert ledger.list_pending("run", None, 5) == ["early", "late"]
        early, late = (ledger.find_files(["early", "late"])[name] for name in ("early", "late"))
        assert (early.created, early.try_after) == (
            datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
            datetime(2026, 2, 28, 12, 30, 1, 120_000, UTC),
        )
        assert (late.updated, late.try_after, late.done_at) == (
            datetime(2026, 11, 1, 0, 0, 0, 1, UTC),
            None,
            None,
        )


def test_what_they_make_is_what_the_models_say(ledger: Ledger) -> None:
    """No column, index or rule differs."""
    with ledger._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_migrations_have_one_head() -> None:
    """Two that follow the same one would make two, and no ledger could be brought up to date."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
