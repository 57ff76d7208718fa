"""The lease of a run: it waits while another run files documents, and shares the quotas with dry runs.

The ledger decides (`mailroom.ledger.runs`). This module asks it, waits, and renews the lease until the run
ends.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from mailroom.config.settings import Settings
from mailroom.errors import ConfigError, MailroomError, RunStop, Transient
from mailroom.ledger import Lease, LeaseRequest, Ledger, RunRole, make_holder
from mailroom.ledger.inspection import find_refusal
from mailroom.rate_limit import QuotaPortion
from mailroom.run.limits import RunLimits
from mailroom.run.options import RunOptions
from mailroom.run.side_thread import run_beside

log = logging.getLogger(__name__)

# How a process registers before it works: the ledger, its limits, and what gets lines for a person.
Registration = Callable[[Ledger, RunLimits, Callable[[str], None]], AbstractContextManager[QuotaPortion]]
WAIT_SECONDS = 2.0
WAIT_OVER = "The wait is over. This run starts now."
# A new run waits at most this long for its portion of the quotas: the others lower theirs when they renew.
RENEW_SECONDS = 5.0


def requesting_lease(run_id: str, options: RunOptions, name: str = "") -> Registration:
    """Return what registers a run: it waits until no other one files documents.

    Args:
        run_id: the flow run's id.
        options: what a person asked for.
        name: what other runs call this one; default: its id.
    """
    request = LeaseRequest(run_id, make_holder(run_id), name, options.dry_run, may_wait=not options.no_wait)
    return lambda ledger, limits, tell: hold_lease(ledger, request, limits, tell)


@contextmanager
def hold_lease(
    ledger: Ledger, request: LeaseRequest, limits: RunLimits, tell: Callable[[str], None]
) -> Iterator[QuotaPortion]:
    """Wait until the run may work, and hold its lease until the block ends.

    Args:
        ledger: where runs register; a dry run does its work with another one.
        request: the run.
        limits: they end the wait if a person stops the run, and end the run if it loses its lease.
        tell: called with a line for a person when the run has to wait, again if the other run changes, and
            with `WAIT_OVER` at the end of the wait.

    Yields:
        The portion of the quotas that the run may spend; its value changes with the active runs.

    Raises:
        RunStop: another run files documents, and this one may not wait; or a person stopped it.
    """
    try:
        portion = QuotaPortion(_wait(ledger, request, limits, tell))
        with run_beside(partial(_renew, ledger, request, limits, portion), "lease"):
            yield portion
    finally:
        # If the ledger cannot be written, other runs see that this process has ended.
        with suppress(MailroomError, SQLAlchemyError):
            ledger.end_run(request.run_id)


def check_lease(settings: Settings, *, may_wait: bool) -> None:
    """Make sure that the ledger would not refuse a run that starts now; it needs no system and no server.

    A ledger that cannot be read is not judged here: the run says what is wrong with it.

    Args:
        settings: those that lead to the ledger.
        may_wait: whether the run may wait for another one.

    Raises:
        RunStop: another run files documents, and this one may not wait.
    """
    request = LeaseRequest("", "", may_wait=may_wait)
    with suppress(ConfigError, Transient, SQLAlchemyError):
        if (lease := find_refusal(settings, request)) is not None:
            raise _refuse(lease, request)


def _wait(ledger: Ledger, request: LeaseRequest, limits: RunLimits, tell: Callable[[str], None]) -> float:
    """Wait for the lease; return the portion of the quotas that the run may spend at its start."""
    told = ""
    while not (lease := _request(ledger, request)).portion:
        if lease.role is None:
            raise _refuse(lease, request)
        if (line := _explain(lease)) != told:
            tell(line)
            log.info("%s", line)
            told = line
        limits.sleep(WAIT_SECONDS)
    if told:
        tell(WAIT_OVER)
        log.info("%s", WAIT_OVER)
    return lease.portion


def _request(ledger: Ledger, request: LeaseRequest) -> Lease:
    """Request the lease; a run that keeps the ledger locked counts as any other that files documents."""
    try:
        return ledger.request_lease(request)
    except Transient:
        other = ledger.name_filing_run()
        if not other:
            raise
        return Lease(RunRole.WAITING if request.may_wait else None, 0.0, other)


def _renew(
    ledger: Ledger,
    request: LeaseRequest,
    limits: RunLimits,
    portion: QuotaPortion,
    ended: threading.Event,
) -> None:
    """Renew the lease until the run has ended."""
    while not ended.wait(RENEW_SECONDS):
        # A ledger that is unreachable now is asked again.
        with suppress(MailroomError, SQLAlchemyError):
            try:
                lease = ledger.request_lease(replace(request, may_wait=False))
            except ConfigError as error:
                # The ledger was moved, or is damaged.
                limits.end(error)
                return
            if lease.role is None:
                limits.end(_lost(lease))
                return
            # The portion is 0 only where this run was taken for over, until the others have lowered theirs.
            portion.renew(lease.portion or portion.value)


def _explain(lease: Lease) -> str:
    waits = "until it has ended" if lease.role is RunRole.WAITING else "for its share of the quotas"
    return f"{_name_other(lease)} This run waits {waits}."


def _refuse(lease: Lease, request: LeaseRequest) -> RunStop:
    remedy = "A second run is already waiting for it. " if request.may_wait else ""
    return RunStop(
        "another_run_active",
        what=_name_other(lease),
        fix=f"{remedy}Start this run again when it has ended.",
    )


def _lost(lease: Lease) -> RunStop:
    return RunStop(
        "lease_lost",
        what=f"{_name_other(lease)} It continues the work of this run, which did not respond for two minutes.",
        fix="Nothing is lost.",
    )


def _name_other(lease: Lease) -> str:
    return f"Another run is active on this ledger: {lease.other}."
