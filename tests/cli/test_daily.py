"""The daily command around its flow."""

import io
import os
import runpy
import signal
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from prefect import flow
from prefect.runtime import flow_run
from rich.console import Console

import flows.daily
import mailroom.cli.daily
from mailroom.cli.daily import Day
from mailroom.cli.daily_options import DailyOptions
from mailroom.cli.display import Display
from mailroom.cli.exit_codes import SERVER_ENDED, Ending
from mailroom.cli.signals import Interrupted, Signals
from mailroom.cli.startup import Startup
from mailroom.config.settings import load_settings
from mailroom.errors import RunStop
from mailroom.ledger import open_ledger
from mailroom.orchestration.launch import SERVER_AWAY, Launch
from mailroom.run.context import NEW_LEDGER
from mailroom.run.lease import WAIT_OVER


@pytest.fixture
def signals() -> Iterator[Signals]:
    """The signals of a command, taken over until the test ends."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    taken = Signals()
    taken.install()
    yield taken
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("prefect_server")
def test_sigterm_before_the_run_is_open_is_a_stop(monkeypatch: pytest.MonkeyPatch, signals: Signals) -> None:
    """Prefect's own handler breaks the flow off then; the exit code is that of the signal anyway."""

    @flow
    def stopped_flow(
        limit: int | None, since: date | None, inbox: list[str] | None, dry_run: bool, no_wait: bool
    ) -> None:
        assert (limit, since, inbox, dry_run, no_wait) == (None, None, None, False, False)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)

    monkeypatch.setattr(flows.daily, "bind_daily", lambda _launch: stopped_flow)
    day = Day(DailyOptions(), Console(), signals)
    failure = day._call_flow()
    assert failure is None
    assert signals.received == [signal.SIGTERM]
    assert day._ending(failure).exit_code == 143


@pytest.mark.usefixtures("prefect_server")
def test_a_run_is_watched_as_a_deployments_run_is(monkeypatch: pytest.MonkeyPatch, signals: Signals) -> None:
    """It has the tag by which the automations on a server know the mail room's runs."""
    seen: list[str] = []

    @flow
    def tagged_flow(
        limit: int | None, since: date | None, inbox: list[str] | None, dry_run: bool, no_wait: bool
    ) -> None:
        assert not any((limit, since, inbox, dry_run, no_wait))
        seen.extend(flow_run.tags)

    monkeypatch.setattr(flows.daily, "bind_daily", lambda _launch: tagged_flow)
    assert Day(DailyOptions(), Console(), signals)._call_flow() is None
    assert seen == ["mailroom"]


def test_a_run_with_a_new_ledger_does_not_wait(signals: Signals) -> None:
    """What is said about the ledger comes while the run works."""
    console = Console(file=io.StringIO(), width=400)
    day = Day(DailyOptions(), console, signals)
    day._arrange_the_end(Display(console), None)
    day.launch.on_wait(NEW_LEDGER)
    assert NEW_LEDGER in shown(console)
    assert "Waiting" not in shown(console)


def test_a_run_that_waits_says_for_whom_and_obeys_signals(
    monkeypatch: pytest.MonkeyPatch, signals: Signals
) -> None:
    """Prefect has put its own handlers in the place of ours; a signal ends the wait at once."""
    monkeypatch.setattr(mailroom.cli.daily, "end_later", lambda _seconds, _end: None)
    console = Console(file=io.StringIO(), width=200)
    day = Day(DailyOptions(), console, signals)
    day._arrange_the_end(Display(console), None)
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    day.launch.on_wait("Another run is active on this ledger: daily 2026-11-24. This run waits.")
    assert "Another run is active on this ledger: daily 2026-11-24. This run waits.\n" in shown(console)
    day.launch.on_wait(WAIT_OVER)
    assert shown(console).endswith(f"Waiting …\n{WAIT_OVER}\nStarting …\n")
    os.kill(os.getpid(), signal.SIGTERM)
    assert day.launch.stop.is_set()
    failure = RunStop("stopped", what="The run was asked to stop.", fix="")
    assert day._ending(failure).show(console) == 143
    assert "Nothing was filed or moved." in shown(console)


def test_a_run_that_may_not_wait_ends_with_exit_code_3() -> None:
    """Its line names the other run."""
    console = Console(file=io.StringIO(), width=200)
    failure = RunStop("another_run_active", what="Another run is active: daily 2026-11-24.", fix="Wait.")
    assert Ending(failure).show(console) == 3
    assert shown(console) == "Cannot start: Another run is active: daily 2026-11-24. Wait.\n"


@pytest.mark.parametrize("state", [None, Path("/state")])
def test_a_stop_during_the_start_names_the_sandbox_that_is_filled(
    monkeypatch: pytest.MonkeyPatch, signals: Signals, state: Path | None
) -> None:
    """Before that there is nothing to come back to."""
    console = Console(file=io.StringIO(), width=200)
    day = Day(DailyOptions(), console, signals)

    def interrupt() -> int:
        startup = Startup(day.options, load_settings(), Display(console), signals, Path("log"), day.launch)
        startup.sandbox_state, day.startup = state, startup
        signals.received.append(signal.SIGINT)
        raise Interrupted

    monkeypatch.setattr(day, "_run", interrupt)
    assert day.run() == 130
    assert ("uv run python flows/daily.py --state /state" in shown(console)) == (state is not None)
    assert shown(console).endswith("Stopped before anything was done.\n")


