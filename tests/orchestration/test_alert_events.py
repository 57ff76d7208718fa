"""Which runs send alerts, and that what goes wrong with them ends no run."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from mailroom.errors import Transient
from mailroom.ledger import Ledger
from mailroom.orchestration import alert_events
from mailroom.orchestration.alert_events import emit_alerts
from mailroom.orchestration.launch import Launch, RunResult
from mailroom.run.alerts import FILES_PENDING, Alert
from mailroom.run.head_start import HeadStart
from mailroom.run.options import RunKind
from tests.run.test_report import report

TODAY = date(2026, 12, 3)
DAILY = {"mode": "real", "kind": RunKind.DAILY}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that were sent; each run has one thing to tell."""
    events: list[dict[str, Any]] = []
    monkeypatch.setattr(alert_events, "find_alerts", lambda *_: [Alert(FILES_PENDING, "Title", "Words")])
    monkeypatch.setattr(alert_events, "emit_event", lambda **given: events.append(given))
    return events


def end(
    place: Path, launch: Launch | None = None, url: str | None = "http://127.0.0.1:9/api", **of_report: Any
) -> None:
    """The run with this report ends, with a server at this address."""
    told = report().model_copy(update={**DAILY, **of_report})
    # The conditions are not asked here, so no ledger is.
    with temporary_settings({PREFECT_API_URL: url}):
        emit_alerts(cast("Ledger", None), told, launch or Launch(), place, TODAY)


def test_the_daily_run_sends_them(tmp_path: Path, sent: list[dict[str, Any]]) -> None:
    """Each with its subject and body, and with a name that the automations look for."""
    end(tmp_path)
    (event,) = sent
    assert event["event"] == "mailroom.files-pending"
    assert event["resource"] == {"prefect.resource.id": "mailroom.daily-run", "mailroom.day": "2026-12-03"}
    assert event["payload"] == {"subject": "Title", "body": "Words"}


@pytest.mark.parametrize(
    "of_report",
    [{"mode": "test"}, {"mode": "sandbox"}, {"kind": RunKind.BY_HAND}],
    ids=["dry", "sandbox", "by hand"],
)
def test_other_runs_send_none(tmp_path: Path, sent: list[dict[str, Any]], of_report: dict[str, Any]) -> None:
    """So each thing is told once a day."""
    end(tmp_path, **of_report)
    assert sent == []


def test_none_is_sent_where_no_server_would_pass_it_on(tmp_path: Path, sent: list[dict[str, Any]]) -> None:
    """A temporary server, none, or one that was away for too long."""
    end(tmp_path, Launch(head_start=HeadStart(is_alone=lambda: True)))
    end(tmp_path, Launch(result=RunResult(server_lost=True)))
    end(tmp_path, url=None)
    assert sent == []


def test_a_ledger_that_is_away_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The run ends as it would have ended."""

    def fail(*_: object) -> list[Alert]:
        raise Transient("ledger_unreachable")

    refuse: Callable[..., None] = lambda **_: pytest.fail("an event was sent")  # noqa: E731
    monkeypatch.setattr(alert_events, "find_alerts", fail)
    monkeypatch.setattr(alert_events, "emit_event", refuse)
    end(tmp_path)
    assert "The content of the messages to people could not be read: ledger_unreachable" in caplog.text
