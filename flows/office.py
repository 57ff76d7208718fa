"""Opening a run's office: settings from every source, the sandbox if asked for, the report at the end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

from prefect.runtime import flow_run

from blocks.stored import stored_settings
from flows.launch import current
from flows.logs import check_redaction
from flows.sandbox import running_sandbox, sandbox_overrides
from mailroom.errors import ConfigError
from mailroom.office import Office, Order
from mailroom.privacy.error_boundary import guard_process
from mailroom.report import Report, build_report, write_report
from mailroom.settings import Settings, load_settings, missing_for_real_systems
from tasks.offices import at_work
from tasks.progress import ShownProgress
from tasks.report import publish

log = logging.getLogger("mailroom.flow")

BLOCKS = {"DRIVE": "google-drive-credentials/mailroom", "LOGIQS": "logiqs-credentials/mailroom"}


@contextmanager
def opened_office(order: Order) -> Iterator[Office]:
    """The office of this run; whatever happens in the block, the report is made of what the ledger knows.

    Raises:
        ConfigError: something of the configuration is missing or wrong, the logs' redaction among it.
    """
    check_redaction()
    guard_process()
    with ExitStack() as closing:
        settings = _settings(order, closing)
        office = closing.enter_context(Office.open(str(flow_run.id or uuid4()), settings, order))
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


def _settings(order: Order, closing: ExitStack) -> Settings:
    """A deployment never falls back to the sandbox: it runs on it only when its parameters say so."""
    if order.sandbox and not current.sandbox_started:
        return load_settings(**sandbox_overrides(*closing.enter_context(running_sandbox(load_settings()))))
    settings = load_settings(blocks=None if order.sandbox else stored_settings(), **current.overrides)
    missing = missing_for_real_systems(settings)
    if missing != [] and not (order.inboxes and missing == ["MAILROOM_DRIVE__INBOX_ID"]):
        raise not_configured(missing)
    return settings


def not_configured(missing: list[str] | None) -> ConfigError:
    """The one line that names what a real run lacks, and the block that it may stand in."""
    names = ", ".join(missing) if missing else "everything: no block, no setting"
    absent = [block for part, block in BLOCKS.items() if any(_of_block(name, part) for name in missing or ())]
    blocks = f"the block {' and the block '.join(absent)}" if absent else "a Prefect variable"
    return ConfigError(
        "not_configured",
        what=f"Drive and Logiqs are not fully configured; missing: {names}.",
        mend=f"Set them in the environment, in .env, or in {blocks if missing else 'the Prefect blocks'} "
        "(README, 'The real systems'), or add --sandbox to run on the built-in sandbox.",
    )


def _of_block(name: str, part: str) -> bool:
    """Whether a missing setting may stand in the block of this part; the inbox is a variable's."""
    return name.startswith(f"MAILROOM_{part}__") and not name.endswith("INBOX_ID")
