"""The daily command around its flow."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import date

import pytest
from prefect import flow
from rich.console import Console

import flows.daily
from mailroom.cli.daily import Day
from mailroom.cli.daily_options import DailyOptions
from mailroom.cli.signals import Signals


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
    def stopped_flow(limit: int | None, since: date | None, inbox: list[str] | None, dry_run: bool) -> None:
        assert (limit, since, inbox, dry_run) == (None, None, None, False)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)

    monkeypatch.setattr(flows.daily, "bind_daily", lambda _launch: stopped_flow)
    day = Day(DailyOptions(), Console(), signals)
    failure = day._call_flow()
    assert failure is None
    assert signals.received == [signal.SIGTERM]
    assert day._ending(failure).exit_code == 143
