"""The tags' limits on the Prefect server: a tag without one is not limited, and nothing would say so.

Slots that a killed run left taken are freed here, since nothing else might ever free them: a server that was
restarted has forgotten whose they are, and a temporary one never knew. A server that is restarted during a
run forgets its slots too, and counts them as taken when the tasks that held them have ended.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from datetime import datetime, timedelta
from threading import Event
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas import filters
from prefect.client.schemas.objects import Artifact, ConcurrencyLeaseHolder, StateType
from prefect.client.schemas.responses import ConcurrencyLimitWithLeaseResponse
from prefect.exceptions import PrefectException
from prefect.runtime import task_run

from mailroom.config.settings import Settings
from mailroom.orchestration.progress_artifact import KEY, RENEWED_SECONDS
from mailroom.orchestration.retries import DRIVE_TAG, LOGIQS_TAG
from mailroom.run.side_thread import run_beside

log = logging.getLogger(__name__)

# A run whose progress was not renewed for so long is dead; a busy server may delay it by several seconds.
SILENT_SECONDS = 9 * RENEWED_SECONDS
LOOK_SECONDS = 5.0
# How long a slot was held goes into what the server tells others to wait; this is its own first guess.
AVERAGE_SECONDS = 2.0
# As Prefect takes slots for tasks: renewed while the task lives, and over soon after it was killed.
LEASE_SECONDS, RENEW_SECONDS = 60.0, 20.0


def list_limits(settings: Settings) -> dict[str, int]:
    """The number of slots for each tag."""
    return {DRIVE_TAG: settings.drive.slots, LOGIQS_TAG: settings.logiqs.slots}


def ensure_limits(settings: Settings) -> None:
    """Create the limits of ``drive-api`` and ``logiqs-api``, or correct them to the slots that are set."""
    with get_client(sync_client=True) as client:
        for tag, slots in list_limits(settings).items():
            client.upsert_global_concurrency_limit_by_name(name=limit_name(tag), limit=slots)


@contextmanager
def free_slots(
    run_id: UUID, has_begun: Callable[[], bool], alone: Callable[[], bool], every: float = LOOK_SECONDS
) -> Iterator[None]:
    """Free the slots that nobody holds, while the block waits for its own or works; a thread looks for them.

    It continues until the run has begun to work and no such slots are left. As long as another run may still
    be alive, the slots of its tasks are not freed, even if the server has forgotten whose they are: a run
    that dies while this one waits is noticed by its silence.

    Args:
        run_id: this flow run, whose progress is shown already.
        has_begun: whether the run holds slots of its own by now.
        alone: whether it is known that no other run is alive.
        every: seconds between two checks.
    """

    def count_kept(client: SyncPrefectClient) -> Counter[str]:
        """How many slots the server does not know as those of tasks that may hold them."""
        return count_forgotten_holders(client) if alone() else count_forgotten(client, run_id)

    def free_what_is_left(client: SyncPrefectClient, ended: Event) -> bool:
        """Free what may be freed; whether there was anything that nobody holds."""
        left = held_by_nobody(client)
        if left and alone() and not has_begun():
            _free(client, left, left)
        elif left:
            first = _without(left, count_kept(client))
            ended.wait(every)
            kept = count_kept(client)
            _free(client, first, _without(held_by_nobody(client), kept))
        return bool(left)

    def look(ended: Event) -> None:
        with get_client(sync_client=True) as client:
            needed = True
            while needed and not ended.is_set():
                try:
                    needed = free_what_is_left(client, ended) or not has_begun()
                except (httpx.HTTPError, PrefectException) as error:
                    # A server that does not answer now is asked again.
                    log.warning("The slots could not be checked: %s", type(error).__name__)
                ended.wait(every)

    with run_beside(look, "slots"):
        yield


@contextmanager
def free_after_restarts(run_id: UUID, restarted: Event, every: float = LOOK_SECONDS) -> Iterator[None]:
    """While the block runs, free slots that a restarted server counts as taken for tasks that have ended.

    Args:
        run_id: this flow run.
        restarted: is set when the server answers again after an absence.
        every: seconds between two checks.
    """

    def free_forgotten(client: SyncPrefectClient, ended: Event) -> None:
        """Check until no task is left that took its slots before the restart."""
        while not ended.is_set():
            before = count_forgotten(client, run_id)
            first = held_by_nobody(client)
            ended.wait(every)
            _free(client, _without(first, before), _without(held_by_nobody(client), before))
            if not before:
                return
            ended.wait(every)

    def look(ended: Event) -> None:
        while not ended.wait(every):
            if not restarted.is_set():
                continue
            try:
                with get_client(sync_client=True) as client:
                    free_forgotten(client, ended)
            except (httpx.HTTPError, PrefectException) as error:
                log.warning("The slots could not be checked: %s", type(error).__name__)
            else:
                restarted.clear()

    with run_beside(look, "restarts"):
        yield


_tags_of_tasks: dict[UUID, frozenset[str]] = {}
# Beside the one slot of each tag that Prefect takes for a task.
_more_slots: Counter[UUID] = Counter()


@contextmanager
def holding_slots() -> Iterator[None]:
    """In a task of this process: note that it holds a slot of each of its tags until the block ends."""
    task_run_id = UUID(str(task_run.id))
    _tags_of_tasks[task_run_id] = frozenset(task_run.tags)
    try:
        yield
    finally:
        del _tags_of_tasks[task_run_id]


@contextmanager
def holding_up_to(slots: int, spend: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """In a task of this process: hold its slots, and more of them that are free now, until the block ends.

    For short work that other tasks of the run wait for. A task that should work beside others takes one slot.

    Args:
        slots: how many of each tag at most, with the one that Prefect takes for the task.
        spend: spends the share of one slot within its block.
    """
    with holding_slots(), spend(), _holding_more(slots - 1, spend) if slots > 1 else nullcontext():
        yield


@contextmanager
def _holding_more(slots: int, spend: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    task_run_id = UUID(str(task_run.id))
    names = [limit_name(tag) for tag in task_run.tags]
    leases: list[UUID] = []
    with get_client(sync_client=True) as client, ExitStack() as held:
        held.callback(_more_slots.pop, task_run_id, None)
        held.enter_context(_keeping(client, leases))
        while len(leases) < slots and (lease_id := _take_free_slot(client, names, task_run_id)) is not None:
            leases.append(lease_id)
            _more_slots[task_run_id] += 1
            held.enter_context(spend())
        yield


def _take_free_slot(client: SyncPrefectClient, names: list[str], task_run_id: UUID) -> UUID | None:
    """Take a slot of each limit for the task if all have a free one; return the id of the lease.

    Prefect's own ``concurrency`` would put the request behind those of tasks that wait for their first slot,
    and would log an error when no slot is free.
    """
    holder = ConcurrencyLeaseHolder(type="task_run", id=task_run_id)
    try:
        answer = client.increment_concurrency_slots_with_lease(names, 1, "concurrency", LEASE_SECONDS, holder)
    except httpx.HTTPError:
        return None
    taken = ConcurrencyLimitWithLeaseResponse.model_validate(answer.json())
    return taken.lease_id if taken.limits else None


@contextmanager
def _keeping(client: SyncPrefectClient, leases: list[UUID]) -> Iterator[None]:
    """Renew the leases within the block, and give their slots back at the end."""

    def renew(ended: Event) -> None:
        with get_client(sync_client=True) as renewing:
            while not ended.wait(RENEW_SECONDS):
                for lease_id in leases.copy():
                    # A server that does not answer now is asked again before the lease ends.
                    with suppress(httpx.HTTPError):
                        renewing.renew_concurrency_lease(lease_id, LEASE_SECONDS)

    try:
        with run_beside(renew, "leases"):
            yield
    finally:
        for lease_id in leases:
            # A lease that cannot be given back ends by itself.
            with suppress(httpx.HTTPError):
                client.release_concurrency_slots_with_lease(lease_id)


def count_forgotten_holders(client: SyncPrefectClient) -> Counter[str]:
    """How many slots of each tag tasks of this process hold that the server does not know as theirs."""
    return _count_forgotten(client, _tags_of_tasks.copy())


def count_forgotten(client: SyncPrefectClient, run_id: UUID) -> Counter[str]:
    """How many tasks of this process and of other runs hold slots that the server does not know as theirs."""
    return count_forgotten_holders(client) + count_forgotten_elsewhere(client, run_id)


def count_forgotten_elsewhere(client: SyncPrefectClient, run_id: UUID) -> Counter[str]:
    """The same of the tasks of other runs that are alive; a task that is tried again keeps its slots."""
    if not (others := list_live_runs(client, run_id)):
        return Counter()
    tasks = client.read_task_runs(
        flow_run_filter=filters.FlowRunFilter(id=filters.FlowRunFilterId(any_=others)),
        task_run_filter=filters.TaskRunFilter(
            state=filters.TaskRunFilterState(
                type=filters.TaskRunFilterStateType(any_=[StateType.RUNNING, StateType.SCHEDULED])
            )
        ),
    )
    return _count_forgotten(client, {task.id: frozenset(task.tags) for task in tasks})


def _count_forgotten(client: SyncPrefectClient, tags_of_tasks: dict[UUID, frozenset[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for tag in (DRIVE_TAG, LOGIQS_TAG):
        known = Counter(client.read_concurrency_limit_by_tag(tag).active_slots)
        held = {one: 1 + _more_slots[one] for one, tags in tags_of_tasks.items() if tag in tags}
        found[tag] += (Counter(held) - known).total()
    return +found


def _without(slots: dict[str, int], kept: Counter[str]) -> dict[str, int]:
    """Return the numbers that are left; a tag of which none is left is left out."""
    return {tag: left for tag, number in slots.items() if (left := number - kept[tag]) > 0}


def limit_name(tag: str) -> str:
    """A tag's limit is the global concurrency limit of this name (Prefect 3)."""
    return f"tag:{tag}"


