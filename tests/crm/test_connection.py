"""What the clients of one run share of the CRM."""

from __future__ import annotations

import time

from mailroom.call_retries import RetryPolicy
from mailroom.config.settings import load_settings
from mailroom.crm.connection import CrmConnection
from mailroom.crm.logiqs import LogiqsClient


def test_all_clients_of_a_run_share_its_circuit_breakers() -> None:
    """What one finds out about an API, all know; each has its own share of the quota."""
    with CrmConnection(load_settings(), time.sleep) as connection:
        one, other = (connection.make_client(RetryPolicy()) for _ in range(2))
    assert isinstance(one, LogiqsClient)
    assert isinstance(other, LogiqsClient)
    assert one.circuit is other.circuit
    assert one.match_circuit is other.match_circuit
    assert one.circuit is not one.match_circuit
    assert one.bucket is not other.bucket
