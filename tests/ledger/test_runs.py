"""Which of several runs on one ledger may work, and what each may spend of the quotas."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Select, create_mock_engine, event
from sqlalchemy.orm import ORMExecuteState

from mailroom.config.settings import Settings
from mailroom.ledger import EndedRun, LeaseRequest, Ledger, RunRole, make_holder, open_ledger
from tests.ledger.conftest import Clock

IN_BOTH_DATABASES = True


@pytest.fixture
def other(settings: Settings, ledger: Ledger, clock: Clock) -> Iterator[Ledger]:
    """Another process's handle on the same file."""
    assert ledger.get_fact("key_check")
    with open_ledger(settings) as opened:
        opened._clock = clock
        yield opened


def a_run(name: str, *, dry_run: bool = False, may_wait: bool = True, place: str = "") -> LeaseRequest:
    """A run of this machine, or of another one."""
    holder = f"{place}-0f0f0f0f:5:7:{name}" if place else make_holder(name)
    return LeaseRequest(name, holder, f"daily {name}", dry_run, may_wait)


def killed(request: LeaseRequest) -> LeaseRequest:
    """The same run, of a process of this machine that has ended."""
    host, pid, ticks, run = request.holder.split(":")
    return LeaseRequest(request.run_id, f"{host}:{pid}:{int(ticks) + 1}:{run}", request.name)


def test_requests_for_a_lease_are_decided_one_after_the_other(ledger: Ledger) -> None:
    """SQLite's transactions do not overlap; on a database server each request locks the same row first."""
    statements: list[str] = []

    @event.listens_for(ledger._sessions, "do_orm_execute")
    def note(asked: ORMExecuteState) -> None:
        if isinstance(asked.statement, Select):
            statements.append(
                str(
                    asked.statement.compile(
                        dialect=create_mock_engine("postgresql://", lambda *_: None).dialect
                    )
                )
            )

    ledger.request_lease(a_run("A"))
    assert "FROM facts" in statements[0]
    assert statements[0].endswith("FOR UPDATE")


def test_a_refusal_is_known_before_a_run_registers(ledger: Ledger, other: Ledger) -> None:
    """What `request_lease` would refuse, and nothing else; the question leaves no trace."""
    stranger = a_run("", may_wait=False)
    assert other.find_refusal(stranger) is None
    ledger.request_lease(a_run("A"))
    refused = other.find_refusal(stranger)
    assert refused is not None
    assert (refused.role, refused.other[:9]) == (None, "daily A, ")
    assert other.find_refusal(a_run("")) is None
    assert other.find_refusal(a_run("", dry_run=True, may_wait=False)) is None
    ledger.request_lease(a_run("B"))
    assert other.find_refusal(a_run("")) == refused
    ledger.end_run("B")
    ledger.request_lease(killed(a_run("A")))
    assert other.find_refusal(stranger) is None


def test_a_second_run_waits_and_a_third_may_not(ledger: Ledger, other: Ledger) -> None:
    """Each hears of the run that works; when that has ended the second one works."""
    assert ledger.request_lease(a_run("A")).role is RunRole.FILING
    second = other.request_lease(a_run("B"))
    assert (second.role, second.portion) == (RunRole.WAITING, 0.0)
    assert second.other.startswith("daily A, since 2026-11-24 06:00 UTC, process ")
    third = ledger.request_lease(a_run("C"))
    assert (third.role, third.other) == (None, second.other)
    assert ledger.request_lease(a_run("A")).role is RunRole.FILING
    ledger.end_run("A")
    assert ledger.request_lease(a_run("C", may_wait=False)).role is None
    second = other.request_lease(a_run("B"))
    assert (second.role, second.portion, second.other) == (RunRole.FILING, 1.0, "")


def test_a_run_that_comes_between_two_others_does_not_pass_the_one_that_waits(
    ledger: Ledger, other: Ledger
) -> None:
    """The first has ended, and the second has not noticed yet."""
    ledger.request_lease(a_run("A"))
    other.request_lease(a_run("B"))
    ledger.end_run("A")
    between = ledger.request_lease(a_run("C"))
    assert between.role is RunRole.WAITING
    assert between.other.startswith("daily B")
    assert other.request_lease(a_run("B")).role is RunRole.FILING
    assert ledger.request_lease(a_run("C")).role is RunRole.WAITING


def test_a_run_that_may_not_wait_leaves_nothing_behind(ledger: Ledger, other: Ledger) -> None:
    """It is not registered, so that another one may wait."""
    ledger.request_lease(a_run("A"))
    refused = other.request_lease(a_run("B", may_wait=False))
    assert refused.role is None
    assert refused.other.startswith("daily A")
    assert other.request_lease(a_run("C")).role is RunRole.WAITING


def test_the_lease_belongs_to_the_run_whichever_process_asks(ledger: Ledger, other: Ledger) -> None:
    """A run that is started again under its id, or works in several processes, waits for nobody."""
    ledger.request_lease(killed(a_run("A")))
    assert other.request_lease(a_run("A")).role is RunRole.FILING
    assert other.request_lease(a_run("B")).role is RunRole.WAITING
    assert ledger.request_lease(a_run("A", place="worker")).role is RunRole.FILING


