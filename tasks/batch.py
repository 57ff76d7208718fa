"""Filing one batch of files, under one slot of each API."""

from __future__ import annotations

from prefect import get_run_logger, task

from mailroom.orchestration.retries import DRIVE_TAG, LOGIQS_TAG, RETRIES
from mailroom.orchestration.run_registry import find_run
from mailroom.orchestration.slots import holding_slots
from mailroom.privacy.error_boundary import sanitize_errors
from mailroom.run import batch


@task(name="file a batch", task_run_name="{name}", tags={DRIVE_TAG, LOGIQS_TAG}, **RETRIES)
@sanitize_errors
def file_batch(run_id: str, name: str, file_ids: list[str]) -> dict[str, int]:
    """Download, read, match, deliver and move the files of a batch; a retry picks up what is pending."""
    run = find_run(run_id)
    with holding_slots():
        counts = batch.process_batch(run.file_pipeline(), file_ids, run.settings.files_at_once)
    run.progress.count_batch()
    get_run_logger().info(
        "Done with %s: %s.", name, ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
    )
    return counts
