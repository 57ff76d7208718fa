"""Compares this machine's clock with the clock of a server: credentials and due dates depend on it."""

from __future__ import annotations

import httpx

from mailroom.doctor.lines import Line, not_checked, note, ok
from mailroom.doctor.response_monitor import ResponseMonitor

TOPIC = "clock"
# Google accepts the signature of a service account only within a few minutes of its own time.
MOST_SECONDS = 60.0


def check_clock(monitor: ResponseMonitor, ask_url: str | None, timeout_seconds: float) -> Line:
    """Compare with the ``Date`` of a response; if there was none yet, request ``ask_url`` to get one."""
    if monitor.skew_seconds is None and ask_url is not None:
        _request_date(monitor, ask_url, timeout_seconds)
    ahead = monitor.skew_seconds
    if ahead is None:
        return not_checked(TOPIC, "no server answered with the time")
    if abs(ahead) > MOST_SECONDS:
        way = "behind" if ahead > 0 else "ahead of"
        return note(
            TOPIC,
            f"This machine's clock is {abs(ahead):.0f} s {way} the clock of {monitor.clock_host}. "
            "Google rejects requests if the difference is too large.",
            "Switch on automatic time (NTP) on this machine.",
        )
    return ok(TOPIC, f"within {MOST_SECONDS:.0f} s of the clock of {monitor.clock_host}")


def _request_date(monitor: ResponseMonitor, url: str, timeout_seconds: float) -> None:
    try:
        with monitor.open_client(timeout_seconds) as client:
            client.head(url)
    except (httpx.HTTPError, httpx.InvalidURL):
        # Another line says whether this system answers.
        return
