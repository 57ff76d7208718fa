"""The tags' limits on the Prefect server: a tag without one is not limited, and nothing would say so.

Slots that a killed run left taken are freed here, since nothing else might ever free them: a server that was
restarted has forgotten whose they are, and a temporary one never knew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import Artifact, StateType

from mailroom.settings import Settings
from tasks.policy import DRIVE_TAG, LOGIQS_TAG
from tasks.progress import KEY, RENEWED_SECONDS

# A run whose progress was not renewed for so long is dead; a busy server may delay it by several seconds.
SILENT_SECONDS = 9 * RENEWED_SECONDS
LOOK_SECONDS = 5.0
# How long a slot was held goes into what the server tells others to wait; this is its own first guess.
AVERAGE_SECONDS = 2.0


def ensure_limits(
    settings: Settings,
    run_id: UUID,
    *,
    alone: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Create the limits of ``drive-api`` and ``logiqs-api``, or correct them to the slots that are set.

    Slots that nobody holds are freed. As long as another run may still be alive nothing is freed: its end,
    or its silence, is waited for, and only where such slots are.

    Args:
        settings: how many slots each API's quota is cut into.
        run_id: this flow run, whose progress is shown already.
        alone: it is known that no other run is alive, so nothing is waited for.
        sleep: waits so many seconds.
    """
    wanted = {DRIVE_TAG: settings.drive.slots, LOGIQS_TAG: settings.logiqs.slots}
    with get_client(sync_client=True) as client:
        for tag, slots in wanted.items():
            client.upsert_global_concurrency_limit_by_name(name=limit_name(tag), limit=slots)
        while left := _held_by_nobody(client, wanted):
            if alone or not another_run_is_alive(client, run_id):
                sleep(0 if alone else LOOK_SECONDS)
                _free(client, left, _held_by_nobody(client, wanted))
                return
            sleep(LOOK_SECONDS)


def limit_name(tag: str) -> str:
    """A tag's limit is the global concurrency limit of this name (Prefect 3)."""
    return f"tag:{tag}"


def _held_by_nobody(client: SyncPrefectClient, tags: Iterable[str]) -> dict[str, int]:
    """How many slots of each tag are taken beyond those whose holders renew their lease on them.

    The older call for a tag's limit lists the holders. It comes second, so that a slot taken in between
    does not count.
    """
    found = {}
    for tag in tags:
        taken = client.read_global_concurrency_limit_by_name(limit_name(tag)).active_slots
        holders = client.read_concurrency_limit_by_tag(tag).active_slots
        if taken > len(holders):
            found[tag] = taken - len(holders)
    return found


def _free(client: SyncPrefectClient, first_look: dict[str, int], second_look: dict[str, int]) -> None:
    """Free what nobody held at both looks: a slot that is just being taken or given back is not among it."""
    for tag in first_look.keys() & second_look.keys():
        slots = min(first_look[tag], second_look[tag])
        client.release_concurrency_slots([limit_name(tag)], slots, AVERAGE_SECONDS)


def another_run_is_alive(client: SyncPrefectClient, run_id: UUID) -> bool:
    """Whether another run on this server has renewed its progress of late, by the server's own clock."""
    running = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(
                type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.CANCELLING])
            )
        )
    )
    signs = _progress_of(client, [run.id for run in running] + [run_id])
    now = max((_renewed(sign) for sign in signs if sign.flow_run_id == run_id), default=None)
    others = [_renewed(sign) for sign in signs if sign.flow_run_id != run_id]
    return now is not None and any(now - other < timedelta(seconds=SILENT_SECONDS) for other in others)


def _progress_of(client: SyncPrefectClient, run_ids: list[UUID]) -> list[Artifact]:
    return client.read_artifacts(
        artifact_filter=ArtifactFilter(
            key=ArtifactFilterKey(any_=[KEY]), flow_run_id=ArtifactFilterFlowRunId(any_=run_ids)
        )
    )


def _renewed(sign: Artifact) -> datetime:
    assert sign.updated is not None, "the server sets it"  # noqa: S101 - Prefect's model allows None
    return sign.updated
