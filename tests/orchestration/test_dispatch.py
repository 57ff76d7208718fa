"""How a run hands its files to workers: they are fakes on a real ledger, as is what is asked of a server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.schemas.objects import FlowRun, State, WorkerStatus
from prefect.states import Cancelled, Completed, Crashed, Failed, Pending, Running, Scheduled

from mailroom.config.settings import load_settings
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import ConfigError, RunStop
from mailroom.ledger import LEASE_SECONDS, FileDecision, LeaseRequest, Ledger, make_holder, open_ledger
from mailroom.ledger.runs import SILENT_SECONDS
from mailroom.orchestration import dispatch
from mailroom.orchestration.declared_deployments import TAKEN_BACK
from mailroom.orchestration.dispatch import choose_size, file_by_workers
from mailroom.rate_limit import CallMeter
from mailroom.run.batch_plan import BatchPlan
from mailroom.run.limits import RunLimits
from mailroom.run.part import Part, PartCounts, Stop
from mailroom.run.progress import Phase, Progress
from mailroom.time_spent import TimeSpent
from tests.ledger.conftest import listed

ELSEWHERE = "another-machine-4026531836:7:99"


@dataclass
class Server:
    """A Prefect server and its workers: ``works`` is what becomes of each part, in turn; then it is filed."""

    ledger: Ledger
    works: list[Callable[[UUID], None]] = field(default_factory=list)
    online: int = 1
    parts: dict[UUID, Part] = field(default_factory=dict)
    states: dict[UUID, State[Any]] = field(default_factory=dict)
    alive: set[UUID] = field(default_factory=set)

    def run_deployment(self, name: str, *, parameters: dict[str, Any], **how: Any) -> FlowRun:
        """Make a flow run that waits for a worker."""
        assert (name, how["timeout"]) == ("batch/batch", 0)
        part, made = Part.model_validate(parameters["part"]), uuid4()
        assert how["idempotency_key"] == part.part_id
        self.parts[made], self.states[made] = part, Scheduled()
        return FlowRun(id=made, flow_id=uuid4(), name=how["flow_run_name"], state=Scheduled())

    def read_flow_runs(self, *, flow_run_filter: Any) -> list[FlowRun]:
        """The flow runs that are asked for, after workers did something."""
        for one in self.alive:
            if self.ledger.renew_part(self.parts[one].part_id, {}) is None:
                self.states[one] = Cancelled()
        for one, state in self.states.items():
            if state.is_scheduled() and self.online:
                (self.works.pop(0) if self.works else self.file)(one)
                break
        return [
            FlowRun(id=one, flow_id=uuid4(), name="part", state=self.states[one])
            for one in flow_run_filter.id.any_
            if one in self.states
        ]

    def read_workers_for_work_pool(self, _name: str) -> list[Any]:
        """So many workers that are online, and one that is not."""
        status = [WorkerStatus.ONLINE] * self.online + [WorkerStatus.OFFLINE]
        return [SimpleNamespace(status=one) for one in status]

    def set_flow_run_state(self, one: UUID, state: State[Any], *, force: bool) -> None:
        """The state that the run of the day wants."""
        assert force
        self.states[one] = state

    def begin(self, one: UUID) -> Part:
        """A worker on another machine takes the part."""
        part = self.parts[one]
        self.ledger.begin_part(part.part_id, part.run_id, f"{ELSEWHERE}:{part.part_id}")
        self.states[one] = Running()
        return part

    def file(self, one: UUID) -> None:
        """File all of the part's files."""
        part = self.begin(one)
        self.finish(part, part.file_ids)
        self.states[one] = Completed()

    def finish(self, part: Part, file_ids: list[str], **said: Any) -> None:
        """File these files, say so, and end."""
        self.file_each(part, file_ids)
        counts = PartCounts(outcomes={"matched": len(file_ids)}, readers=2, seconds=1.5, **said)
        self.ledger.end_part(part.part_id, counts.model_dump())

    def file_each(self, part: Part, file_ids: list[str]) -> None:
        """File these files."""
        holder = f"{ELSEWHERE}:{part.part_id}"
        for file_id in file_ids:
            if self.ledger.claim(file_id, holder, LEASE_SECONDS):
                self.ledger.record_decision(file_id, holder, FileDecision("matched", "matched", None))
                self.ledger.finish(file_id, holder)