def test_a_run_that_does_not_come_back_names_its_sandbox(
    monkeypatch: pytest.MonkeyPatch, signals: Signals
) -> None:
    """Its process ends at once, with the exit code of the signal."""
    console, codes = Console(file=io.StringIO(), width=200), list[int]()
    monkeypatch.setattr(os, "_exit", codes.append)
    signals.received.append(signal.SIGINT)
    day = Day(DailyOptions(limit=5), console, signals)
    day.startup = Startup(day.options, load_settings(), Display(console), signals, Path("log"), day.launch)
    day.startup.sandbox_state = Path("/state")
    day._abandon()
    assert codes == [130]
    assert "uv run python flows/daily.py --state /state --limit 5" in shown(console)


def test_a_signal_after_the_end_keeps_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, signals: Signals
) -> None:
    """The first one lets the command close what it opened, the second ends it at once."""
    codes: list[int] = []
    asked: list[str] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    signals.hand_over(lambda: asked.append("to stop"))
    failure = RunStop("drive_down", what="Google Drive is down.")
    assert Day(DailyOptions(), Console(file=io.StringIO()), signals)._end(failure) == 3
    os.kill(os.getpid(), signal.SIGINT)
    assert (codes, asked) == ([], [])
    os.kill(os.getpid(), signal.SIGINT)
    assert (codes, asked) == ([3], [])


def shown(console: Console) -> str:
    """What is on the screen."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_report_never_replaces_that_of_other_systems(tmp_path: Path, signals: Signals) -> None:
    """A dry run, or one on the sandbox, leaves the real day's."""
    settings = load_settings(state_dir=tmp_path)
    (tmp_path / "sandbox").mkdir()
    chosen = [
        Day(DailyOptions(test=test), Console(), signals)._choose_report(settings, state)
        for test in (False, True)
        for state in (None, tmp_path / "sandbox")
    ]
    assert [str(path.relative_to(tmp_path)) for path in chosen] == [
        "report.json",
        "sandbox/report.json",
        "report-test.json",
        "sandbox/report-test.json",
    ]


@pytest.mark.parametrize("lost", [True, False])
def test_a_new_ledger_checks_the_cases_first(tmp_path: Path, signals: Signals, lost: bool) -> None:
    """Whether the earlier one was lost here or elsewhere. A ledger that has filed stays as it is."""
    settings = load_settings(state_dir=tmp_path)
    with open_ledger(settings) as ledger:
        ledger.begin_delivery("MR-x", "f00000", "me", 41, "ab" * 32, 60)
    if lost:
        (tmp_path / "ledger.sqlite3").unlink()
    day = Day(DailyOptions(new_ledger=True), Console(), signals, Launch(settings))
    day._begin_new_ledger()
    with open_ledger(settings) as ledger:
        assert ledger.has_gap() == lost


def test_another_python_is_told_how_to_start(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by `uv run` in another folder: one line with exit code 2, and no traceback."""
    monkeypatch.setitem(sys.modules, "mailroom.cli.signals", None)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(project / "flows" / "daily.py"), run_name="__main__")
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"Use: uv run --project {project} python {project / 'flows' / 'daily.py'}" in said
    assert said.count("\n") == 1


def test_what_breaks_without_the_prefect_server_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, signals: Signals
) -> None:
    """A run whose server stayed away ends with exit code 3 and says so; any other error goes on."""
    console = Console(file=io.StringIO(), width=200)
    day = Day(DailyOptions(), console, signals)

    def run_without_server(**_options: object) -> None:
        raise httpx.ConnectError("made up")

    monkeypatch.setattr(flows.daily, "bind_daily", lambda _launch: run_without_server)
    with pytest.raises(httpx.ConnectError):
        day._call_flow()
    day.server_lost = SERVER_AWAY
    assert day._call_flow() is None
    assert day._ending(None).show(console) == 3
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == (
        "Not finished: The Prefect server was unavailable for more than two minutes. "
        "Files not done are left for the next run.\n"
    )


def test_the_loss_of_the_server_lets_files_under_way_end(
    monkeypatch: pytest.MonkeyPatch, signals: Signals
) -> None:
    """The run is asked to stop, and given up half a minute later; what was lost first is told."""
    later: list[float] = []
    monkeypatch.setattr(mailroom.cli.daily, "end_later", lambda seconds, _end: later.append(seconds))
    day = Day(DailyOptions(), Console(), signals)
    day._arrange_the_end(Display(Console()), None)
    assert day.launch.on_server_lost is not None
    day.launch.on_server_lost()
    assert day.launch.stop.is_set()
    assert (day.server_lost, later) == (SERVER_AWAY, [30.0])
    day.server_lost = SERVER_ENDED
    day.launch.on_server_lost()
    assert day.server_lost == SERVER_ENDED
