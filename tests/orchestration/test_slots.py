"""The tags' limits on a Prefect server, and the slots that killed runs left taken."""

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect import flow, task
from prefect.client.orchestration import PrefectClient, SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.objects import ConcurrencyLeaseHolder, State
from prefect.concurrency.sync import concurrency
from prefect.runtime import flow_run
from prefect.states import AwaitingRetry, Pending, Running

from mailroom.config.settings import load_settings
from mailroom.orchestration import slots as limits
from mailroom.orchestration.progress_artifact import KEY
from mailroom.orchestration.slots import (
    count_forgotten_elsewhere,
    count_forgotten_holders,
    ensure_limits,
    free_after_restarts,
    free_slots,
    held_by_nobody,
    holding_slots,
    holding_up_to,
    list_live_runs,
)
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("prefect_server")

DRIVE = "tag:drive-api"
# A task that works; and one that waits for its retry, and keeps its slots.
STATES: list[State[None]] = [Running(), AwaitingRetry()]


@flow(name="daily")
def some_day() -> None:
    """Takes the flow's place; it is never called."""


@pytest.fixture
def client() -> Iterator[SyncPrefectClient]:
    """A client of the server; the limits are as set, and nothing holds a slot."""
    with get_client(sync_client=True) as opened:
        for left_over in opened.read_flow_runs():
            opened.delete_flow_run(left_over.id)
        ensure_limits(load_settings())
        free(uuid4(), alone=True)
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


def free(run_id: UUID, *, alone: bool = False) -> None:
    """Look once, as a run does that holds slots already."""
    looked = threading.Event()

    def has_begun() -> bool:
        looked.set()
        return True

    with free_slots(run_id, has_begun, lambda: alone, every=0.01):
        assert looked.wait(30)


def test_limits_are_made_and_corrected(client: SyncPrefectClient) -> None:
    """They follow the settings."""
    settings = load_settings()
    settings.drive.slots = 3
    ensure_limits(settings)
    assert client.read_global_concurrency_limit_by_name(DRIVE).limit == 3
    assert client.read_global_concurrency_limit_by_name("tag:logiqs-api").limit == 5


