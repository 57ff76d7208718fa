"""Listing the inbox, some of its folders in each task."""

from __future__ import annotations

from functools import partial

from prefect import get_run_logger, task

from mailroom.orchestration.retries import DRIVE_TAG, RETRIES
from mailroom.orchestration.run_registry import find_run
from mailroom.orchestration.slots import holding_up_to
from mailroom.privacy.error_boundary import sanitize_errors
from mailroom.run.reasons import count_noun


@task(name="scan folders", task_run_name="{name}", tags={DRIVE_TAG}, **RETRIES)
@sanitize_errors
def scan_folders(run_id: str, name: str, folder_ids: list[str], most_slots: int) -> None:  # noqa: ARG001 - it names the task run
    """List these folders page by page into the ledger; a retry continues where the last try stopped.

    One slot's share would pace the pages of a large folder while the rest of the quota is unused, so the task
    holds up to ``most_slots``.
    """
    run = find_run(run_id)
    most = 1 if run.drive_bucket.spends_all() else most_slots
    with holding_up_to(most, partial(run.spending_slots, crm=False)):
        run.folder_lister().list_folders(run.drive_client(), folder_ids)
    get_run_logger().info("Listed %s.", count_noun(len(folder_ids), "folder"))
