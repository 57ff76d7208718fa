"""Listening to what an `httpx.Client` is answered: the last answer, and the time by the other side's clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from mailroom.crm.logiqs.responses import parse_json


@dataclass
class Answers:
    """``skew_seconds``: how far the other side's clock is ahead, None while nobody told the time."""

    last: httpx.Response | None = None
    skew_seconds: float | None = None
    told_by: str = ""

    def note(self, answer: httpx.Response) -> None:
        """Keep what an answer tells; the first one with a date counts for the clock."""
        answer.read()
        self.last = answer
        if self.skew_seconds is None:
            self.skew_seconds = skew(answer.headers.get("Date", ""), datetime.now(UTC))
            self.told_by = answer.request.url.host

    @property
    def status(self) -> int:
        """The last answer's HTTP status; 0 when there was none."""
        return self.last.status_code if self.last is not None else 0

    @property
    def keys(self) -> frozenset[str]:
        """The names in the last answer's JSON object, in lower case; none when it was something else."""
        found: Mapping[str, Any] | None = parse_json(self.last) if self.last is not None else None
        return frozenset(str(name).lower() for name in found or ())

    @contextmanager
    def client(self, timeout_seconds: float) -> Iterator[httpx.Client]:
        """An HTTP client whose answers are noted."""
        with httpx.Client(timeout=timeout_seconds, event_hooks={"response": [self.note]}) as client:
            yield client


def skew(date: str, now: datetime) -> float | None:
    """Seconds that a ``Date`` header is ahead of ``now``; None when it holds no date."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return (theirs - now).total_seconds()
