"""How a run ends its tasks when Prefect breaks it off."""

import threading

import pytest
from prefect.exceptions import TerminationSignal

from mailroom.errors import RunStop
from mailroom.orchestration.run_lifecycle import stopping_tasks


def test_a_cancelled_run_stops_its_tasks_before_it_waits_for_them() -> None:
    """Prefect's signal is raised in the main thread only, and goes on."""
    stop = threading.Event()
    with pytest.raises(TerminationSignal), stopping_tasks(stop):
        raise TerminationSignal(15)
    assert stop.is_set()


def test_a_run_that_ends_by_itself_was_not_stopped() -> None:
    """Neither by its end nor by an error: files that were not begun have no stop as their reason."""
    stop = threading.Event()
    with stopping_tasks(stop):
        pass
    with pytest.raises(RunStop), stopping_tasks(stop):
        raise RunStop("daily_limit")
    assert not stop.is_set()
