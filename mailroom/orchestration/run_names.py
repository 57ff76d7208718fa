"""What a run is called in the Prefect UI: ``daily 2026-11-23``, and with ``(269 files)`` once they are
counted.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from mailroom.run.reasons import count_noun


def name_run() -> str:
    """The name at the start: the kind of run and the day."""
    kind = "dry run" if flow_run.parameters.get("dry_run") else flow_run.flow_name or "daily"
    return f"{kind} {date.today().isoformat()}"  # noqa: DTZ011 - the local day of the mail room


def rename_run(files: int) -> None:
    """Add to the run's name how many files it picked up."""
    name = f"{name_run()} ({count_noun(files, 'file')})"
    with get_client(sync_client=True) as client:
        client.update_flow_run(UUID(flow_run.id), name=name)
