"""How fast a run was, and what limited it: computed from meters, clocks and files."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mailroom.ledger import FileResult
from mailroom.rate_limit import CallMeter, QuotaPortion
from mailroom.run.context import RunContext
from mailroom.run.progress import Phase, Progress
from mailroom.run.speed import TENTHS, Speed, measure_quota, measure_speed, name_limit
from mailroom.run.stopwatch import PhaseClock
from mailroom.time_spent import TimeSpent


def meter_of(times: list[float], waited: float = 0.0) -> CallMeter:
    """A meter whose history begins at 0, with calls at these seconds."""
    moments: Iterator[float] = iter([0.0, *times])
    meter = CallMeter(lambda: next(moments))
    meter.begin_history()
    for _ in times:
        meter.count_call()
    meter.count_wait(waited)
    return meter


def spent(seconds: float) -> TimeSpent:
    """A total of so many seconds."""
    total = TimeSpent()
    total.add(seconds)
    return total


def a_run(phases: list[tuple[Phase, float, float]]) -> SimpleNamespace:
    """A run that was in these phases for so many seconds each, and used so much processor time."""
    now, used = [0.0], [0.0]
    progress = Progress(clock=PhaseClock(lambda: now[0], lambda: used[0]))
    for phase, seconds, processor in phases:
        progress.enter(phase)
        now[0] += seconds
        used[0] += processor
    progress.enter(Phase.REPORTING)
    return SimpleNamespace(
        progress=progress,
        settings=SimpleNamespace(drive=SimpleNamespace(calls_per_second=2.0)),
        drive_meter=meter_of([0.5, 12.5], waited=1.0),
        crm_connection=SimpleNamespace(calls_per_second=1.0, meter=meter_of([5.5], waited=2.0)),
        portion=QuotaPortion(1.0),
        readers=SimpleNamespace(workers=2, busy=spent(10.0), waited=spent(3.0)),
        ledger=SimpleNamespace(spent=spent(4.0)),
        reader_seconds=0.0,
    )


PHASES = [
    (Phase.CHECKING, 7.0, 6.0),
    (Phase.LISTING, 4.0, 1.0),
    (Phase.FILING, 15.0, 7.0),
    (Phase.WAITING, 1.0, 0.0),
]
FILES = [
    FileResult("f0", "matched", None, {"download": 6.0, "read": 8.0}),
    FileResult("f1", "review", "encrypted", {"download": 3.0, "read": 5.0, "move": 2.0}),
    FileResult("f2", "pending", None, {"download": 1.0}),
]


def test_a_run_is_measured_from_its_listing_to_its_report() -> None:
    """The checks before do not count; neither do files that are still pending, but their seconds do."""
    speed = measure_speed(cast("RunContext", a_run(PHASES)), FILES)
    assert (speed.period, speed.files_per_minute, speed.postponed) == (20.0, 6.0, 1.0)
    assert (speed.readers, speed.readers_busy, speed.own_processor) == (2, 0.25, 0.4)
    assert speed.stages == {"download": 10.0, "read": 13.0, "move": 2.0, "listing": 4.0}
    # 12 s of stages that ask an API, less the waits for both quotas and the ledger.
    waits = {"drive_quota": 1.0, "logiqs_quota": 2.0, "reader": 3.0, "ledger": 4.0, "answers": 5.0}
    assert speed.waits == waits
    assert (speed.drive.used, speed.logiqs.used) == (0.05, 0.05)


def test_a_run_that_did_nothing_has_no_limit() -> None:
    """Neither one that did not come to list, nor one without files."""
    assert measure_speed(cast("RunContext", a_run([(Phase.CHECKING, 2.0, 1.0)])), []) == Speed()
    idle = measure_speed(cast("RunContext", a_run(PHASES)), [])
    assert (idle.period, idle.files_per_minute, idle.limit) == (20.0, 0.0, "")


def test_the_use_of_a_quota_is_told_for_each_tenth() -> None:
    """Of what the run was allowed, while another run had a part of it."""
    busy = measure_quota(meter_of([number / 2 for number in range(10)]), 1.0, 0.5, 20.0)
    assert busy.tenths == [4.0, 4.0, 2.0, *[0.0] * 7]
    assert (busy.used, busy.portion) == (1.0, 0.5)
    unused = measure_quota(CallMeter(), 10.0, 1.0, 20.0)
    assert (unused.used, unused.tenths) == (0.0, [0.0] * TENTHS)


def a_speed(**values: Any) -> Speed:
    """A run of 100 s with two readers, in which nothing was used up."""
    waits = {"drive_quota": 1.0, "logiqs_quota": 2.0, "reader": 3.0, "ledger": 4.0, "answers": 5.0}
    return Speed.model_validate({"period": 100.0, "readers": 2, "waits": waits, **values})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"logiqs": {"used": 0.97}, "drive": {"used": 0.9}}, "Logiqs quota, 97 % used"),
        ({"drive": {"used": 0.8}}, "Drive quota, 80 % used"),
        ({"readers_busy": 0.93}, "the processor: readers were busy 93 % of the time"),
        ({"own_processor": 0.95}, "the processor: the run's own process used 95 % of a core"),
        ({"postponed": 85.0}, "the wait until postponed files could be checked, 85 % of the time"),
        ({}, "the wait for answers of Drive and Logiqs, 33 % of the files' time"),
        ({"readers_busy": 0.05}, "reading, 40 % of the files' time"),
        ({"waits": {"ledger": 3.0, "reader": 1.0}}, "the wait for the ledger, 75 % of the files' time"),
        (
            {"waits": {"logiqs_quota": 1.0}, "logiqs": {"used": 0.4}},
            "the wait for the next call that the Logiqs quota allows, 100 % of the files' time",
        ),
    ],
)
def test_the_limit_is_what_was_used_up_or_waited_for(values: dict[str, Any], said: str) -> None:
    """The most used of the quotas and processors; under 80 %, what took most of the files' time."""
    assert name_limit(a_speed(**values)) == said
