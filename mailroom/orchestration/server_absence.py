"""Surviving an absence of the Prefect server: a restart does not fail a run, and a loss ends it in time.

Prefect 3.8's client fails immediately if its first connection is refused (it repeats httpx.ConnectError only
after an answer), and repeats requests that hang for seven minutes. During a run every request is repeated
until the server answers, for `PATIENCE_SECONDS`. After that the run learns that the server is lost, and
requests fail immediately. A write that the server's SQLite refused is no absence: it is sent again at once.
One request that fails for so long while others are answered fails alone.

A write that was not answered, or with an error, may have been carried out. It is sent again all the same, as
Prefect's client does after a timeout: a part has an idempotency key, and a slot taken twice has a lease.
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
SERVICE_UNAVAILABLE = 503
# With 502 and 504 a proxy answers; with 503 the server is too busy, and with 500 its PostgreSQL refuses
# connections: Prefect 3.8 (`is_client_retryable_exception`) does not tell that from a bug of its own.
NO_ANSWER = (500, 502, SERVICE_UNAVAILABLE, 504)
# The end of the path by which slots are renewed; the server answers it from memory or Redis.
WITHOUT_DATABASE = "/renew"


class ServerAbsence:
    """Whether the server answers; one object for all Prefect clients of a run.

    Args:
        on_lost: called once, from any thread, when the server has been unavailable for ``patience`` seconds.
        returned: is set when the server answers again after an absence.
        patience: in seconds.

    Attributes:
        patience: as given.
        is_lost: whether the server has been unavailable for ``patience`` seconds.
    """

    def __init__(
        self,
        on_lost: Callable[[], None],
        returned: threading.Event,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._on_lost = on_lost
        self._returned = returned
        self.patience = patience
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._ends = 0.0
        self.is_lost = False

    def note_failure(self, began: float) -> bool:
        """Note that a request was not answered; return whether to send it again.

        Args:
            began: when it was sent, in monotonic seconds.
        """
        with self._lock:
            if self._timer is None and not self.is_lost:
                log.warning("The Prefect server is unavailable; the run waits for it.")
                self._ends = began + self.patience
                self._timer = threading.Timer(max(self._ends - time.monotonic(), 0.0), self._lose)
                self._timer.daemon = True
                self._timer.start()
        if time.monotonic() >= self._ends:
            # The timer may be late, and a request that fails now must find the server lost.
            self._lose()
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
            if self._timer is None or self.is_lost:
                return
            self.is_lost = True
        log.error(SERVER_AWAY)
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
    """Put a loop around how Prefect's clients (3.8) send a request; Prefect has no setting for this."""
    for client, wrap in ((PrefectHttpxSyncClient, _patient), (PrefectHttpxAsyncClient, _patient_async)):
        name = "_send_with_retry"
        setattr(client, name, wrap(getattr(client, name)))


# Seconds before a request that was answered with 503 is sent again. A server with SQLite refuses at once a
# write that meets another one. Prefect's client would wait 2 s, and all tasks that want slots wait with it.
REFUSED_SECONDS = tuple(0.05 * (n + 1) for n in range(12))


class _Request:
    """One request of a client of Prefect's, which may be sent several times.

    Args:
        how: the arguments with which the client sends it.
    """

    def __init__(self, how: dict[str, Any]) -> None:
        self._how = how
        self._pauses = iter(REFUSED_SECONDS)
        self._failed: float | None = None

    def begin(self) -> dict[str, Any]:
        """Return the arguments with which it is sent now."""
        self._absence, self._began = _current, time.monotonic()
        if self._absence is None:
            return self._how
        codes = self._how["retry_codes"] - {SERVICE_UNAVAILABLE}
        return {**self._how, "retry_codes": codes, "retry_exceptions": ()}

    def judge(self, answer: httpx.Response | None) -> float | None:
        """Note what it led to; return the seconds before it is sent again, None if that is its result.

        Args:
            answer: what came; None: nothing.
        """
        if self._absence is None:
            return None
        status = answer.status_code if answer is not None else None
        if status == SERVICE_UNAVAILABLE and (pause := next(self._pauses, None)) is not None:
            return pause
        if status is not None and status not in NO_ANSWER:
            if self._failed is not None or not self._how["request"].url.path.endswith(WITHOUT_DATABASE):
                self._absence.note_answer()
            return None
        now = time.monotonic()
        self._failed = now if self._failed is None else self._failed
        is_to_wait = self._absence.note_failure(self._began) and now - self._failed < self._absence.patience
        return RETRY_SECONDS if is_to_wait else None


def _patient(send_with_retry: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send_with_retry)
    def patient(client: Any, **how: Any) -> Any:
        request = _Request(how)
        while True:
            try:
                answer = send_with_retry(client, **request.begin())
            except httpx.TransportError:
                if (pause := request.judge(None)) is None:
                    raise
            else:
                if (pause := request.judge(answer)) is None:
                    return answer
            time.sleep(pause)

    return patient


def _patient_async(send_with_retry: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send_with_retry)
    async def patient(client: Any, **how: Any) -> Any:
        request = _Request(how)
        while True:
            try:
                answer = await send_with_retry(client, **request.begin())
            except httpx.TransportError:
                if (pause := request.judge(None)) is None:
                    raise
            else:
                if (pause := request.judge(answer)) is None:
                    return answer
            await anyio.sleep(pause)

    return patient
