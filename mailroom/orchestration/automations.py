"""Prefect's means against runs that died: heartbeats, and automations that end a run without them.

A run that was killed together with its worker tells nobody, and Prefect would show it as running forever. See
"How to detect and respond to zombie flows" in Prefect's documentation. A run that was only suspended and goes
on files nothing twice: the ledger decides that.
"""

from __future__ import annotations

from datetime import timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

from mailroom.orchestration.declared_deployments import TAG

# A run survives an absence of the server of 130 seconds; before that, it may have been silent for 30.
SILENT_SECONDS = 180
# What a run or its worker said last, and what something must follow. A worker says that it starts a process.
ALIVE = ("heartbeat", "Pending", "Submitting")
# A worker gives a run 30 seconds to end.
CANCELLING_SECONDS = 75


def list_automations() -> list[AutomationCore]:
    """Return the automations that a server needs for the runs of the mail room.

    What is not set explicitly is not sent when one is corrected, and stays as it is.
    """
    return [
        AutomationCore(
            enabled=True,
            name="mailroom: crash dead runs",
            description="Marks a run that sends no heartbeats as crashed.",
            trigger=_when_nothing_follows({f"prefect.flow-run.{name}" for name in ALIVE}, SILENT_SECONDS),
            actions=[
                ChangeFlowRunState(
                    state=StateType.CRASHED,
                    message="No heartbeats: the process of this run was killed or cut off. "
                    "The next run does the rest.",
                )
            ],
        ),
        AutomationCore(
            enabled=True,
            name="mailroom: cancel dead runs",
            description="Marks a run that does not respond to a cancellation as cancelled.",
            trigger=_when_nothing_follows({"prefect.flow-run.Cancelling"}, CANCELLING_SECONDS),
            actions=[
                ChangeFlowRunState(
                    state=StateType.CANCELLED,
                    message="The process of this run did not respond: it was killed or cut off. "
                    "The next run does the rest.",
                )
            ],
        ),
    ]


def _when_nothing_follows(events: set[str], seconds: int) -> EventTrigger:
    """Return a trigger that fires when no event of a run of the mail room follows one of these in time."""
    return EventTrigger(
        after=events,
        expect={"prefect.flow-run.*"},
        match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
        match_related=ResourceSpecification(
            {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"}
        ),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=seconds),
    )


def find_automation(client: SyncPrefectClient, wanted: AutomationCore) -> Automation | None:
    """Return the automation of this name on the server; None where there is none."""
    return next(iter(client.read_automations_by_name(wanted.name)), None)


def is_as_wanted(found: Automation, wanted: AutomationCore) -> bool:
    """Whether an automation on the server is switched on and does what this version wants."""
    return AutomationCore(**found.model_dump(exclude={"id"})) == wanted
