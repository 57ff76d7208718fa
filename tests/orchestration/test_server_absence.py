"""A Prefect server that is away for a while fails no run; one that stays away is told in time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import httpx
import pytest
from prefect.client import base
from prefect.client.base import PrefectHttpxAsyncClient, PrefectHttpxSyncClient
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from mailroom.orchestration import server_absence
from mailroom.orchestration.launch import Launch
from mailroom.orchestration.server_absence import ServerAbsence, make_absence, surviving
from tests.one_module import replace_in

URL = "http://prefect.example/api/health"


class Server:
    """Fails with each of its faults in turn, then answers 200."""

    def __init__(self, *faults: Exception | int) -> None:
        self.faults = list(faults)
        self.asked = 0
        self.when_asked: dict[int, Callable[[], None]] = {}

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to one request."""
        self.asked += 1
        self.when_asked.get(self.asked, lambda: None)()
        fault = self.faults.pop(0) if self.faults else 200
        if isinstance(fault, Exception):
            raise fault
        return httpx.Response(fault, request=request)


def ask(server: Server, url: str = URL) -> int:
    """Send one request with a new client of Prefect's, as the engine makes them; the answer's status."""
    with PrefectHttpxSyncClient(transport=httpx.MockTransport(server.handle)) as client:
        return client.get(url).status_code


