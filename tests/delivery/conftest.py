"""Deliveries to a CRM in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crm.in_memory import InMemoryCrm
from tests.delivery.harness import Deliveries, open_deliveries


@pytest.fixture
def crm() -> InMemoryCrm:
    """An empty CRM."""
    return InMemoryCrm()


@pytest.fixture
def deliveries(tmp_path: Path, crm: InMemoryCrm) -> Iterator[Deliveries]:
    """Everything together."""
    with open_deliveries(tmp_path, crm, crm) as opened:
        yield opened
