"""Filing batches: all of a run's in its own process, or a part of them where a worker of a work pool runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any
from uuid import UUID

from prefect import flow, unmapped
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from mailroom.errors import MailroomError, Transient
from mailroom.orchestration.cancellation import noticing_cancellation
from mailroom.orchestration.declared_deployments import TAKEN_BACK
from mailroom.orchestration.launch import Launch
from mailroom.orchestration.log_setup import check_redaction
from mailroom.orchestration.progress_artifact import show_progress
from mailroom.orchestration.retries import with_retries
from mailroom.orchestration.run_lifecycle import load_real_settings, stopping_tasks
from mailroom.orchestration.run_registry import register_run
from mailroom.orchestration.server_absence import make_absence, make_server_stop, surviving
from mailroom.orchestration.slots import free_after_restarts
from mailroom.privacy.error_boundary import guard_process, sanitize_errors
from mailroom.run.batch_plan import cut_batches
from mailroom.run.context import RunContext
from mailroom.run.options import RunOptions
from mailroom.run.part import PART_OVER, Part, open_part
from mailroom.run.reasons import OUTCOMES, count_noun
from mailroom.run.summary import list_outcomes
from tasks.batch import file_batch

Slots = ThreadPoolTaskRunner[Any]


@flow(name="batch", persist_result=False)
def batch(part: Part) -> State[None]:
    """Files one part of a daily run's files. The daily run starts it; do not start it by hand."""
    launch = Launch()
    try:
        with surviving(make_absence(launch)):
            done = file_part(part, launch)
    except MailroomError as error:
        told = make_server_stop() if launch.result.server_lost else error
        if error.code == PART_OVER:
            return Cancelled(name=TAKEN_BACK, message=str(told), data=told)
        if launch.result.cancelled:
            return Cancelled(message=str(told), data=told)
        return Failed(message=str(told), data=told)
    return Completed(message=done)


@sanitize_errors
def file_part(part: Part, launch: Launch) -> str:
    """File the part's batches side by side; return the outcomes of its files in words."""
    check_redaction()
    guard_process()
    settings = load_real_settings(RunOptions())
    flow_run_id = UUID(flow_run.id)
    with open_part(part, settings, launch.stop) as run, register_run(run), show_progress(run.progress):
        batches = list(cut_batches(part.file_ids, settings.batch_size, part.batches_at_once))
        run.progress.begin_batches(len(batches), len(part.file_ids))
        with (
            free_after_restarts(flow_run_id, launch.server_returned),
            Slots(max_workers=part.batches_at_once) as slots,
            noticing_cancellation(flow_run_id, launch.cancel),
            stopping_tasks(launch.stop),
        ):
            file_window(run, batches, slots, count(1))
        outcomes = run.progress.snapshot().outcomes
        counts = {name: number for name in OUTCOMES if (number := outcomes[name])}
        return f"{list_outcomes(counts, run.options.mode) or 'Nothing was left to do'}."


def file_window(run: RunContext, window: Sequence[list[str]], slots: Slots, numbers: Iterator[int]) -> None:
    """Map the filing task over these batches, and wait for all of them.

    Raises:
        RunStop, ConfigError: what stops the run.
    """
    parameters = {
        "run_id": unmapped(run.run_id),
        "name": [f"batch {next(numbers)} ({count_noun(len(ids), 'file')})" for ids in window],
        "file_ids": window,
    }
    wait_for(slots.map(with_retries(file_batch, run.settings), parameters))


def wait_for(futures: Iterable[PrefectFuture[Any]]) -> bool:
    """Wait for all tasks.

    Returns:
        Whether all did their work; False when temporary faults left some undone.

    Raises:
        RunStop, ConfigError: what stops the run.
    """
    ended = [future.result(raise_on_failure=False) for future in futures]
    errors = [result for result in ended if isinstance(result, BaseException)]
    for error in errors:
        if not isinstance(error, Transient):
            raise error
    return not errors
