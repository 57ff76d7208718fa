"""The clock is compared with the date of a response."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from mailroom.doctor.clock import check_clock
from mailroom.doctor.response_monitor import ResponseMonitor, compute_skew


def answered(seconds_ahead: float) -> ResponseMonitor:
    """A system answered, whose clock is so many seconds ahead."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds_ahead), usegmt=True)
    monitor = ResponseMonitor()
    request = httpx.Request("GET", "https://crm.example/x")
    monitor.record(httpx.Response(200, headers={"Date": date}, request=request))
    monitor.record(httpx.Response(200, request=request))
    return monitor


@pytest.mark.parametrize(
    ("ahead", "said"), [(0, "within 60 s"), (50, "within"), (300, "s behind"), (-3600, "s ahead of")]
)
def test_a_wrong_clock_is_reported(ahead: float, said: str) -> None:
    """A difference over a minute is a note that names the other clock."""
    line = check_clock(answered(ahead), None, 1)
    assert (line.level == "ok") == (abs(ahead) < 60)
    assert said in line.words
    assert "crm.example" in line.words


def test_without_a_response_the_clock_is_not_checked() -> None:
    """Neither before nor after a request, and without an exception."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    for ask in (None, url, "http://"):
        assert "not checked" in check_clock(ResponseMonitor(), ask, 1).words


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_invalid_date_is_ignored(date: str) -> None:
    """A proxy may send anything."""
    assert compute_skew(date, datetime.now(UTC)) is None


def test_a_date_without_a_zone_is_utc() -> None:
    """RFC 9110 has only GMT; -0000 means the same."""
    assert compute_skew("Tue, 24 Nov 2026 06:00:00 -0000", datetime(2026, 11, 24, 6, tzinfo=UTC)) == 0
