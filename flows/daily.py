"""The daily run: lists the inbox, files its documents into cases batch by batch, and writes a report.

Run it with `python flows/daily.py`, from a schedule, or by hand from the Prefect UI.
"""

from __future__ import annotations

if __name__ == "__main__":
    # First of all: signals may come from now on, and the command line starts Prefect's temporary server
    # before Prefect is imported below.
    import atexit
    import gc

    try:
        from mailroom.cli.signals import Signals

        signals = Signals()
        signals.install()
        from mailroom.cli.daily import main
    except ModuleNotFoundError as missing:
        # Another Python than the project's, for example by `uv run` in another folder.
        import sys
        from pathlib import Path

        home = Path(__file__).resolve().parents[1]
        sys.stderr.write(
            f"Cannot start: this Python does not have the mail room's packages ({missing}). "
            f"Use: uv run --project {home} python {__file__}\n"
        )
        raise SystemExit(2) from None

    # At the very end Python would search all that was imported for garbage, which takes most of a second.
    atexit.register(gc.freeze)
    raise SystemExit(main(signals=signals))

from datetime import date
from functools import partial
from itertools import count
from typing import Annotated

from prefect import Flow, flow, get_run_logger, unmapped
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from flows.batch import Slots, file_window, wait_for
from mailroom.errors import FilesLeftPending, MailroomError, RunStop
from mailroom.orchestration.cancellation import noticing_cancellation
from mailroom.orchestration.dispatch import file_by_workers
from mailroom.orchestration.form_fields import ALL_DAYS, ALL_FILES, label, read_form
from mailroom.orchestration.launch import Launch
from mailroom.orchestration.retries import with_retries
from mailroom.orchestration.run_lifecycle import open_run, stopping_tasks
from mailroom.orchestration.run_names import find_flow_run_id, is_by_hand, name_run, rename_run
from mailroom.orchestration.server_absence import make_absence, make_server_stop, surviving
from mailroom.orchestration.slots import ensure_limits, free_after_restarts, free_slots
from mailroom.orchestration.worker_requirements import require_workers
from mailroom.privacy.error_boundary import sanitize_errors
from mailroom.run.batch_plan import BatchPlan
from mailroom.run.context import RunContext, hands_out
from mailroom.run.listing import partition
from mailroom.run.options import FOLDER_ID, MOST_FILES, RunOptions
from mailroom.run.reasons import count_noun
from mailroom.run.summary import summarize
from tasks.preflight import preflight
from tasks.scan import scan_folders

Limit = Annotated[int, Field(ge=1, le=MOST_FILES)]
FormLimit = Annotated[int, Field(ge=0, le=MOST_FILES)] | SkipJsonSchema[None]
FolderId = Annotated[str, Field(pattern=FOLDER_ID)]
Folders = Annotated[list[FolderId], Field(max_length=50)]


@flow(name="daily", flow_run_name=name_run, persist_result=False)
def daily(
    limit: FormLimit = label("Maximum number of files", default=ALL_FILES),
    since: date | SkipJsonSchema[None] = label("Created since", default=ALL_DAYS),
    inbox: Folders | SkipJsonSchema[None] = label("Other folders", default=[]),
    dry_run: bool = label("Dry run", default=False),
    no_wait: bool = label("Do not wait", default=False),
) -> State[None]:
    """Files the IRS notices of the Drive inbox into Logiqs cases, each with a dated task for the team.

    Args:
        limit: At most this many files in this run, the oldest first. 0: all files.
        since: Only files that were created in Drive on this day or later.
        inbox: Ids of folders to read instead of the inbox, with their subfolders. A folder's id is the last
            part of its address in the browser. No item: the inbox.
        dry_run: Only reads and matches, and reports what would be done. Writes nothing to Drive or Logiqs,
            and remembers nothing.
        no_wait: Ends immediately if another run is active. Otherwise this run waits for it.
    """
    # The run's page shows this log.
    launch = Launch(on_wait=lambda line: get_run_logger().info(line))
    form = {"limit": limit, "since": since, "inbox": inbox, "dry_run": dry_run, "no_wait": no_wait}
    return run_day(read_form(form, by_hand=is_by_hand()), launch)


