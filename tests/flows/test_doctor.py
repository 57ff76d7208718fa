"""The daily check as a flow: its message says what is wrong, and its log says everything."""

import logging
from collections.abc import Callable, Iterator

import pytest

import flows.doctor
from flows.doctor import doctor
from mailroom.config.settings import load_settings
from mailroom.config.target import Target
from mailroom.doctor.lines import Line, note, ok, wrong
from mailroom.errors import ConfigError

GOOD = [ok("Drive inbox", "files can be read"), note("database", "SQLite", "Use few slots.")]
BAD = [
    wrong("worker", "No worker polls the pool.", "Start one."),
    wrong("ledger", "It is gone.", "Restore it."),
]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """The lines that the checks find; the flow must ask for the real systems on a server."""
    lines: list[Line] = []

    def list_lines(announce: Callable[[Target], None], *, real: bool, configured: bool) -> Iterator[Line]:
        assert (real, configured) == (True, True)
        announce(Target("real", load_settings(), ("1abc",)))
        yield from lines

    monkeypatch.setattr(flows.doctor, "list_lines", list_lines)
    for name in ("check_redaction", "guard_process"):
        monkeypatch.setattr(flows.doctor, name, lambda: None)
    monkeypatch.setattr(flows.doctor, "get_run_logger", lambda: logging.getLogger("the run's"))
    return lines


def test_nothing_is_wrong(found: list[Line], caplog: pytest.LogCaptureFixture) -> None:
    """It completes; the target and each line are in the log that the run's page shows."""
    caplog.set_level(logging.INFO, "the run's")
    found += GOOD
    state = doctor.fn()
    assert (state.is_completed(), state.message) == (True, "Nothing is wrong.")
    assert caplog.messages[0].startswith("Real systems: Drive inbox 1abc")
    assert {record.name for record in caplog.records} == {"the run's"}
    assert caplog.messages[2] == "note  database: SQLite Use few slots."


def test_something_is_wrong(found: list[Line]) -> None:
    """It fails, and each problem is in its message with what to do."""
    found += GOOD + BAD
    state = doctor.fn()
    assert state.is_failed()
    assert state.message == "worker: No worker polls the pool. Start one.\nledger: It is gone. Restore it."


def test_a_log_that_would_not_be_redacted(monkeypatch: pytest.MonkeyPatch, found: list[Line]) -> None:
    """It fails with the sentence that says what to set, before anything is logged."""

    def refuse() -> None:
        raise ConfigError("log_not_redacted", what="The log is not redacted.", fix="Set it.")

    found += GOOD
    monkeypatch.setattr(flows.doctor, "check_redaction", refuse)
    assert doctor.fn().message == "The log is not redacted. Set it."
