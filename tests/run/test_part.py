"""A part of a run in a worker's process: what it needs to begin, what it says, and when it ends."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailroom.config.api_settings import DriveSettings
from mailroom.config.settings import Settings, load_settings
from mailroom.crm.connection import TENANT_FACT
from mailroom.errors import ConfigError, RunStop
from mailroom.ledger import LeaseRequest, Ledger, make_holder, open_ledger
from mailroom.rate_limit import CallMeter
from mailroom.run import part as part_module
from mailroom.run.part import (
    Calls,
    Part,
    PartCounts,
    Stop,
    add_counts,
    find_version,
    list_shared_settings,
    open_part,
)
from mailroom.run.progress import Progress
from mailroom.time_spent import TimeSpent
from tests.waiting import until


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of the run and of its worker."""
    return load_settings(state_dir=tmp_path, drive={"access_token": "made-up"}, readers=1)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger of a run that files documents."""
    with open_ledger(settings) as opened:
        opened.request_lease(LeaseRequest("run", make_holder("run")))
        yield opened


def a_part(made_by: str = "", **settings: str) -> Part:
    """The first part of the run, whose machine has these settings of its own."""
    outcomes = {"matched": "m", "unmatched": "u", "review": "r"}
    return Part(
        part_id="run/1.1",
        run_id="run",
        made_by=made_by or find_version(),
        settings={**list_shared_settings(load_settings()), **settings},
        listed=datetime.now(UTC),
        inboxes=("inbox",),
        outcomes=outcomes,
        batches_at_once=1,
        file_ids=["a"],
    )


@pytest.mark.usefixtures("without_readers")
def test_a_part_works_as_its_run_does(settings: Settings, ledger: Ledger) -> None:
    """In the folders that the run found; its counts are in the ledger when it ends."""
    with open_part(a_part(), settings, threading.Event()) as run:
        assert run.get_folders().outcomes["review"] == "r"
        run.progress.count_outcome("matched")
        run.drive_meter.count_call()
    (state,) = ledger.list_parts("run")
    counts = PartCounts.model_validate(state.counts)
    assert (state.has_ended, counts.outcomes, counts.drive.calls) == (True, {"matched": 1}, 1)
    assert counts.stop is None


@pytest.mark.usefixtures("without_readers")
def test_a_worker_of_another_version_does_not_begin(settings: Settings, ledger: Ledger) -> None:
    """Before it opens the ledger, which a newer version would migrate in the middle of the day."""
    with pytest.raises(ConfigError, match=r"the daily run has version 0\.0\.1, ledger 0001"):
        open_part(a_part("0.0.1, ledger 0001"), settings, threading.Event()).__enter__()
    assert ledger.list_parts("run") == []


@pytest.mark.usefixtures("without_readers")
def test_a_worker_with_other_settings_does_not_begin(settings: Settings, ledger: Ledger) -> None:
    """With other slots it would spend more of the quota; with other letter types, file other letters."""
    for name, value in {"MAILROOM_DRIVE__SLOTS": "12", "MAILROOM_LETTER_TYPES": "['CP2000']"}.items():
        with pytest.raises(ConfigError, match=rf"has {name}=\w+; the daily run has {re.escape(value)}\."):
            open_part(a_part(**{name: value}), settings, threading.Event()).__enter__()
    # All at once: each would cost another start.
    both = a_part(MAILROOM_DRIVE__SLOTS="12", MAILROOM_LOGIQS__SLOTS="13")
    with pytest.raises(
        ConfigError, match=r"has 12\. It has MAILROOM_LOGIQS__SLOTS=\w+; the daily run has 13\."
    ):
        open_part(both, settings, threading.Event()).__enter__()
    assert ledger.list_parts("run") == []


@pytest.mark.usefixtures("without_readers")
def test_a_worker_of_another_tenant_files_nothing(settings: Settings, ledger: Ledger) -> None:
    """Its environment has the key of another firm; the ledger knows whose cases it has."""
    ledger.set_fact(TENANT_FACT, "ours")
    theirs = settings.logiqs.model_copy(update={"base_url": "https://theirs.irslogics.com"})
    other = settings.model_copy(update={"logiqs": theirs})
    with pytest.raises(ConfigError, match="the Logiqs tenant ours"):
        open_part(a_part(), other, threading.Event()).__enter__()
    assert read_stop(ledger).code == "ledger_of_another_tenant"


def read_stop(ledger: Ledger) -> Stop:
    """What the part told its run when it ended."""
    (state,) = ledger.list_parts("run")
    assert state.has_ended
    stop = PartCounts.model_validate(state.counts).stop
    assert stop is not None
    return stop


@pytest.mark.usefixtures("without_readers")
def test_a_part_that_cannot_open_what_it_needs_says_why(settings: Settings, ledger: Ledger) -> None:
    """It had registered, and would be taken for one that died."""
    without = settings.model_copy(update={"drive": DriveSettings()})
    with pytest.raises(ConfigError) as raised:
        open_part(a_part(), without, threading.Event()).__enter__()
    assert read_stop(ledger).code == raised.value.code


@pytest.mark.usefixtures("without_readers")
def test_a_part_that_has_ended_begins_nothing_more(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run ended, or gave its files to another one while it was silent."""
    monkeypatch.setattr(part_module, "RENEW_SECONDS", 0.01)
    with open_part(a_part(), settings, threading.Event()) as run:
        ledger.end_parts("run")
        until(lambda: run.limits.reason is not None, 10)
        with pytest.raises(RunStop, match="given them to another worker"):
            run.limits.check()


