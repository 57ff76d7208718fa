"""What both systems answer before a run opens: the run asks again only for what it must know itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.call_retries import RetryPolicy
from mailroom.config.settings import Settings, load_settings
from mailroom.drive import DriveClient, DriveConnection
from mailroom.errors import ConfigError
from mailroom.rate_limit import CallMeter, TokenBucket
from mailroom.run import context
from mailroom.run.context import RunContext
from mailroom.run.early_checks import FRESH_SECONDS, EarlyChecks
from mailroom.run.head_start import HeadStart
from mailroom.run.options import RunOptions
from mailroom.sandbox.launcher import Sandbox
from tests.run.no_readers import NoReaders
from tests.sandbox_thread import SandboxThread

QUICK = {"calls_per_second": 1000.0}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all these tests."""
    with SandboxThread.start(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


def load(sandbox: Sandbox, tmp_path: Path, **logiqs: str) -> Settings:
    """The settings that lead to it, with a fresh ledger."""
    given = sandbox.settings()
    return load_settings(
        state_dir=tmp_path, drive=given["drive"] | QUICK, logiqs=given["logiqs"] | QUICK | logiqs, retries=0
    )


class Time:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def make_drive(settings: Settings) -> DriveClient:
    """A client that asks Drive without a pause."""
    bucket = TokenBucket(1000.0, CallMeter())
    return DriveClient(settings.drive, DriveConnection(settings.drive), bucket, RetryPolicy(()))


def ask(settings: Settings, time: Time) -> EarlyChecks:
    """Ask both systems, and wait until they have answered."""
    early = EarlyChecks(settings, CallMeter(), time)
    drive = make_drive(settings)
    for thread in early.begin(drive, [drive.get_folder(settings.drive.inbox_id or "")]):
        thread.join()
    return early


def run_preflight(sandbox: Sandbox, settings: Settings, early: EarlyChecks) -> list[str]:
    """The kinds of calls of a run's preflight."""
    before = {system: len(sandbox.calls(system)) for system in ("drive", "logiqs")}
    with RunContext.open("run", settings, RunOptions(), head_start=HeadStart(early=early)) as run:
        run.preflight()
    return [kind for system, number in before.items() for _, kind in sandbox.calls(system)[number:]]


def test_a_run_asks_for_what_was_answered_no_second_time(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders that are missing are looked for once more before they are made; old answers do not count."""
    monkeypatch.setattr(context, "ReaderPool", NoReaders)
    settings, time = load(sandbox, tmp_path), Time()
    # The ledger is new each time, so what is in folders that were there already is looked at.
    look = ["list"] * 3
    assert run_preflight(sandbox, settings, ask(settings, time)) == [*["list"] * 3, *["create"] * 3, "update"]
    early = ask(settings, time)
    assert run_preflight(sandbox, settings, early) == [*look, "update"]
    time.now = FRESH_SECONDS
    everything = ["get", "list", *look, "update", "case", "activities", "match"]
    assert run_preflight(sandbox, settings, early) == everything
    early = ask(settings, time)
    early.forget()
    assert run_preflight(sandbox, settings, early) == everything
    early.know([make_drive(settings).get_folder(settings.drive.inbox_id or "")])
    assert run_preflight(sandbox, settings, early) == everything[1:]


def test_what_fails_early_is_for_the_run_to_say(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that Logiqs does not know stops the run at its own check."""
    monkeypatch.setattr(context, "ReaderPool", NoReaders)
    settings = load(sandbox, tmp_path, api_key="of-another-tenant")
    early = ask(settings, Time())
    assert not early.has_crm_answered()
    with pytest.raises(ConfigError):
        run_preflight(sandbox, settings, early)
