"""The weekly comparison as a flow: thin; its state says in one line what was found."""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from prefect.utilities.callables import parameter_schema

import flows.reconcile
from flows.reconcile import reconcile
from mailroom.config.settings import load_settings
from mailroom.config.sources import Sources
from mailroom.config.target import Target
from mailroom.errors import RunStop
from mailroom.run.context import RunContext
from mailroom.run.differences import Code
from mailroom.run.reconcile import Reconciliation


@pytest.mark.parametrize("repair", [False, True])
@pytest.mark.parametrize("left", [0, 2])
def test_its_state_fails_while_something_is_left(
    monkeypatch: pytest.MonkeyPatch, left: int, repair: bool
) -> None:
    """So that a person is told, as of any other run that failed."""
    found = Reconciliation(Counter({Code.UNMOVED_FILE: left}) if left else Counter(), left, repair)
    asked: list[bool] = []

    def compare(*, repair: bool) -> Reconciliation:
        asked.append(repair)
        return found

    monkeypatch.setattr(flows.reconcile, "compare_systems", compare)
    ended = reconcile.fn(repair=repair)
    assert asked == [repair]
    assert ended.is_failed() == bool(left)
    assert ended.message == found.describe()


def test_an_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when another run waits already."""

    def stop(*, repair: bool) -> Reconciliation:  # noqa: ARG001 - as the original
        raise RunStop("another_run_active", what="Another run is active.", fix="Start this run again.")

    monkeypatch.setattr(flows.reconcile, "compare_systems", stop)
    ended = reconcile.fn()
    assert ended.is_failed()
    assert ended.message == "Another run is active. Start this run again."


def test_without_settings_it_fails_and_never_uses_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is missing, before anything is opened."""
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(flows.reconcile, "stored_settings", Sources)
    for name in ("check_redaction", "guard_process"):
        monkeypatch.setattr(flows.reconcile, name, lambda: None)
    ended = reconcile.fn()
    assert ended.is_failed()
    assert "not configured" in str(ended.message)
    assert not (tmp_path / "state").exists()


def test_differences_are_in_the_log_that_the_runs_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A log of another name would be in the worker's log alone."""

    def compare(_reconciler: None, tell: Callable[[str], None], *, repair: bool) -> Reconciliation:
        tell("unmoved_file: f1")
        return Reconciliation(Counter({Code.UNMOVED_FILE: 1}), 1, repair)

    settings = load_settings(state_dir=tmp_path)
    monkeypatch.setattr(flows.reconcile, "decide_target", lambda *_: Target("real", settings))
    monkeypatch.setattr(flows.reconcile, "compare", compare)
    monkeypatch.setattr(RunContext, "open", lambda *_, **_how: nullcontext())
    monkeypatch.setattr(flows.reconcile, "get_run_logger", lambda: logging.getLogger("the run's"))
    for name in ("stored_settings", "check_redaction", "guard_process", "require_ledger", "open_reconciler"):
        monkeypatch.setattr(flows.reconcile, name, lambda *_, **_how: None)
    assert reconcile.fn().is_failed()
    assert [(record.name, record.message) for record in caplog.records] == [("the run's", "unmoved_file: f1")]


def test_its_form_changes_nothing_unless_asked() -> None:
    """The field says what it does."""
    (field,) = parameter_schema(reconcile).properties.values()
    assert field["default"] is False
    assert "Also repairs the differences" in field["description"]