def held_by_nobody(client: SyncPrefectClient) -> dict[str, int]:
    """How many slots of each tag are taken beyond those whose holders renew their lease on them.

    The older call for a tag's limit lists the holders. It comes second, so that a slot taken in between
    does not count.
    """
    found = {}
    for tag in (DRIVE_TAG, LOGIQS_TAG):
        taken = client.read_global_concurrency_limit_by_name(limit_name(tag)).active_slots
        holders = client.read_concurrency_limit_by_tag(tag).active_slots
        if taken > len(holders):
            found[tag] = taken - len(holders)
    return found


def _free(client: SyncPrefectClient, first_look: dict[str, int], second_look: dict[str, int]) -> None:
    """Free what nobody held at both looks: a slot that is just being taken or given back is not included."""
    for tag in first_look.keys() & second_look.keys():
        slots = min(first_look[tag], second_look[tag])
        client.release_concurrency_slots([limit_name(tag)], slots, AVERAGE_SECONDS)


def list_live_runs(client: SyncPrefectClient, run_id: UUID) -> list[UUID]:
    """The other runs on this server that have renewed their progress of late, by the server's own clock."""
    running = client.read_flow_runs(
        flow_run_filter=filters.FlowRunFilter(
            state=filters.FlowRunFilterState(
                type=filters.FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.CANCELLING])
            )
        )
    )
    signs = _progress_of(client, [run.id for run in running] + [run_id])
    now = max((_renewed(sign) for sign in signs if sign.flow_run_id == run_id), default=None)
    if now is None:
        return []
    silent = timedelta(seconds=SILENT_SECONDS)
    lately = [one for one in signs if one.flow_run_id != run_id and now - _renewed(one) < silent]
    return [one.flow_run_id for one in lately if one.flow_run_id is not None]


def _progress_of(client: SyncPrefectClient, run_ids: list[UUID]) -> list[Artifact]:
    return client.read_artifacts(
        artifact_filter=filters.ArtifactFilter(
            key=filters.ArtifactFilterKey(any_=[KEY]),
            flow_run_id=filters.ArtifactFilterFlowRunId(any_=run_ids),
        )
    )


def _renewed(sign: Artifact) -> datetime:
    assert sign.updated is not None, "the server sets it"  # noqa: S101 - Prefect's model allows None
    return sign.updated
