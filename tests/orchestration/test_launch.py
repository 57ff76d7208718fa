"""What the command line hands to the flow, and that a second run in one process begins anew."""

import pytest

from flows import daily as flow_module
from mailroom.config.settings import Settings, load_settings
from mailroom.errors import ConfigError
from mailroom.orchestration.launch import Launch
from mailroom.run.context import Order
from mailroom.run.report import empty_report


def used() -> Launch:
    """What a run in this process has left behind."""
    return Launch(
        settings=load_settings(batch_size=7),
        checked=True,
        report=empty_report("real"),
        report_problem="No space left on device",
    )


def test_a_second_run_begins_anew() -> None:
    """What the first one found counts no more; what the command line handed in stands."""
    launch = used()
    launch.begin_flow()
    assert (launch.checked, launch.report, launch.report_problem) == (False, None, None)
    assert launch.settings is not None
    assert launch.settings.batch_size == 7


def test_a_second_run_that_cannot_start_does_not_tell_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its report nor that its start was over: the exit code is that of a wrong configuration."""

    def refuse(_order: Order, _settings: Settings | None) -> None:
        raise ConfigError("code", what="It is missing.", mend="Put it there.")

    launch = used()
    monkeypatch.setattr(flow_module, "current", launch)
    monkeypatch.setattr(flow_module, "whole_day", refuse)
    state = flow_module.daily.fn()
    assert state.is_failed()
    assert (launch.checked, launch.report) == (False, None)