def test_the_lease_of_a_killed_run_ends(ledger: Ledger, other: Ledger, clock: Clock) -> None:
    """On this machine at once; on another one when it was silent for two minutes."""
    ledger.request_lease(killed(a_run("A")))
    elsewhere = a_run("B", place="elsewhere")
    assert ledger.request_lease(elsewhere).role is RunRole.FILING
    clock.now += timedelta(seconds=60)
    ledger.request_lease(elsewhere)
    clock.now += timedelta(seconds=119)
    waiting = other.request_lease(a_run("C"))
    assert waiting.other == "daily B, since 2026-11-24 06:00 UTC, process 5 on elsewhere"
    clock.now += timedelta(seconds=1)
    assert other.request_lease(a_run("C")).role is RunRole.FILING
    # It was not dead: it notices that it has lost its lease.
    assert ledger.request_lease(elsewhere).role is RunRole.WAITING
    other.end_run("C")
    assert ledger.request_lease(elsewhere).role is RunRole.FILING


def test_a_run_that_waits_and_is_killed_blocks_nobody(ledger: Ledger, other: Ledger) -> None:
    """A third run takes its place."""
    ledger.request_lease(a_run("A"))
    ledger.request_lease(killed(a_run("B")))
    assert other.request_lease(a_run("C")).role is RunRole.WAITING


def test_a_dry_run_beside_another_run_gets_a_quarter_of_the_quotas(ledger: Ledger, other: Ledger) -> None:
    """Only when the other one has lowered its own portion; all portions never add up to more than 1."""
    assert ledger.request_lease(a_run("A")).portion == 1.0
    dry = other.request_lease(a_run("D", dry_run=True))
    assert (dry.role, dry.portion) == (RunRole.DRY, 0.0)
    assert dry.other.startswith("daily A")
    assert ledger.request_lease(a_run("A")).portion == 0.75
    assert other.request_lease(a_run("D", dry_run=True)).portion == 0.25
    assert other.request_lease(a_run("B")).role is RunRole.WAITING
    assert ledger.request_lease(a_run("A")).portion == 0.75
    ledger.end_run("A")
    assert other.request_lease(a_run("D", dry_run=True)).portion == 1.0
    # A run that begins beside a dry run waits for its portion, not for the end of the dry run.
    begins = ledger.request_lease(a_run("B"))
    assert (begins.role, begins.portion) == (RunRole.FILING, 0.0)
    assert other.request_lease(a_run("D", dry_run=True)).portion == 0.25
    assert ledger.request_lease(a_run("B")).portion == 0.75


def test_dry_runs_share_with_each_other(ledger: Ledger, other: Ledger) -> None:
    """However they come and go, nobody starves and the total stays."""
    portions = {"A": 0.0, "D": 0.0, "E": 0.0}
    for name in ["D", "A", "E", "A", "D", "E", "A", "D", "E", "D", "A", "E"] * 2:
        handle = ledger if name == "A" else other
        portions[name] = handle.request_lease(a_run(name, dry_run=name != "A")).portion
        assert sum(portions.values()) <= 1.0 + 1e-6
    assert portions == {"A": 0.6, "D": 0.2, "E": 0.2}


def test_a_suspended_dry_run_keeps_its_portion_for_two_minutes(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """Somebody pressed Ctrl-Z: it sends nothing, and the run of the night must not wait for it."""
    other.request_lease(a_run("D", dry_run=True))
    assert ledger.request_lease(a_run("A")).portion == 0.0
    clock.now += timedelta(seconds=120)
    assert ledger.request_lease(a_run("A")).portion == 1.0
    # Awake again, it spends no more than by its weight while the other one does not know of it.
    assert other.request_lease(a_run("D", dry_run=True)).portion == 0.25
    assert ledger.request_lease(a_run("A")).portion == 0.75


def test_a_run_that_ended_without_a_summary_is_remembered_until_the_next_one_makes_it(
    ledger: Ledger, other: Ledger
) -> None:
    """It blocks nothing, and is handed out once; a run that ended in order, or only waited, is not."""
    ledger.request_lease(killed(a_run("A")))
    assert other.request_lease(a_run("C", dry_run=True)).portion == 1.0
    other.end_run("C")
    assert ledger.request_lease(a_run("D", may_wait=False)).role is RunRole.FILING
    other.request_lease(killed(a_run("B")))
    assert other.request_lease(a_run("E")).role is RunRole.WAITING
    assert [run.run_id for run in ledger.pop_ended_runs()] == ["A"]
    assert ledger.pop_ended_runs() == []
    ledger.end_run("D")
    assert ledger.pop_ended_runs() == []


def test_a_run_that_could_not_show_its_summary_leaves_it_to_the_next_one(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """It has the times of its lease; and the run itself may begin again."""
    ledger.request_lease(a_run("A"))
    begun = clock()
    clock.now += timedelta(seconds=90)
    ledger.request_lease(a_run("A"))
    ledger.leave_summary()
    ledger.end_run("A")
    assert other.find_refusal(a_run("B", may_wait=False)) is None
    assert other.request_lease(a_run("B", may_wait=False)).role is RunRole.FILING
    assert other.pop_ended_runs() == [EndedRun("A", begun, clock())]
    other.end_run("B")
    ledger.end_run("A")
    assert other.request_lease(a_run("A", may_wait=False)).role is RunRole.FILING
    ledger.end_run("A")
    assert other.request_lease(a_run("A", may_wait=False)).role is RunRole.FILING
    assert other.pop_ended_runs() == []
