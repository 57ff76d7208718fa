"""Delivery on a ledger that may not know what was filed: each case is looked at before the first write."""

from datetime import timedelta

import pytest

from mailroom.delivery import Delivered
from mailroom.drive import ListedFile
from mailroom.errors import Postponed, Transient
from mailroom.ledger import Step
from tests.crm.in_memory import InMemoryCrm, answer_with
from tests.delivery.harness import HOLDER, STEPS, Deliveries


@pytest.fixture
def deliveries(deliveries: Deliveries) -> Deliveries:
    """Deliveries on a ledger with a gap, in which both files may have been filed."""
    deliveries.ledger.note_gap()
    deliveries.wait()
    return deliveries


def show(deliveries: Deliveries, crm: InMemoryCrm, *steps: Step) -> None:
    """What an earlier ledger's delivery of these bytes left in the case."""
    crm.activities += [(41, f"{deliveries.marker()}-{step[0].upper()}") for step in steps]


def list_newer_file(deliveries: Deliveries) -> None:
    """A file that came into Drive after the gap."""
    file = ListedFile("newer", "inbox", 9, None, deliveries.now + timedelta(hours=2))
    deliveries.ledger.record_page("run", "inbox", [file], None)
    assert deliveries.ledger.claim("newer", HOLDER, 600)


@pytest.mark.parametrize("steps", [STEPS, ("task",)], ids=["both", "only the task's subject"])
def test_what_the_case_shows_is_not_sent_again(
    deliveries: Deliveries, crm: InMemoryCrm, steps: tuple[Step, ...]
) -> None:
    """The file is matched, and the run did not upload it."""
    show(deliveries, crm, *steps)
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (0, 0)
    assert deliveries.deliver("copy").status == "duplicate"


def test_what_the_case_does_not_show_is_sent(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """One look more, also when nothing at all is known of the CRM."""
    assert deliveries.deliver().status == "delivered"
    assert crm.calls == ["activities", "document", "task"]
    deliveries.wait()
    assert deliveries.deliver("copy", sha256="ef" * 32).status == "delivered"
    assert deliveries.count_sent() == (2, 2)


def test_a_backup_that_was_restored_a_moment_ago_is_not_trusted_yet(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """What was sent right before may still appear: the file waits until it must have."""
    deliveries.ledger.note_gap()
    with pytest.raises(Postponed) as postponed:
        deliveries.deliver()
    assert postponed.value.until == deliveries.now + crm.settle_time
    show(deliveries, crm, *STEPS)
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == (0, 0)


@pytest.mark.parametrize("known", [True, False])
def test_a_task_that_is_missing_is_created_where_such_tasks_are_shown(
    deliveries: Deliveries, crm: InMemoryCrm, known: bool
) -> None:
    """Its document is in the case: without a task to judge by, a person has to look."""
    if known:
        crm.activities.append((41, f"{deliveries.confirm_earlier_delivery()}-T"))
    show(deliveries, crm, "document")
    assert deliveries.deliver().status == ("delivered" if known else "unclear")
    assert deliveries.count_sent() == (0, 1 if known else 0)


@pytest.mark.parametrize("silent", [True, False], ids=["not listed", "shows nothing"])
def test_where_the_case_tells_nothing_a_person_looks_at_older_files_only(
    deliveries: Deliveries, crm: InMemoryCrm, silent: bool
) -> None:
    """A file that came after the gap was not filed before it."""
    deliveries.confirm_earlier_delivery()
    list_newer_file(deliveries)
    if silent:
        crm.faults = {"activities": [answer_with(None)] * 2}
    assert deliveries.deliver() == Delivered("unclear")
    assert deliveries.count_sent() == (0, 0)
    assert deliveries.deliver("newer", sha256="ef" * 32).status == "delivered"


def test_a_crm_that_shows_writes_late_is_waited_for(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """The newest write is not shown yet: older files wait, newer ones are filed."""
    list_newer_file(deliveries)
    crm.delays_activities = True
    deliveries.deliver("copy", sha256="cd" * 32)
    with pytest.raises(Transient, match="document_in_doubt"):
        deliveries.deliver()
    assert deliveries.deliver("newer", sha256="ef" * 32).status == "delivered"
    crm.show_delayed_activities()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == (3, 3)
