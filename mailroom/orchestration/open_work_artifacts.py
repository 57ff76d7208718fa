"""What is open over all runs, as artifacts: files that wait for a person, and deadlines that are near."""

from __future__ import annotations

import logging
from datetime import date
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.exceptions import PrefectException

from mailroom.errors import Transient
from mailroom.ledger import Ledger
from mailroom.run.open_items import deadlines_markdown, open_items_markdown

log = logging.getLogger(__name__)

NEEDS_A_PERSON = "mailroom-needs-a-person"
DEADLINES = "mailroom-deadlines"
SANDBOX = "-sandbox"


def publish_open_work(ledger: Ledger, flow_run_id: UUID, today: date, *, on_sandbox: bool) -> None:
    """Show what is open as artifacts; that Prefect does not take them, or the ledger is away, is only logged.

    Args:
        ledger: the ledger of the run.
        flow_run_id: the run on whose page they are too.
        today: the day from which days are counted.
        on_sandbox: whether the files are the sandbox's, which have keys of their own.
    """
    suffix = SANDBOX if on_sandbox else ""
    try:
        items, deadlines = ledger.list_open_items(), ledger.list_deadlines()
        pages = {
            NEEDS_A_PERSON: (open_items_markdown(items, today, in_drive=not on_sandbox), "Needs a person"),
            DEADLINES: (deadlines_markdown(deadlines, today, in_drive=not on_sandbox), "Deadlines"),
        }
        with get_client(sync_client=True) as client:
            for key, (data, description) in pages.items():
                client.create_artifact(
                    ArtifactCreate(
                        key=key + suffix,
                        type="markdown",
                        data=data,
                        description=description,
                        flow_run_id=flow_run_id,
                    )
                )
    except (httpx.HTTPError, PrefectException, Transient) as error:
        log.warning("What needs a person could not be shown in Prefect: %s", type(error).__name__)