def ask_async(server: Server) -> int:
    """The same with the client that acquires slots."""

    async def send() -> int:
        async with PrefectHttpxAsyncClient(transport=httpx.MockTransport(server.handle)) as client:
            return (await client.get(URL)).status_code

    return asyncio.run(send())


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing waits between two requests, neither here nor in Prefect's own repeats."""

    async def sleep(_seconds: float) -> None:
        """Wait for nothing."""

    monkeypatch.setattr(server_absence, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(server_absence, "REFUSED_SECONDS", (0.0, 0.0))
    monkeypatch.setattr(base, "time", SimpleNamespace(sleep=lambda _seconds: None))
    monkeypatch.setattr(base, "anyio", SimpleNamespace(sleep=sleep))
    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
        yield


both_clients = pytest.mark.parametrize("send", [ask, ask_async])
ABSENT = [
    httpx.ConnectError("made up"),
    httpx.ReadError("made up"),
    httpx.ReadTimeout("made up"),
    500,
    502,
    503,
    504,
]


@both_clients
@pytest.mark.parametrize("fault", ABSENT, ids=repr)
def test_an_absence_is_survived(send: Callable[[Server], int], fault: Exception | int) -> None:
    """A new client too goes on asking, also behind a proxy; that the server is back is known to the run."""
    server, returned = Server(*[fault] * 10), threading.Event()
    with surviving(ServerAbsence(lambda: None, returned)):
        assert send(server) == 200
    assert server.asked == 11
    assert returned.is_set()


@both_clients
def test_a_write_that_sqlite_refused_is_sent_again_at_once(
    send: Callable[[Server], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no absence, and Prefect's own repeats, 2 s apart, do not begin."""
    monkeypatch.delattr(base, "time")
    monkeypatch.delattr(base, "anyio")
    server, returned = Server(503, 503), threading.Event()
    with (
        surviving(ServerAbsence(lambda: None, returned)),
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 5}),
    ):
        assert send(server) == 200
    assert server.asked == 3
    assert not returned.is_set()


@both_clients
def test_a_server_that_stays_away_is_lost(send: Callable[[Server], int]) -> None:
    """The run is told once, the request fails as it would have, and later ones fail at once."""
    server, lost = Server(*[httpx.ConnectError("made up")] * 10), []
    absence = ServerAbsence(lambda: lost.append(1), threading.Event(), patience=3600.0)
    server.when_asked = {5: absence._lose}
    with surviving(absence):
        with pytest.raises(httpx.ConnectError):
            send(server)
        assert server.asked == 5
        with pytest.raises(httpx.ConnectError):
            send(server)
        assert server.asked == 6
    assert absence.is_lost
    assert lost == [1]


@both_clients
def test_a_proxy_that_answers_for_a_lost_server_is_believed_at_last(send: Callable[[Server], int]) -> None:
    """Its answer comes out as Prefect's client shows it."""
    lost_at_once = ServerAbsence(lambda: None, threading.Event(), patience=0.0)
    with surviving(lost_at_once), pytest.raises(PrefectHTTPStatusError):
        send(Server(*[502] * 100_000))


@both_clients
def test_outside_a_run_nothing_is_different(send: Callable[[Server], int]) -> None:
    """A check of the server's address fails at once."""
    with surviving(ServerAbsence(lambda: None, threading.Event())):
        pass
    server = Server(httpx.ConnectError("made up"))
    with pytest.raises(httpx.ConnectError):
        send(server)
    assert server.asked == 1


def test_other_answers_are_the_callers() -> None:
    """What the server refuses is no absence."""
    returned = threading.Event()
    with surviving(ServerAbsence(lambda: None, returned)), pytest.raises(PrefectHTTPStatusError):
        ask(Server(404))
    assert not returned.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the module under test, in seconds."""
    now = [1000.0]
    replace_in(monkeypatch, server_absence, time, monotonic=lambda: now[0])
    return now


@both_clients
@pytest.mark.parametrize("fault", [500, 504])
def test_one_request_that_always_fails_ends_alone(
    send: Callable[[Server], int], fault: int, clock: list[float]
) -> None:
    """Others are answered meanwhile, so the server is not lost; the fault comes out as it is."""
    absence = ServerAbsence(lambda: None, threading.Event(), patience=100.0)

    def pass_time() -> None:
        """Ten seconds, in which the server answers another request."""
        clock[0] += 10.0
        absence.note_answer()

    server = Server(*[fault] * 1000)
    server.when_asked = dict.fromkeys(range(1, 1000), pass_time)
    with surviving(absence), pytest.raises(PrefectHTTPStatusError, match=str(fault)):
        send(server)
    assert server.asked == 11
    assert not absence.is_lost


def test_a_request_that_gives_up_has_told_that_the_server_is_lost(clock: list[float]) -> None:
    """So the run's error names the server, though the timer has not come to it."""
    lost: list[int] = []
    absence = ServerAbsence(lambda: lost.append(1), threading.Event(), patience=100.0)
    server = Server(*[500] * 1000)
    server.when_asked = dict.fromkeys(range(2, 1000), lambda: clock.__setitem__(0, clock[0] + 10.0))
    with surviving(absence), pytest.raises(PrefectHTTPStatusError):
        ask(server)
    assert (absence.is_lost, lost) == (True, [1])


@pytest.mark.parametrize("fault", [500, httpx.ConnectError("made up")], ids=repr)
def test_slots_are_renewed_without_the_servers_database(fault: int | Exception) -> None:
    """While that is gone, such an answer does not mean that the server is back; after a failure it does."""
    returned = threading.Event()
    absence = ServerAbsence(lambda: None, returned)
    renew = "http://prefect.example/api/v2/concurrency_limits/leases/1/renew"
    with surviving(absence):
        absence.note_failure(time.monotonic())
        assert ask(Server(), renew) == 200
        assert not returned.is_set()
        assert ask(Server(fault), renew) == 200
        assert returned.is_set()


def test_an_absence_that_ends_in_time_is_forgotten() -> None:
    """Each absence has the whole patience."""
    absence = ServerAbsence(lambda: None, threading.Event(), patience=30.0)
    with surviving(absence):
        for _ in range(3):
            ask(Server(httpx.ConnectError("made up")))
            assert absence._timer is None
    assert not absence.is_lost


def test_a_deployments_run_is_asked_to_stop() -> None:
    """A command line is told instead; its own block counts, not the flow's within it."""
    deployed, told = Launch(), []
    launched = Launch(on_server_lost=lambda: told.append(1))
    for launch in (deployed, launched):
        absence = make_absence(launch)
        absence.patience = 0.0
        with surviving(absence), surviving(make_absence(launch)), pytest.raises(httpx.ConnectError):
            ask(Server(*[httpx.ConnectError("made up")] * 100_000))
    assert (deployed.stop.is_set(), launched.stop.is_set()) == (True, False)
    assert (deployed.result.server_lost, launched.result.server_lost) == (True, True)
    assert told == [1]
