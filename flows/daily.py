"""The day: the inbox is listed, its files are filed into cases batch by batch, a report says how it went.

Run it with `python flows/daily.py`, from a schedule, or by hand from the Prefect UI.
"""

from __future__ import annotations

if __name__ == "__main__":
    # First of all: the command line starts Prefect's temporary server before Prefect is imported below.
    from flows.command_line import main

    raise SystemExit(main())

from collections.abc import Iterable
from datetime import date
from itertools import count
from typing import Any

from prefect import flow, unmapped
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner

from flows.launch import current
from flows.office import opened_office
from mailroom.errors import Transient
from mailroom.office import Office, Order
from mailroom.shares import shared_out
from tasks.batch import file_batch
from tasks.limits import ensure_limits
from tasks.policy import retried
from tasks.preflight import preflight
from tasks.scan import scan_folders

Slots = ThreadPoolTaskRunner[Any]


class FilesLeftPending(Transient):
    """The run ended with files that the next run takes up, or with an inbox not listed to its end."""


@flow(name="daily", flow_run_name="daily", persist_result=False)
def daily(
    limit: int | None = None,
    since: date | None = None,
    inbox: list[str] | None = None,
    dry_run: bool = False,
    sandbox: bool = False,
) -> None:
    """File the IRS notices of the Drive inbox into Logiqs cases.

    Args:
        limit: at most that many files, the oldest first.
        since: only files created in Drive on this day or later.
        inbox: folder ids, in place of the configured inbox.
        dry_run: read and match only; nothing is written to Drive or Logiqs, and nothing is remembered.
        sandbox: run on the built-in sandbox.
    """
    order = Order(limit=limit, since=since, inboxes=inbox or (), dry_run=dry_run, sandbox=sandbox)
    with opened_office(order) as office:
        ensure_limits(office.settings, nobody_else=current.alone_on_server)
        retried(preflight, office.settings)(office.run_id)
        current.checked = True
        with Slots(max_workers=office.slots) as slots:
            scan(office, slots)
            file(office, slots)
        if left := office.left_pending():
            raise FilesLeftPending("files_left_pending", files=left)
        if not office.scan_complete:
            raise FilesLeftPending("scan_incomplete")


def scan(office: Office, slots: Slots) -> None:
    """List the inbox folder level by folder level, each level shared out over the slots."""
    numbers = count(1)
    while office.scan_complete and (folders := office.ledger.folders_to_scan(office.run_id)):
        shares = shared_out(folders, office.slots)
        parameters = {
            "run_id": unmapped(office.run_id),
            "share": [str(next(numbers)) for _ in shares],
            "folder_ids": shares,
        }
        office.scan_complete = all_done(slots.map(retried(scan_folders, office.settings), parameters))


def file(office: Office, slots: Slots) -> None:
    """Map the filing task over the batches, a window of batches at a time so that memory stays bounded."""
    numbers = count(1)
    for window in office.windows_of_batches():
        parameters = {
            "run_id": unmapped(office.run_id),
            "number": [str(next(numbers)) for _ in window],
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
