"""Which runs the automations watch, as Prefect's server decides it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from prefect.server.events.schemas.automations import EventTrigger
from prefect.server.events.schemas.events import ReceivedEvent

from mailroom.orchestration.automations import list_automations
from mailroom.orchestration.declared_deployments import TAG


def watches(number: int, event: str, tag: str = TAG) -> bool:
    """Whether an automation begins to wait when a run with this tag sends this event."""
    trigger = EventTrigger.model_validate(list_automations()[number].trigger.model_dump())
    sent = ReceivedEvent.model_validate(
        {
            "id": uuid4(),
            "occurred": datetime.now(UTC),
            "event": f"prefect.flow-run.{event}",
            "resource": {"prefect.resource.id": f"prefect.flow-run.{uuid4()}"},
            "related": [
                {"prefect.resource.id": f"prefect.tag.{tag}", "prefect.resource.role": "tag"},
                {"prefect.resource.id": f"prefect.flow.{uuid4()}", "prefect.resource.role": "flow"},
            ],
        }
    )
    return trigger.covers(sent) and trigger.starts_after(sent.event)


@pytest.mark.parametrize("event", ["heartbeat", "Pending", "Submitting"])
def test_a_run_that_was_alive_must_go_on(event: str) -> None:
    """Also one whose process never started. Runs of other projects on the same server are left alone."""
    assert watches(0, event)
    assert not watches(0, event, tag="theirs")


def test_a_cancelled_run_must_end() -> None:
    """The end itself, and the wait for the schedule, start nothing."""
    assert watches(1, "Cancelling")
    assert not watches(1, "Cancelling", tag="theirs")
    assert not any(watches(n, event) for n in (0, 1) for event in ("Scheduled", "Completed", "Crashed"))