@pytest.mark.usefixtures("without_readers")
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RunStop("logiqs_down", what="Logiqs is down.", fix="Try later."), ("logiqs_down", False)),
        (ConfigError("drive_refused", what="The key is refused.", fix="Renew it."), ("drive_refused", True)),
        (RunStop("part_over", what="The run has ended.", fix="Nothing is lost."), None),
        (RunStop("stopped", what="The run was asked to stop.", fix="Start it again."), None),
    ],
)
def test_what_stopped_a_part_is_known_to_its_run(
    settings: Settings, ledger: Ledger, error: RunStop | ConfigError, said: tuple[str, bool] | None
) -> None:
    """It would stop every other part too; the end of the run, or of this part alone, would not."""
    with pytest.raises(type(error)), open_part(a_part(), settings, threading.Event()):
        raise error
    (state,) = ledger.list_parts("run")
    stop = PartCounts.model_validate(state.counts).stop
    assert (stop and (stop.code, stop.needs_person)) == said


def test_a_run_counts_what_its_parts_count() -> None:
    """Each time what is new since the last look."""
    run: Any = SimpleNamespace(
        progress=Progress(),
        drive_meter=CallMeter(),
        crm_connection=SimpleNamespace(meter=CallMeter()),
        readers=SimpleNamespace(busy=TimeSpent(), waited=TimeSpent()),
        ledger=SimpleNamespace(spent=TimeSpent()),
        reader_seconds=0.0,
    )
    run.drive_meter.begin_history()
    first = PartCounts(
        stages={"read": 2}, drive=Calls(calls=10, waited=1.0), readers=2, seconds=5.0, reading=4.0
    )
    then = PartCounts(
        stages={"read": 5},
        doubts={"ambiguous_name": 1},
        evidence={"ssn": 2},
        outcomes={"review": 1},
        drive=Calls(calls=25, retries=1, waited=1.5),
        logiqs=Calls(calls=3),
        readers=2,
        seconds=10.0,
        reading=9.0,
        waiting=0.5,
        ledger=0.25,
    )
    add_counts(run, PartCounts(), first)
    add_counts(run, first, then)
    done = run.progress.snapshot()
    assert (done.stages, done.outcomes) == ({"read": 5}, {"review": 1})
    assert (done.doubts, done.evidence) == ({"ambiguous_name": 1}, {"ssn": 2})
    meter = run.drive_meter
    assert (meter.calls, meter.retries, meter.waited, meter.peak_1s) == (25, 1, 1.5, 0)
    assert sum(meter.history.split(60.0, 3)) == 25
    assert run.crm_connection.meter.calls == 3
    assert (run.readers.busy.seconds, run.readers.waited.seconds) == (9.0, 0.5)
    assert (run.ledger.spent.seconds, run.reader_seconds) == (0.25, 20.0)
