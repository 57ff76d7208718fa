"""Faults by name, switched on for tests: so many times or with a probability, for some calls or all.

Also the log of calls, by which quotas are measured, and the quota itself when a rate is set.
"""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

# A misspelt fault would make a test prove nothing.
KNOWN = frozenset(
    [
        "rate_limited",
        "too_many",
        "server_error",
        "unavailable",
        "forbidden",
        "abusive",
        "vanish",
        "unauthorized",
        "daily_limit",
        "storage_full",
        "sharing_limit",
        "not_json_error",
        "bare_forbidden",
        "drop",
        "drop_after_write",
        "reject_page_token",
        "incomplete_search",
        "short_body_without_length",
        "ignore_range",
        "cut_body",
        "corrupt_body",
        "missing_scope",
        "success_false",
        "html",
        "server_error_after",
        "invalid_json_after_write",
        "hang_after_write",
        "match_incomplete",
        "no_cases_by_status",
        "no_activities",
        "invalid_grant",
        "short_lived_token",
        "unauthorized_client",
        "elsewhere",
        "no_route",
    ]
)


@dataclass
class Fault:
    """One fault. ``times`` None: always; ``match``: only calls whose kind or path holds this text."""

    name: str
    times: int | None = None
    probability: float = 1.0
    match: str = ""
    value: Any = None


@dataclass
class Behaviour:
    """How one server misbehaves, and what it saw; ``gossip`` is said in each answer to a call that failed."""

    rate: float | None = None
    latency: float = 0.0
    gossip: str = ""
    faults: list[Fault] = field(default_factory=list)
    calls: list[tuple[float, str]] = field(default_factory=list)
    _recent: deque[float] = field(default_factory=deque)
    # Seeded: a fault with a probability strikes at the same calls in every run.
    _random: random.Random = field(default_factory=lambda: random.Random(2026))  # noqa: S311 - no secret

    def saw(self, kind: str) -> bool:
        """Note a call; whether it is over the quota."""
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

    def strikes(self, name: str, kind: str) -> Fault | None:
        """The fault of this name, if it strikes at this call; it is used up by that."""
        for fault in self.faults:
            if fault.name != name or fault.match not in kind or fault.times == 0:
                continue
            if self._random.random() < fault.probability:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def unspent(self) -> list[str]:
        """The faults that were to strike so many times and have not done so yet."""
        return [fault.name for fault in self.faults if fault.times]

    def set(self, settings: dict[str, Any]) -> None:
        """What the admin call asks for: rate, latency, gossip, a new fault, or none any more."""
        if "rate" in settings:
            self.rate = settings["rate"]
        if "latency" in settings:
            self.latency = settings["latency"]
        if "gossip" in settings:
            self.gossip = settings["gossip"]
        if settings.get("clear"):
            self.faults.clear()
        if "name" in settings:
            if settings["name"] not in KNOWN:
                raise ValueError(settings["name"])
            known = {
                name: settings[name]
                for name in ("times", "probability", "match", "value")
                if name in settings
            }
            self.faults.append(Fault(settings["name"], **known))
