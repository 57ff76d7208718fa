"""What is open, as artifacts on the server."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from prefect import flow
from prefect.client.orchestration import get_client

from mailroom.config.settings import load_settings
from mailroom.ledger import Ledger, open_ledger
from mailroom.orchestration import open_work_artifacts
from mailroom.orchestration.open_work_artifacts import publish_open_work, publish_trend
from mailroom.run.report import write_report
from tests.ledger.conftest import listed
from tests.ledger.test_notices import decide
from tests.run.test_report import report

TODAY = date(2026, 12, 10)


@flow(name="daily")
def some_day() -> None:
    """Takes the flow's place; it is never called."""


@pytest.fixture
def run(prefect_server: None) -> UUID:  # noqa: ARG001 - it is used through its address
    """A flow run on the server."""
    with get_client(sync_client=True) as client:
        return client.create_flow_run(some_day).id


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with a file that waits for a person and has a deadline."""
    with open_ledger(load_settings(state_dir=tmp_path)) as opened:
        listed(opened, 1)
        decide(opened, 0)
        yield opened


def shown() -> dict[str, str]:
    """The newest artifact of each key."""
    with get_client(sync_client=True) as client:
        return {str(one.key): str(one.data) for one in client.read_artifacts()}


def test_the_sandbox_does_not_mix_with_real_work(run: UUID, ledger: Ledger) -> None:
    """Each has two pages, under its own keys."""
    publish_open_work(ledger, run, TODAY, on_sandbox=True)
    assert set(shown()) == {"mailroom-needs-a-person-sandbox", "mailroom-deadlines-sandbox"}
    publish_open_work(ledger, run, TODAY, on_sandbox=False)
    assert "[CP2000](https://drive.google.com/file/d/f00000/view)" in shown()["mailroom-needs-a-person"]
    assert shown()["mailroom-deadlines"].startswith("# 0 overdue, 1 due within 7 days")


def test_a_server_that_does_not_take_them_ends_no_run(
    run: UUID, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged."""

    def refuse(**_: object) -> None:
        raise httpx.ConnectError("made up")

    monkeypatch.setattr(open_work_artifacts, "get_client", refuse)
    publish_open_work(ledger, run, TODAY, on_sandbox=False)
    assert "What is open could not be shown" in caplog.text


def test_the_trend_is_shown_as_soon_as_a_run_had_files(run: UUID, tmp_path: Path) -> None:
    """From the reports in the state directory."""
    publish_trend(tmp_path, run, TODAY)
    assert shown() == {}
    write_report(report(matched=1), tmp_path / "one.json")
    publish_trend(tmp_path, run, TODAY)
    assert "| 1 | 100 % |" in shown()["mailroom-trend"]
