"""A ledger moves into another database: every row, once, and no run works on the wrong one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, Table, text
from sqlalchemy.orm import Session

from mailroom.cli.main import main
from mailroom.config.settings import Settings, load_settings
from mailroom.errors import ConfigError
from mailroom.ledger import FileDecision, LeaseRequest, Ledger, copying, make_holder, open_ledger, store
from mailroom.ledger.copying import copy_ledger
from mailroom.ledger.decisions import Action, PersonDecision
from mailroom.ledger.opening import find_ledger_url
from mailroom.ledger.runs import name_active_run
from tests.ledger.conftest import listed
from tests.postgresql_server import KEY, PostgresqlServer

IN_BOTH_DATABASES = True
ME = "me"
FILES = 7


@pytest.fixture(autouse=True)
def pages_of_three_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few files are several pages."""
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", 3)


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """The settings of an empty database of the other kind."""
    if settings.ledger_url is not None:
        url = f"sqlite:///{tmp_path / 'state' / 'new.sqlite3'}"
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        url = server.create_database().render_as_string(hide_password=False)
    return load_settings(state_dir=tmp_path / "state", ledger_url=url, ledger_key=KEY)


@pytest.fixture
def filled(settings: Settings) -> Iterator[Ledger]:
    """A ledger with files, folders, deliveries, decisions, times and facts."""
    settings.ledger_key = SecretStr(KEY)
    with open_ledger(settings) as ledger:
        listed(ledger, FILES)
        for number in range(FILES - 2):
            name = f"f{number:05}"
            ledger.claim(name, ME, 600)
            marker = ledger.make_marker(f"sha{number}", 777_000 + number)
            ledger.begin_delivery(marker, name, ME, 777_000 + number, name, 60)
            ledger.confirm(marker, "document", number + 1)
            ledger.record_decision(name, ME, FileDecision("review", "no_case", "review", f"sha{number}"))
            ledger.record_seconds(name, {"read": 0.25})
            ledger.finish(name, ME)
        ledger.note_person_decision("f00000", PersonDecision(Action.LATER, "ann"))
        yield ledger


def copy(settings: Settings, elsewhere: Settings, *, trial: bool = False) -> dict[str, int]:
    """Copy the ledger; the rows of each table."""
    shown: dict[str, int] = {}
    copy_ledger(find_ledger_url(settings), find_ledger_url(elsewhere), trial=trial, show=shown.__setitem__)
    return shown


def test_the_copy_works_as_the_ledger_did(settings: Settings, elsewhere: Settings, filled: Ledger) -> None:
    """Markers, decisions and times are the same, and new rows get numbers of their own."""
    marker = filled.make_marker("sha1", 777_001)
    shown = copy(settings, elsewhere)
    assert (shown["files"], shown["deliveries"], shown["decisions"]) == (FILES, FILES - 2, 1)
    with open_ledger(elsewhere) as ledger:
        assert ledger.make_marker("sha1", 777_001) == marker
        assert ledger.get_delivery(marker).document_id == 2
        ledger.note_person_decision("f00001", PersonDecision(Action.LATER, "bob"))
        assert [one.decided_by for one in ledger.list_past_decisions("f00000")] == ["ann"]
        assert not ledger.has_gap()


def test_no_run_begins_on_the_old_ledger(settings: Settings, elsewhere: Settings, filled: Ledger) -> None:
    """Neither one that opens it later, nor one that had opened it before."""
    copy(settings, elsewhere)
    with pytest.raises(ConfigError, match="was moved to"):
        filled.request_lease(LeaseRequest("late", make_holder("late")))
    with pytest.raises(ConfigError, match="was moved to"):
        open_ledger(settings)
    with pytest.raises(ConfigError, match="already holds a ledger"):
        copy(settings, elsewhere)


