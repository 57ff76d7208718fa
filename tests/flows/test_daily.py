"""The daily flow's form, and how its deployments treat a second run."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any, Self, cast
from uuid import uuid4

import pytest
from prefect.exceptions import TerminationSignal
from prefect.utilities.callables import get_call_parameters

from flows import batch, daily, serve
from mailroom.errors import MailroomError, RunStop, Transient
from mailroom.orchestration.launch import Launch
from mailroom.run.options import RunOptions

LOST = RunStop("lease_lost", what="Another run continues the work of this one.", fix="Nothing is lost.")


def test_no_run_is_limited_by_prefect() -> None:
    """The ledger lets the second run wait, whatever servers they have; a killed run blocks no other one."""
    limits = {one.name: one.concurrency_limit for one in serve.deployments()}
    names = ("daily", "doctor", "by-hand", "dry-run", "sandbox", "purge", "reconcile")
    assert limits == dict.fromkeys(names)


def test_whom_a_run_waits_for_is_in_the_log_that_its_page_shows(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A log of another name would be in the worker's log alone."""
    caplog.set_level(logging.INFO, "the run's")
    monkeypatch.setattr(daily, "get_run_logger", lambda: logging.getLogger("the run's"))
    monkeypatch.setattr(daily, "do_day", lambda _, launch: launch.on_wait("This run waits."))
    daily.daily.fn(**get_call_parameters(daily.daily.fn, (), {}))
    assert [(record.name, record.message) for record in caplog.records] == [("the run's", "This run waits.")]


@pytest.mark.parametrize("no_wait", [False, True])
def test_a_form_can_say_that_a_run_does_not_wait(monkeypatch: pytest.MonkeyPatch, no_wait: bool) -> None:
    """Its field has a description, and reaches the run; so does the command line's option."""
    seen: list[RunOptions] = []
    monkeypatch.setattr(daily, "do_day", lambda options, _: seen.append(options))
    field = daily.daily.parameters.properties["no_wait"]
    assert (field["type"], field["default"]) == ("boolean", False)
    assert "another run is active" in field["description"]
    daily.daily.fn(**get_call_parameters(daily.daily.fn, (), {"no_wait": no_wait}))
    daily.bind_daily(Launch(on_sandbox=True)).fn(no_wait=no_wait)
    assert seen == [RunOptions(no_wait=no_wait), RunOptions(sandbox=True, no_wait=no_wait)]


class Slots:
    """Runs every task at once; its end waits for the tasks, so ``stopped`` says whether they were told."""

    def __init__(self, launch: Launch, answers: list[MailroomError | None]) -> None:
        self.launch, self.answers = launch, answers
        self.stopped: bool | None = None
        self.mapped = 0
        self.run: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped = self.launch.stop.is_set()

    def map(self, *_: object) -> list[SimpleNamespace]:
        """One future for each answer."""
        self.mapped += 1
        return [
            SimpleNamespace(result=lambda raise_on_failure, one=one: raise_on_failure or one)
            for one in self.answers
        ]


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Slots:
    """A day with one open folder, whose run needs no server and no systems."""
    slots = Slots(Launch(), [])
    run: Any = SimpleNamespace(
        run_id=str(uuid4()),
        settings=SimpleNamespace(dispatch="inline"),
        slots=2,
        scan_complete=True,
        has_begun=lambda: True,
        ledger=SimpleNamespace(list_open_folders=lambda _: ["inbox"]),
        held_files=set(),
        refused_folders=set(),
        pick_up_files=lambda: SimpleNamespace(files=0),
        check_moves=lambda: None,
        count_pending=lambda: 0,
        count_abandoned=lambda: 0,
    )
    slots.run = run

    @contextmanager
    def open_run(*_: object) -> Iterator[Any]:
        yield run

    monkeypatch.setattr(daily, "open_run", open_run)
    monkeypatch.setattr(daily, "ensure_limits", lambda _: None)
    monkeypatch.setattr(daily, "with_retries", lambda _task, _settings: lambda _run_id: None)
    for name in ("free_slots", "free_after_restarts", "noticing_cancellation"):
        monkeypatch.setattr(daily, name, lambda *_: nullcontext())
    monkeypatch.setattr(daily, "Slots", lambda **_: slots)
    return slots


