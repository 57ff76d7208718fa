"""The daily flow's form, and how its deployments treat a second run."""

import logging

import pytest

from flows import daily, serve
from mailroom.orchestration.launch import Launch
from mailroom.run.options import RunOptions


def test_no_run_is_limited_by_prefect() -> None:
    """The ledger lets the second run wait, whatever servers they have; a killed run blocks no other one."""
    limits = {one.name: one.concurrency_limit for one in serve.deployments()}
    names = ("daily", "doctor", "by-hand", "dry-run", "sandbox", "purge", "reconcile")
    assert limits == dict.fromkeys(names)


def test_whom_a_run_waits_for_is_in_the_log_that_its_page_shows(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A log of another name would be in the worker's log alone."""
    caplog.set_level(logging.INFO, "the run's")
    monkeypatch.setattr(daily, "get_run_logger", lambda: logging.getLogger("the run's"))
    monkeypatch.setattr(daily, "do_day", lambda _, launch: launch.on_wait("This run waits."))
    daily.daily.fn()
    assert [(record.name, record.message) for record in caplog.records] == [("the run's", "This run waits.")]


@pytest.mark.parametrize("no_wait", [False, True])
def test_a_form_can_say_that_a_run_does_not_wait(monkeypatch: pytest.MonkeyPatch, no_wait: bool) -> None:
    """Its field has a description, and reaches the run; so does the command line's option."""
    seen: list[RunOptions] = []
    monkeypatch.setattr(daily, "do_day", lambda options, _: seen.append(options))
    field = daily.daily.parameters.properties["no_wait"]
    assert (field["type"], field["default"]) == ("boolean", False)
    assert "another run is active" in field["description"]
    daily.daily.fn(no_wait=no_wait)
    daily.bind_daily(Launch(on_sandbox=True)).fn(no_wait=no_wait)
    assert seen == [RunOptions(no_wait=no_wait), RunOptions(sandbox=True, no_wait=no_wait)]
