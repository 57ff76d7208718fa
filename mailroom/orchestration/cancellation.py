"""A run that a person cancels in Prefect stops by itself, also if no worker stops it.

A worker does so within a second. But the worker may have ended, and one that was without its server for half
a minute no longer hears of cancellations for the runs it has (Prefect 3.8).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.exceptions import PrefectException

from mailroom.run.side_thread import run_beside

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
CANCELLED = (StateType.CANCELLING, StateType.CANCELLED)


@contextmanager
def noticing_cancellation(
    run_id: UUID, on_cancelled: Callable[[], None], every: float = LOOK_SECONDS
) -> Iterator[None]:
    """Within the block, call ``on_cancelled`` once, in a thread, if the flow run is cancelled on the server.

    Args:
        run_id: this flow run.
        on_cancelled: stops the run.
        every: seconds between two checks.
    """

    def look(ended: Event) -> None:
        with get_client(sync_client=True) as client:
            while not ended.wait(every):
                try:
                    state = client.read_flow_run(run_id).state
                except (httpx.HTTPError, PrefectException) as error:
                    # A server that does not answer now is asked again.
                    log.warning("The state of the run could not be read: %s", type(error).__name__)
                    continue
                if state is not None and state.type in CANCELLED:
                    on_cancelled()
                    return

    with run_beside(look, "cancellation"):
        yield
