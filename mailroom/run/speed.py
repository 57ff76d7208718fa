"""How fast a run was, where its time went, and what kept it from being faster.

Shares are numbers from 0 to 1, times are seconds. The period is that of the listing, the filing and the waits
between: starting and reporting do not count. Measures nothing itself: meters, clocks and files have it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pydantic import BaseModel

from mailroom.ledger import FileResult
from mailroom.rate_limit import CallMeter
from mailroom.run.context import RunContext
from mailroom.run.progress import Phase

# What is used for at least this share of the period is what limits a run.
LIMIT_FROM = 0.8
TENTHS = 10
PERIOD = (Phase.LISTING, Phase.FILING, Phase.UNTAKEN, Phase.WAITING)
# What files wait for: its name in the report, and in words.
WAITS = {
    "drive_quota": "the next call that the Drive quota allows",
    "logiqs_quota": "the next call that the Logiqs quota allows",
    "reader": "a reader",
    "ledger": "the ledger",
    "answers": "answers of Drive and Logiqs",
}
# The stages in which a file waits for an API's answer.
ASKING = ("download", "match", "deliver", "move")


class QuotaUse(BaseModel):
    """What a run used of an API's quota.

    ``portion`` is what the run was allowed to use of ``calls_per_second``, less than 1 while other runs were
    active; ``used`` the share of that which it used, and ``tenths`` the same for each tenth of the period.
    """

    calls_per_second: float = 0.0
    portion: float = 1.0
    used: float = 0.0
    tenths: list[float] = []


class Speed(BaseModel):
    """The speed of a run and its limit.

    ``readers`` is the number of reading processes, with workers the mean of the period; ``readers_busy`` the
    share of the time for which the mean reading process had a file;
    ``own_processor`` that for which the run's own process used a core. ``stages`` has the seconds of all
    files in each stage, and those of the listing; ``waits`` those that threads waited, by the names of
    `WAITS`, which are a part of the stages. ``postponed`` is the time for which the run only waited for
    postponed files. ``limit`` says in words what kept the run from being faster; "" where it did no file.
    """

    period: float = 0.0
    files_per_minute: float = 0.0
    drive: QuotaUse = QuotaUse()
    logiqs: QuotaUse = QuotaUse()
    readers: int = 0
    readers_busy: float = 0.0
    own_processor: float = 0.0
    stages: dict[str, float] = {}
    waits: dict[str, float] = {}
    postponed: float = 0.0
    limit: str = ""


def measure_speed(run: RunContext, files: Sequence[FileResult]) -> Speed:
    """Put together what was measured of a run and its files; the phase of the report has begun."""
    clock = run.progress.clock
    period = sum(clock.seconds[phase] for phase in PERIOD)
    if not period:
        return Speed()
    crm, readers = run.crm_connection, run.readers
    stages: defaultdict[str, float] = defaultdict(float)
    for file in files:
        for name, seconds in file.stage_seconds.items():
            stages[name] += seconds
    done = sum(file.outcome != "pending" for file in files)
    waits = {
        "drive_quota": run.drive_meter.waited,
        "logiqs_quota": crm.meter.waited,
        "reader": readers.waited.seconds,
        "ledger": run.ledger.spent.seconds,
    }
    asking = sum(stages.get(name, 0.0) for name in ASKING)
    waits["answers"] = max(0.0, asking - waits["drive_quota"] - waits["logiqs_quota"] - waits["ledger"])
    stages["listing"] = clock.seconds[Phase.LISTING]
    available = run.reader_seconds or readers.workers * period
    speed = Speed(
        period=round(period, 3),
        files_per_minute=round(60 * done / period, 1),
        drive=measure_quota(run.drive_meter, run.settings.drive.calls_per_second, run.portion.mean, period),
        logiqs=measure_quota(crm.meter, crm.calls_per_second, run.portion.mean, period),
        readers=max(1, round(available / period)),
        readers_busy=round(readers.busy.seconds / available, 3),
        own_processor=round(sum(clock.processor_seconds[phase] for phase in PERIOD) / period, 3),
        stages={name: round(seconds, 3) for name, seconds in stages.items()},
        waits={name: round(seconds, 3) for name, seconds in waits.items()},
        postponed=round(clock.seconds[Phase.WAITING], 3),
    )
    return speed.model_copy(update={"limit": name_limit(speed)}) if done else speed


def measure_quota(meter: CallMeter, calls_per_second: float, portion: float, seconds: float) -> QuotaUse:
    """What was used of an API's quota in the first ``seconds`` of the meter's history."""
    calls = meter.history.split(seconds, TENTHS) if meter.history is not None else [0.0] * TENTHS
    allowed = calls_per_second * portion * seconds
    return QuotaUse(
        calls_per_second=calls_per_second,
        portion=round(portion, 3),
        used=round(sum(calls) / allowed, 3),
        tenths=[round(TENTHS * part / allowed, 3) for part in calls],
    )


def name_limit(speed: Speed) -> str:
    """What was used up; where nothing was, what took most of the files' time."""
    waiting = speed.postponed / speed.period
    used = [
        (speed.drive.used, "Drive quota, {} used"),
        (speed.logiqs.used, "Logiqs quota, {} used"),
        (speed.readers_busy, "the processor: readers were busy {} of the time"),
        (speed.own_processor, "the processor: the run's own process used {} of a core"),
        (waiting, "the wait until postponed files could be checked, {} of the time"),
    ]
    share, words = max(used)
    if share < LIMIT_FROM:
        taken = {name: (seconds, f"the wait for {WAITS[name]}") for name, seconds in speed.waits.items()}
        reading = speed.readers_busy * speed.readers * speed.period
        longest, words = max([*taken.values(), (reading, "reading")])
        share = longest / (sum(speed.waits.values()) + reading or 1.0)
        words += ", {} of the files' time"
    return words.format(word_percent(share))


def word_percent(share: float) -> str:
    """A share of 1 as ``97 %``."""
    return f"{100 * share:.0f} %"
