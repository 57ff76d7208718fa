"""Deliveries to a CRM in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crm.in_memory import InMemoryCrm
from tests.delivery.harness import Deliveries, open_deliveries


@pytest.fixture
def crm() -> InMemoryCrm:
    """A CRM in memory, without documents and tasks."""
    return InMemoryCrm()


@pytest.fixture
def deliveries(tmp_path: Path, crm: InMemoryCrm) -> Iterator[Deliveries]:
    """Deliveries to that CRM, with a ledger of their own."""
    with open_deliveries(tmp_path, crm, crm) as opened:
        yield opened
