"""Surviving an absence of the Prefect server: a restart does not fail a run, and a loss ends it in time.

Prefect 3.8's client fails immediately if its first connection is refused (it repeats httpx.ConnectError only
after an answer), and repeats requests that hang for seven minutes. During a run every request is repeated
until the server answers, for `PATIENCE_SECONDS`. After that the run learns that the server is lost, and
requests fail immediately.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import httpx
from prefect.client.base import PrefectHttpxAsyncClient, PrefectHttpxSyncClient

from mailroom.errors import RunStop
from mailroom.orchestration.launch import SERVER_AWAY, Launch

log = logging.getLogger(__name__)

# A run survives an absence of two minutes; it needs the rest of the third minute to end.
PATIENCE_SECONDS = 130.0
RETRY_SECONDS = 2.0


class ServerAbsence:
    """Whether the server answers; one object for all Prefect clients of a run.

    Args:
        on_lost: called once, from another thread, when the server has been away for ``patience`` seconds.
        returned: is set when the server answers again after an absence.
        patience: in seconds.

    Attributes:
        is_lost: whether the server has been away for ``patience`` seconds.
    """

    def __init__(
        self,
        on_lost: Callable[[], None],
        returned: threading.Event,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._on_lost = on_lost
        self._returned = returned
        self._patience = patience
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self.is_lost = False

    def note_failure(self, began: float) -> bool:
        """Note that a request was not answered; return whether to send it again.

        Args:
            began: when it was sent, in monotonic seconds.
        """
        with self._lock:
            if self._timer is None and not self.is_lost:
                log.warning("The Prefect server does not answer; the run waits for it.")
                left = self._patience - (time.monotonic() - began)
                self._timer = threading.Timer(max(left, 0.0), self._lose)
                self._timer.daemon = True
                self._timer.start()
            return not self.is_lost

    def note_answer(self) -> None:
        """Note that the server answered a request."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            log.warning("The Prefect server answers again.")
            self._returned.set()

    def end(self) -> None:
        """Stop waiting for the server."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()

    def _lose(self) -> None:
        with self._lock:
            self.is_lost = self._timer is not None
        if self.is_lost:
            log.error("The Prefect server was away for more than two minutes.")
            self._on_lost()


def make_absence(launch: Launch) -> ServerAbsence:
    """Return what watches the server during a run; by default a loss of the server stops the run."""

    def lose() -> None:
        launch.result.server_lost = True
        (launch.on_server_lost or launch.stop.set)()

    return ServerAbsence(lose, launch.server_returned)


def make_server_stop() -> RunStop:
    """Return the error of a run that lost its Prefect server, whichever part of the run failed first."""
    return RunStop("prefect_server_away", what=SERVER_AWAY, fix="Files not done are left for the next run.")


_current: ServerAbsence | None = None


@contextmanager
def surviving(absence: ServerAbsence) -> Iterator[None]:
    """Within the block, the requests of this process to the Prefect server survive its absence.

    An inner block uses the absence of the outer one.
    """
    global _current  # noqa: PLW0603 - a process has one Prefect server, and Prefect makes its clients itself
    if _current is not None:
        yield
        return
    _make_clients_patient()
    _current = absence
    try:
        yield
    finally:
        _current = None
        absence.end()


@functools.cache
def _make_clients_patient() -> None:
    """Put a loop around how Prefect's clients (3.8) send a request; outside `surviving` it does nothing.

    Prefect has no setting for this.
    """
    for client, wrap in ((PrefectHttpxSyncClient, _patient), (PrefectHttpxAsyncClient, _patient_async)):
        name = "_send_with_retry"
        setattr(client, name, wrap(getattr(client, name)))


def _is_final(answer: httpx.Response | None, absence: ServerAbsence, began: float) -> bool:
    """Note what a request led to; return whether that is the result of the request, or it is sent again.

    Args:
        answer: what came; None: nothing. With status 502, 503 or 504 a proxy answers instead of the server,
            or the server is too busy to answer.
        absence: is told of it.
        began: when the request was sent, in monotonic seconds.
    """
    if answer is not None and answer.status_code not in (502, 503, 504):
        absence.note_answer()
        return True
    return not absence.note_failure(began)


def _patient(send_with_retry: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send_with_retry)
    def patient(client: Any, **how: Any) -> Any:
        while (absence := _current) is not None:
            began = time.monotonic()
            try:
                answer = send_with_retry(client, **{**how, "retry_exceptions": ()})
            except httpx.TransportError:
                if _is_final(None, absence, began):
                    raise
            else:
                if _is_final(answer, absence, began):
                    return answer
            time.sleep(RETRY_SECONDS)
        return send_with_retry(client, **how)

    return patient


def _patient_async(send_with_retry: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send_with_retry)
    async def patient(client: Any, **how: Any) -> Any:
        while (absence := _current) is not None:
            began = time.monotonic()
            try:
                answer = await send_with_retry(client, **{**how, "retry_exceptions": ()})
            except httpx.TransportError:
                if _is_final(None, absence, began):
                    raise
            else:
                if _is_final(answer, absence, began):
                    return answer
            await anyio.sleep(RETRY_SECONDS)
        return await send_with_retry(client, **how)

    return patient