@pytest.mark.parametrize("signal", [TerminationSignal(15), KeyboardInterrupt()], ids=repr)
def test_a_day_that_is_broken_off_tells_its_tasks_before_it_waits_for_them(
    day: Slots, monkeypatch: pytest.MonkeyPatch, signal: BaseException
) -> None:
    """It was cancelled, or its worker ends; without that the tasks would go on for hours."""

    def break_off(*_: object) -> None:
        raise signal

    monkeypatch.setattr(daily, "scan", break_off)
    with pytest.raises(type(signal)):
        daily.do_day(RunOptions(), day.launch)
    assert day.stopped is True


def test_a_day_whose_lease_was_lost_says_so_in_its_state(day: Slots) -> None:
    """Whatever other tasks failed for before; its error is the one that its caller shows."""
    day.answers = [Transient("drive_unreachable"), LOST, None]
    state = daily.run_day(RunOptions(), day.launch)
    assert state.is_failed()
    assert state.message == "Another run continues the work of this one. Nothing is lost."
    assert day.launch.result.begun is False
    with pytest.raises(RunStop) as raised:
        daily.do_day(RunOptions(), day.launch)
    assert raised.value is LOST


@pytest.mark.parametrize(
    ("left", "told"),
    [
        ({"count_pending": lambda: 3}, "left 3 files pending"),
        ({"scan_complete": False}, "could not be listed completely"),
        ({"held_files": {"a", "b"}}, "Another run is working on 2 files"),
        ({"refused_folders": {"folder"}}, "their files were left out: folder."),
        ({"count_abandoned": lambda: 2}, "whose files left the inbox: 2."),
        ({}, None),
    ],
)
def test_a_day_that_leaves_something_fails_and_says_what(
    day: Slots, monkeypatch: pytest.MonkeyPatch, left: dict[str, Any], told: str | None
) -> None:
    """Though each of its tasks did what it could."""
    for name in ("scan", "file", "rename_run"):
        monkeypatch.setattr(daily, name, lambda *_: None)
    vars(day.run).update(left)
    state = daily.run_day(RunOptions(), day.launch)
    assert state.is_failed() == bool(told)
    assert (told or "") in (state.message or "")


def test_what_was_postponed_is_tried_again_at_the_end_of_the_day(day: Slots) -> None:
    """As long as the wait for it brings something."""
    answers = [True, True, False]
    plan: Any = SimpleNamespace(
        list_windows=lambda: iter([[["a"]]]), wait_for_postponed=lambda: answers.pop(0)
    )
    day.answers = [None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "with_retries", lambda task, _settings: task)
        daily.file(day.run, plan, cast("Any", day))
    assert (day.mapped, answers) == (3, [])


@pytest.mark.parametrize(
    ("dispatch", "options", "by_workers"),
    [
        ("inline", RunOptions(), False),
        ("deployment", RunOptions(), True),
        ("deployment", RunOptions(dry_run=True), False),
        ("deployment", RunOptions(sandbox=True), False),
    ],
)
def test_only_a_real_day_is_handed_to_workers(
    day: Slots, monkeypatch: pytest.MonkeyPatch, dispatch: str, options: RunOptions, by_workers: bool
) -> None:
    """A dry run has a ledger of its own, and the sandbox lives on one machine."""
    seen: list[str] = []
    for name in ("require_workers", "file_by_workers", "file"):
        monkeypatch.setattr(daily, name, lambda *_, name=name: seen.append(name))
    for name in ("scan", "rename_run"):
        monkeypatch.setattr(daily, name, lambda *_: None)
    day.run.settings.dispatch = dispatch
    daily.do_day(options, day.launch)
    assert seen == (["require_workers", "file_by_workers"] if by_workers else ["file"])


@pytest.mark.parametrize(
    ("slots", "folders", "most"), [(5, 1, 4), (8, 2, 3), (5, 5, 1), (5, 12, 1), (1, 1, 1), (2, 1, 1)]
)
def test_a_listing_of_few_folders_spends_the_quota_and_leaves_a_slot(
    slots: int, folders: int, most: int
) -> None:
    """With one slot the pages of a large folder would be paced by a small share of the quota."""
    levels = [[f"folder {number}" for number in range(folders)], []]
    given: list[dict[str, Any]] = []
    run: Any = SimpleNamespace(
        run_id="run",
        settings=SimpleNamespace(retries=0, retry_delay=0.0),
        slots=slots,
        scan_complete=True,
        ledger=SimpleNamespace(list_open_folders=lambda _: levels.pop(0)),
    )

    def map_task(_task: Any, parameters: dict[str, Any]) -> list[Any]:
        given.append(parameters)
        return []

    daily.scan(run, cast("Any", SimpleNamespace(map=map_task)))
    (parameters,) = given
    assert parameters["most_slots"].value == most
    assert most == 1 or most * len(parameters["folder_ids"]) < slots