def test_a_ledger_on_which_a_run_works_is_not_moved(
    settings: Settings, elsewhere: Settings, filled: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is named, and continues: it never finds its ledger closed. So does the copy after it."""
    filled.request_lease(LeaseRequest("daily", make_holder("daily"), "daily A"))

    def name_while_open(session: Session, now: datetime) -> str | None:
        filled.check_in_use()
        return name_active_run(session, now)

    with monkeypatch.context() as patched:
        patched.setattr(copying, "name_active_run", name_while_open)
        with pytest.raises(ConfigError, match="daily A"):
            copy(settings, elsewhere)
    assert filled.claim("f00005", ME, 600)
    with pytest.raises(ConfigError, match="incomplete copy"):
        open_ledger(elsewhere)
    filled.end_run("daily")
    copy(settings, elsewhere)
    with open_ledger(elsewhere) as ledger:
        assert not ledger.claim("f00005", "you", 600)


def test_a_ledger_on_which_a_part_of_a_killed_run_works_is_not_moved(
    settings: Settings, elsewhere: Settings, filled: Ledger
) -> None:
    """What it files until it finds out would be missing in the copy, and would be filed again."""
    filled.request_lease(LeaseRequest("daily", make_holder("daily")))
    filled.begin_part("daily/1.1", "daily", "worker:5:7:daily/1.1")
    here = make_holder("").split(":")[0]
    filled.request_lease(LeaseRequest("daily", f"{here}:1:7:daily"))
    with pytest.raises(ConfigError, match="a worker of a run that ended, process 5 on worker"):
        copy(settings, elsewhere)
    assert filled.renew_part("daily/1.1", {}) is None
    filled.end_part("daily/1.1")
    copy(settings, elsewhere)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_run_elsewhere_is_judged_by_the_clock_of_the_database(
    settings: Settings, elsewhere: Settings, filled: Ledger, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """It renews its lease by that; a machine whose clock is wrong may copy its ledger."""
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr(store, "datetime", SimpleNamespace(now=lambda _zone: now))
    filled.request_lease(LeaseRequest("daily", "elsewhere:5:7:daily", "daily A"))
    with pytest.raises(ConfigError, match="daily A"):
        copy(settings, elsewhere)
    filled.end_run("daily")


@pytest.mark.parametrize("table", ["files", "deliveries", "facts"])
def test_a_copy_that_was_interrupted_continues(
    settings: Settings, elsewhere: Settings, filled: Ledger, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """What changed since is brought up to date, and what went meanwhile goes."""
    bring = copying._bring_up_to_date

    def interrupted(one: Table, old: Engine, new: Engine) -> None:
        bring(one, old, new)
        if one.name == table:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(copying, "_bring_up_to_date", interrupted)
        with pytest.raises(KeyboardInterrupt):
            copy(settings, elsewhere)
    with pytest.raises(ConfigError, match="incomplete copy"):
        open_ledger(elsewhere)
    filled.set_fact("a_fact", "new")
    with filled._transaction() as session:
        session.execute(text("DELETE FROM files WHERE id = 'f00006'"))
    assert copy(settings, elsewhere)["files"] == FILES - 1
    with open_ledger(elsewhere) as ledger:
        assert ledger.get_fact("a_fact") == "new"


def test_a_trial_leaves_the_old_ledger_in_use(
    settings: Settings, elsewhere: Settings, filled: Ledger
) -> None:
    """The copy cannot be used before it was brought up to date."""
    copy(settings, elsewhere, trial=True)
    with pytest.raises(ConfigError, match="incomplete copy"):
        open_ledger(elsewhere)
    filled.set_fact("a_fact", "since")
    copy(settings, elsewhere)
    with open_ledger(elsewhere) as ledger:
        assert ledger.get_fact("a_fact") == "since"


def test_a_row_that_differs_is_not_overlooked(
    settings: Settings, elsewhere: Settings, filled: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison reads both databases again."""
    copy(settings, elsewhere, trial=True)
    monkeypatch.setattr(copying, "_bring_up_to_date", lambda *_tables: None)
    with filled._transaction() as session:
        session.execute(text("UPDATE deliveries SET task_id = 99 WHERE file_id = 'f00004'"))
    with pytest.raises(ConfigError, match="deliveries changed"):
        copy(settings, elsewhere, trial=True)


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command finds the old ledger."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("MAILROOM_LEDGER_KEY", KEY)
    if settings.ledger_url is not None:
        monkeypatch.setenv("MAILROOM_LEDGER_URL", settings.ledger_url)


@pytest.mark.usefixtures("filled", "environment")
def test_the_command_says_what_to_set(
    elsewhere: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It names the databases without passwords."""
    assert main(["ledger", "copy", "--to", str(elsewhere.ledger_url)]) == 0
    said = capsys.readouterr().out
    assert f"files: {FILES} rows, the same in both" in said
    assert "decisions: 1 row, the same in both\n" in said
    assert "Set MAILROOM_LEDGER_URL to the new one." in said
    assert main(["ledger", "copy", "--from", f"sqlite:///{tmp_path}/none", "--to", "sqlite:////x"]) == 2


@pytest.mark.usefixtures("environment")
def test_a_ledger_that_moved_is_not_taken_for_a_restored_backup(elsewhere: Settings, filled: Ledger) -> None:
    """Otherwise each delivery would check its case first, for as long as the ledger is used."""
    marker = filled.make_marker("sha9", 777_009)
    filled.claim("f00006", ME, 600)
    filled.begin_delivery(marker, "f00006", ME, 777_009, "f00006", 60)
    assert filled.intend(marker, "document", "f00006", ME, 60)
    assert main(["ledger", "copy", "--to", str(elsewhere.ledger_url)]) == 0
    with open_ledger(elsewhere) as moved:
        assert moved.get_state().intents == 1
        assert not moved.has_gap()
