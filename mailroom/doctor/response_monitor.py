"""Keeps the last response to an `httpx.Client`, and compares the server's clock with this machine's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from mailroom.crm.logiqs.responses import parse_json
from mailroom.http_client import TimedClient


@dataclass
class ResponseMonitor:
    """What the responses to the doctor's calls tell besides their content.

    ``last``: the last response. ``skew_seconds``: by how much the clock of the server ``clock_host`` is ahead
    of this machine's; None until a response had a date.
    """

    last: httpx.Response | None = None
    skew_seconds: float | None = None
    clock_host: str = ""

    def record(self, response: httpx.Response) -> None:
        """Keep a response; the first one with a date is used to compare the clocks."""
        response.read()
        self.last = response
        if self.skew_seconds is None:
            self.skew_seconds = compute_skew(response.headers.get("Date", ""), datetime.now(UTC))
            self.clock_host = response.request.url.host

    @property
    def status(self) -> int:
        """The HTTP status of the last response; 0 when there was none."""
        return self.last.status_code if self.last is not None else 0

    @property
    def keys(self) -> frozenset[str]:
        """The names in the JSON object of the last response, in lower case; empty for any other content."""
        found: Mapping[str, Any] | None = parse_json(self.last) if self.last is not None else None
        return frozenset(str(name).lower() for name in found or ())

    @contextmanager
    def open_client(self, timeout_seconds: float) -> Iterator[httpx.Client]:
        """Yield an HTTP client whose responses are recorded here."""
        with TimedClient(timeout_seconds, self.record) as client:
            yield client


def compute_skew(date: str, now: datetime) -> float | None:
    """Return by how many seconds a ``Date`` header is ahead of ``now``; None when it holds no date."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return (theirs - now).total_seconds()
