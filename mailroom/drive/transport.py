"""HTTP for Drive on httplib2: each request is paced, counted and has a deadline; none is repeated unnoticed.

httplib2 sends a request again by itself when a connection that it kept open turns out to be closed, for
writes as well. Here a connection that the server has closed is noticed before anything is sent, and whatever
breaks later is raised, so that the caller decides about a retry. Token requests are not paced or counted:
they are not calls to Drive.

A socket's time-out only limits the time between two bytes. The deadline here limits the whole answer, so
that one that trickles in ends too. Each answer tells the circuit breaker whether Drive works.
"""

# httplib2 and google-auth-httplib2 ship no types.
# mypy: allow-untyped-calls

from __future__ import annotations

import http.client
import io
import ipaddress
import selectors
import socket
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httplib2
from google.auth.credentials import Credentials
from google.oauth2 import credentials as oauth2
from google_auth_httplib2 import AuthorizedHttp, Request

from mailroom.circuit_breaker import CircuitBreaker
from mailroom.deadline import Deadline
from mailroom.drive import faults
from mailroom.errors import Transient
from mailroom.rate_limit import TokenBucket


class _TimedReader(io.RawIOBase):
    """Reads a connection's bytes until a deadline, which also ends an endless answer."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        """Return True: the stream is readable."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what has come into ``buffer`` and return the number of bytes; 0 at the end.

        Raises:
            TimeoutError: nothing came in time, or the deadline has passed.
        """
        self._sock.settimeout(self._deadline.remaining())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Close the underlying stream."""
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """An answer with a deadline: a limit for its head, extended for each byte that the head announces."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._deadline = Deadline(sock.gettimeout())
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, self._deadline))

    def begin(self) -> None:
        """Read the head, which says how long the body is."""
        super().begin()
        self._deadline.extend_for(self.length or 0)


class _SentOnce(http.client.HTTPConnection):
    """A connection whose faults reach the caller; httplib2 by itself would send the request again.

    httplib2 repeats on the exceptions of sockets and of http.client only.
    """

    response_class = _TimedResponse

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send one request, on a new connection if the server has closed the one that was kept."""
        if self.sock is not None and _is_closed_by_server(self.sock):
            self.close()
        if self.sock is not None:
            # The previous answer may have left a shorter time-out.
            self.sock.settimeout(self.timeout)
        try:
            super().request(*args, **kwargs)
        except (OSError, http.client.HTTPException):
            self.close()
            raise Transient(faults.UNREACHABLE) from None

    def getresponse(self) -> http.client.HTTPResponse:
        """Return the answer's head."""
        try:
            return super().getresponse()
        except (OSError, http.client.HTTPException):
            self.close()
            raise Transient(faults.UNREACHABLE) from None


class _PlainConnection(_SentOnce, httplib2.HTTPConnectionWithTimeout):
    pass


class _TlsConnection(_SentOnce, httplib2.HTTPSConnectionWithTimeout):
    pass


class _PacedHttp(httplib2.Http):
    """Takes from the current bucket before each request, those that follow a redirect too.

    Without a bucket (token requests, other people's uses of the service) nothing is paced or counted.
    """

    bucket: TokenBucket | None = None
    on_leaving: Callable[[], None] = staticmethod(lambda: None)

    def request(self, uri: str, *args: Any, **kwargs: Any) -> tuple[httplib2.Response, bytes]:
        """Send one request as httplib2 does, after a call was taken from the bucket."""
        if self.bucket is not None:
            self.bucket.take()
        self.on_leaving()
        address = urlsplit(uri)
        kwargs["connection_type"] = _TlsConnection if address.scheme == "https" else _PlainConnection
        # A proxy from the environment cannot reach this machine's own servers.
        self.proxy_info = None if _is_loopback(address.hostname) else httplib2.proxy_info_from_environment
        answered = False
        try:
            answer: tuple[httplib2.Response, bytes] = super().request(uri, *args, **kwargs)
            answered = True
        finally:
            if not answered:
                # Half an answer may still be on its way: the connection cannot be used again.
                self.close()
        return answer

    def __del__(self) -> None:
        # It ends with its thread, and its connections with it.
        self.close()


class DriveHttp(AuthorizedHttp):
    """What googleapiclient sends with: signs, paces, and raises every fault as one of `mailroom.errors`."""

    def __init__(self, credentials: Credentials, timeout_seconds: float, circuit: CircuitBreaker) -> None:
        self._circuit = circuit
        self._paced = _PacedHttp(timeout=timeout_seconds)
        # 308 is Drive's "continue" in resumable uploads, not a redirect.
        self._paced.redirect_codes = self._paced.redirect_codes - {308}
        super().__init__(credentials, http=self._paced, max_refresh_attempts=1)
        self._request = Request(_PacedHttp(timeout=timeout_seconds))
        self._is_bare_token = isinstance(credentials, oauth2.Credentials)

    def use_bucket(self, bucket: TokenBucket | None) -> None:
        """Let ``bucket`` pace and count what is sent from here on."""
        self._paced.bucket = bucket

    def request(self, uri: str, *args: Any, **kwargs: Any) -> tuple[httplib2.Response, bytes]:
        """Send one request; after a 401, once more with a fresh token if the credential can get one.

        Raises:
            MailroomError: as `mailroom.drive.faults` judges. It hangs on no other exception, since those
                quote addresses and answers.
        """
        with self._circuit.call() as call:
            self._paced.on_leaving = partial(self._circuit.begin, call)
            what = "no answer"
            try:
                response, body = super().request(uri, *args, **kwargs)
            except faults.TRANSPORT_ERRORS as error:
                fault = faults.judge_transport_error(error)
            except Transient as broken:
                fault = broken
            else:
                if response.status < 300 or response.status == 308:
                    return response, body
                fault = faults.judge_status(response.status, response, body)
                what = f"HTTP status {response.status}"
            if fault.code in faults.OUTAGES:
                call.fail(what)
            if self._is_bare_token and fault.code == faults.CREDENTIALS_REJECTED:
                fault = faults.config_error("drive_access_token_rejected")
            # Not chained to a library's exception, whose text quotes addresses and answers.
            raise fault from None


def _is_closed_by_server(sock: socket.socket) -> bool:
    """Whether an idle connection has something to read: with no request under way that is its end."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(timeout=0))


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
