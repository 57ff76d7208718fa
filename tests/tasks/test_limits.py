"""The tags' limits on a Prefect server, and the slots that killed runs left taken."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.objects import ConcurrencyLeaseHolder
from prefect.states import Running

from mailroom.settings import load_settings
from tasks import limits
from tasks.limits import another_run_is_alive, ensure_limits
from tasks.progress import KEY

pytestmark = pytest.mark.usefixtures("prefect_server")

DRIVE = "tag:drive-api"


@flow(name="daily")
def some_day() -> None:
    """Stands for the flow; it is never called."""


@pytest.fixture
def client() -> Iterator[SyncPrefectClient]:
    """A client of the server; the limits are as set, and nothing holds a slot."""
    with get_client(sync_client=True) as opened:
        for left_over in opened.read_flow_runs():
            opened.delete_flow_run(left_over.id)
        ensure_limits(load_settings(), uuid4(), alone=True, sleep=lambda _: None)
        yield opened


def a_run(client: SyncPrefectClient) -> UUID:
    """A flow run that is said to be running and shows its progress."""
    run = client.create_flow_run(some_day, state=Running())
    client.create_artifact(ArtifactCreate(key=KEY, type="progress", data=0.0, flow_run_id=run.id))
    return run.id


def take(client: SyncPrefectClient, slots: int) -> None:
    """Slots as a killed run leaves them: taken, and nobody renews a lease on them."""
    client.increment_concurrency_slots([DRIVE], slots, "concurrency")


def taken(client: SyncPrefectClient) -> int:
    """How many slots of Drive are taken."""
    return client.read_global_concurrency_limit_by_name(DRIVE).active_slots


def test_limits_are_made_and_corrected(client: SyncPrefectClient) -> None:
    """They follow the settings."""
    settings = load_settings()
    settings.drive.slots = 3
    ensure_limits(settings, uuid4())
    assert client.read_global_concurrency_limit_by_name(DRIVE).limit == 3
    assert client.read_global_concurrency_limit_by_name("tag:logiqs-api").limit == 5


def test_what_a_killed_run_left_is_freed(client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its run still counts as running on the server, but gives no sign of life any more."""
    a_run(client)
    own = a_run(client)
    take(client, 5)
    monkeypatch.setattr(limits, "SILENT_SECONDS", 0.0)
    ensure_limits(load_settings(), own, sleep=lambda _: None)
    assert taken(client) == 0


def test_nothing_is_freed_under_a_live_run(client: SyncPrefectClient) -> None:
    """Its slots stay as long as it lives, even where the server has forgotten whose they are."""
    other, own = a_run(client), a_run(client)
    take(client, 5)
    looks: list[int] = []

    def until_it_ends(_seconds: float) -> None:
        looks.append(taken(client))
        if len(looks) == 3:
            client.delete_flow_run(other)

    assert another_run_is_alive(client, own)
    ensure_limits(load_settings(), own, sleep=until_it_ends)
    assert looks[:3] == [5, 5, 5]
    assert taken(client) == 0


def test_a_slot_that_is_held_is_not_freed(client: SyncPrefectClient) -> None:
    """Of three slots one has a holder who renews his lease: the other two are freed."""
    holder = ConcurrencyLeaseHolder(type="task_run", id=uuid4())
    client.increment_concurrency_slots_with_lease([DRIVE], 1, "concurrency", 60, holder)
    take(client, 2)
    ensure_limits(load_settings(), uuid4(), alone=True, sleep=lambda _: None)
    assert taken(client) == 1


def test_a_run_is_not_kept_waiting_by_itself(client: SyncPrefectClient) -> None:
    """A run's own sign of life is not another's."""
    assert not another_run_is_alive(client, a_run(client))
