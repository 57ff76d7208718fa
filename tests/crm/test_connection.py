"""The CRM that a run uses."""

import time
from pathlib import Path

import pytest

from mailroom.call_retries import RetryPolicy
from mailroom.config.settings import load_settings
from mailroom.crm.connection import CrmConnection
from mailroom.crm.logiqs import LogiqsClient
from mailroom.errors import ConfigError
from mailroom.ledger import Ledger, open_ledger


def check_tenant(ledger: Ledger, base_url: str) -> None:
    """As a run does that works on this address."""
    with CrmConnection(load_settings(logiqs={"base_url": base_url}), time.sleep) as connection:
        connection.check_tenant(ledger)


def test_a_ledger_is_one_tenants(tmp_path: Path) -> None:
    """What was filed in a test tenant is not taken for filed in another; an older host is the same one."""
    with open_ledger(load_settings(state_dir=tmp_path), None) as ledger:
        check_tenant(ledger, "http://127.0.0.1:4000/publicapi/V4/")
        check_tenant(ledger, "https://firm.logiqsapi.com/publicapi/V4/")
        check_tenant(ledger, "https://firm.irslogics.com/publicapi/V4/")
        check_tenant(ledger, "http://localhost:4000/publicapi/V4/")
        with pytest.raises(ConfigError, match="belongs to the Logiqs tenant firm"):
            check_tenant(ledger, "https://firm-test.logiqsapi.com/publicapi/V4/")


def test_all_clients_of_a_run_share_its_circuit_breakers() -> None:
    """What one finds out about an API, all know; they spend one quota together."""
    with CrmConnection(load_settings(), time.sleep) as connection:
        one, other = (connection.make_client(RetryPolicy()) for _ in range(2))
    assert isinstance(one, LogiqsClient)
    assert isinstance(other, LogiqsClient)
    assert one.circuit is other.circuit
    assert one.match_circuit is other.match_circuit
    assert one.circuit is not one.match_circuit
    assert not connection.is_down
    with one.match_circuit.call() as call:
        call.began -= 60.0
        call.fail("no answer")
    assert connection.is_down
    assert one.bucket is other.bucket


def test_a_report_that_does_not_answer_does_not_stop_the_filing() -> None:
    """It may take longer than Logiqs takes for a case."""
    with CrmConnection(load_settings(), time.sleep) as connection:
        source = connection.make_task_source(RetryPolicy())
        assert isinstance(source, LogiqsClient)
        with source.circuit.call() as call:
            call.began -= 60.0
            call.fail("no answer")
        assert not connection.is_down
