"""The HTTP client for Logiqs and the match service: an httpx client with a deadline for each whole call.

httpx's time-outs only limit the time between two bytes, so an answer that trickles in would never end. Here
every read and write gets the time that is left of its call. httpx has no setting for that, but its connection
pool works with any `httpcore.NetworkBackend`.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from mailroom.deadline import Deadline


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
        """Return the same connection, encrypted."""
        limit = _CALL.cut(timeout, httpcore.ConnectTimeout)
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
    """An `httpx.Client` whose ``timeout_seconds`` limit a whole call, plus the time to send its body."""

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__(timeout=timeout_seconds)
        self._seconds = timeout_seconds
        for transport in (self._transport, *self._mounts.values()):
            pool = getattr(transport, "_pool", None)
            if pool is not None:
                # httpx 0.28 passes no backend to its pool; tests/crm/logiqs/test_http.py detects a change.
                pool._network_backend = _TimedBackend(pool._network_backend)  # noqa: SLF001

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request and return its whole answer.

        Raises:
            httpx.TimeoutException: it was not complete in time.
        """
        _CALL.deadline = Deadline(self._seconds)
        _CALL.deadline.extend_for(int(request.headers.get("Content-Length", 0)))
        try:
            return super().send(request, **options)
        finally:
            _CALL.deadline = Deadline(None)
