"""When a run stops by itself."""

from __future__ import annotations

import threading

import pytest

from mailroom.errors import ConfigError, RunStop
from mailroom.run.limits import RunLimits


def test_a_run_has_a_time_limit() -> None:
    """It stops cleanly, and names the setting."""
    now = 1000.0
    limits = RunLimits(2.0, threading.Event(), clock=lambda: now)
    now += 7199.0
    limits.check()
    now += 2.0
    with pytest.raises(RunStop, match=r"time limit of 2 hours \(MAILROOM_RUN_HOURS\)"):
        limits.check()


def test_nothing_waits_after_a_stop() -> None:
    """A person who stops the run ends every wait: for the quota, a retry, an API that is down."""
    stop = threading.Event()
    limits = RunLimits(2.0, stop)
    limits.check()
    stop.set()
    for wait in (limits.check, lambda: limits.sleep(60.0)):
        with pytest.raises(RunStop, match="asked to stop"):
            wait()


def test_what_ended_the_run_first_is_what_it_says() -> None:
    """Other batches fail for the same or for what follows from it."""
    limits = RunLimits(2.0, threading.Event())
    first = ConfigError("folder_trashed", what="The folder is in the trash.", fix="Restore it.")
    limits.end(first)
    limits.end(RunStop("drive_down"))
    with pytest.raises(ConfigError) as raised:
        limits.check()
    assert raised.value is first
    assert limits.reason == "folder_trashed"


def test_a_stop_is_acted_on_at_once() -> None:
    """Within the block only, and once."""
    stop, acted = threading.Event(), threading.Event()
    limits = RunLimits(2.0, stop)
    with limits.when_stopped(acted.set):
        pass
    assert not acted.is_set()
    with limits.when_stopped(acted.set):
        stop.set()
        assert acted.wait(60.0)
