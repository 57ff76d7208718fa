"""Files that people took out of REVIEW and UNMATCHED wait for nobody."""

import threading
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.drive import DriveClient
from mailroom.errors import FileFault, Transient
from mailroom.ledger import Ledger
from mailroom.run.context import RunContext
from mailroom.run.limits import RunLimits
from mailroom.run.moved_items import close_moved_items
from mailroom.run.options import RunOptions
from mailroom.run.progress import Progress
from tests.ledger.conftest import Clock, clock, ledger, listed, settings
from tests.ledger.test_notices import decide, list_waiting

__all__ = ["clock", "ledger", "settings"]

FOLDERS = {"review": "out-r", "unmatched": "out-u", "matched": "out-m"}


@dataclass
class Drive:
    """Folders that hold these files, whenever they were created."""

    present: dict[str, set[str]] = field(default_factory=lambda: {"out-r": set(), "out-u": set()})
    fault: Exception | None = None
    asked: list[set[str]] = field(default_factory=list)

    def list_present(self, folder_ids: set[str], oldest: datetime, newest: datetime) -> set[str]:
        """What the folders hold."""
        assert oldest <= newest
        self.asked.append(folder_ids)
        if self.fault is not None:
            raise self.fault
        return {one for folder in folder_ids for one in self.present[folder]}


def close(ledger: Ledger, drive: Drive) -> None:
    """Compare the folders with the ledger, as a run's preflight does."""
    close_moved_items(ledger, cast("DriveClient", drive), FOLDERS)


def test_a_file_that_left_its_folder_waits_no_longer(ledger: Ledger, clock: Clock) -> None:
    """One that lies there does, and so does one that came there a short while ago."""
    listed(ledger, 4)
    decide(ledger, 0, None)
    decide(ledger, 1, None)
    decide(ledger, 2, None, "unmatched")
    clock.now += timedelta(hours=3)
    decide(ledger, 3, None)
    drive = Drive({"out-r": {"f00001"}, "out-u": {"f00002"}})
    close(ledger, drive)
    assert list_waiting(ledger) == ["f00001", "f00002", "f00003"]
    assert drive.asked == [{"out-r"}, {"out-u"}]


def test_drive_is_asked_only_where_files_wait(ledger: Ledger, clock: Clock) -> None:
    """A new ledger costs no call, and neither does one whose files were all filed."""
    drive = Drive()
    close(ledger, drive)
    listed(ledger, 2)
    decide(ledger, 0, None, "matched")
    decide(ledger, 1, None, "unmatched")
    clock.now += timedelta(hours=2)
    close(ledger, drive)
    assert drive.asked == [{"out-u"}]
    close(ledger, drive)
    assert drive.asked == [{"out-u"}]


@pytest.mark.parametrize("fault", [Transient("drive_503"), FileFault("folder_vanished", folder="out-r")])
def test_a_folder_that_cannot_be_listed_closes_nothing(
    ledger: Ledger, clock: Clock, fault: Exception
) -> None:
    """The run goes on, and the next one looks again."""
    listed(ledger, 1)
    decide(ledger, 0, None)
    clock.now += timedelta(hours=2)
    close(ledger, Drive(fault=fault))
    assert list_waiting(ledger) == ["f00000"]


def test_files_in_the_folder_that_was_set_before_go_on_waiting(ledger: Ledger, clock: Clock) -> None:
    """Another folder is set for REVIEW: the earlier one is asked too, until nothing waits there."""
    listed(ledger, 2)
    decide(ledger, 0, None)
    decide(ledger, 1, None)
    clock.now += timedelta(hours=2)
    drive = Drive({"out-r": {"f00000", "f00001"}, "new-r": set()})
    close(ledger, drive)
    changed = {**FOLDERS, "review": "new-r"}
    drive.present = {"out-r": {"f00000"}, "new-r": set()}
    close_moved_items(ledger, cast("DriveClient", drive), changed)
    assert list_waiting(ledger) == ["f00000"]
    drive.present = {"out-r": set(), "new-r": {"f00000"}}
    close_moved_items(ledger, cast("DriveClient", drive), changed)
    assert list_waiting(ledger) == ["f00000"]
    drive.asked.clear()
    close_moved_items(ledger, cast("DriveClient", drive), changed)
    assert drive.asked == [{"new-r"}]


def test_an_earlier_folder_that_is_gone_holds_nothing(
    ledger: Ledger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once."""
    listed(ledger, 1)
    decide(ledger, 0, None)
    clock.now += timedelta(hours=2)
    ledger.set_fact("waiting_in_review", "gone")

    class Gone(Drive):
        """Drive does not know the earlier folder any more."""

        def list_present(self, folder_ids: set[str], oldest: datetime, newest: datetime) -> set[str]:
            """What the folders hold."""
            if "gone" in folder_ids:
                raise FileFault("folder_vanished", folder="gone")
            return super().list_present(folder_ids, oldest, newest)

    for _ in range(2):
        close(ledger, Gone({"out-r": {"f00000"}}))
    assert list_waiting(ledger) == ["f00000"]
    assert caplog.text.count("earlier folder of review files is gone") == 1


@pytest.mark.parametrize(
    ("options", "changes", "closed"),
    [
        (RunOptions(), {}, ["run"]),
        (RunOptions(limit=1), {}, ["run"]),
        (RunOptions(since=date(2026, 11, 24)), {}, []),
        (RunOptions(), {"scan_complete": False}, []),
        (RunOptions(), {"refused_folders": {"one"}}, []),
        (RunOptions(), {"held_files": {"one"}}, []),
    ],
)
def test_a_failed_file_has_left_the_inbox_only_if_all_of_it_was_listed(
    ledger: Ledger, options: RunOptions, changes: dict[str, object], closed: list[str]
) -> None:
    """Otherwise it may be where this run did not look."""
    asked: list[str] = []
    run = SimpleNamespace(
        run_id="run",
        options=options,
        ledger=ledger,
        settings=load_settings(),
        progress=Progress(),
        limits=RunLimits(1.0, threading.Event()),
        slots=1,
        scan_complete=True,
        refused_folders=set(),
        held_files=set(),
        _check_crm_again=lambda: None,
    )
    vars(run).update(changes)
    vars(ledger).update(close_left_inbox=asked.append)
    RunContext.pick_up_files(cast("RunContext", run))
    assert asked == closed
