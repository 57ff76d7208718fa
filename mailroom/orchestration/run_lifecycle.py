"""Opening a run's office: settings from every source, the sandbox if asked for, the report at the end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

from prefect.runtime import flow_run

from mailroom.config.settings import Settings
from mailroom.config.target import Choice, decide_target
from mailroom.orchestration.block_settings import stored_settings
from mailroom.orchestration.launch import current
from mailroom.orchestration.log_setup import check_redaction
from mailroom.orchestration.progress_artifact import ShownProgress
from mailroom.orchestration.report_artifacts import publish
from mailroom.orchestration.run_registry import at_work
from mailroom.privacy.error_boundary import guard_process
from mailroom.run.context import Office, Order
from mailroom.run.report import Report, build_report, write_report

log = logging.getLogger("mailroom.flow")


@contextmanager
def opened_office(order: Order, settings: Settings | None = None) -> Iterator[Office]:
    """The office of this run; whatever happens in the block, the report is made of what the ledger knows.

    Args:
        order: what was asked for.
        settings: those of a sandbox; else what the command line decided, or all sources.

    Raises:
        ConfigError: something of the configuration is missing or wrong, the logs' redaction among it.
    """
    check_redaction()
    guard_process()
    with ExitStack() as closing:
        run_id = str(flow_run.id or uuid4())
        office = closing.enter_context(Office.open(run_id, settings or _settings(order), order))
        office.drive_meter = current.drive_meter
        office.stop = current.stop
        closing.enter_context(at_work(office))
        closing.enter_context(ShownProgress(office.progress))
        current.on_open(office)
        try:
            yield office
        finally:
            office.progress.phase = "writing the report"
            current.report = build_report(office)
            _written(current.report)
            publish(current.report, office.folders)


def _written(report: Report) -> None:
    """Write the report where the command line wants it; that it cannot be does not undo the day."""
    if current.report_path is None:
        return
    try:
        write_report(report, current.report_path)
    except OSError as error:
        current.report_problem = error.strerror or "it cannot be written"
        log.error("The report could not be written: %s", current.report_problem)


def _settings(order: Order) -> Settings:
    """What the command line decided; a deployment's run is real, and never falls back to the sandbox."""
    if current.settings is not None:
        return current.settings
    return decide_target(Choice(real=True, inboxes=order.inboxes), stored_settings()).settings
