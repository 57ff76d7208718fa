"""What a command line hands to the flow, and that nothing of one run is left for the next one in the
process.
"""

import pytest
from prefect.utilities.callables import get_call_parameters

from flows import daily as flow_module
from mailroom.config.settings import load_settings
from mailroom.errors import ConfigError, FilesLeftPending, ProgramFault, RunStop
from mailroom.orchestration.launch import Launch
from mailroom.run.options import RunOptions
from mailroom.run.report import empty_report


def fill(_options: RunOptions, launch: Launch) -> None:
    """A run that files what there is."""
    report = empty_report("real").model_copy(update={"scan_complete": True})
    launch.result.begun, launch.result.report = True, report


def refuse(_options: RunOptions, _launch: Launch) -> None:
    """A run that cannot start."""
    raise ConfigError("code", what="It is missing.", fix="Add it.")


def test_a_run_leaves_its_result_with_whoever_called_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The state says in one line how it went."""
    monkeypatch.setattr(flow_module, "do_day", fill)
    launch = Launch(load_settings(batch_size=7))
    state = flow_module.run_day(RunOptions(), launch)
    assert state.is_completed()
    assert state.message == "No new PDFs in the inbox."
    assert launch.result.begun
    assert launch.result.report is not None


def test_a_second_run_that_cannot_start_does_not_report_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its report nor that its start was over: the exit code is that of a wrong configuration."""
    monkeypatch.setattr(flow_module, "do_day", fill)
    flow_module.run_day(RunOptions(), Launch())
    monkeypatch.setattr(flow_module, "do_day", refuse)
    second = Launch()
    state = flow_module.run_day(RunOptions(), second)
    assert state.is_failed()
    assert state.message == "It is missing. Add it."
    assert (second.result.begun, second.result.report) == (False, None)


def test_a_run_without_its_prefect_server_names_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever broke by then: a stop, or something of Prefect's that looks like a bug."""

    def lose(_options: RunOptions, launch: Launch) -> None:
        launch.result.server_lost = True
        raise ProgramFault("internal_error", kind="ConnectError", place="?")

    monkeypatch.setattr(flow_module, "do_day", lose)
    state = flow_module.run_day(RunOptions(), Launch())
    assert state.is_failed()
    assert state.message == (
        "The Prefect server was unavailable for more than two minutes. Files not done are left for the next run."
    )
    assert isinstance(state.data, RunStop)


def test_a_deployments_run_is_given_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its settings come from all sources; two runs share nothing."""
    seen: list[Launch] = []
    monkeypatch.setattr(flow_module, "do_day", lambda _, launch: seen.append(launch))
    for _ in range(2):
        flow_module.daily.fn(**get_call_parameters(flow_module.daily.fn, (), {}))
    assert [one.settings for one in seen] == [None, None]
    assert seen[0] is not seen[1]


def test_files_left_pending_say_what_happens_to_them() -> None:
    """In one line, for a state and a screen."""
    assert str(FilesLeftPending("files_left_pending", files=3)).startswith(
        "Temporary errors left 3 files pending"
    )
    assert "lists it again" in str(FilesLeftPending("scan_incomplete"))
