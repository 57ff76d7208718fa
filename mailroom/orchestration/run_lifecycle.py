"""Opening and closing a run: its settings, its context, its progress artifact, and the report at its end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from threading import Event

from prefect.exceptions import TerminationSignal
from prefect.runtime import flow_run

from mailroom.config.settings import Settings
from mailroom.config.target import TargetRequest, decide_target
from mailroom.ledger.inspection import has_case_index
from mailroom.orchestration.alert_events import emit_alerts
from mailroom.orchestration.block_settings import stored_settings
from mailroom.orchestration.launch import Launch, RunResult
from mailroom.orchestration.log_setup import check_redaction
from mailroom.orchestration.open_work_artifacts import publish_open_work, publish_trend
from mailroom.orchestration.progress_artifact import show_progress
from mailroom.orchestration.report_artifacts import publish, publish_missing
from mailroom.orchestration.run_names import find_flow_run_id, make_run_id
from mailroom.orchestration.run_registry import register_run
from mailroom.privacy.error_boundary import guard_process
from mailroom.run.context import RunContext
from mailroom.run.lease import requesting_lease
from mailroom.run.options import RunOptions
from mailroom.run.progress import Phase
from mailroom.run.report import build_report, keep_report, write_report

log = logging.getLogger("mailroom.flow")


@contextmanager
def open_run(options: RunOptions, launch: Launch) -> Iterator[RunContext]:
    """Open the run's context. Whatever happens in the block, the report is built from the ledger at its end.

    Raises:
        ConfigError: a setting is missing or wrong, or a log handler does not redact.
        RunStop: another run is active on the ledger and this one may not wait, or a person stopped it.
    """
    check_redaction()
    guard_process()
    with ExitStack() as closing:
        settings = launch.settings or load_real_settings(options)
        run_id = make_run_id()
        run = RunContext.open(
            run_id,
            settings,
            options,
            register=requesting_lease(run_id, options, flow_run.name or ""),
            head_start=launch.head_start,
            stop=launch.stop,
            on_wait=launch.on_wait,
        )
        closing.enter_context(run)
        closing.enter_context(register_run(run))
        closing.enter_context(show_progress(run.progress))
        launch.on_open(run)
        if not options.dry_run:
            publish_missing(run.ledger, options.mode)
        try:
            yield run
        finally:
            run.progress.enter(Phase.REPORTING)
            if run.record is not None:
                run.record.tell_end()
            _report(run, launch)
            run.progress.enter(Phase.DONE)


@contextmanager
def stopping_tasks(stop: Event) -> Iterator[None]:
    """Stop the tasks too when Prefect breaks the block off: the run was cancelled, or its worker ends.

    Prefect (3.8) raises in the main thread only, and then waits for the threads of the tasks.
    """
    try:
        yield
    except (TerminationSignal, KeyboardInterrupt):
        stop.set()
        raise


def _report(run: RunContext, launch: Launch) -> None:
    """Build, write and publish the report; the day's work stands even where it cannot be written."""
    result: RunResult = launch.result
    result.report = build_report(run)
    if launch.report_path is not None:
        try:
            write_report(result.report, launch.report_path)
        except OSError as error:
            result.report_problem = error.strerror or "it cannot be written"
            log.error("The report could not be written: %s", result.report_problem)
    reports = run.settings.state_dir / "reports"
    if not run.options.dry_run:
        keep_report(result.report, reports)
    flow_run_id = find_flow_run_id(run.run_id)
    if not publish(result.report, run.folders, flow_run_id):
        run.ledger.leave_summary()
    today = datetime.now().astimezone().date()
    run.put_list(today)
    if not run.options.dry_run:
        publish_open_work(run.ledger, flow_run_id, today, on_sandbox=run.options.sandbox)
    if run.options.mode == "real":
        publish_trend(reports, flow_run_id, today)
    emit_alerts(run.ledger, result.report, launch, reports, today)


def load_real_settings(options: RunOptions) -> Settings:
    """All sources count in a deployment's run; it never falls back to the sandbox."""
    return decide_target(
        TargetRequest(real=True, inboxes=options.inboxes), stored_settings(), has_case_index
    ).settings
