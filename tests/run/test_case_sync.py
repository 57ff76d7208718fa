"""Copying the CRM's cases into the case index: what is read, what is kept, and who leaves."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.config.settings import load_settings
from mailroom.crm.base import Case, CaseSource
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.ledger import Ledger, open_ledger
from mailroom.matching.case_index import IndexFinder, import_cases, make_entry
from mailroom.run import case_sync
from mailroom.run.case_sync import sync_cases

SMITH = Case(41, "John", "Smith", ssn="734-00-1234")


@dataclass
class Tenant:
    """Lists and reads cases; ``by_status`` None: it has no such route."""

    cases: dict[int, Case] = field(default_factory=dict)
    by_status: dict[int, list[int] | None] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    fails_at: int = 0

    def list_case_ids(self, status_id: int) -> list[int] | None:
        """The numbers of the cases with this status."""
        return self.by_status.get(status_id)

    def get_case(self, case_id: int) -> Case | None:
        """The case, unless the CRM fails."""
        self.asked.append(case_id)
        if case_id == self.fails_at:
            raise Transient("logiqs_500")
        return self.cases.get(case_id)


IMPLEMENTS: CaseSource = Tenant()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger."""
    with open_ledger(load_settings(state_dir=tmp_path)) as opened:
        yield opened


def sync(tenant: Tenant, ledger: Ledger, *statuses: int) -> list[str]:
    """The lines that say what was done."""
    return sync_cases(tenant, ledger, statuses or (2,), lambda: None).describe().splitlines()


def knows(ledger: Ledger, *numbers: int) -> bool:
    """Whether these cases are in the index, and no others that end with 1234."""
    found = IndexFinder(ledger).match("SMITH", "1234", "JOHN").cases
    return sorted(case.case_id for case in found) == sorted(numbers)


def test_a_sync_reads_new_cases_and_drops_those_that_left(ledger: Ledger) -> None:
    """A case with two statuses is one; what was imported stays."""
    import_cases(ledger, [replace(SMITH, case_id=99)])
    tenant = Tenant(
        {41: SMITH, 42: replace(SMITH, case_id=42), 43: Case(43, "Al", "Quill")}, {2: [41, 42], 5: [42, 43]}
    )
    assert sync(tenant, ledger, 2, 5) == [
        "3 cases listed, 3 read, 0 removed from the case index.",
        "1 of those read have no SSN, so only a person can match a notice to them.",
    ]
    assert knows(ledger, 41, 42, 99)
    tenant.by_status = {2: [41], 5: [43]}
    assert sync(tenant, ledger, 2, 5) == ["2 cases listed, 0 read, 1 removed from the case index."]
    assert knows(ledger, 41, 99)
    assert sorted(tenant.asked) == [41, 42, 43]


def test_a_case_that_is_listed_and_not_there_is_not_in_the_index(ledger: Ledger) -> None:
    """It was deleted meanwhile; one that was known leaves."""
    tenant = Tenant({41: SMITH}, {2: [41, 42]})
    assert sync(tenant, ledger) == ["2 cases listed, 1 read, 0 removed from the case index."]
    assert knows(ledger, 41)


def test_a_sync_that_was_stopped_continues(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is kept, and not read again; nobody leaves before the sync is complete."""
    monkeypatch.setattr(case_sync, "CASES_AT_ONCE", 2)
    monkeypatch.setattr(case_sync, "THREADS", 1)
    ledger.add_to_index([make_entry(replace(SMITH, case_id=40))])
    tenant = Tenant(
        {n: replace(SMITH, case_id=n) for n in range(41, 46)}, {2: [41, 42, 43, 44, 45]}, fails_at=44
    )
    with pytest.raises(Transient):
        sync(tenant, ledger)
    assert knows(ledger, 40, 41, 42)
    assert ledger.describe_index().synced is None
    tenant.fails_at, tenant.asked = 0, []

    def stop() -> None:
        if 44 in tenant.asked:
            raise RunStop("stopped", what="Made up.", fix="Made up.")

    with pytest.raises(RunStop):
        sync_cases(tenant, ledger, [2], stop)
    assert knows(ledger, 40, 41, 42, 43, 44)
    assert sync(tenant, ledger) == ["5 cases listed, 1 read, 1 removed from the case index."]
    assert tenant.asked == [43, 44, 45]


def test_a_case_is_read_again_after_a_month(ledger: Ledger) -> None:
    """Names and addresses change."""
    tenant = Tenant({41: SMITH}, {2: [41]})
    ledger._clock = lambda: datetime.now(UTC) - timedelta(days=31)
    sync(tenant, ledger)
    ledger._clock = lambda: datetime.now(UTC)
    tenant.cases[41] = replace(SMITH, last_name="Page")
    assert sync(tenant, ledger)[0] == "1 case listed, 1 read, 0 removed from the case index."
    assert IndexFinder(ledger).match("PAGE", "1234", "JOHN").found


def test_a_tenant_without_the_route_is_one_line(ledger: Ledger) -> None:
    """It says what to do instead; where only one status fails, nobody leaves the index."""
    tenant = Tenant({41: SMITH, 42: replace(SMITH, case_id=42)}, {2: [41, 42], 5: []})
    sync(tenant, ledger, 2, 5)
    with pytest.raises(
        ConfigError, match=r"does not list its cases by status .* mailroom cases import"
    ) as refused:
        sync(Tenant(), ledger)
    assert "\n" not in str(refused.value)
    tenant.by_status = {2: [41], 5: None}
    assert (
        sync(tenant, ledger, 2, 5)[-1]
        == "Logiqs did not list status 5, so no case was removed from the index."
    )
    assert knows(ledger, 41, 42)
