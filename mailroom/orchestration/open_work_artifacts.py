"""What is of all runs, as artifacts: files that wait for a person, deadlines that are near, and the trend."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.exceptions import PrefectException

from mailroom.errors import Transient
from mailroom.ledger import Ledger
from mailroom.run.open_items import MOST_ROWS, SOON_DAYS, deadlines_markdown, open_items_markdown
from mailroom.run.trend import read_past_runs, trend_markdown

log = logging.getLogger(__name__)

NEEDS_A_PERSON = "mailroom-needs-a-person"
DEADLINES = "mailroom-deadlines"
TREND = "mailroom-trend"
SANDBOX = "-sandbox"


def publish_open_work(ledger: Ledger, flow_run_id: UUID, today: date, *, on_sandbox: bool) -> None:
    """Show what is open as artifacts; that Prefect does not take them, or the ledger is away, is only logged.

    Args:
        ledger: the ledger of the run.
        flow_run_id: the run on whose page they are too.
        today: the day from which days are counted.
        on_sandbox: whether the files are the sandbox's, which have keys of their own.
    """
    try:
        items = ledger.list_open_items()
        near = ledger.list_near_deadlines(today, SOON_DAYS, MOST_ROWS)
    except Transient as error:
        log.warning("What needs a person could not be read: %s", error.code)
        return
    suffix, in_drive = SANDBOX if on_sandbox else "", not on_sandbox
    pages = {
        NEEDS_A_PERSON + suffix: ("Needs a person", open_items_markdown(items, today, in_drive=in_drive)),
        DEADLINES + suffix: ("Deadlines", deadlines_markdown(near, today, in_drive=in_drive)),
    }
    _create(pages, flow_run_id)


def publish_trend(reports: Path, flow_run_id: UUID, today: date) -> None:
    """Show the last runs as a table, from the reports in this folder; nothing as long as none had files."""
    if runs := read_past_runs(reports):
        _create({TREND: ("The last runs", trend_markdown(runs, today))}, flow_run_id)


def _create(pages: dict[str, tuple[str, str]], flow_run_id: UUID) -> None:
    """Make Markdown artifacts: by key a description and the text."""
    try:
        with get_client(sync_client=True) as client:
            for key, (description, data) in pages.items():
                client.create_artifact(
                    ArtifactCreate(
                        key=key, type="markdown", data=data, description=description, flow_run_id=flow_run_id
                    )
                )
    except (httpx.HTTPError, PrefectException) as error:
        log.warning("What is open could not be shown in Prefect: %s", type(error).__name__)
