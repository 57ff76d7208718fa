"""HTTP for googleapiclient: each request is signed, paced and counted, and none is repeated unnoticed.

googleapiclient takes any object with httplib2's method ``request``; this one sends with the client of
`mailroom.http_client`. Token requests are not paced or counted: they are not calls to Drive. Each answer
tells the circuit breaker whether Drive works.
"""

# google-auth and httplib2 ship no types.
# mypy: allow-untyped-calls

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import httplib2
import httpx
from google.auth.credentials import Credentials
from google.auth.exceptions import TransportError
from google.oauth2 import credentials as oauth2

from mailroom.circuit_breaker import Call, CircuitBreaker
from mailroom.drive import faults
from mailroom.http_client import TimedClient
from mailroom.rate_limit import TokenBucket

# The extension of a request that holds what is called before it is sent, also after a redirect.
BEFORE_SENDING = "mailroom_before_sending"


class TokenResponse(NamedTuple):
    """A response as google-auth reads it."""

    status: int
    headers: Mapping[str, str]
    data: bytes


def request_token(
    client: httpx.Client,
    url: str,
    method: str = "GET",
    body: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    **_: Any,
) -> TokenResponse:
    """Send a request of google-auth; a partial of this is its `google.auth.transport.Request`.

    Raises:
        TransportError: no answer came.
    """
    try:
        response = client.request(method, url, content=body, headers=headers)
    except httpx.HTTPError as error:
        raise TransportError(type(error).__name__) from error
    return TokenResponse(response.status_code, response.headers, response.content)


class DriveHttp:
    """Signs, paces and sends requests, and raises each fault as one of `mailroom.errors`; safe for threads.

    Args:
        credentials: sign the requests.
        client: sends them; made by `make_client`.
        circuit: knows whether Drive works.
    """

    def __init__(self, credentials: Credentials, client: httpx.Client, circuit: CircuitBreaker) -> None:
        self.credentials = credentials
        self._client = client
        self._circuit = circuit
        self._token_request = partial(request_token, client)
        self._of_thread = threading.local()

    def use_bucket(self, bucket: TokenBucket | None) -> None:
        """Let ``bucket`` pace and count what the calling thread sends from here on; None: nothing does."""
        self._of_thread.bucket = bucket

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> tuple[httplib2.Response, bytes]:
        """Send one request; after a 401, once more with a fresh token if the credential can get one.

        Raises:
            MailroomError: as `mailroom.drive.faults` judges. It is not chained to a library's exception,
                whose text quotes addresses and answers.
        """
        with self._circuit.call() as call:
            what = "no answer"
            try:
                response = self._send_signed(call, uri, method, body, dict(headers or {}))
            except faults.TRANSPORT_ERRORS as error:
                fault = faults.judge_transport_error(error)
            else:
                if response.is_success:
                    return _convert(response), response.content
                fault = faults.judge_status(response.status_code, response.headers, response.content)
                what = f"HTTP status {response.status_code}"
            if fault.code in faults.OUTAGES:
                call.fail(what)
            if fault.code == faults.CREDENTIALS_REJECTED and isinstance(self.credentials, oauth2.Credentials):
                fault = faults.config_error("drive_access_token_rejected")
            raise fault from None

    def _send_signed(
        self, call: Call, uri: str, method: str, body: str | bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        self.credentials.before_request(self._token_request, method, uri, headers)
        response = self._send(call, uri, method, body, headers)
        if response.status_code == 401:
            self.credentials.refresh(self._token_request)
            self.credentials.apply(headers)
            response = self._send(call, uri, method, body, headers)
        return response

    def _send(
        self, call: Call, uri: str, method: str, body: str | bytes | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        bucket: TokenBucket | None = getattr(self._of_thread, "bucket", None)

        def begin() -> None:
            if bucket is not None:
                bucket.take()
            self._circuit.begin(call)

        return self._client.request(
            method,
            uri,
            content=body,
            headers=headers,
            # A write that is answered with a redirect was not carried out there.
            follow_redirects=method == "GET",
            extensions={BEFORE_SENDING: begin},
        )


def make_client(timeout_seconds: float) -> httpx.Client:
    """Return the client of a `DriveHttp`; it calls what a request has to be called before it is sent.

    Raises:
        ConfigError: the environment names a proxy or certificates that cannot be used.
    """
    client = TimedClient(timeout_seconds)
    client.event_hooks["request"].append(_begin)
    return client


def _begin(request: httpx.Request) -> None:
    begin: Callable[[], None] | None = request.extensions.get(BEFORE_SENDING)
    if begin is not None:
        begin()


def _convert(response: httpx.Response) -> httplib2.Response:
    """Return the head of a response as httplib2 gives it: without the encoding, with the decoded length."""
    headers = {**response.headers, "status": str(response.status_code)}
    if headers.pop("content-encoding", None) is not None:
        headers["content-length"] = str(len(response.content))
    return httplib2.Response(headers)
