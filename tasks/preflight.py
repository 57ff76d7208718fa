"""The first task of a day: do both systems answer, and are the folders there?"""

from __future__ import annotations

from functools import partial

from prefect import get_run_logger, task

from mailroom.orchestration.retries import DRIVE_TAG, LOGIQS_TAG, RETRIES
from mailroom.orchestration.run_registry import find_run
from mailroom.orchestration.slots import holding_up_to
from mailroom.privacy.error_boundary import sanitize_errors


@task(name="preflight", task_run_name="preflight", tags={DRIVE_TAG, LOGIQS_TAG}, **RETRIES)
@sanitize_errors
def preflight(run_id: str) -> None:
    """Check the credentials, find or create the folders, take over what people decided and completed."""
    run = find_run(run_id)
    # One slot's share would pace its calls, half a second each; nothing else can begin before it is done.
    most = 1 if run.drive_bucket.spends_all() else run.slots
    with holding_up_to(most, partial(run.spending_slots, crm=True)):
        run.preflight()
        get_run_logger().info("Drive and Logiqs answer; the folders are there.")
        run.take_decisions()
        run.close_completed_deadlines()
