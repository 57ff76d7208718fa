"""Every request is counted, none is sent twice unseen, and every fault comes out as one of the tree."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

import httpx
import pytest
from pydantic import SecretStr

from mailroom.circuit_breaker import CircuitBreaker
from mailroom.config.api_settings import DriveSettings
from mailroom.errors import ConfigError, MailroomError, RunStop, Transient
from tests.drive.answers import FAULTS, Answer
from tests.drive.conftest import Bench, bench_on
from tests.drive.fake_drive import TOKEN, FakeDrive
from tests.trickling_server import trickling_server

# Faults of listings and downloads.
HARMLESS_HERE = {"none", "incomplete_search", "odd_size", "unknown_total"}
PASSING = [
    "no_answer",
    "cut_chunk",
    "rate_limited",
    "rate_limit_exceeded",
    "user_rate_limit_exceeded",
    "server_error",
    "not_json",
    "page_of_a_proxy",
    "not_utf8",
]


@pytest.mark.parametrize("fault", PASSING)
def test_what_may_pass_is_repeated_in_place(bench: Bench, drive: FakeDrive, fault: str) -> None:
    """Three transient faults in a row are waited out, and every request is counted."""
    drive.fail(fault, times=3)
    assert bench.client.get_folder("inbox").id == "inbox"
    assert bench.meter.calls == len(drive.sent) == 4
    assert bench.meter.retries == 3
    assert bench.waits == ([7.0, 7.0, 8.0] if fault == "rate_limited" else [2.0, 4.0, 8.0])


@pytest.mark.parametrize("fault", PASSING)
def test_after_the_repeats_the_fault_is_raised(bench: Bench, drive: FakeDrive, fault: str) -> None:
    """The fourth fault in a row goes to the caller."""
    drive.fail(fault, times=9)
    with pytest.raises(Transient):
        bench.client.get_folder("inbox")
    assert bench.meter.calls == len(drive.sent) == 4


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - HARMLESS_HERE))
def test_no_fault_lets_the_answer_out(
    bench: Bench, drive: FakeDrive, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither an exception nor a warning ever quotes an answer or an address."""
    caplog.set_level("INFO")
    # As in flows/logging.yml: httpx logs addresses.
    caplog.set_level("WARNING", logger="httpx")
    drive.fail(fault, on="drive.files.get", times=9)
    with pytest.raises(MailroomError) as caught:
        bench.client.get_folder("inbox")
    shown = f"{caught.value!r} {caught.value} {vars(caught.value)} {caplog.text}"
    assert "MILLER" not in shown
    assert "127.0.0.1" not in shown
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_connection_that_the_server_closed_is_noticed_first(bench: Bench, drive: FakeDrive) -> None:
    """A kept connection that was closed meanwhile costs a new connection, not a request or a wait."""
    drive.keeps_connections = False
    for _ in range(2):
        bench.client.get_folder("inbox")
        assert drive.connection_closed.wait(5)
        drive.connection_closed.clear()
    assert len({call.connection for call in drive.sent}) == 2
    assert bench.meter.calls == len(drive.sent) == 2
    assert bench.waits == []


def test_a_write_is_not_sent_twice_behind_our_back(bench: Bench, drive: FakeDrive) -> None:
    """When the connection ends without an answer to a write, nothing is sent before we have looked."""
    drive.add_pdf("f1", b"x")
    drive.fail("no_answer", on="drive.files.update", executed=True)
    bench.client.move("f1", "inbox", "matched")
    assert len(drive.calls("drive.files.update")) == 1
    assert bench.meter.calls == len(drive.sent) == 2


