"""Once a week: compares Drive, the ledger and Logiqs, and lists the differences."""

from __future__ import annotations

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from mailroom.config.target import TargetRequest, decide_target
from mailroom.errors import MailroomError
from mailroom.ledger.inspection import has_case_index
from mailroom.ledger.opening import require_ledger
from mailroom.orchestration.block_settings import stored_settings
from mailroom.orchestration.log_setup import check_redaction
from mailroom.orchestration.run_names import make_run_id
from mailroom.privacy.error_boundary import guard_process, sanitize_errors
from mailroom.run.context import RunContext
from mailroom.run.lease import requesting_lease
from mailroom.run.options import RunOptions
from mailroom.run.reconcile import Reconciliation, open_reconciler, use_whole_quota
from mailroom.run.reconcile import reconcile as compare


@flow(name="reconcile", persist_result=False)
def reconcile(repair: bool = False) -> State[None]:
    """Compares Drive, the ledger and Logiqs, and lists the differences in its log, by ids and codes.

    Waits while another run is active on the ledger. Fails when differences are left.

    Args:
        repair: Also repairs the differences. Otherwise nothing is changed.
    """
    try:
        done = compare_systems(repair=repair)
    except MailroomError as error:
        # What a person must know is one line; a traceback would hide it.
        return Failed(message=str(error), data=error)
    return Failed(message=done.describe()) if done.left else Completed(message=done.describe())


@sanitize_errors
def compare_systems(*, repair: bool) -> Reconciliation:
    """Compare the systems that settings and blocks name."""
    check_redaction()
    guard_process()
    settings = decide_target(TargetRequest(real=True), stored_settings(), has_case_index).settings
    require_ledger(settings)
    run_id, name = make_run_id(), flow_run.name or "reconcile"
    # The run's page shows this log; that of the modules is in the worker's log alone.
    log = get_run_logger()
    lease = requesting_lease(run_id, RunOptions(), name)
    with RunContext.open(
        run_id, use_whole_quota(settings), RunOptions(), on_wait=log.info, register=lease
    ) as run:
        return compare(open_reconciler(run, repair=repair), log.warning, repair=repair)
