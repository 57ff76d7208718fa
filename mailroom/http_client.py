"""The HTTP client for Drive, Logiqs and the match service: httpx, with a deadline for each whole call.

httpx's timeouts only limit the time between two bytes, so an answer that trickles in would never end. Here
every read and write gets the time that is left of its call. httpx has no setting for that, but its connection
pool works with any `httpcore.NetworkBackend`.

Proxies (``HTTPS_PROXY``, ``NO_PROXY``) and certificates (``SSL_CERT_FILE``, ``SSL_CERT_DIR``) are those of
the environment, as httpx reads them. A server on this machine is reached without a proxy.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

from mailroom.deadline import Deadline
from mailroom.errors import ConfigError

# Patterns of httpx for servers on this machine.
LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")
# A run's threads use their connections again and again; a closed one is noticed before anything is sent.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=30.0)


class _CallDeadline(threading.local):
    """The deadline of the call that the thread is sending; a call is sent and read by one thread."""

    deadline = Deadline(None)

    def cut(self, timeout: float | None, error: type[Exception]) -> float | None:
        """Return the shorter of ``timeout`` and the time that is left; raise ``error`` when none is."""
        try:
            left = self.deadline.remaining()
        except TimeoutError:
            raise error from None
        return left if timeout is None or (left is not None and left < timeout) else timeout


_CALL = _CallDeadline()


class _TimedStream(httpcore.NetworkStream):
    """A connection whose reads and writes end with the call."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes."""
        return self._stream.read(max_bytes, _CALL.cut(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of ``buffer``."""
        self._stream.write(buffer, _CALL.cut(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection; it cannot be used again."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the same connection, encrypted; close it if no time is left: nobody else does."""
        try:
            limit = _CALL.cut(timeout, httpcore.ConnectTimeout)
        except httpcore.ConnectTimeout:
            self._stream.close()
            raise
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        """Return extra information about the connection."""
        return self._stream.get_extra_info(info)


class _TimedBackend(httpcore.NetworkBackend):
    """Opens connections whose reads and writes end with the call."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a new connection."""
        limit = _CALL.cut(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._backend.connect_tcp(host, port, limit, local_address, socket_options))


class TimedClient(httpx.Client):
    """An `httpx.Client` whose ``timeout_seconds`` limit a whole call, plus the time that its bodies take.

    Args:
        timeout_seconds: for a call with small bodies or none.
        on_response: called with each response before its body is read.

    Raises:
        ConfigError: the environment names a proxy or certificates that cannot be used.
    """

    def __init__(
        self, timeout_seconds: float, on_response: Callable[[httpx.Response], None] = lambda _: None
    ) -> None:
        try:
            super().__init__(
                timeout=timeout_seconds,
                limits=LIMITS,
                mounts=dict.fromkeys(LOOPBACK),
                event_hooks={"response": [_extend_deadline, on_response]},
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise _make_proxy_error() from None
        except OSError:
            raise _make_certificates_error() from None
        self._seconds = timeout_seconds
        for transport in (self._transport, *self._mounts.values()):
            pool = getattr(transport, "_pool", None)
            if pool is not None:
                # httpx 0.28 passes no backend to its pool; tests/test_http_client.py detects a change.
                pool._network_backend = _TimedBackend(pool._network_backend)  # noqa: SLF001

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request and return its whole answer.

        Raises:
            httpx.TimeoutException: it was not complete in time.
        """
        _CALL.deadline = Deadline(self._seconds)
        _CALL.deadline.extend_for(int(request.headers.get("Content-Length", 0)))
        try:
            response = super().send(request, **options)
        finally:
            _CALL.deadline = Deadline(None)
        # The body was read. A response and its stream refer to each other, so that both would keep their
        # memory until the garbage collector finds them.
        response.stream = httpx.ByteStream(b"")
        return response


def explain_connection(error: BaseException | None, system: str) -> ConfigError | None:
    """Return the error for a fault of the connection that a person must correct; None for any other fault.

    Args:
        error: what httpx raised, or a library on top of it.
        system: the name of the other side, for a person.
    """
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return ConfigError(
                "certificate_untrusted",
                what=f"The certificate of {system} is not trusted ({error.verify_message}).",
                fix="If your network inspects encrypted traffic, set SSL_CERT_FILE to a file with its root certificate "
                "and the public ones (docs/setup.md, Proxies and certificates). Check this machine's clock too.",
            )
        # Its text begins with the proxy's status; from 500 on, the proxy cannot reach the other side now.
        if isinstance(error, httpx.ProxyError) and str(error).startswith("4"):
            return ConfigError(
                "proxy_refused",
                what=f"The proxy that the environment names for {system} refuses the connection.",
                fix="Correct HTTPS_PROXY (with user and password, if it needs them), or add the host to NO_PROXY.",
            )
        error = error.__cause__ or error.__context__
    return None


def _extend_deadline(response: httpx.Response) -> None:
    """Give the body of a response the time that its announced length takes on a slow line."""
    announced = response.headers.get("Content-Length", "")
    _CALL.deadline.extend_for(int(announced) if announced.isdecimal() else 0)


def _make_proxy_error() -> ConfigError:
    return ConfigError(
        "proxy_setting",
        what="The environment names a proxy that cannot be used (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY).",
        fix="Set it to an address such as http://proxy.firm.example:3128, without SOCKS, or remove it.",
    )


def _make_certificates_error() -> ConfigError:
    return ConfigError(
        "certificates_setting",
        what="The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read.",
        fix="Set it to a file of certificates in PEM form, for example /etc/ssl/certs/ca-certificates.crt.",
    )
