"""Filing one batch of files, under one slot of each API."""

from __future__ import annotations

from prefect import get_run_logger, task
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed

from mailroom.errors import ConfigError, RunStop
from mailroom.orchestration.retries import DRIVE_TAG, LOGIQS_TAG, RETRIES, is_last_try
from mailroom.orchestration.run_registry import find_run
from mailroom.orchestration.slots import holding_slots
from mailroom.privacy.error_boundary import sanitize_errors
from mailroom.run import batch
from mailroom.run.limits import ENDED_EARLY, STOPPED, STOPPED_CODE
from mailroom.run.summary import list_outcomes


@task(name="file a batch", task_run_name="{name}", tags={DRIVE_TAG, LOGIQS_TAG}, **RETRIES)
@sanitize_errors
def file_batch(run_id: str, name: str, file_ids: list[str]) -> State[None]:
    """Download, read, match, deliver and move the files of a batch; a retry picks up what is pending.

    Returns:
        The state in which the task's run ends; its message has the outcomes. Files that are pending after the
        last retry are the run's concern: the task has done what it could. So is what ends the run early: the
        task is *Cancelled*, as are the batches after it, which begin nothing.
    """
    run = find_run(run_id)
    with holding_slots(), run.spending_slots(crm=True):
        try:
            counts = batch.process_batch(run.file_pipeline(), file_ids, run.settings.files_at_once)
        except batch.BatchUnfinished as unfinished:
            if not is_last_try():
                raise
            counts = unfinished.counts
        except (RunStop, ConfigError) as error:
            run.limits.end(error)
            # The run's own state says why, once. The traceback may hold client data.
            words = STOPPED if error.code == STOPPED_CODE else ENDED_EARLY
            return Cancelled(message=words, data=error.with_traceback(None))
        else:
            run.progress.count_batch()
    message = list_outcomes(dict(sorted(counts.items())), run.options.mode)
    get_run_logger().info("Done with %s: %s.", name, message)
    return Completed(message=f"{message}.")
