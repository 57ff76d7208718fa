"""The tags' limits on the Prefect server: a tag without one is not limited, and nothing would say so."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate

from mailroom.settings import Settings
from tasks.policy import DRIVE_TAG, LOGIQS_TAG


def ensure_limits(settings: Settings, *, nobody_else: bool) -> None:
    """Create the limits of ``drive-api`` and ``logiqs-api``, or correct them to the slots that are set.

    With ``nobody_else`` (no other run is alive on this server) slots that a killed run left taken are freed:
    nothing else would ever free them, and this run would wait for good.
    """
    wanted = {DRIVE_TAG: settings.drive.slots, LOGIQS_TAG: settings.logiqs.slots}
    with get_client(sync_client=True) as client:
        for tag, slots in wanted.items():
            # A tag's limit is the global concurrency limit of this name (Prefect 3).
            name = f"tag:{tag}"
            client.upsert_global_concurrency_limit_by_name(name=name, limit=slots)
            if nobody_else:
                client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active_slots=0))
