"""The weekly comparison as a flow: thin; its state says in one line what was found."""

from collections import Counter
from pathlib import Path

import pytest
from prefect.utilities.callables import parameter_schema

import flows.reconcile
from flows.reconcile import reconcile
from mailroom.config.sources import Sources
from mailroom.errors import RunStop
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


def test_its_form_changes_nothing_unless_asked() -> None:
    """The field says what it does."""
    (field,) = parameter_schema(reconcile).properties.values()
    assert field["default"] is False
    assert "Also repairs the differences" in field["description"]
