"""Faults by name, switched on for tests: a number of times or with a probability, for some calls or for all.

Also the log of calls, with which quotas are measured, and the quota itself if a rate is set.
"""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass, field, fields
from typing import Any

# A test with a misspelt fault would prove nothing.
FAULT_NAMES = frozenset((
    "rate_limited", "too_many", "server_error", "unavailable", "forbidden", "abusive", "vanish",
    "unauthorized", "daily_limit", "storage_full", "sharing_limit", "not_json_error", "bare_forbidden",
    "drop", "drop_after_write", "reject_page_token", "incomplete_search", "short_body_without_length",
    "ignore_range", "cut_body", "corrupt_body", "missing_scope", "success_false", "html",
    "server_error_after", "invalid_json_after_write", "hang_after_write", "match_incomplete",
    "no_cases_by_status", "no_activities", "no_comments", "case_id_as_header", "invalid_grant", "short_lived_token", "unauthorized_client",
    "elsewhere", "no_route", "trickle",
))  # fmt: skip


@dataclass
class Fault:
    """One fault. ``times`` None: always; ``match``: only calls whose kind or path contains this text."""

    name: str
    times: int | None = None
    probability: float = 1.0
    match: str = ""
    value: Any = None


FAULT_FIELDS = [each.name for each in fields(Fault)]


@dataclass
class Behaviour:
    """How one server misbehaves, and its log of calls; ``gossip`` goes into each failed response."""

    rate: float | None = None
    latency: float = 0.0
    longest_latency: float | None = None
    gossip: str = ""
    faults: list[Fault] = field(default_factory=list)
    calls: list[tuple[float, str]] = field(default_factory=list)
    _recent: deque[float] = field(default_factory=deque)
    # Seeded: a fault with a probability hits the same calls in every run.
    _random: random.Random = field(default_factory=lambda: random.Random(2026))  # noqa: S311 - no secret
    # One of its own, so that latencies do not change which calls meet a fault.
    _latencies: random.Random = field(default_factory=lambda: random.Random(2026))  # noqa: S311 - as above

    def record_call(self, kind: str) -> bool:
        """Log a call; return whether it is over the quota."""
        now = time.monotonic()
        self.calls.append((now, kind))
        if self.rate is None:
            return False
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if len(self._recent) >= self.rate:
            return True
        self._recent.append(now)
        return False

    def draw_latency(self) -> float:
        """Return how many seconds the next call takes at least: the same ones in each run."""
        if self.longest_latency is None:
            return self.latency
        return self._latencies.uniform(self.latency, self.longest_latency)

    def hits(self, name: str, kind: str) -> Fault | None:
        """Return the fault of this name if it hits this call, and count it as used; else None."""
        for fault in self.faults:
            if fault.name != name or fault.match not in kind or fault.times == 0:
                continue
            if self._random.random() < fault.probability:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def unspent(self) -> list[str]:
        """Return the names of faults that have not hit as many times as they were set to."""
        return [fault.name for fault in self.faults if fault.times]

    def configure(self, settings: dict[str, Any]) -> dict[str, int]:
        """Apply an admin call: rate, latencies, gossip, a new fault, or ``clear`` for none.

        Returns:
            how many ``faults`` there are.

        Raises:
            ValueError: there is no fault of this name.
        """
        for name in ("rate", "latency", "longest_latency", "gossip"):
            if name in settings:
                setattr(self, name, settings[name])
        if settings.get("clear"):
            self.faults.clear()
        if "name" in settings:
            if settings["name"] not in FAULT_NAMES:
                raise ValueError(settings["name"])
            self.faults.append(Fault(**{name: settings[name] for name in FAULT_FIELDS if name in settings}))
        return {"faults": len(self.faults)}
