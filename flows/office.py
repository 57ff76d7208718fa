"""Opening a run's office: settings from every source, the sandbox if asked for, the report at the end."""

from __future__ import annotations

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
from mailroom.privacy.processes import no_core_dumps
from mailroom.report import build_report, write_report
from mailroom.settings import Settings, load_settings, missing_for_real_systems
from tasks.offices import at_work
from tasks.progress import ShownProgress
from tasks.report import publish


@contextmanager
def opened_office(order: Order) -> Iterator[Office]:
    """The office of this run; whatever happens in the block, the report is made of what the ledger knows.

    Raises:
        ConfigError: something of the configuration is missing or wrong, the logs' redaction among it.
    """
    check_redaction()
    no_core_dumps()
    with ExitStack() as closing:
        settings = _settings(order, closing)
        office = closing.enter_context(Office.open(flow_run.id or uuid4().hex, settings, order))
        office.stop = current.stop
        closing.enter_context(at_work(office))
        closing.enter_context(ShownProgress(office.progress))
        current.on_open(office)
        try:
            yield office
        finally:
            office.progress.phase = "writing the report"
            current.report = build_report(office)
            if current.report_path is not None:
                write_report(current.report, current.report_path)
            publish(current.report, office.folders)


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
    """The one line that names what a real run lacks."""
    names = ", ".join(missing) if missing else "everything: no block, no setting"
    return ConfigError(
        "not_configured",
        what=f"Drive and Logiqs are not fully configured; missing: {names}.",
        mend="Set them in the environment, .env or the Prefect blocks (README, 'The real systems'), "
        "or add --sandbox to run on the built-in sandbox.",
    )
