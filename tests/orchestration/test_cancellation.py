"""What a run does that a person cancels in Prefect, when no worker stops it."""

from __future__ import annotations

from threading import Event
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Cancelling

from flows import daily
from mailroom.errors import RunStop
from mailroom.orchestration.cancellation import noticing_cancellation
from mailroom.orchestration.launch import Launch
from mailroom.run.options import RunOptions


@pytest.mark.usefixtures("prefect_server")
def test_a_run_notices_that_it_was_cancelled() -> None:
    """It asks the server; as long as nobody cancels it, nothing happens."""
    before, after = Event(), Event()

    @flow
    def some_day() -> None:
        run_id = UUID(str(flow_run.id))
        with noticing_cancellation(run_id, before.set, every=0.01):
            pass
        with get_client(sync_client=True) as client, noticing_cancellation(run_id, after.set, every=0.01):
            client.set_flow_run_state(run_id, Cancelling(), force=True)
            assert after.wait(60.0)

    some_day()
    assert not before.is_set()


@pytest.mark.usefixtures("prefect_server")
def test_a_run_that_stopped_because_it_was_cancelled_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not failed: it did what a person wanted."""
    launch = Launch()

    def stop(_options: RunOptions, given: Launch) -> None:
        given.cancel()
        assert given.stop.is_set()
        raise RunStop("stopped")

    monkeypatch.setattr(daily, "do_day", stop)

    @flow
    def some_day() -> State[None]:
        return daily.run_day(RunOptions(), launch)

    state = some_day(return_state=True)
    assert state.is_cancelled()
    assert isinstance(state.result(raise_on_failure=False), RunStop)