def test_a_redirect_is_counted_and_carries_no_token(
    bench: Bench, drive: FakeDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads follow a redirect: the second request is counted, and not signed when it goes to another host."""
    elsewhere = f"{drive.root_url.replace('127.0.0.1', 'localhost')}drive/v3/files/elsewhere"
    monkeypatch.setitem(FAULTS, "redirected", lambda _: Answer(302, b"", {"Location": elsewhere}))
    drive.fail("redirected", on="drive.files.get")
    with pytest.raises(ConfigError):
        bench.client.get_folder("inbox")
    assert bench.meter.calls == len(drive.sent) == 2
    assert "authorization" not in drive.sent[1].headers


def test_a_redirected_write_is_not_followed(bench: Bench, drive: FakeDrive) -> None:
    """A write that is answered with a redirect was not carried out there, and is sent again after a look."""
    drive.add_pdf("f1", b"x")
    drive.fail("redirected", on="drive.files.update")
    bench.client.move("f1", "inbox", "matched")
    assert len(drive.calls("drive.files.update")) == 2
    assert drive.files["f1"]["parents"] == ["matched"]


def unreachable(root_url: str) -> Bench:
    """A client of a server that does not answer, without repeats."""
    settings = DriveSettings(root_url=root_url, access_token=SecretStr(TOKEN), timeout_seconds=0.05)
    return bench_on(settings, repeats=0)


def test_a_refused_connection_is_transient() -> None:
    """Nothing listens: the next run may find it listening."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        bench = unreachable(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        with pytest.raises(Transient, match="drive_unreachable"):
            bench.client.get_folder("inbox")


def test_a_server_that_says_nothing_is_given_up() -> None:
    """The timeout holds for an answer that never begins."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        bench = unreachable(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        with pytest.raises(Transient, match="drive_unreachable"):
            bench.client.get_folder("inbox")


@pytest.mark.parametrize("where", ["head", "body"])
def test_an_answer_that_trickles_in_ends(where: str) -> None:
    """Its bytes come faster than the timeout of a socket, and the whole is over in time anyway."""
    with trickling_server(where) as address:
        settings = DriveSettings(root_url=address, access_token=SecretStr(TOKEN), timeout_seconds=0.3)
        began = time.monotonic()
        with pytest.raises(Transient, match="drive_unreachable"):
            bench_on(settings, repeats=0).client.get_folder("inbox")
        assert 0.25 < time.monotonic() - began < 3.0


@pytest.mark.parametrize(
    ("fault", "counts"),
    [
        ("no_answer", True),
        ("server_error", True),
        ("not_found", False),
        ("rate_limited", False),
        ("user_rate_limit_exceeded", False),
        ("none", False),
    ],
)
def test_the_breaker_counts_what_says_that_drive_is_down(
    settings: DriveSettings, drive: FakeDrive, fault: str, counts: bool
) -> None:
    """No answer and server errors do; an answer about a file, or one that asks for fewer calls, does not."""
    circuit = CircuitBreaker("drive_down", "Google Drive")
    drive.fail(fault)
    with suppress(MailroomError):
        bench_on(settings, repeats=0, circuit=circuit).client.get_folder("inbox")
    assert circuit._failures == counts


def test_while_drive_is_down_no_call_is_sent(settings: DriveSettings, drive: FakeDrive) -> None:
    """The run is stopped without a request."""
    circuit = CircuitBreaker("drive_down", "Google Drive")
    circuit._stop = (61.0, "HTTP status 503")
    with pytest.raises(RunStop, match="Google Drive has been down for 61 s"):
        bench_on(settings, circuit=circuit).client.get_folder("inbox")
    assert drive.sent == []


def test_a_server_without_tls_is_transient(drive: FakeDrive) -> None:
    """A TLS error is one of the way, not of the file."""
    bench = unreachable(drive.root_url.replace("http:", "https:"))
    with pytest.raises(Transient, match="drive_unreachable"):
        bench.client.get_folder("inbox")


def test_a_connection_lost_while_sending_is_transient(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that breaks under the request is closed, and the repeat has a new one."""
    bench.client.get_folder("inbox")
    pool = bench.connection._http._client._transport_for_url(
        httpx.URL(bench.connection._settings.root_url)
    )._pool  # type: ignore[attr-defined]
    (kept,) = pool.connections
    monkeypatch.setattr(kept, "has_expired", lambda: False)
    kept._connection._network_stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
    bench.client.get_folder("inbox")
    assert bench.waits == [2.0]
    assert bench.meter.calls == 3


def test_this_machines_servers_need_no_proxy(
    settings: DriveSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy in the environment does not stand between us and a server on loopback."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    bench = bench_on(settings)
    assert bench.client.get_folder("inbox").id == "inbox"
