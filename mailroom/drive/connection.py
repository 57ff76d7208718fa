"""The connection to Google Drive: credentials, an HTTP client, and the Drive v3 methods.

Every request that goes under the Drive root is paced and counted by the bucket of the client that sends it,
and no request is repeated unnoticed. What is asked of Drive is in the other modules of this package.
"""

# googleapiclient ships no types.
# mypy: allow-untyped-calls

from __future__ import annotations

import functools
import json
import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urljoin

from googleapiclient import discovery_cache
from googleapiclient.discovery import build_from_document
from googleapiclient.http import HttpRequest

from mailroom.circuit_breaker import CircuitBreaker, never_open
from mailroom.config.api_settings import GOOGLE_ROOT, DriveSettings
from mailroom.drive.credentials import load_credentials
from mailroom.drive.transport import DriveHttp, make_client
from mailroom.rate_limit import TokenBucket

# Building writes into the parsed document, which all connections of a process share.
_BUILDING = threading.Lock()

_Method = Callable[..., HttpRequest]


class Files(Protocol):
    """The methods of Drive's ``files`` that are used; googleapiclient makes them from Google's document."""

    get: _Method
    get_media: _Method
    list: _Method
    create: _Method
    update: _Method


def make_circuit(sleep: Callable[[float], None]) -> CircuitBreaker:
    """Return the circuit breaker of a run's connections; ``sleep`` may raise when the run must stop."""
    return CircuitBreaker("drive_down", "Google Drive", sleep=sleep)


class DriveConnection:
    """Credentials and an HTTP client for one Drive account; shared by all threads of a process.

    googleapiclient's methods are shared too: they are as safe for threads as the HTTP object below them.

    Args:
        settings: where Drive is, and the credential.
        circuit: shared by all connections of a run; None: calls never wait for an answer to another one.

    Raises:
        ConfigError: no credential is set, or a key cannot be read or is of another kind.
    """

    def __init__(self, settings: DriveSettings, circuit: CircuitBreaker | None = None) -> None:
        self._settings = settings
        self._credentials = load_credentials(settings)
        client = make_client(settings.timeout_seconds)
        weakref.finalize(self, client.close)
        self._http = DriveHttp(self._credentials, client, circuit or never_open())
        self._service: Any = None
        self._files: Any = None
        self._drives: dict[str, str | None] = {}

    @property
    def account(self) -> str | None:
        """The service account's e-mail, None with an access token."""
        return getattr(self._credentials, "service_account_email", None)

    @property
    def share_with(self) -> str:
        """The account that folders have to be shared with, in words for a person."""
        if self.account is None:
            return "the account of the access token"
        subject = self._settings.subject
        return f"{subject} (for whom {self.account} acts)" if subject else self.account

    def service(self, bucket: TokenBucket | None = None) -> Any:
        """The whole Drive v3 service; ``bucket`` paces the calling thread's requests, if there is one."""
        self._http.use_bucket(bucket)
        service, _ = self._build()
        return service

    def files(self, bucket: TokenBucket) -> Files:
        """Drive's ``files`` methods; ``bucket`` paces and counts what the calling thread sends next."""
        self._http.use_bucket(bucket)
        _, files = self._build()
        return files

    def remember_drive(self, folder_id: str, drive_id: str | None) -> None:
        """Remember on which shared drive a folder is; None is My Drive."""
        self._drives[folder_id] = drive_id

    def find_drive(self, folder_id: str, look_up: Callable[[str], str | None]) -> str | None:
        """Return the shared drive that a folder is on.

        ``look_up`` finds out (one call) when it is not known yet.
        """
        if folder_id not in self._drives:
            self._drives[folder_id] = look_up(folder_id)
        return self._drives[folder_id]

    def _build(self) -> tuple[Any, Files]:
        # `service.files()` builds each time it is called: once is enough.
        with _BUILDING:
            if self._files is None:
                self._service = build_from_document(
                    _make_document(self._settings.root_url),
                    http=self._http,
                )
                self._files = self._service.files()
        return self._service, self._files


@functools.cache
def _parse_googles_document() -> dict[str, Any]:
    """Return the discovery document that the package contains, parsed once in a process."""
    document: dict[str, Any] = json.loads(discovery_cache.get_static_doc("drive", "v3"))
    return document


def _make_document(root_url: str) -> dict[str, Any]:
    """Return Google's document, for another root where one is set.

    googleapiclient's ``api_endpoint`` would not move uploads; the document's own addresses move everything.
    """
    document = _parse_googles_document()
    if root_url == GOOGLE_ROOT:
        return document
    moved = {**document, "rootUrl": root_url, "baseUrl": urljoin(root_url, document["servicePath"])}
    del moved["mtlsRootUrl"]
    return moved
