"""A state directory that is restored as a whole is noticed by what Drive knows of the ledger."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.drive import DriveClient
from mailroom.errors import ConfigError, FileFault, MailroomError, Transient
from mailroom.ledger import Ledger, LedgerState, open_ledger
from mailroom.run import drive_record
from mailroom.run.drive_record import DriveRecord
from tests.waiting import until


@dataclass
class Folder:
    """The properties of one folder in Drive; ``fault`` is raised when one is to be set."""

    properties: dict[str, str] = field(default_factory=dict)
    fault: MailroomError | None = None
    asked: int = 0

    def set_property(self, _folder_id: str, name: str, value: str) -> None:
        """Set it, or fail."""
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        assert len(name + value) <= 124
        self.properties[name] = value


def begin(ledger: Ledger, folder: Folder, known: Mapping[str, str] | None = None) -> None:
    """What a run does at its start."""
    properties = folder.properties if known is None else known
    drive_record.compare(ledger, cast("DriveClient", folder), "m", properties)


def file_document(ledger: Ledger, number: int) -> None:
    """Announce a document, as right before its upload."""
    marker = ledger.make_marker(f"sha{number}", 777)
    ledger.begin_delivery(marker, f"f{number}", "me", 777, f"sha{number}", 60)
    assert ledger.intend(marker, "document", f"f{number}", "me", 60)


def read_intents(folder: Folder) -> int:
    """How many writes Drive knows of."""
    (value,) = folder.properties.values() or ["0.0"]
    return int(value.partition(".")[2])


@contextmanager
def keeping_up(ledger: Ledger, folder: Folder) -> Iterator[threading.Thread]:
    """What a run does beside its batches, much more often."""
    ended, told = threading.Event(), ledger.get_state()
    drive = cast("DriveClient", folder)
    thread = threading.Thread(target=drive_record.keep_up, args=[ledger, drive, "m", told, ended, 0.01])
    thread.start()
    try:
        yield thread
    finally:
        ended.set()
        thread.join()


def run(state: Path, folder: Folder, *, documents: int = 0, killed: bool = False) -> bool:
    """A run on the ledger in ``state``; returns whether it checks each case before it sends anything."""
    with open_ledger(load_settings(state_dir=state)) as ledger:
        begin(ledger, folder)
        has_gap = ledger.has_gap()
        for number in range(documents):
            file_document(ledger, ledger.get_state().intents + number)
        if not killed:
            drive_record.update(ledger, cast("DriveClient", folder), "m")
        return has_gap


@pytest.mark.parametrize("killed", [False, True])
def test_days_one_after_another_have_no_gap(tmp_path: Path, killed: bool) -> None:
    """Also after a run that was killed before its end."""
    folder = Folder()
    for _ in range(3):
        assert not run(tmp_path / "state", folder, documents=2, killed=killed)
    assert len(folder.properties) == 1


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("documents", [0, 2])
def test_a_snapshot_of_the_whole_state_is_noticed(tmp_path: Path, killed: bool, documents: int) -> None:
    """Ledger, key and record are all of yesterday, but Drive knows of today's run; later runs know it too."""
    folder, state = Folder(), tmp_path / "state"
    run(state, folder, documents=1)
    shutil.copytree(state, tmp_path / "snapshot")
    run(state, folder, documents=documents, killed=killed)
    assert run(tmp_path / "snapshot", folder)
    assert run(tmp_path / "snapshot", folder)


def test_a_snapshot_from_the_middle_of_a_run_is_noticed(tmp_path: Path) -> None:
    """The run went on after it; its end told Drive how far it came."""
    folder, state = Folder(), tmp_path / "state"
    with open_ledger(load_settings(state_dir=state)) as ledger:
        begin(ledger, folder)
        file_document(ledger, 1)
    shutil.copytree(state, tmp_path / "snapshot")
    with open_ledger(load_settings(state_dir=state)) as ledger:
        file_document(ledger, 2)
        drive_record.update(ledger, cast("DriveClient", folder), "m")
    assert run(tmp_path / "snapshot", folder)


def test_a_snapshot_from_the_middle_of_a_killed_run_is_noticed(tmp_path: Path) -> None:
    """The run told Drive while it worked, since it did not come to its end."""
    folder, state = Folder(), tmp_path / "state"
    with open_ledger(load_settings(state_dir=state)) as ledger:
        begin(ledger, folder)
        with keeping_up(ledger, folder):
            file_document(ledger, 1)
            until(lambda: read_intents(folder) == 1)
            shutil.copytree(state, tmp_path / "snapshot")
            file_document(ledger, 2)
            until(lambda: read_intents(folder) == 2)
    assert run(tmp_path / "snapshot", folder)


