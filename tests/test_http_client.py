"""Calls end in time, however their answers come; proxies and certificates are those of the environment."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from unittest import mock

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from mailroom import http_client
from mailroom.call_retries import RetryPolicy
from mailroom.config.api_settings import DriveSettings, LogiqsSettings
from mailroom.crm.logiqs import LogiqsClient
from mailroom.deadline import Deadline
from mailroom.drive import DriveClient, DriveConnection
from mailroom.drive.transport import make_client
from mailroom.errors import ConfigError, Transient
from mailroom.http_client import TimedClient, _TimedBackend
from mailroom.rate_limit import CallMeter, TokenBucket
from tests.trickling_server import trickling_server


@pytest.mark.parametrize("where", ["head", "body"])
def test_an_answer_that_trickles_in_ends(where: str) -> None:
    """Its bytes come faster than the timeout of a socket, and the whole is over in time anyway."""
    with trickling_server(where) as address, TimedClient(0.3) as http:
        began = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            http.get(address)
        assert 0.25 < time.monotonic() - began < 3.0


def test_a_connection_for_which_no_time_is_left_is_closed() -> None:
    """It was made, and the call is over before it is encrypted."""

    class Slow(httpcore.MockStream):
        is_closed = False

        def close(self) -> None:
            self.is_closed = True

    stream, over = Slow([]), http_client._CALL
    with mock.patch.object(over, "deadline", Deadline(0.0)), pytest.raises(httpcore.ConnectTimeout):
        http_client._TimedStream(stream).start_tls(ssl.create_default_context())
    assert stream.is_closed


def test_every_connection_has_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those through a proxy of the environment too."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with TimedClient(60.0) as http:
        pools = [transport._pool for transport in (http._transport, *http._mounts.values()) if transport]  # type: ignore[attr-defined]
        assert len(pools) > 1
        assert all(isinstance(pool._network_backend, _TimedBackend) for pool in pools)


def ask_drive(host: str) -> object:
    """Ask a Drive at this host for a folder."""
    settings = DriveSettings(
        root_url=f"https://{host}/", access_token=SecretStr("made-up"), timeout_seconds=5
    )
    bucket = TokenBucket(1000.0, CallMeter())
    return DriveClient(settings, DriveConnection(settings), bucket, RetryPolicy(())).get_folder("inbox")


def ask_logiqs(host: str) -> object:
    """Ask a Logiqs tenant at this host for a case."""
    settings = LogiqsSettings(base_url=f"https://{host}/publicapi/V4/")
    with TimedClient(5) as http:
        return LogiqsClient(settings, http, TokenBucket(1000.0, CallMeter()), RetryPolicy(())).get_case(1)


def ask_match_service(host: str) -> object:
    """Ask a match service at this host."""
    settings = LogiqsSettings(match_url=f"https://{host}/match")
    with TimedClient(5) as http:
        client = LogiqsClient(settings, http, TokenBucket(1000.0, CallMeter()), RetryPolicy(()))
        return client.match("MILLER", "3456", None)


Ask = Callable[[str], object]
each_api = pytest.mark.parametrize("ask", [ask_drive, ask_logiqs, ask_match_service])


class Proxy(BaseHTTPRequestHandler):
    """Refuses to connect, with the status of its server, which notes the hosts."""

    def do_CONNECT(self) -> None:
        """Note the host and refuse."""
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output free of it."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """A proxy on this machine, which the environment names."""
    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        server.asked, server.status = [], 407  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.server_port}")
        yield server
        server.shutdown()


@each_api
def test_the_proxy_of_the_environment_is_used(ask: Ask, proxy: HTTPServer) -> None:
    """By both APIs and the match service; one that wants a password is for a person."""
    with pytest.raises(ConfigError, match=r"The proxy .* refuses") as caught:
        ask("api.example")
    assert caught.value.code == "proxy_refused"
    assert set(proxy.asked) == {"api.example:443"}  # type: ignore[attr-defined]


@each_api
def test_a_proxy_that_reaches_nothing_now_is_transient(ask: Ask, proxy: HTTPServer) -> None:
    """The next run may find its line working."""
    proxy.status = 502  # type: ignore[attr-defined]
    with pytest.raises(Transient, match="unreachable"):
        ask("api.example")


@each_api
def test_hosts_may_be_exempt(ask: Ask, proxy: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY counts; the address below is one for documentation, to which nothing is routed."""
    monkeypatch.setenv("NO_PROXY", "localhost.invalid")
    with pytest.raises(Transient, match="unreachable"):
        ask("localhost.invalid")
    assert proxy.asked == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["socks5://127.0.0.1:1080", "ftp://127.0.0.1:21"])
def test_a_proxy_that_cannot_be_used_is_for_a_person(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is not repeated, since it may hold a password."""
    monkeypatch.setenv("ALL_PROXY", address)
    with pytest.raises(ConfigError, match="HTTPS_PROXY") as caught:
        TimedClient(5)
    assert address not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Inspecting firewall")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password)
    path.write_bytes(private + signed.public_bytes(pem))
    return path


class Nothing(BaseHTTPRequestHandler):
    """Answers that there is no such thing."""

    def do_GET(self) -> None:
        """Refuse the path; the connection stands."""
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Keep the test's output free of it."""


class TlsServer(HTTPServer):
    """Does not report clients that end a connection."""

    def handle_error(self, *_: object) -> None:
        """Keep the test's output free of it."""


@pytest.fixture
def tls_host(certificate: Path) -> Iterator[str]:
    """A server with that certificate, as ``host:port``."""
    with TlsServer(("127.0.0.1", 0), Nothing) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@each_api
def test_an_untrusted_certificate_is_for_a_person(ask: Ask, tls_host: str) -> None:
    """It is not a server that is down, and the remedy is named."""
    with pytest.raises(
        ConfigError, match=r"not trusted \(self-signed certificate\).*SSL_CERT_FILE"
    ) as caught:
        ask(tls_host)
    assert caught.value.code == "certificate_untrusted"


@pytest.mark.parametrize("make", [TimedClient, make_client])
def test_certificates_of_the_environment_count(
    make: Callable[[float], httpx.Client], tls_host: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the firm's root certificate the server is asked, and answers."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with make(5) as http:
        assert http.get(f"https://{tls_host}/").status_code == 404


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_certificates_that_cannot_be_read_are_for_a_person(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing file, and one that holds none."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        TimedClient(5)
