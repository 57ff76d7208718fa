"""The start of a run on the sandbox: what is refused, and what a person is told."""

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mailroom.cli import startup as startup_module
from mailroom.cli.daily_options import DailyOptions
from mailroom.cli.display import Display
from mailroom.cli.results import NO_CASES
from mailroom.cli.signals import Signals
from mailroom.cli.startup import NotStarted, Startup
from mailroom.config.settings import Settings, load_settings
from mailroom.config.sources import Sources
from mailroom.config.target import Target
from mailroom.errors import ConfigError
from mailroom.ledger import LeaseRequest, Ledger, make_holder, open_ledger
from mailroom.orchestration import block_settings, sandbox_run
from mailroom.orchestration.launch import Launch
from mailroom.sandbox.store import Store


class Started:
    """A sandbox that was started, with so many cases."""

    def __init__(self, cases: int) -> None:
        self.cases = cases

    def state(self, system: str) -> dict[str, Any]:
        """What its server tells."""
        assert system == "logiqs"
        return {"cases": [{}] * self.cases}

    def settings(self) -> dict[str, dict[str, str]]:
        """The settings that lead to it."""
        return {"drive": {}, "logiqs": {}}


def start(monkeypatch: pytest.MonkeyPatch, state_dir: Path, options: DailyOptions, cases: int = 0) -> str:
    """What is shown while a sandbox with so many cases starts; neither it nor Prefect is started."""

    @contextmanager
    def running(*_: object, **how: Any) -> Iterator[tuple[Started, Path]]:
        yield Started(cases), how["state"] or state_dir

    monkeypatch.setattr(sandbox_run, "running_sandbox", running)
    monkeypatch.setattr(startup_module, "use_own_prefect", lambda _: None)
    for step in ("_start_server", "_wait_for_prefect"):
        monkeypatch.setattr(Startup, step, lambda _: None)
    shown = io.StringIO()
    settings = load_settings(state_dir=state_dir)
    display = Display(Console(file=shown, width=100))
    started = Startup(options, settings, display, Signals(), state_dir / "log", Launch())
    with ExitStack() as closing:
        started.start_sandbox(Target("sandbox", settings), closing)
    return shown.getvalue()


