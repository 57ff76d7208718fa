"""The Prefect server that is named: there, one, of a version that goes, and open to us."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from mailroom.errors import ConfigError
from mailroom.orchestration.server_checks import check_prefect_server

HTML = b"<html>Welcome to nginx!</html>"


class FakePrefect(BaseHTTPRequestHandler):
    """Answers health and version as a Prefect server does, whatever the version is."""

    version = b""
    status = 200

    def do_GET(self) -> None:
        """Health is open to everyone, as Prefect has it."""
        is_health = self.path.endswith("/health")
        status, body = (200, b"true") if is_health and self.status < 500 else (self.status, self.version)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing to standard error."""


@contextmanager
def answering_server(version: bytes, status: int = 200) -> Iterator[str]:
    """A server on loopback that tells this version; its address."""
    handler = type("Handler", (FakePrefect,), {"version": version, "status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api"
        finally:
            server.shutdown()
            thread.join()


def said_about(address: str) -> ConfigError:
    """What the check says of a server that does not go, within a few seconds."""
    began = time.monotonic()
    with temporary_settings({PREFECT_API_URL: address}), pytest.raises(ConfigError) as refused:
        check_prefect_server()
    assert time.monotonic() - began < 5
    assert "\n" not in str(refused.value)
    return refused.value


@pytest.mark.parametrize("version", ["3.8.8", "3.8.0", "3.9.1", "3.8.8+dirty", "3.12.0.dev1"])
def test_a_server_that_is_not_older_goes(version: str) -> None:
    """A later one, and one that is a few patches behind."""
    with (
        answering_server(json.dumps(version).encode()) as address,
        temporary_settings({PREFECT_API_URL: address}),
    ):
        check_prefect_server()


@pytest.mark.parametrize("version", ["2.19.0", "3.0.0", "3.7.9"])
def test_an_older_server_is_named_with_both_versions(version: str) -> None:
    """It lacks what this program's Prefect asks of it."""
    with answering_server(json.dumps(version).encode()) as address:
        error = said_about(address)
    assert error.code == "prefect_server_version"
    assert f"has version {version}, but the mail room works with 3.8." in error.what
    assert error.what.endswith("too old.")
    assert "Upgrade the server" in error.fix


def test_a_server_of_a_coming_major_version_is_too_new() -> None:
    """Prefect changes its API with the major version."""
    with answering_server(b'"4.0.0"') as address:
        error = said_about(address)
    assert error.what.endswith("too new.")
    assert "Upgrade the mail room" in error.fix


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (HTML, 200, "prefect_server_is_none"),
        (HTML, 404, "prefect_server_is_none"),
        (b'{"version": "3.8.8"}', 200, "prefect_server_is_none"),
        (b'"made up"', 200, "prefect_server_is_none"),
        (b'{"detail": "Unauthorized"}', 401, "prefect_server_rejects"),
        (b"", 403, "prefect_server_rejects"),
        (HTML, 500, "prefect_server_ill"),
        (HTML, 503, "prefect_server_ill"),
    ],
)
def test_what_is_not_an_open_prefect_server_is_distinguished(body: bytes, status: int, code: str) -> None:
    """A web page, another program, a wanted password, a server in trouble."""
    with answering_server(body, status) as address:
        error = said_about(address)
    assert error.code == code
    assert "PREFECT_API_URL" in error.what


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    """Nothing listens at the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    assert said_about(address).code == "prefect_server_unreachable"


def test_an_invalid_address_is_reported() -> None:
    """It is not tried for a long time."""
    assert said_about("http://127.0.0.1:notaport/api").code == "prefect_server_is_none"
