"""A part of a run: some of its files, filed by another process, perhaps on another machine.

The run that hands parts out reads what they have counted from the ledger, so that its report and its progress
are those of the whole day. Nothing here knows of Prefect.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path

from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from mailroom.config.settings import Settings
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import ConfigError, MailroomError, RunStop
from mailroom.ledger import Ledger, make_holder
from mailroom.ledger.opening import list_schemas
from mailroom.rate_limit import CallMeter, QuotaPortion
from mailroom.run.context import RunContext
from mailroom.run.lease import RENEW_SECONDS
from mailroom.run.limits import STOPPED_CODE, RunLimits
from mailroom.run.options import RunOptions
from mailroom.run.side_thread import run_beside

PART_OVER = "part_over"
ROOT = Path(__file__).parents[2]
# They decide how a file is filed, or how many calls per second are sent: the same on all machines.
SHARED_SETTINGS = (
    "drive.slots", "drive.calls_per_second", "logiqs.slots", "logiqs.calls_per_second", "logiqs.timeout_seconds",
    "letter_types", "read_images", "reading_confidence", "task_user_ids", "task_to_officer",
)  # fmt: skip


@cache
def find_version() -> str:
    """Return the version of program, ledger and code: all processes of a day must have the same."""
    code = sha256()
    for path in sorted(one for name in ("mailroom", "tasks", "flows") for one in (ROOT / name).rglob("*.py")):
        code.update(path.read_bytes())
    return f"{version('mailroom')}, ledger {list_schemas()[0]}, code {code.hexdigest()[:8]}"


def list_shared_settings(settings: Settings) -> dict[str, str]:
    """Return the settings that all machines of a day must have, by the names of their variables."""
    return {
        f"MAILROOM_{name.replace('.', '__').upper()}": str(attrgetter(name)(settings))
        for name in SHARED_SETTINGS
    }


class Part(BaseModel):
    """What a part is given: ids alone.

    Attributes:
        part_id: as `mailroom.ledger.parts.make_part_id` makes it.
        run_id: the run that hands it out.
        made_by: the version of the program that hands it out.
        settings: of the run, as `list_shared_settings` returns them.
        listed: when the run had listed its inbox.
        inboxes: the ids of the inbox folders in Drive.
        outcomes: the ids of the outcome folders in Drive.
        batches_at_once: how many batches it files side by side; each takes a slot of both APIs.
        file_ids: the ids of its files in Drive.
    """

    part_id: str
    run_id: str
    made_by: str
    settings: dict[str, str]
    listed: datetime
    inboxes: tuple[str, ...]
    outcomes: dict[str, str]
    batches_at_once: int
    file_ids: list[str]


class Calls(BaseModel):
    """Calls to one API, retries, and seconds that threads waited until they were allowed to send one."""

    calls: int = 0
    retries: int = 0
    waited: float = 0.0


class Stop(BaseModel):
    """What ended a part before its files were done, and would end every other part too."""

    code: str
    what: str
    fix: str
    needs_person: bool


class PartCounts(BaseModel):
    """What a part has counted so far; no client data.

    ``seconds`` is for how long it has worked, with so many ``readers``; ``reading`` the time of all reading
    processes with a file, ``waiting`` that of threads until they had one, ``ledger`` that in the ledger.
    """

    stages: dict[str, int] = Field(default_factory=dict)
    outcomes: dict[str, int] = Field(default_factory=dict)
    doubts: dict[str, int] = Field(default_factory=dict)
    evidence: dict[str, int] = Field(default_factory=dict)
    drive: Calls = Calls()
    logiqs: Calls = Calls()
    readers: int = 0
    seconds: float = 0.0
    reading: float = 0.0
    waiting: float = 0.0
    ledger: float = 0.0
    stop: Stop | None = None


@contextmanager
def open_part(part: Part, settings: Settings, stop: threading.Event) -> Iterator[RunContext]:
    """Open what the part's batches work with, and renew the part until the block ends.

    Args:
        part: the part.
        settings: those of this machine.
        stop: is set when the part is asked to stop.

    Raises:
        ConfigError: something cannot be opened; or version, settings or Logiqs tenant differ from the run's.
        RunStop: the run has ended, or has given the files to another process.
    """
    if (mine := find_version()) != part.made_by:
        raise ConfigError(
            "other_version",
            what=f"This worker runs version {mine}; the daily run has version {part.made_by}.",
            fix="Install the same version on all machines, restart their workers, and start the run again.",
        )
    if differences := [
        f"{name}={mine}; the daily run has {part.settings[name]}."
        for name, mine in list_shared_settings(settings).items()
        if mine != part.settings[name]
    ]:
        raise ConfigError(
            "other_settings",
            what="This worker has " + " It has ".join(differences),
            fix="Set the same values on all machines, and restart their workers.",
        )
    run = RunContext.open(
        part.part_id, settings, RunOptions(), stop=stop, register=partial(_registering, part)
    )
    with run:
        run.folders, run.listed = Folders(part.inboxes, part.outcomes), part.listed
        try:
            run.crm_connection.check_tenant(run.ledger)
            with run_beside(partial(_renew, run), "part"):
                yield run
        except (RunStop, ConfigError) as error:
            _record_end(run.ledger, run.run_id, count(run, _make_stop(error)))
            raise
        _record_end(run.ledger, run.run_id, count(run))


@contextmanager
def _registering(part: Part, ledger: Ledger, _limits: RunLimits, _tell: object) -> Iterator[QuotaPortion]:
    """Register the part; end it if what it needs cannot be opened. If it dies, its silence tells."""
    portion = ledger.begin_part(part.part_id, part.run_id, make_holder(part.part_id))
    try:
        yield QuotaPortion(portion)
    except (RunStop, ConfigError) as error:
        _record_end(ledger, part.part_id, PartCounts(stop=_make_stop(error)))
        raise


def _renew(run: RunContext, ended: threading.Event) -> None:
    while not ended.wait(RENEW_SECONDS):
        # A ledger that is unreachable now is asked again.
        with suppress(MailroomError, SQLAlchemyError):
            portion = run.ledger.renew_part(run.run_id, count(run).model_dump())
            if portion is None:
                run.limits.end(_make_over())
                return
            run.portion.renew(portion)


def _make_stop(error: RunStop | ConfigError) -> Stop | None:
    # Somebody stopped this part alone, or its server was away: that is no reason for the others.
    if error.code in (PART_OVER, STOPPED_CODE):
        return None
    needs_person = isinstance(error, ConfigError)
    return Stop(code=error.code, what=error.what, fix=error.fix, needs_person=needs_person)


def _record_end(ledger: Ledger, part_id: str, counts: PartCounts) -> None:
    with suppress(MailroomError, SQLAlchemyError):
        ledger.end_part(part_id, counts.model_dump())


def _make_over() -> RunStop:
    return RunStop(
        PART_OVER,
        what="The run that handed out these files has ended, or has given them to another worker.",
        fix="Nothing is lost.",
    )


def count(run: RunContext, stop: Stop | None = None) -> PartCounts:
    """Return what this process has counted."""
    done = run.progress.snapshot()
    return PartCounts(
        stages=done.stages,
        outcomes=done.outcomes,
        doubts=done.doubts,
        evidence=done.evidence,
        drive=_count_calls(run.drive_meter),
        logiqs=_count_calls(run.crm_connection.meter),
        readers=run.readers.workers,
        seconds=run.limits.seconds,
        reading=run.readers.busy.seconds,
        waiting=run.readers.waited.seconds,
        ledger=run.ledger.spent.seconds,
        stop=stop,
    )


def _count_calls(meter: CallMeter) -> Calls:
    return Calls(calls=meter.calls, retries=meter.retries, waited=meter.waited)


def add_counts(run: RunContext, before: PartCounts, now: PartCounts) -> None:
    """Add to the run what one of its parts has counted since ``before``."""
    run.progress.count_elsewhere(
        stages=_subtract(now.stages, before.stages),
        outcomes=_subtract(now.outcomes, before.outcomes),
        doubts=_subtract(now.doubts, before.doubts),
        evidence=_subtract(now.evidence, before.evidence),
    )
    for meter, calls, known in (
        (run.drive_meter, now.drive, before.drive),
        (run.crm_connection.meter, now.logiqs, before.logiqs),
    ):
        meter.count_elsewhere(
            calls.calls - known.calls, calls.retries - known.retries, calls.waited - known.waited
        )
    run.readers.busy.add(now.reading - before.reading)
    run.readers.waited.add(now.waiting - before.waiting)
    run.ledger.spent.add(now.ledger - before.ledger)
    run.reader_seconds += now.readers * (now.seconds - before.seconds)


def _subtract(now: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    return {name: number - before.get(name, 0) for name, number in now.items()}
