"""The weekly purge as a flow: thin, with the bounds of its form and one line for whatever is wrong."""

from pathlib import Path

import pytest
from prefect.client.schemas.objects import State
from prefect.utilities.callables import parameter_schema

import flows.purge
from flows.purge import purge
from mailroom.config.settings import load_settings
from mailroom.config.sources import Sources
from mailroom.errors import ConfigError
from mailroom.ledger import open_ledger
from tests.ledger.conftest import listed
from tests.ledger.test_purge import ME, deliver


def run(days: int = 90) -> State[None]:
    """The flow's own function, without a server."""
    return purge.fn(older_than_days=days)


@pytest.fixture(autouse=True)
def ledger_of_a_past_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without blocks, a log that is redacted, and where the ledger lies."""
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(tmp_path / "state"))
    for name in ("check_redaction", "guard_process"):
        monkeypatch.setattr(flows.purge, name, lambda: None)
    monkeypatch.setattr(flows.purge, "stored_settings", Sources)


def test_it_says_how_much_went() -> None:
    """And which days were meant."""
    with open_ledger(load_settings()) as ledger:
        listed(ledger, 1)
        deliver(ledger, 0)
        ledger.finish("f00000", ME)
    ended = run()
    assert ended.is_completed()
    assert str(ended.message).startswith("Removed: client data older than 90 days (closed files: 0, ")
    assert "older than 90 days" in str(ended.message)


def test_without_a_ledger_it_fails_in_one_line() -> None:
    """As when its worker runs on another machine than the daily one."""
    ended = run()
    assert ended.is_failed()
    assert "There is no ledger at" in str(ended.message)


def test_a_log_that_would_not_be_redacted_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a daily run, the message says what to set."""

    def refuse() -> None:
        raise ConfigError("logs_not_redacted", what="The log would not be redacted.", fix="Set it.")

    monkeypatch.setattr(flows.purge, "check_redaction", refuse)
    assert run().message == "The log would not be redacted. Set it."


def test_its_form_has_bounds_and_says_what_it_asks_for() -> None:
    """From a day to a hundred years."""
    (field,) = parameter_schema(purge).properties.values()
    assert (field["minimum"], field["maximum"], field["default"]) == (1, 36_500, 90)
    assert "this many days ago" in field["description"]
