"""What a run is called in the Prefect UI: its kind and day, and with ``(269 files)`` once they are counted.

``daily 2026-11-23``, ``by hand …``, ``rehearsal …`` or ``sandbox …``.

In the ledger it is the flow run's id and the attempt.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from prefect.client.orchestration import get_client
from prefect.runtime import deployment, flow_run

from mailroom.orchestration.form_fields import read_form
from mailroom.run.options import RunKind
from mailroom.run.reasons import count_noun

# The deployment that a schedule starts.
SCHEDULED = "daily"


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


def is_by_hand() -> bool:
    """Whether the run is of a deployment that only people start."""
    return deployment.name not in (None, SCHEDULED)


def name_run(*, on_sandbox: bool = False) -> str:
    """The name at the start, from the parameters of the flow run."""
    options = read_form(flow_run.parameters, sandbox=on_sandbox, by_hand=is_by_hand())
    return make_name(options.kind)


def name_sandbox_run() -> str:
    """The name at the start of a run on the sandbox."""
    return make_name(RunKind.SANDBOX)


def make_name(kind: RunKind) -> str:
    """Return the kind of run with today's date."""
    return f"{kind} {date.today().isoformat()}"  # noqa: DTZ011 - the local day of the mail room


def find_kind(name: str) -> RunKind:
    """Return the kind of run that has this name; a name that a person gave is taken for a day's."""
    return next((kind for kind in RunKind if name.startswith(f"{kind} ")), RunKind.DAILY)


def rename_run(kind: RunKind, files: int) -> None:
    """Add to the run's name how many files it picked up."""
    name = f"{make_name(kind)} ({count_noun(files, 'file')})"
    with get_client(sync_client=True) as client:
        client.update_flow_run(UUID(flow_run.id), name=name)
