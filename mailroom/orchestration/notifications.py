"""Who is told what: automations that send a message to each notification block of the mail room.

The Prefect server sends them, also when the worker is down. What a run notices itself comes as an event with
its words (`mailroom.run.alerts`); the words about Prefect's own events are here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import SendNotification
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

from mailroom.config.block_names import NOTIFICATIONS
from mailroom.orchestration.automations import is_as_wanted
from mailroom.orchestration.declared_deployments import TAG
from mailroom.run.alerts import DEADLINE_NEAR, FILES_PENDING, SHARE_LOW

# What the name of each of these automations begins with.
PREFIX = "mailroom: tell that "
# The resource of the events that a run sends, and its label with the day: each of them is told once a day.
RESOURCE, DAY = "mailroom.daily-run", "mailroom.day"
# Nobody waits for a dry run or the sandbox, except who started it.
WATCHED = ("daily", "by-hand", "purge", "reconcile", "doctor")
# On SQLite, Prefect (3.8) evaluates an event again when the database was locked for another automation; with
# no time at all, each evaluation would send a message.
ONCE = timedelta(minutes=1)
ENDED = ("Cancelled", "Completed", "Crashed", "Failed")
# Empty where the server does not know the address of its pages.
PAGE = "{% if flow_run and flow_run|ui_url %}\n\nThe run's page: {{ flow_run|ui_url }}{% endif %}"
MESSAGE = "{{ flow_run.state.message }}"
NOBODY = f"Nobody is told when a run fails: no notification block is named {NOTIFICATIONS}"
HOW_TO_BE_TOLD = (
    f"In the Prefect UI under Blocks, add one for Slack, Teams or mail, name it {NOTIFICATIONS}, then run "
    "`uv run mailroom deploy`."
)


@dataclass(frozen=True)
class Waits:
    """How long a run may be late before people are told: ``late`` any run, ``not_started`` the daily run.

    With the schedule of 6:00, the second message comes at 7:30.
    """

    late: timedelta = timedelta(minutes=10)
    not_started: timedelta = timedelta(minutes=90)


@dataclass(frozen=True)
class NotificationBlock:
    """A notification block on the server, named with its type: ``slack-webhook/mailroom-notifications``."""

    id: UUID
    name: str


def find_blocks(client: SyncPrefectClient) -> list[NotificationBlock]:
    """Return the blocks that people are told through, of whatever type, in the order of their types."""
    wanted = {
        "block_documents": {"name": {"any_": [NOTIFICATIONS]}},
        "block_schemas": {"block_capabilities": {"all_": ["notify"]}},
    }
    found = client.request("POST", "/block_documents/filter", json=wanted).json()
    blocks = [
        NotificationBlock(UUID(one["id"]), f"{one['block_type']['slug']}/{one['name']}") for one in found
    ]
    return sorted(blocks, key=lambda block: block.name)


def list_notifications(
    blocks: Sequence[NotificationBlock], waits: Waits | None = None
) -> list[AutomationCore]:
    """Return the automations that send messages to these blocks; none where there is no block."""
    if not blocks:
        return []
    waits = waits or Waits()
    runs_but_doctor = [name for name in WATCHED if name != "doctor"]
    return [
        _tell(
            blocks,
            "a run failed",
            _when_run({"Failed"}, runs_but_doctor),
            "Mail room: {{ deployment.name }} run failed",
            "The run {{ flow_run.name }} failed.\n\n" + MESSAGE + PAGE,
        ),
        _tell(
            blocks,
            "a run crashed",
            _when_run({"Crashed"}, WATCHED),
            "Mail room: {{ deployment.name }} run crashed",
            "The run {{ flow_run.name }} ended without finishing: its process was killed, or its machine was cut off.\n\n"
            + MESSAGE
            + "\n\nThe next run does the rest, and nothing is filed twice. If it happens again, check the memory of "
            "the worker's machine." + PAGE,
        ),
        _tell(
            blocks,
            "a run is late",
            _when_nothing_starts(WATCHED, {"prefect.flow-run.*"}, waits.late),
            "Mail room: {{ deployment.name }} run is late",
            f"The run was due {_word(waits.late)} ago and has not started. Check that its machine is on and that the "
            "worker is running (or flows/serve.py). The run starts as soon as the worker is back." + PAGE,
        ),
        _tell(
            blocks,
            "the daily run did not start",
            _when_nothing_starts(
                ["daily"], {f"prefect.flow-run.{name}" for name in ("Running", *ENDED)}, waits.not_started
            ),
            "Mail room: the daily run did not start",
            f"The daily run was due {_word(waits.not_started)} ago and has not started: none of today's mail has been read "
            "or filed. Start the worker (or flows/serve.py), and check the inbox for notices that cannot wait."
            + PAGE,
        ),
        _tell(
            blocks,
            "the doctor found a problem",
            _when_run({"Failed"}, ["doctor"]),
            "Mail room: the daily check found a problem",
            MESSAGE + PAGE,
        ),
        *(
            _tell(
                blocks,
                what,
                _when_noticed(event),
                "{{ event.payload.subject }}",
                "{{ event.payload.body }}" + PAGE,
            )
            for what, event in (
                ("files stay pending", FILES_PENDING),
                ("a deadline is near", DEADLINE_NEAR),
                ("more files than usual need a person", SHARE_LOW),
            )
        ),
    ]


def is_notification(name: str) -> bool:
    """Whether an automation of this name sends messages of the mail room, of this version or another one."""
    return name.startswith(PREFIX)


def differs(found: Automation, wanted: AutomationCore) -> bool:
    """Whether an automation on the server is another one than wanted; a person may switch it off."""
    return not is_as_wanted(found, wanted.model_copy(update={"enabled": found.enabled}))


def _tell(
    blocks: Iterable[NotificationBlock], what: str, trigger: EventTrigger, subject: str, body: str
) -> AutomationCore:
    return AutomationCore(
        enabled=True,
        name=PREFIX + what,
        description=f"Sends a message to each block named {NOTIFICATIONS}.",
        trigger=trigger,
        actions=[SendNotification(block_document_id=one.id, subject=subject, body=body) for one in blocks],
    )


def _when_run(states: Collection[str], deployments: Sequence[str]) -> EventTrigger:
    """Return a trigger that fires each time a run of these deployments comes into one of these states."""
    return EventTrigger(
        after=set(),
        expect={f"prefect.flow-run.{name}" for name in states},
        match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
        match_related=_of_deployments(deployments),
        for_each={"prefect.resource.id"},
        posture=Posture.Reactive,
        threshold=1,
        within=ONCE,
    )


def _when_nothing_starts(deployments: Sequence[str], expect: set[str], within: timedelta) -> EventTrigger:
    """Return a trigger that fires when a run of these deployments is late and nothing expected follows."""
    return EventTrigger(
        after={"prefect.flow-run.Late"},
        expect=expect,
        match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
        match_related=_of_deployments(deployments),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=within,
    )


def _when_noticed(event: str) -> EventTrigger:
    """Return a trigger that fires when a run sends this event, at most once a day."""
    return EventTrigger(
        after=set(),
        expect={event},
        match=ResourceSpecification({"prefect.resource.id": RESOURCE}),
        match_related=ResourceSpecification({}),
        for_each={DAY},
        posture=Posture.Reactive,
        threshold=1,
        within=timedelta(days=1),
    )


def _of_deployments(names: Sequence[str]) -> list[ResourceSpecification]:
    return [
        ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"}),
        ResourceSpecification({"prefect.resource.role": "deployment", "prefect.resource.name": [*names]}),
    ]


def _word(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    return f"{seconds // 60} minutes" if seconds >= 60 else f"{seconds} seconds"
