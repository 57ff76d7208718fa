"""Handing a run's files to the workers of a work pool, and taking over the parts of workers that died.

Each part is a flow run of the deployment ``batch/batch``. The ledger, which all machines share, says which
parts are alive and what they have counted; Prefect says which have not begun, and which have ended.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas import filters
from prefect.client.schemas.objects import FlowRun, State, StateType, WorkerStatus
from prefect.deployments import run_deployment
from prefect.exceptions import PrefectException
from prefect.runtime import deployment
from prefect.states import Cancelled, Crashed
from sqlalchemy.exc import SQLAlchemyError

from mailroom.errors import ConfigError, MailroomError, RunStop
from mailroom.ledger.parts import PartState, make_part_id
from mailroom.orchestration.declared_deployments import BATCH, START_BATCH_WORKER, TAKEN_BACK, WORK_POOL
from mailroom.run.batch_plan import BatchPlan
from mailroom.run.context import RunContext
from mailroom.run.part import Part, PartCounts, Stop, add_counts, find_version, list_shared_settings
from mailroom.run.progress import Phase
from mailroom.run.reasons import count_noun

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
# A part is worth the ten seconds that a process takes to start, and small enough that all workers end at
# about the same time.
SMALLEST, LARGEST, PARTS_A_WORKER = 50, 250, 2
# So long after a part was handed out, people are told that no worker takes it; again after so long.
UNTAKEN_SECONDS, TELL_AGAIN_SECONDS = 60.0, 600.0
# A worker that has a part and has not begun it after so long is dead; Docker may load an image first.
STUCK_SECONDS = 600.0
# The server tells at most so many flow runs at a time.
MOST_ASKED = 200
# Files whose part died so often without finishing one of them are left to the next run.
MOST_FRUITLESS = 3
# If a flow run has not ended so long after its last word in the ledger, its worker cannot reach the server.
LAST_WORD_SECONDS = 60.0
# Parts that are told to end do so when they renew themselves. Prefect kills a cancelled run after 30 s, and
# the report comes after this.
END_SECONDS = 10.0


@dataclass(frozen=True)
class Handed:
    """A part that was handed out; ``fruitless``: how many parts with these files died without finishing one.

    ``since`` is when it was handed out, or when a worker took it, and ``ended`` when its last word was first
    seen; in monotonic seconds.
    """

    name: str
    part_id: str
    number: int
    attempt: int
    file_ids: tuple[str, ...]
    since: float
    ended: float | None = None
    is_taken: bool = False
    fruitless: int = 0
    counts: PartCounts = field(default_factory=PartCounts)


def file_by_workers(run: RunContext, plan: BatchPlan) -> None:
    """Have all files of the plan filed by workers; returns when none is left that can be tried.

    Raises:
        RunStop, ConfigError: the run is to stop, or a worker could not continue for a reason that all share.
    """
    with get_client(sync_client=True) as client:
        dispatcher = Dispatcher(run, client)
        try:
            is_more_to_do = True
            while is_more_to_do:
                dispatcher.file(plan)
                is_more_to_do = plan.wait_for_postponed()
        finally:
            dispatcher.call_back()


def choose_size(files: int, workers: int) -> int:
    """Return how many files a part has."""
    return max(SMALLEST, min(LARGEST, -(-files // (max(workers, 1) * PARTS_A_WORKER))))


class Dispatcher:
    """Hands out parts, watches them, and gives the files of dead ones to other workers.

    Args:
        run: the run, which has listed its inbox.
        client: of the server that has the deployment.
    """

    def __init__(self, run: RunContext, client: SyncPrefectClient) -> None:
        self._run = run
        self._client = client
        self._handed: dict[UUID, Handed] = {}
        self._again: deque[Handed] = deque()
        self._number = 0
        self._workers = 0
        self._told: float | None = None
        # The codes of stops that a part has told.
        self._stops: set[str] = set()

    def file(self, plan: BatchPlan) -> None:
        """Hand out all pending files, and wait until their parts have ended."""
        self._workers = self._count_workers()
        new = self._make_parts(plan.list_parts(choose_size(plan.files, self._workers)))
        while True:
            # A worker that has ended its part finds another one; the ids of no more are kept.
            while len(self._handed) < self._most_handed() and (part := self._next(new)) is not None:
                self._hand_out(part)
            if not self._handed:
                return
            self._run.limits.sleep(LOOK_SECONDS)
            self._run.limits.check()
            self._look()
            self._workers = self._count_workers()
            self._tell_if_untaken()

    def call_back(self) -> None:
        """End the parts that are left: a run that was stopped ends with all of its parts.

        Where that fails, they end by themselves when they find that the run has ended. The error that stopped
        the run is still the one that is raised.
        """
        try:
            if self._handed:
                self._end_all()
        except (httpx.HTTPError, PrefectException, SQLAlchemyError, MailroomError) as error:
            log.warning("The parts of the run could not be ended: %s", type(error).__name__)

    def _end_all(self) -> None:
        ends = time.monotonic() + END_SECONDS
        for flow_run_id, part in self._handed.items():
            if not part.is_taken:
                self._client.set_flow_run_state(
                    flow_run_id, Cancelled(message="The run was stopped."), force=True
                )
        while True:
            # In each turn: a worker may have begun one of them just now.
            self._run.ledger.end_parts(self._run.run_id)
            if time.monotonic() >= ends or not any(part.is_taken for part in self._handed.values()):
                return
            time.sleep(LOOK_SECONDS)
            runs, states = self._read_runs(), self._list_parts()
            for flow_run_id in [one.id for one in runs if one.state and one.state.is_final()]:
                self._add_counts(self._handed.pop(flow_run_id), states)

    def _make_parts(self, lists: Iterable[list[str]]) -> Iterator[Handed]:
        for file_ids in lists:
            self._number += 1
            yield Handed("", "", self._number, 0, tuple(file_ids), 0.0)

    def _most_handed(self) -> int:
        return min(2 * max(self._workers, 1) + 1, MOST_ASKED)

    def _next(self, new: Iterator[Handed]) -> Handed | None:
        return self._again.popleft() if self._again else next(new, None)

    def _hand_out(self, part: Handed) -> None:
        run, attempt = self._run, part.attempt + 1
        part_id = make_part_id(run.run_id, part.number, attempt)
        folders = run.get_folders()
        given = Part(
            part_id=part_id,
            run_id=run.run_id,
            made_by=find_version(),
            settings=list_shared_settings(run.settings),
            listed=run.listed,
            inboxes=folders.inboxes,
            outcomes=folders.outcomes,
            # Rounded down, so that no batch waits for a slot: a worker that lost its connection to the server
            # files on for two minutes, and the server would give its slots to those that wait.
            batches_at_once=max(1, run.slots // max(self._workers, 1)),
            file_ids=list(part.file_ids),
        )
        again = f", attempt {attempt}" if attempt > 1 else ""
        name = f"part {part.number} ({count_noun(len(part.file_ids), 'file')}{again})"
        made = run_deployment(
            BATCH,
            parameters={"part": given.model_dump(mode="json")},
            flow_run_name=name,
            timeout=0,
            idempotency_key=part_id,
        )
        assert isinstance(made, FlowRun)  # noqa: S101 - a coroutine only where an event loop runs
        self._handed[made.id] = replace(
            part,
            name=name,
            part_id=part_id,
            attempt=attempt,
            since=time.monotonic(),
            ended=None,
            is_taken=False,
        )

    def _look(self) -> None:
        """Take over what all parts have counted, and see to those that have ended."""
        # In this order: a flow run that has ended said its last word in the ledger before.
        runs, states = {one.id: one for one in self._read_runs()}, self._list_parts()
        now = time.monotonic()
        for flow_run_id in list(self._handed):
            part = self._add_counts(self._handed[flow_run_id], states)
            mine = states.get(part.part_id)
            # A person may have deleted the flow run.
            state = runs[flow_run_id].state if flow_run_id in runs else None
            if not part.is_taken and (mine is not None or state is None or not state.is_scheduled()):
                part = replace(part, is_taken=True, since=now)
            if mine is not None and mine.has_ended and part.ended is None:
                part = replace(part, ended=now)
            self._handed[flow_run_id] = part
            is_gone = flow_run_id not in runs or (state is not None and state.is_final())
            is_dead = mine is not None and not mine.is_alive and not mine.has_ended
            is_mute = part.ended is not None and now - part.ended > LAST_WORD_SECONDS
            is_stuck = mine is None and part.is_taken and now - part.since > STUCK_SECONDS
            if is_gone or is_dead or is_mute or is_stuck:
                del self._handed[flow_run_id]
                self._run.progress.count_batch()
                if not is_gone:
                    crashed: State[Any] = Crashed(message="Its worker died or lost its connection.")
                    self._client.set_flow_run_state(flow_run_id, crashed, force=True)
                self._end(part, state, has_begun=mine is not None)

    def _end(self, part: Handed, state: State[Any] | None, *, has_begun: bool) -> None:
        """See to a part that has ended: raise what stops the run, or hand out again what it left.

        Raises:
            RunStop, ConfigError: a second part told the same stop, so it is not about one machine; or no
                worker could begin the part.
        """
        if (stop := part.counts.stop) is not None:
            if stop.code in self._stops:
                raise _make_stop(stop, part.name)
            self._stops.add(stop.code)
            log.warning("%s stopped: %s %s Another worker tries its files.", part.name, stop.what, stop.fix)
        elif state is not None and state.is_completed():
            return
        elif state is not None and state.type is StateType.CANCELLED and state.name != TAKEN_BACK:
            # By a person: its files are left to the next run.
            return
        elif state is not None and state.type is StateType.FAILED:
            if not has_begun:
                self._hand_to_another(part, str(state.message))
                return
            log.warning("%s failed: %s", part.name, state.message)
        else:
            log.warning("%s ended early: its worker died or lost its connection.", part.name)
        self._run.ledger.end_part(part.part_id)
        self._run.ledger.free_dead_claims()
        left = self._run.ledger.list_left(self._run.run_id, part.file_ids)
        fruitless = part.fruitless + 1 if len(left) == len(part.file_ids) else 0
        if left and fruitless < MOST_FRUITLESS:
            self._again.append(replace(part, file_ids=tuple(left), fruitless=fruitless, counts=PartCounts()))
        elif left:
            files = count_noun(len(left), "file")
            log.warning(
                "%s of %s were tried %d times; the next run tries again.", files, part.name, fruitless
            )

    def _hand_to_another(self, part: Handed, message: str) -> None:
        """Hand out again what a worker could not begin; the ledger may have been away from it.

        Raises:
            ConfigError: it happened too often.
        """
        if part.fruitless + 1 < MOST_FRUITLESS:
            log.warning("%s could not start, and is handed out again: %s", part.name, message)
            self._again.append(replace(part, fruitless=part.fruitless + 1))
            return
        raise ConfigError(
            "worker_cannot_begin",
            what=f"A worker could not start its part of the files: {message}",
            fix=f"See the log on the page of the flow run {part.name}.",
        )

    def _add_counts(self, part: Handed, states: dict[str, PartState]) -> Handed:
        mine = states.get(part.part_id)
        if mine is None or not mine.counts:
            return part
        counts = PartCounts.model_validate(mine.counts)
        add_counts(self._run, part.counts, counts)
        return replace(part, counts=counts)

    def _list_parts(self) -> dict[str, PartState]:
        return {one.part_id: one for one in self._run.ledger.list_parts(self._run.run_id)}

    def _read_runs(self) -> list[FlowRun]:
        wanted = filters.FlowRunFilter(id=filters.FlowRunFilterId(any_=list(self._handed)))
        return self._client.read_flow_runs(flow_run_filter=wanted)

    def _count_workers(self) -> int:
        """How many workers are online, without the one that has this run."""
        found = self._client.read_workers_for_work_pool(WORK_POOL)
        online = sum(one.status is WorkerStatus.ONLINE for one in found)
        return max(online - (deployment.id is not None), 0)

    def _tell_if_untaken(self) -> None:
        """Say so when no worker takes the parts, also in the run's progress."""
        now = time.monotonic()
        waits = [now - part.since for part in self._handed.values() if not part.is_taken]
        is_untaken = len(waits) == len(self._handed) and bool(waits) and max(waits) > UNTAKEN_SECONDS
        phase = Phase.UNTAKEN if is_untaken else Phase.FILING
        if self._run.progress.phase is not phase:
            self._run.progress.enter(phase)
        if not is_untaken or (self._told is not None and now - self._told < TELL_AGAIN_SECONDS):
            return
        self._told = now
        worker = "worker" if deployment.id is None else "other worker"
        online = count_noun(self._workers, worker) if self._workers else f"no {worker}"
        line = (
            f"No worker has picked up a part of the files for a minute ({online} online in the work pool {WORK_POOL}). "
            f"Start one: {START_BATCH_WORKER}"
        )
        log.warning("%s", line)
        self._run.tell(line)


def _make_stop(stop: Stop, name: str) -> RunStop | ConfigError:
    made = ConfigError if stop.needs_person else RunStop
    return made(stop.code, what=f"{stop.what} (Reported by {name}.)", fix=stop.fix)
