"""The day: the inbox is listed, its files are filed into cases batch by batch, a report says how it went.

Run it with `python flows/daily.py`, from a schedule, or by hand from the Prefect UI.
"""

from __future__ import annotations

if __name__ == "__main__":
    # First of all: signals may come from now on, and the command line starts Prefect's temporary server before
    # Prefect is imported below.
    from mailroom.cli.signals import Signals

    signals = Signals()
    signals.install()
    from mailroom.cli.daily import main

    raise SystemExit(main(signals=signals))

from collections.abc import Iterable
from datetime import date
from itertools import count
from typing import Annotated, Any
from uuid import UUID

from prefect import flow, unmapped
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from mailroom.cli.daily_options import FOLDER_ID, MOST_FILES
from mailroom.config.settings import Settings
from mailroom.errors import MailroomError, Transient
from mailroom.orchestration.launch import current
from mailroom.orchestration.retries import retried
from mailroom.orchestration.run_lifecycle import opened_office
from mailroom.orchestration.run_names import counted, first_name, rename
from mailroom.orchestration.slots import FreedSlots, ensure_limits
from mailroom.privacy.error_boundary import sanitize_errors
from mailroom.run.context import Office, Order
from mailroom.run.partition import partition
from mailroom.run.report import in_short
from tasks.batch import file_batch
from tasks.preflight import preflight
from tasks.scan import scan_folders

Slots = ThreadPoolTaskRunner[Any]


class FilesLeftPending(Transient):
    """The run ended with files that the next run takes up, or with an inbox not listed to its end."""

    def __str__(self) -> str:
        if (files := self.ids.get("files")) is not None:
            return f"{files} files are left pending by faults that pass; the next run takes them up."
        return "The inbox could not be listed to its end; the next run lists it anew."


Limit = Annotated[int, Field(ge=1, le=MOST_FILES)]
FolderId = Annotated[str, Field(pattern=FOLDER_ID)]
Folders = Annotated[list[FolderId], Field(max_length=50)]


@flow(name="daily", flow_run_name=first_name, persist_result=False)
def daily(
    limit: Limit | None = None,
    since: date | None = None,
    inbox: Folders | None = None,
    dry_run: bool = False,
) -> State[None]:
    """Files the IRS notices of the Drive inbox into Logiqs cases, each with a dated task for the team.

    Args:
        limit: At most so many files in this run, the oldest first. Empty: all of them.
        since: Only files that came into Drive on this day or later. Empty: however old they are.
        inbox: Ids of folders to read in place of the configured inbox, with their subfolders. A folder's id is
            the last part of its address in the browser. Empty: the configured inbox.
        dry_run: Only reads and matches, and reports what would be done. Writes nothing to Drive or Logiqs, and
            remembers nothing.
    """
    on_sandbox = current.target is not None and not current.target.is_real
    return finish(Order(limit=limit, since=since, inboxes=inbox or (), dry_run=dry_run, sandbox=on_sandbox))


def finish(order: Order, settings: Settings | None = None) -> State[None]:
    """Do the day, and answer the state that the run ends in.

    Args:
        order: what was asked for.
        settings: those of a sandbox; else what the command line decided, or all sources.
    """
    current.begin_flow()
    try:
        whole_day(order, settings)
    except MailroomError as error:
        # What a person must know is one line; a traceback would hide it.
        return Failed(message=str(error), data=error)
    return Completed(message=in_short(current.report))


@sanitize_errors
def whole_day(order: Order, settings: Settings | None) -> None:
    """Preflight, scan, batches; the office writes the report when it closes."""
    with opened_office(order, settings) as office:
        ensure_limits(office.settings)
        with FreedSlots(UUID(office.run_id), office.has_begun, current.alone_on_server):
            retried(preflight, office.settings)(office.run_id)
        current.checked = True
        with Slots(max_workers=office.slots) as slots:
            scan(office, slots)
            rename(office.take_up())
            file(office, slots)
        if left := office.left_pending():
            raise FilesLeftPending("files_left_pending", files=left)
        if not office.scan_complete:
            raise FilesLeftPending("scan_incomplete")


def scan(office: Office, slots: Slots) -> None:
    """List the inbox folder level by folder level, each level shared out over the slots."""
    numbers = count(1)
    while office.scan_complete and (folders := office.ledger.folders_to_scan(office.run_id)):
        shares = partition(folders, office.slots)
        parameters = {
            "run_id": unmapped(office.run_id),
            "name": [f"scan {next(numbers)} ({counted(len(ids), 'folder')})" for ids in shares],
            "folder_ids": shares,
        }
        office.scan_complete = all_done(slots.map(retried(scan_folders, office.settings), parameters))


def file(office: Office, slots: Slots) -> None:
    """Map the filing task over the batches, a window of batches at a time so that memory stays bounded."""
    numbers = count(1)
    for window in office.windows_of_batches():
        parameters = {
            "run_id": unmapped(office.run_id),
            "name": [f"batch {next(numbers)} ({counted(len(ids), 'file')})" for ids in window],
            "file_ids": window,
        }
        all_done(slots.map(retried(file_batch, office.settings), parameters))


def all_done(futures: Iterable[PrefectFuture[Any]]) -> bool:
    """Wait for all; False when transient faults left work undone. What stops the run is raised."""
    ended = [future.result(raise_on_failure=False) for future in futures]
    errors = [result for result in ended if isinstance(result, BaseException)]
    for error in errors:
        if not isinstance(error, Transient):
            raise error
    return not errors