def bind_daily(launch: Launch) -> Flow[..., State[None]]:
    """The same flow for a command line: ``launch`` holds what was decided before, and gets the run's
    result.
    """

    @flow(name="daily", flow_run_name=partial(name_run, on_sandbox=launch.on_sandbox), persist_result=False)
    def local_daily(
        limit: Limit | None = None,
        since: date | None = None,
        inbox: Folders | None = None,
        dry_run: bool = False,
        no_wait: bool = False,
    ) -> State[None]:
        options = RunOptions(limit, since, inbox or (), dry_run, launch.on_sandbox, no_wait)
        return run_day(options, launch)

    return local_daily


def run_day(options: RunOptions, launch: Launch) -> State[None]:
    """File what is in the inbox; the state in which the flow's run ends."""
    try:
        with surviving(make_absence(launch)):
            do_day(options, launch)
    except MailroomError as error:
        # What a person must know is one line; a traceback would hide it.
        told = make_server_stop() if launch.result.server_lost else error
        if launch.result.cancelled and isinstance(error, RunStop):
            return Cancelled(message=summarize(launch.result.report), data=told)
        return Failed(message=str(told), data=told)
    return Completed(message=summarize(launch.result.report))


@sanitize_errors
def do_day(options: RunOptions, launch: Launch) -> None:
    """Preflight, scan, batches; the report is written when the run closes."""
    with open_run(options, launch) as run:
        ensure_limits(run.settings)
        if hands_out(run.settings, options):
            require_workers(run.settings)
        run_id = find_flow_run_id(run.run_id)
        with (
            free_slots(run_id, run.has_begun, launch.head_start.is_alone),
            free_after_restarts(run_id, launch.server_returned),
            Slots(max_workers=run.slots) as slots,
            noticing_cancellation(run_id, launch.cancel),
            stopping_tasks(launch.stop),
        ):
            with_retries(preflight, run.settings)(run.run_id)
            scan(run, slots)
            launch.result.begun = True
            plan = run.pick_up_files()
            rename_run(options.kind, plan.files)
            if hands_out(run.settings, options):
                file_by_workers(run, plan)
            else:
                file(run, plan, slots)
        run.check_moves()
        if left := run.count_pending():
            raise FilesLeftPending("files_left_pending", files=left)
        if not run.scan_complete:
            raise FilesLeftPending("scan_incomplete")
        if run.held_files:
            raise FilesLeftPending("held_by_another_run", held=len(run.held_files))
        if run.refused_folders:
            raise FilesLeftPending("folders_refused", folders=", ".join(sorted(run.refused_folders)))
        if abandoned := run.count_abandoned():
            raise FilesLeftPending("deliveries_abandoned", abandoned=abandoned)


def scan(run: RunContext, slots: Slots) -> None:
    """List the inbox folder level by folder level, each level split over the slots."""
    numbers = count(1)
    while run.scan_complete and (folders := run.ledger.list_open_folders(run.run_id)):
        parts = partition(folders, run.slots)
        parameters = {
            "run_id": unmapped(run.run_id),
            "name": [f"scan {next(numbers)} ({count_noun(len(ids), 'folder')})" for ids in parts],
            "folder_ids": parts,
            # One is left, so that a dry run can begin meanwhile.
            "most_slots": unmapped(max((run.slots - 1) // len(parts), 1)),
        }
        run.scan_complete = wait_for(slots.map(with_retries(scan_folders, run.settings), parameters))


def file(run: RunContext, plan: BatchPlan, slots: Slots) -> None:
    """Map the filing task over the batches, a window of batches at a time so that memory stays bounded."""
    numbers = count(1)
    is_more_to_do = True
    while is_more_to_do:
        for window in plan.list_windows():
            file_window(run, window, slots, numbers)
        is_more_to_do = plan.wait_for_postponed()
