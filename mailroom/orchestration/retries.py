"""What all tasks share: the tags whose slots they take, and when they are retried."""

from __future__ import annotations

from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.context import TaskRunContext
from prefect.tasks import exponential_backoff

from mailroom import call_retries
from mailroom.config.settings import Settings
from mailroom.errors import Transient

P = ParamSpec("P")
R = TypeVar("R")

DRIVE_TAG = "drive-api"
LOGIQS_TAG = "logiqs-api"


def is_temporary(_task: Any, _task_run: Any, state: Any) -> bool:
    """Whether a task's failure is temporary, so that a retry makes sense."""
    return isinstance(state.result(raise_on_failure=False), Transient)


# The numbers and delays are those of the calls; each delay is up to 20 % longer, so that batches that failed
# together come back apart.
RETRIES: dict[str, Any] = {
    "retries": call_retries.RETRIES,
    "retry_delay_seconds": exponential_backoff(call_retries.RETRY_DELAY_SECONDS),
    "retry_jitter_factor": 0.2,
    "retry_condition_fn": is_temporary,
    # Ids go in, counts come out; neither is worth a file or a look-up.
    "persist_result": False,
    "cache_policy": NO_CACHE,
}


def is_last_try() -> bool:
    """Whether Prefect will not repeat the task in which this is called, even if its failure is temporary."""
    context = TaskRunContext.get()
    assert context is not None, "called in a task"  # noqa: S101 - a mistake of ours
    return context.task_run.run_count > context.task.retries


def with_retries(task: Task[P, R], settings: Settings) -> Task[P, R]:
    """The task with the number of retries and the first delay (in seconds) that are set."""
    delays = exponential_backoff(settings.retry_delay)
    return task.with_options(retries=settings.retries, retry_delay_seconds=delays)