def test_a_sandbox_that_is_there_is_continued(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new one is filled."""
    options = DailyOptions(state=tmp_path / "kept")
    assert "Filling the sandbox" in start(monkeypatch, tmp_path, options)
    Store(tmp_path / "kept").close()
    shown = start(monkeypatch, tmp_path, options)
    assert "Continuing the sandbox" in shown
    assert "Filling" not in shown


@pytest.mark.parametrize(
    ("options", "cases", "told"),
    [
        (DailyOptions(files=Path("own")), 0, True),
        (DailyOptions(files=Path("own")), 2, False),
        (DailyOptions(files=Path("own"), cases=Path("cases.csv")), 0, False),
        (DailyOptions(), 0, False),
    ],
)
def test_own_files_without_cases_are_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: DailyOptions, cases: int, told: bool
) -> None:
    """Before they all become unmatched; a kept sandbox may have the cases of a run before."""
    assert (NO_CASES in start(monkeypatch, tmp_path, options, cases)) is told


def test_a_folder_of_something_else_is_refused_before_anything_starts(tmp_path: Path) -> None:
    """The same folder would be refused by the sandbox, but only after Prefect has started."""
    (tmp_path / "notes.txt").touch()
    options = DailyOptions(state=tmp_path)
    starting = Startup(options, load_settings(), Display(Console()), Signals(), tmp_path, Launch())
    with pytest.raises(ConfigError, match="not empty, and not a sandbox"):
        starting.decide()


def hold(settings: Settings, *names: str) -> Ledger:
    """The ledger of these settings, on which these runs are active."""
    ledger = open_ledger(settings)
    for name in names:
        ledger.request_lease(LeaseRequest(name, make_holder(name), f"daily {name}"))
    return ledger


def test_a_ledger_of_which_nobody_works_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SQLAlchemy is not needed for that; what cannot be read is left to the ledger itself."""
    asked: list[Settings] = []
    monkeypatch.setattr("mailroom.run.lease.check_lease", lambda settings, **_: asked.append(settings))
    settings = load_settings(state_dir=tmp_path)
    starting = Startup(DailyOptions(), settings, Display(Console()), Signals(), tmp_path, Launch())
    starting._check_lease(settings)
    hold(settings).close()
    starting._check_lease(settings)
    assert asked == []
    with hold(settings, "A"):
        starting._check_lease(settings)
    elsewhere = load_settings(state_dir=tmp_path, ledger_url=f"sqlite:///{tmp_path / 'other.sqlite3'}")
    starting._check_lease(elsewhere)
    (tmp_path / "ledger.sqlite3").write_text("no database")
    starting._check_lease(settings)
    assert asked == [settings, elsewhere, settings]


def settle(starting: Startup, target: Target, _closing: ExitStack) -> None:
    """Go on to the real systems."""
    starting.settle_real_target(target)


@pytest.mark.parametrize("no_wait", [True, False], ids=["no wait", "a third run"])
@pytest.mark.parametrize("on_sandbox", [True, False], ids=["sandbox", "real"])
def test_a_run_that_may_not_wait_is_refused_before_prefect_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_wait: bool, on_sandbox: bool
) -> None:
    """After the target's line; the other run is named."""
    Store(tmp_path).close()
    monkeypatch.setattr(Startup, "_start_server", lambda _: pytest.fail("Prefect was started"))
    monkeypatch.setattr(startup_module, "use_own_prefect", lambda _: None)
    options = DailyOptions(no_wait=no_wait, state=tmp_path if on_sandbox else None)
    settings = load_settings(state_dir=tmp_path)
    shown = io.StringIO()
    display = Display(Console(file=shown, width=100))
    starting = Startup(options, settings, display, Signals(), tmp_path, Launch())
    target = Target("sandbox" if on_sandbox else "real", settings)
    begin = partial(starting.start_sandbox, target) if on_sandbox else partial(settle, starting, target)
    with (
        hold(settings, *("A" if no_wait else "AB")),
        ExitStack() as closing,
        pytest.raises(NotStarted) as refused,
    ):
        begin(closing)
    assert "Another run is active on this ledger: daily A" in str(refused.value.fault)
    assert shown.getvalue().startswith(target.describe())


def test_settings_of_a_server_lead_to_the_same_refusal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With `--real` the ledger is known when the server has answered; Drive is not asked."""
    settings = load_settings(state_dir=tmp_path)
    target = Target("real", settings)
    monkeypatch.setattr(startup_module, "server_is_configured", lambda: True)
    monkeypatch.setattr(Startup, "_wait_for_prefect", lambda _: None)
    monkeypatch.setattr(block_settings, "stored_settings", Sources)
    monkeypatch.setattr(startup_module, "decide_target", lambda *_: target)
    monkeypatch.setattr(Startup, "_name", lambda *_: pytest.fail("Drive was asked"))
    options = DailyOptions(real=True, no_wait=True)
    starting = Startup(options, settings, Display(Console()), Signals(), tmp_path, Launch())
    with hold(settings, "A"), pytest.raises(NotStarted):
        starting.settle_real_target(None)


def test_what_is_stored_nowhere_is_known_to_be_missing_before_prefect_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As for `--real` on a machine where nothing is configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setattr(Startup, "_start_server", lambda _: pytest.fail("Prefect was started"))
    options = DailyOptions(real=True)
    starting = Startup(options, load_settings(), Display(Console()), Signals(), tmp_path, Launch())
    with pytest.raises(ConfigError, match="nothing is set for them"):
        starting.settle_real_target(None)
