"""This machine's clock, against the one of whoever answered: tokens and due dates depend on it."""

from __future__ import annotations

import httpx

from mailroom.doctor.answers import Answers
from mailroom.doctor.lines import Line, not_checked, note, ok

TOPIC = "clock"
# Google takes a service account's signature for some minutes around its own time.
MOST_SECONDS = 60.0


def check_clock(answers: Answers, ask_url: str | None, timeout_seconds: float) -> Line:
    """Compare with the ``Date`` of an answer; when there was none yet, ``ask_url`` is asked for one."""
    if answers.skew_seconds is None and ask_url is not None:
        _ask(answers, ask_url, timeout_seconds)
    ahead = answers.skew_seconds
    if ahead is None:
        return not_checked(TOPIC, "no system answered with the time")
    if abs(ahead) > MOST_SECONDS:
        way = "behind" if ahead > 0 else "ahead of"
        return note(
            TOPIC,
            f"{abs(ahead):.0f} s {way} that of {answers.told_by}: Google refuses signatures of another time.",
            "Let this machine's clock be set by NTP.",
        )
    return ok(TOPIC, f"within {MOST_SECONDS:.0f} s of that of {answers.told_by}")


def _ask(answers: Answers, url: str, timeout_seconds: float) -> None:
    try:
        with answers.client(timeout_seconds) as client:
            client.head(url)
    except (httpx.HTTPError, httpx.InvalidURL):
        # Whether that system answers has a line of its own.
        return
