"""The CRM that a run uses. Only this module chooses one; docs/extending.md shows how to add another here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Self

from mailroom.call_retries import RetryPolicy
from mailroom.circuit_breaker import CircuitBreaker, never_open
from mailroom.config.settings import Settings
from mailroom.config.target import tenant_of
from mailroom.crm.base import CaseSource, Crm, TaskSource
from mailroom.crm.logiqs import LogiqsClient
from mailroom.errors import ConfigError
from mailroom.http_client import TimedClient
from mailroom.ledger import Ledger
from mailroom.rate_limit import CallMeter, QuotaPortion, RetryAfter, Slots, TokenBucket

TENANT_FACT = "logiqs_tenant"


class CrmConnection:
    """What the batches of a run share for the CRM: HTTP connections, call counts, and requested pauses.

    It is a context manager, which closes the connections.

    Args:
        settings: those of the systems that the run works on.
        sleep: waits for so many seconds; may raise when the run is to stop.
        portion: what the run may spend of the quota; None: all of it.
        is_alone: whether it is certain that no other process holds slots on the Prefect server.
        meter: counts the calls; default: a new one.
    """

    def __init__(
        self,
        settings: Settings,
        sleep: Callable[[float], None],
        portion: QuotaPortion | None = None,
        is_alone: Callable[[], bool] = lambda: False,
        meter: CallMeter | None = None,
    ) -> None:
        self._logiqs = settings.logiqs
        # What every CRM has: quota and timeout.
        self._settings = settings.logiqs
        self._http = TimedClient(self._settings.timeout_seconds)
        self._circuit = CircuitBreaker("logiqs_down", "Logiqs", sleep=sleep)
        self._match_circuit = CircuitBreaker("match_down", "The match service", sleep=sleep)
        self._pause = RetryAfter("Logiqs, or the match service,")
        self._portion = portion
        self._sleep = sleep
        self.meter = meter or CallMeter()
        # For all slots of this process.
        self.bucket = self._make_bucket(Slots(self.slots, is_alone))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @property
    def is_down(self) -> bool:
        """Whether the CRM or the match service is down, so that calls wait."""
        return self._circuit.is_open or self._match_circuit.is_open

    @property
    def slots(self) -> int:
        """The number of equal shares into which the quota is split."""
        return self._settings.slots

    @property
    def calls_per_second(self) -> float:
        """The quota: calls that all slots together may send in a second."""
        return self._settings.calls_per_second

    @property
    def tells_completed_tasks(self) -> bool:
        """Whether what the CRM needs to report completed tasks is set."""
        return self._logiqs.report_email is not None

    def make_client(self, retries: RetryPolicy) -> Crm:
        """Return a client that spends what the slots of this process are worth."""
        return self._make_client(self.bucket, retries)

    def make_task_source(self, retries: RetryPolicy) -> TaskSource:
        """Return what tells which tasks are completed, with the quota of `make_client`.

        That the report does not answer says nothing of the CRM: filing goes on.
        """
        return replace(self._make_client(self.bucket, retries), circuit=never_open())

    def make_case_source(self, retries: RetryPolicy) -> CaseSource:
        """Return what lists and reads cases, with the whole portion of the quota; for many threads."""
        return self._make_client(self._make_bucket(Slots()), retries)

    def _make_bucket(self, slots: Slots) -> TokenBucket:
        return TokenBucket(
            self._settings.calls_per_second,
            self.meter,
            slots=slots,
            pause=self._pause,
            portion=self._portion,
            sleep=self._sleep,
        )

    def _make_client(self, bucket: TokenBucket, retries: RetryPolicy) -> LogiqsClient:
        return LogiqsClient(self._logiqs, self._http, bucket, retries, self._circuit, self._match_circuit)

    def check_tenant(self, ledger: Ledger) -> None:
        """Bind the ledger to one CRM tenant: its records of what was filed apply to that tenant only.

        A tenant is the first part of its host's name, so that its older hosts count as the same. An IP
        address, such as the sandbox's, names no tenant.

        Raises:
            ConfigError: the ledger belongs to another tenant.
        """
        tenant = tenant_of(self._settings.base_url or "")
        if tenant is None:
            return
        known = ledger.get_fact(TENANT_FACT)
        if known is None:
            ledger.set_fact(TENANT_FACT, tenant)
        elif known != tenant:
            raise ConfigError(
                "ledger_of_another_tenant",
                what=f"The ledger belongs to the Logiqs tenant {known}, and MAILROOM_LOGIQS__BASE_URL names {tenant}.",
                fix="Correct the address, or set MAILROOM_STATE_DIR (or MAILROOM_LEDGER_URL) to a ledger of this tenant.",
            )
