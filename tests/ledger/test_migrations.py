"""Migrations: from the first ledger to this one nothing is lost, and what they make is what the models say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

import mailroom.ledger
from mailroom.config.settings import Settings, load_settings
from mailroom.ledger import Ledger, open_ledger
from mailroom.ledger.models import Base
from mailroom.privacy import LedgerKey

KEY = "made-up-key-0123456789"
SCRIPTS = Path(mailroom.ledger.__file__).with_name("migrations")


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    """A ledger of the first schema, with a scan and a delivery in it."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    sealed = LedgerKey(KEY).seal("777123")
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
    """Its scan goes on at its token, its delivery is known, and a folder counts as listed now."""
    with open_ledger(old) as ledger:
        assert ledger.folder_progress("run", "inbox").page_token == "token"
        assert ledger.a_confirmed_delivery("document") == (ledger.delivery("MR-A"), 777_123)
        assert ledger.purge(datetime(2026, 11, 2, tzinfo=UTC)).folders == 0
        assert ledger.a_confirmed_delivery("document") is None
        assert ledger.delivery("MR-A").document_id == 5
        ledger.start_scan("run", ["another"])
        assert ledger.folders_to_scan("run") == ["another", "inbox"]


def test_what_they_make_is_what_the_models_say(ledger: Ledger) -> None:
    """No column, index or rule differs."""
    with ledger._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