def test_drive_is_told_only_what_is_new_and_not_when_it_refuses(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A silence passes; without the permission there is one line, and no further call."""
    folder = Folder(fault=Transient("drive_unreachable"))
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger, keeping_up(ledger, folder) as thread:
        file_document(ledger, 1)
        until(lambda: folder.asked > 1)
        folder.fault = None
        until(lambda: read_intents(folder) == 1)
        asked = folder.asked
        file_document(ledger, 2)
        until(lambda: folder.asked > asked)
        assert folder.asked == asked + 1
        folder.fault = FileFault("drive_forbidden")
        file_document(ledger, 3)
        thread.join(60)
        assert not thread.is_alive()
    assert [one.args for one in caplog.records] == [("drive_forbidden",)]


@pytest.mark.parametrize("value", ["", "x", "1", "1.", "-1.5", "²."])
def test_a_value_that_is_not_ours_says_nothing(tmp_path: Path, value: str) -> None:
    """Another program may have written there."""
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        begin(ledger, Folder(), {ledger.get_public_name(): value})
        assert not ledger.has_gap()


def test_ledgers_with_other_keys_do_not_concern_each_other(tmp_path: Path) -> None:
    """A trial's ledger and the firm's may share the folders."""
    folder = Folder()
    run(tmp_path / "one", folder, documents=3)
    assert not run(tmp_path / "two", folder)
    assert len(folder.properties) == 2


def test_a_drive_that_does_not_take_it_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder of another account is only logged; at the end of a run so is Drive's silence."""
    caplog.set_level(logging.WARNING)
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        begin(ledger, Folder(fault=FileFault("drive_forbidden")))
        with pytest.raises(Transient):
            begin(ledger, Folder(fault=Transient("drive_unreachable")))
        silent = cast("DriveClient", Folder(fault=Transient("drive_unreachable")))
        drive_record.update(ledger, silent, "m")
    assert [one.args for one in caplog.records] == [("drive_forbidden",), ("drive_unreachable",)]


def test_a_new_ledger_is_not_begun_where_another_one_has_filed(tmp_path: Path) -> None:
    """What that one filed would be filed again. A person may say so; a ledger of the same key goes on."""
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        mine = ledger.get_public_name()
        drive_record.check_for_another(ledger, {"MR-OTHER": "3.0", "another": "1.7"})
        drive_record.check_for_another(ledger, {"MR-OTHER": "3.12", mine: "1.5"})
        with pytest.raises(ConfigError, match="another ledger of the mail room has filed"):
            drive_record.check_for_another(ledger, {"MR-OTHER": "3.12"})
        ledger.note_gap()
        drive_record.check_for_another(ledger, {"MR-OTHER": "3.12"})


@pytest.mark.parametrize("known", [LedgerState(1, 7), None])
def test_a_run_keeps_telling_drive_how_far_the_ledger_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: LedgerState | None
) -> None:
    """From its checks to its end, unless Drive refused it at the start."""
    told = threading.Event()

    def keep_up(_: Ledger, drive: str, folder_id: str, state: LedgerState, ended: threading.Event) -> None:
        assert (drive, folder_id, state) == ("a client without retries", "m", known)
        assert ended.wait(60)
        told.set()

    monkeypatch.setattr(drive_record, "keep_up", keep_up)
    monkeypatch.setattr(drive_record, "compare", lambda *_: known)
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        record = DriveRecord(ledger, cast("DriveClient", "a client without retries"), "m")
        with record.telling(cast("DriveClient", None), {}):
            pass
    assert told.is_set() is (known is not None)


def test_drive_is_told_the_end_of_a_run_only_if_it_changed_something(tmp_path: Path) -> None:
    """A run with nothing to do saves the call."""
    asked: list[str] = []
    drive = cast("DriveClient", SimpleNamespace(set_property=lambda *words: asked.append(words[-1])))
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        record = DriveRecord(ledger, drive, "m")
        with record.telling(drive, {}):
            record.tell_end()
            assert asked == ["1.0"]
            ledger.begin_delivery("MR-x", "f00000", "me", 41, "ab" * 32, 60)
            assert ledger.intend("MR-x", "document", "f00000", "me", 60)
            record.tell_end()
        assert asked == ["1.0", "1.1"]


def test_a_run_that_drive_refused_at_its_start_asks_once_more(tmp_path: Path) -> None:
    """Also one that ended before it had asked; a person may have shared the folder meanwhile."""
    folder = Folder(fault=FileFault("forbidden"))
    drive = cast("DriveClient", folder)
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        record = DriveRecord(ledger, drive, "m")
        record.tell_end()
        with record.telling(drive, {}):
            record.tell_end()
    assert folder.asked == 3