@dataclass
class Day:
    """A run that has listed and picked up files, and its server."""

    server: Server
    run: Any
    plan: BatchPlan
    stop: Event
    told: list[str] = field(default_factory=list)

    def file(self) -> None:
        """Have them filed by workers."""
        file_by_workers(self.run, self.plan)

    @property
    def pending(self) -> int:
        """How many files are left."""
        return cast("Ledger", self.run.ledger).count_outcomes("run")["pending"]


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    """A day of 120 files, whose waits take no time."""
    monkeypatch.setattr(dispatch, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(dispatch, "END_SECONDS", 0.1)
    monkeypatch.setattr(dispatch, "LARGEST", 50)
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        ledger.request_lease(LeaseRequest("run", make_holder("run")))
        listed(ledger, 120)
        stop, progress, server = Event(), Progress(), Server(ledger)
        limits = RunLimits(1.0, stop)
        plan = BatchPlan("run", ledger, progress, limits, 100, 5, lambda: None)
        plan.pick_up(None)
        told: list[str] = []
        run = SimpleNamespace(
            run_id="run",
            settings=load_settings(state_dir=tmp_path),
            ledger=ledger,
            limits=limits,
            progress=progress,
            slots=5,
            listed=datetime.now(UTC),
            tell=told.append,
            get_folders=lambda: Folders(("inbox",), {"matched": "m", "unmatched": "u", "review": "r"}),
            drive_meter=CallMeter(),
            crm_connection=SimpleNamespace(meter=CallMeter()),
            readers=SimpleNamespace(busy=TimeSpent(), waited=TimeSpent()),
            reader_seconds=0.0,
        )

        class Client:
            def __enter__(self) -> Server:
                return server

            def __exit__(self, *_: object) -> None:
                pass

        monkeypatch.setattr(dispatch, "get_client", lambda **_: Client())
        monkeypatch.setattr(dispatch, "run_deployment", server.run_deployment)
        yield Day(server, run, plan, stop, told)


def test_all_files_are_handed_out_and_counted(day: Day) -> None:
    """In parts that overlap nowhere; the run's own figures are the sums of theirs."""
    day.file()
    handed = [one for part in day.server.parts.values() for one in part.file_ids]
    assert len(handed) == len(set(handed)) == 120
    assert day.pending == 0
    assert [len(part.file_ids) for part in day.server.parts.values()] == [50, 50, 20]
    assert day.run.progress.snapshot().outcomes == {"matched": 120}
    assert day.run.reader_seconds == 9.0
    assert {part.batches_at_once for part in day.server.parts.values()} == {5}


@pytest.mark.parametrize(
    ("online", "has_run", "batches"), [(2, False, 2), (3, True, 2), (1, True, 5), (9, False, 1)]
)
def test_a_part_of_two_workers_takes_half_of_the_slots(
    day: Day, monkeypatch: pytest.MonkeyPatch, online: int, has_run: bool, batches: int
) -> None:
    """Rounded down, so that no batch waits for a slot. The worker that has the run itself takes no part."""
    day.server.online = online
    monkeypatch.setattr(dispatch, "deployment", SimpleNamespace(id="daily" if has_run else None))
    day.file()
    assert {part.batches_at_once for part in day.server.parts.values()} == {batches}


@pytest.mark.parametrize(
    ("files", "workers", "size"),
    [(60, 1, 50), (269, 4, 50), (800, 4, 100), (2_000, 4, 250), (30_000, 4, 250), (10, 0, 50)],
)
def test_parts_are_large_enough_and_many_enough(files: int, workers: int, size: int) -> None:
    """A process that starts is worth its seconds, and all workers end at about the same time."""
    assert choose_size(files, workers) == size


def die_after(server: Server, files: int, state: State[Any] | None) -> Callable[[UUID], None]:
    """A worker that dies when it has filed so many files, and holds another one."""

    def die(one: UUID) -> None:
        part = server.begin(one)
        server.file_each(part, part.file_ids[:files])
        server.ledger.claim(part.file_ids[files], f"{ELSEWHERE}:{part.part_id}", LEASE_SECONDS)
        if state is not None:
            server.states[one] = state

    return die


def test_what_a_dead_worker_left_is_handed_out_again(day: Day) -> None:
    """What it had filed is not; what it held is free at once, though its lease has half an hour left."""
    day.server.works = [die_after(day.server, 7, Crashed())]
    day.file()
    assert day.pending == 0
    parts = list(day.server.parts.values())
    again = next(part for part in parts if part.part_id == "run/1.2")
    assert again.file_ids == parts[0].file_ids[7:]


def test_a_worker_that_is_silent_is_dead(day: Day) -> None:
    """The server may not know it yet: the ledger does. Its flow run is marked as crashed."""
    die = die_after(day.server, 0, None)

    def die_and_wait(one: UUID) -> None:
        die(one)
        day.run.ledger._clock = lambda: datetime.now(UTC) + timedelta(seconds=SILENT_SECONDS)

    day.server.works = [die_and_wait]
    day.file()
    assert next(iter(day.server.states.values())).is_crashed()
    assert day.pending == 0


def test_files_whose_workers_die_each_time_are_left_to_the_next_run(day: Day) -> None:
    """One of them may be what kills them; the other parts are filed."""
    day.server.works = [die_after(day.server, 0, Crashed()) for _ in range(3)]
    # One worker, so the parts come in turn: the first one, and twice again.
    day.server.works.insert(1, day.server.file)
    day.server.works.insert(2, day.server.file)
    day.file()
    assert day.pending == 50


def test_a_part_that_a_person_cancelled_is_left_to_the_next_run(day: Day) -> None:
    """Nothing of it is handed out again."""

    def cancel(one: UUID) -> None:
        day.server.states[one] = Cancelled()

    day.server.works = [cancel]
    day.file()
    assert (day.pending, len(day.server.parts)) == (50, 3)


def stop_with(server: Server, **said: Any) -> Callable[[UUID], None]:
    """A worker that is stopped before it has filed anything."""

    def stop(one: UUID) -> None:
        told = Stop(**{"code": "no_space", "what": "The disk is full.", "fix": "Free some.", **said})
        server.finish(server.begin(one), [], stop=told)
        server.states[one] = Failed(message="The disk is full. Free some.")

    return stop


def test_what_stops_one_machine_does_not_stop_the_day(day: Day, caplog: pytest.LogCaptureFixture) -> None:
    """Another worker gets its files; the log says what is wrong, and with which part."""
    day.server.works = [stop_with(day.server, needs_person=True)]
    day.file()
    assert day.pending == 0
    assert "part 1 (50 files) stopped: The disk is full. Free some." in caplog.text


@pytest.mark.parametrize("needs_person", [True, False])
def test_what_stops_two_parts_stops_the_day(day: Day, needs_person: bool) -> None:
    """In the same words, and the other parts end too."""
    day.server.works = [stop_with(day.server, needs_person=needs_person) for _ in range(2)]
    with pytest.raises(
        ConfigError if needs_person else RunStop,
        match=r"The disk is full\. \(Reported by part 2 \(50 files\)\.\) Free some\.",
    ) as raised:
        day.file()
    assert raised.value.code == "no_space"
    assert all(state.is_final() for one, state in day.server.states.items())


def test_a_part_that_took_its_run_for_dead_is_handed_out_again(day: Day) -> None:
    """The run's machine was suspended: nobody cancelled anything."""

    def find_run_silent(one: UUID) -> None:
        day.server.finish(day.server.begin(one), [])
        day.server.states[one] = Cancelled(name=TAKEN_BACK)

    day.server.works = [find_run_silent]
    day.file()
    assert day.pending == 0


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_part_whose_flow_run_was_deleted_is_handed_out_again(day: Day, has_begun: bool) -> None:
    """A person deleted it in Prefect; it would be waited for without end."""

    def delete(one: UUID) -> None:
        if has_begun:
            day.server.begin(one)
        del day.server.states[one]

    day.server.works = [delete]
    day.file()
    assert day.pending == 0


def test_a_part_that_cannot_tell_the_server_that_it_ended_is_not_waited_for(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker reaches the ledger alone; what it did is counted."""
    monkeypatch.setattr(dispatch, "LAST_WORD_SECONDS", -1.0)

    def end(one: UUID) -> None:
        part = day.server.begin(one)
        day.server.finish(part, part.file_ids)

    day.server.works = [end]
    day.file()
    assert (day.pending, len(day.server.parts)) == (0, 3)
    assert next(iter(day.server.states.values())).is_crashed()
    assert day.run.progress.snapshot().outcomes == {"matched": 120}


def test_a_part_that_failed_says_why_in_the_log(day: Day, caplog: pytest.LogCaptureFixture) -> None:
    """And not that its worker died."""

    def fail(one: UUID) -> None:
        day.server.begin(one)
        day.server.states[one] = Failed(message="A bug in the mail room: KeyError.")

    day.server.works = [fail]
    day.file()
    assert "part 1 (50 files) failed: A bug in the mail room: KeyError." in caplog.text
    assert "died" not in caplog.text


def test_a_day_without_workers_ends_when_its_time_is_over(day: Day) -> None:
    """It would keep later runs waiting."""
    day.server.online = 0
    day.run.limits = RunLimits(0.0, day.stop)
    with pytest.raises(RunStop, match="its time limit"):
        day.file()


@pytest.mark.parametrize("times", [2, 3])
def test_a_part_that_cannot_begin_is_handed_out_again(day: Day, times: int) -> None:
    """Another worker may be able to, or the ledger is back; after the third time the day says why."""

    def fail(one: UUID) -> None:
        day.server.states[one] = Failed(message="This worker runs version 1.")

    day.server.works = [fail, day.server.file, day.server.file, *[fail] * (times - 1)]
    if times == 2:
        day.file()
        assert day.pending == 0
        return
    with pytest.raises(ConfigError, match=r"start its part of the files: This worker runs version 1\."):
        day.file()


def test_a_day_that_is_stopped_ends_its_parts(day: Day) -> None:
    """Those that no worker has taken are cancelled; the others find it in the ledger, and are waited for."""

    def work_on(one: UUID) -> None:
        day.server.begin(one)
        day.server.alive.add(one)
        day.stop.set()

    day.server.works = [work_on]
    with pytest.raises(RunStop, match="asked to stop"):
        day.file()
    assert all(state.is_final() for state in day.server.states.values())


def test_what_stopped_a_day_is_told_also_if_its_parts_cannot_be_ended(
    day: Day, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The Prefect server may be away; the parts find in the ledger that the run has ended."""

    def refuse(*_: object, **__: object) -> None:
        raise httpx.ConnectError("no server")

    monkeypatch.setattr(day.server, "set_flow_run_state", refuse)
    day.stop.set()
    with pytest.raises(RunStop, match="asked to stop"):
        day.file()
    assert "could not be ended: ConnectError" in caplog.text


@pytest.mark.parametrize(
    ("is_sent", "has_run", "online", "told"),
    [
        (False, False, 0, ""),
        (True, False, 0, "(no worker online in the work pool mailroom)"),
        # The one that has the daily run takes no part.
        (True, True, 1, "(no other worker online"),
        (True, True, 3, "(2 other workers online"),
    ],
)
def test_people_are_told_that_no_worker_takes_the_files(
    day: Day, monkeypatch: pytest.MonkeyPatch, is_sent: bool, has_run: bool, online: int, told: str
) -> None:
    """After a minute, once in ten, with the command that starts one; then it is waited for."""
    day.server.online = 0
    monkeypatch.setattr(dispatch, "deployment", SimpleNamespace(id="daily" if has_run else None))
    monkeypatch.setattr(
        day.server,
        "read_workers_for_work_pool",
        lambda _: [SimpleNamespace(status=WorkerStatus.ONLINE)] * online,
    )
    waits = iter([50.0, *[70.0] * 3])
    monkeypatch.setattr(dispatch, "UNTAKEN_SECONDS", 0.0 if is_sent else 60.0)
    seen: list[Phase] = []

    def sleep(_seconds: float) -> None:
        seen.append(day.run.progress.phase)
        if next(waits, None) is None:
            day.server.online = 1

    monkeypatch.setattr(day.run.limits, "sleep", sleep)
    day.file()
    assert len(day.told) == is_sent
    assert (Phase.UNTAKEN in seen) is is_sent
    assert day.run.progress.phase is Phase.FILING
    if is_sent:
        assert told in day.told[0]
        assert "prefect worker start --pool mailroom --work-queue batches" in day.told[0]


def test_a_part_that_a_worker_took_and_never_began_is_given_to_another(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker died before its process ran."""
    monkeypatch.setattr(dispatch, "STUCK_SECONDS", 0.0)

    def take(one: UUID) -> None:
        day.server.states[one] = Pending()

    day.server.works = [take]
    day.file()
    assert next(iter(day.server.states.values())).is_crashed()
    assert day.pending == 0