def test_what_a_killed_run_left_is_freed(client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its run still counts as running on the server, but gives no sign of life any more."""
    a_run(client)
    own = a_run(client)
    take(client, 5)
    monkeypatch.setattr(limits, "SILENT_SECONDS", 0.0)
    free(own)
    assert taken(client) == 0


def a_task(client: SyncPrefectClient, run: UUID, state: State[None]) -> None:
    """A task of the run, of which the server does not know that it holds a slot of Drive."""
    body: dict[str, object] = {
        "flow_run_id": str(run),
        "task_key": "k",
        "dynamic_key": str(uuid4()),
        "tags": ["drive-api"],
    }
    body["state"] = {"type": state.type, "name": state.name}
    client._client.post("/task_runs/", json=body).raise_for_status()


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_freed_under_a_live_run_and_all_when_it_dies(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch, state: State[None]
) -> None:
    """The slots of its tasks stay as long as it lives, even where the server has forgotten whose they are."""
    other, own = a_run(client), a_run(client)
    take(client, 5)
    for _ in range(5):
        a_task(client, other, state)
    answers: list[int] = []

    def count(asked: SyncPrefectClient, run_id: UUID) -> Counter[str]:
        forgotten = count_forgotten_elsewhere(asked, run_id)
        answers.append(forgotten["drive-api"])
        return forgotten

    monkeypatch.setattr(limits, "count_forgotten_elsewhere", count)
    with free_slots(own, lambda: False, lambda: False, every=0.01):
        until(lambda: len(answers) >= 4)
        assert answers[:4] == [5] * 4
        assert taken(client) == 5
        client.delete_flow_run(other)
        until(lambda: taken(client) == 0)


def test_two_runs_that_wait_for_what_nobody_holds_do_not_wait_for_each_other(
    client: SyncPrefectClient,
) -> None:
    """The other run is alive, and has no task at work: its task waits for a slot as this run does."""
    other, own = a_run(client), a_run(client)
    a_task(client, other, Pending())
    take(client, 5)
    with free_slots(own, lambda: False, lambda: False, every=0.01):
        until(lambda: taken(client) == 0)


def test_on_its_own_server_a_run_does_not_wait_for_the_silence_of_a_killed_one(
    client: SyncPrefectClient,
) -> None:
    """It knows that no other run is alive, though one gave a sign of life just now."""
    a_task(client, a_run(client), STATES[0])
    own = a_run(client)
    take(client, 1)
    free(own, alone=True)
    assert taken(client) == 0


def test_a_slot_that_is_held_is_not_freed(client: SyncPrefectClient) -> None:
    """Of three slots one has a holder who renews his lease: the other two are freed."""
    holder = ConcurrencyLeaseHolder(type="task_run", id=uuid4())
    client.increment_concurrency_slots_with_lease([DRIVE], 1, "concurrency", 60, holder)
    take(client, 2)
    free(uuid4(), alone=True)
    assert taken(client) == 1
    assert not held_by_nobody(client)


def test_a_server_that_does_not_answer_is_asked_again(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of one look ends nothing."""
    take(client, 1)
    faults = [httpx.ConnectError("made up"), httpx.ReadTimeout("made up")]
    really = limits.held_by_nobody

    def held(asked: SyncPrefectClient) -> dict[str, int]:
        if faults:
            raise faults.pop()
        return really(asked)

    monkeypatch.setattr(limits, "held_by_nobody", held)
    before = taken(client)
    with free_slots(uuid4(), lambda: False, lambda: True, every=0.01):
        until(lambda: taken(client) < before)
    assert not faults


@pytest.mark.parametrize("carried_out", [False, True])
def test_a_release_that_fails_once_is_tried_again_and_frees_nothing_twice(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch, carried_out: bool
) -> None:
    """Before the next one it is looked again what nobody holds; a slot with a holder stays taken."""
    holder = ConcurrencyLeaseHolder(type="task_run", id=uuid4())
    client.increment_concurrency_slots_with_lease([DRIVE], 1, "concurrency", 60, holder)
    take(client, 2)
    faults = [httpx.ReadTimeout("made up")]
    release = SyncPrefectClient.release_concurrency_slots

    def fail_once(asked: SyncPrefectClient, *how: Any) -> None:
        if carried_out or not faults:
            release(asked, *how)
        if faults:
            raise faults.pop()

    monkeypatch.setattr(SyncPrefectClient, "release_concurrency_slots", fail_once)
    with free_slots(uuid4(), lambda: False, lambda: True, every=0.01):
        until(lambda: not faults and taken(client) == 1)
    assert not held_by_nobody(client)
    assert taken(client) == 1


def test_the_next_run_starts_though_a_task_could_not_give_its_slot_back(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect forgot who holds the only slot, and counts it as taken: it keeps the two in two stores."""
    client.upsert_global_concurrency_limit_by_name(DRIVE, 1)
    faults = ["made up"]
    release = PrefectClient.release_concurrency_slots_with_lease

    async def lose_the_lease_only(asked: PrefectClient, lease_id: UUID) -> None:
        await release(asked, lease_id)
        if faults:
            await asked.increment_concurrency_slots([DRIVE], 1, "concurrency")
            raise httpx.ReadTimeout(faults.pop())

    monkeypatch.setattr(PrefectClient, "release_concurrency_slots_with_lease", lose_the_lease_only)

    @task(tags={"drive-api"})
    def work() -> str:
        return "done"

    @flow(name="daily")
    def day(*, frees: bool) -> Any:
        own = UUID(str(flow_run.id))
        client.create_artifact(ArtifactCreate(key=KEY, type="progress", data=0.0, flow_run_id=own))
        with free_slots(own, lambda: False, lambda: True, every=0.01) if frees else nullcontext():
            return work()

    with suppress(httpx.ReadTimeout):
        day(frees=False)
    assert not faults
    assert taken(client) == 1
    assert held_by_nobody(client) == {"drive-api": 1}
    helped: list[str] = []

    def help_out() -> None:
        # Without this the test would never end where nothing frees the slot.
        helped.append("by the test")
        client.release_concurrency_slots([DRIVE], 1, 1.0)

    watch = threading.Timer(180, help_out)
    watch.start()
    assert day(frees=True) == "done"
    watch.cancel()
    assert not helped
    assert taken(client) == 0


def test_a_run_is_not_kept_waiting_by_itself(client: SyncPrefectClient) -> None:
    """A run's own sign of life is not another's."""
    assert not list_live_runs(client, a_run(client))


def test_what_a_restarted_server_forgot_is_freed_when_its_task_ends(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three slots taken before the restart, one belongs to a task that still works: it stays taken."""
    own, at_work = a_run(client), uuid4()
    monkeypatch.setattr(limits, "task_run", SimpleNamespace(id=str(at_work), tags=["drive-api"]))
    take(client, 3)
    restarted = threading.Event()
    with free_after_restarts(own, restarted, every=0.01):
        with holding_slots():
            restarted.set()
            until(lambda: taken(client) == 1)
            assert count_forgotten_holders(client) == {"drive-api": 1}
        until(lambda: taken(client) == 0)
        until(lambda: not restarted.is_set())


@pytest.mark.parametrize(("others", "most", "more"), [(0, 5, 4), (2, 5, 2), (4, 5, 0), (0, 1, 0), (0, 0, 0)])
def test_a_task_holds_what_is_free_now_and_does_not_wait_for_more(
    client: SyncPrefectClient, others: int, most: int, more: int
) -> None:
    """Each slot's share is spent while it is held; the server knows whose they are, and gets all back."""
    if others:
        take(client, others)
    spent: list[int] = []
    # Restarted just now.
    forgetful: Any = SimpleNamespace(read_concurrency_limit_by_tag=lambda _: SimpleNamespace(active_slots=[]))

    @contextmanager
    def spend() -> Iterator[None]:
        spent.append(taken(client))
        yield

    @task(tags={"drive-api"})
    def check() -> int:
        with holding_up_to(most, spend):
            assert held_by_nobody(client) == ({"drive-api": others} if others else {})
            assert not count_forgotten_holders(client)
            assert count_forgotten_holders(forgetful) == {"drive-api": 1 + more}
            return taken(client)

    @flow(name="daily")
    def day() -> int:
        return check()

    assert day() == others + 1 + more
    assert spent == list(range(others + 1, others + 2 + more))
    assert taken(client) == others


def test_a_request_for_more_slots_does_not_wait_behind_a_task_that_waits_for_its_first(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two listing tasks beside a dry run: the one with a slot would wait until the dry run has ended."""
    take(client, 4)
    ask, waits, has_slot = PrefectClient.increment_concurrency_slots_with_lease, threading.Event(), []

    async def ask_often(*args: Any, **kwargs: Any) -> httpx.Response:
        try:
            return await ask(*args, **kwargs)
        except httpx.HTTPStatusError as error:
            error.response.headers["Retry-After"] = "0.1"
            waits.set()
            raise

    monkeypatch.setattr(PrefectClient, "increment_concurrency_slots_with_lease", ask_often)

    def wait_for_slot() -> None:
        with concurrency(DRIVE):
            has_slot.append(True)

    @task(tags={"drive-api"})
    def check() -> None:
        other.start()
        assert waits.wait(30)
        # If this waits, the other one gets the slot that is free then. A busy machine needs seconds for it.
        late = threading.Timer(60, lambda: client.release_concurrency_slots([DRIVE], 4, 1.0))
        late.start()
        with holding_up_to(3, nullcontext):
            late.cancel()
            assert not has_slot

    @flow(name="daily")
    def day() -> None:
        check()

    other = threading.Thread(target=wait_for_slot)
    day()
    other.join(30)
    assert has_slot
    assert not [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


def test_slots_that_a_restarted_server_forgot_count_beside_those_that_it_knows(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server was restarted while a task took more of them."""
    at_work = uuid4()
    monkeypatch.setattr(limits, "task_run", SimpleNamespace(id=str(at_work), tags=["drive-api"]))
    take(client, 1)
    with holding_up_to(3, nullcontext):
        assert taken(client) == 3
        assert count_forgotten_holders(client) == {"drive-api": 1}
    assert not count_forgotten_holders(client)


@pytest.mark.parametrize("status", [423, 500])
def test_a_task_without_more_slots_works_and_forgets_what_it_counted(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """The server refuses the second one more; then the task fails."""
    task_run_id, answers = uuid4(), iter([None, status])
    monkeypatch.setattr(limits, "task_run", SimpleNamespace(id=str(task_run_id), tags=["drive-api"]))
    ask = SyncPrefectClient.increment_concurrency_slots_with_lease

    def answer(*args: Any, **kwargs: Any) -> httpx.Response:
        if (code := next(answers)) is None:
            return ask(*args, **kwargs)
        request = httpx.Request("POST", "http://127.0.0.1/")
        raise httpx.HTTPStatusError("", request=request, response=httpx.Response(code, request=request))

    monkeypatch.setattr(SyncPrefectClient, "increment_concurrency_slots_with_lease", answer)
    with suppress(ZeroDivisionError), holding_up_to(5, nullcontext):
        assert taken(client) == 1
        raise ZeroDivisionError
    assert taken(client) == 0
    assert task_run_id not in limits._more_slots


def test_more_slots_are_kept_as_long_as_a_long_listing_takes(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each lease is renewed again and again, also after a request without an answer."""
    monkeypatch.setattr(limits, "task_run", SimpleNamespace(id=str(uuid4()), tags=["drive-api"]))
    monkeypatch.setattr(limits, "RENEW_SECONDS", 0.05)
    renew, renewed = SyncPrefectClient.renew_concurrency_lease, Counter[UUID]()

    def renew_and_count(self: SyncPrefectClient, lease_id: UUID, lease_duration: float) -> httpx.Response:
        renewed[lease_id] += 1
        if sum(renewed.values()) == 1:
            raise httpx.ConnectError("")
        return renew(self, lease_id, lease_duration)

    monkeypatch.setattr(SyncPrefectClient, "renew_concurrency_lease", renew_and_count)
    with holding_up_to(3, nullcontext):
        until(lambda: len(renewed) == 2 and min(renewed.values()) > 4)
        assert taken(client) == 2
        assert not held_by_nobody(client)
    assert taken(client) == 0


def test_without_a_restart_slots_are_left_alone(client: SyncPrefectClient) -> None:
    """A task's slot whose lease is renewed is not forgotten; nothing is freed."""
    own = a_run(client)
    take(client, 2)
    with free_after_restarts(own, threading.Event(), every=0.001):
        assert taken(client) == 2
    assert taken(client) == 2
