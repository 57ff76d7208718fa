"""What a run is called: ``daily 2026-11-23`` in the Prefect UI, with ``(269 files)`` once they are counted.

In the ledger it is the flow run's id and the attempt.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from mailroom.run.reasons import count_noun


def make_run_id() -> str:
    """Return the run's id in the ledger.

    A retry on a run's page is a run of its own there: it lists the inbox again, and waits for the attempt
    before it if that is still alive.
    """
    attempt = flow_run.run_count
    return f"{flow_run.id}.{attempt}" if attempt > 1 else str(flow_run.id or uuid4())


def find_flow_run_id(run_id: str) -> UUID:
    """Return the id of the flow run that a run in the ledger is an attempt of."""
    return UUID(run_id.partition(".")[0])


def name_run() -> str:
    """The name at the start: the kind of run and the day."""
    kind = "dry run" if flow_run.parameters.get("dry_run") else flow_run.flow_name or "daily"
    return f"{kind} {date.today().isoformat()}"  # noqa: DTZ011 - the local day of the mail room


def rename_run(files: int) -> None:
    """Add to the run's name how many files it picked up."""
    name = f"{name_run()} ({count_noun(files, 'file')})"
    with get_client(sync_client=True) as client:
        client.update_flow_run(UUID(flow_run.id), name=name)
