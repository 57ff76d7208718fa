"""Moves: one call, a look when in doubt, and what a refusal means."""

from __future__ import annotations

import hashlib

import pytest

from mailroom.errors import ConfigError, FileFault, Transient
from tests.drive.conftest import Bench
from tests.drive.fake_drive import FakeDrive

UPDATE = "drive.files.update"


@pytest.fixture(autouse=True)
def notice(drive: FakeDrive) -> str:
    """The file f1 in the inbox."""
    return drive.add_pdf("f1", b"x")


def move(bench: Bench) -> None:
    """Move it to the outcome folder."""
    bench.client.move("f1", "inbox", "matched")


def test_a_move_is_one_call(bench: Bench, drive: FakeDrive) -> None:
    """The file leaves one folder and enters the other at once."""
    move(bench)
    assert drive.files["f1"]["parents"] == ["matched"]
    assert [call.method_id for call in drive.sent] == [UPDATE]
    assert drive.sent[0].parameters["supportsAllDrives"] == "true"


@pytest.mark.parametrize("executed", [True, False])
def test_the_answer_says_what_the_file_is_now(bench: Bench, drive: FakeDrive, executed: bool) -> None:
    """Its size and MD5 after somebody replaced its content; without a call more, in doubt with the one
    more.
    """
    drive.add_pdf("f1", b"other content")
    drive.files["f1"]["trashed"] = True
    if executed:
        drive.fail("no_answer", on=UPDATE, executed=True)
    moved = bench.client.move("f1", "inbox", "matched")
    assert (moved.size, moved.is_in_trash) == (13, True)
    assert moved.md5 == hashlib.md5(b"other content", usedforsecurity=False).hexdigest()
    assert bench.meter.calls == (2 if executed else 1)


def test_a_file_that_a_person_trashed_is_not_taken_for_a_folder_in_the_trash(
    bench: Bench, drive: FakeDrive
) -> None:
    """The folder that it was moved to is well."""
    drive.files["f1"] |= {"trashed": True, "explicitlyTrashed": True}
    assert not bench.client.move("f1", "inbox", "matched").is_in_trash


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize(
    "fault", ["no_answer", "server_error", "not_json", "rate_limited", "page_of_a_proxy"]
)
def test_after_a_doubtful_answer_it_is_looked_first(
    bench: Bench, drive: FakeDrive, fault: str, executed: bool
) -> None:
    """A move that was carried out is not sent again; one that was not, is."""
    drive.fail(fault, on=UPDATE, executed=executed)
    move(bench)
    assert drive.files["f1"]["parents"] == ["matched"]
    assert len(drive.calls(UPDATE)) == (1 if executed else 2)
    assert len(drive.calls("drive.files.get")) == 1
    assert bench.meter.calls == len(drive.sent)


def test_a_look_that_fails_is_repeated_too(bench: Bench, drive: FakeDrive) -> None:
    """Doubt stays doubt until Drive says where the file lies."""
    drive.fail("no_answer", on=UPDATE, executed=True)
    drive.fail("server_error", on="drive.files.get")
    move(bench)
    assert len(drive.calls(UPDATE)) == 1
    assert bench.waits == [2.0, 4.0]


def test_doubt_that_stays_is_transient(bench: Bench, drive: FakeDrive) -> None:
    """After the repeats the next run moves it."""
    drive.fail("no_answer", times=9)
    with pytest.raises(Transient):
        move(bench)


def test_a_file_that_lies_there_already_is_moved(bench: Bench, drive: FakeDrive) -> None:
    """An earlier run, or a person, was faster: success, however Drive answers."""
    drive.files["f1"]["parents"] = ["matched"]
    move(bench)
    drive.fail("no_permission", on=UPDATE)
    move(bench)
    assert drive.files["f1"]["parents"] == ["matched"]


def test_a_file_that_a_person_moved_elsewhere_is_left_there(bench: Bench, drive: FakeDrive) -> None:
    """It is not fetched back from where it was put."""
    drive.files["f1"]["parents"] = ["root-id"]
    with pytest.raises(FileFault) as caught:
        move(bench)
    assert (caught.value.code, caught.value.ids) == ("moved_elsewhere", {"file": "f1"})
    assert drive.files["f1"]["parents"] == ["root-id"]


def test_a_move_without_permission_is_forbidden(bench: Bench, drive: FakeDrive) -> None:
    """The account may read the file and not move it."""
    drive.fail("no_permission", on=UPDATE)
    with pytest.raises(FileFault, match="move_forbidden"):
        move(bench)
    assert bench.waits == []


def test_parents_that_are_not_shown_explain_nothing(bench: Bench, drive: FakeDrive) -> None:
    """Where Drive shows no parents, a refusal is about permissions."""
    drive.fail("no_permission", on=UPDATE)
    drive.fail("no_id", on="drive.files.get")
    with pytest.raises(FileFault, match="move_forbidden"):
        move(bench)


def test_a_file_that_vanished_is_this_files_fault(bench: Bench, drive: FakeDrive) -> None:
    """Deleted between listing and move."""
    drive.hidden.add("f1")
    with pytest.raises(FileFault) as caught:
        move(bench)
    assert (caught.value.code, caught.value.ids) == ("vanished", {"file": "f1"})


def test_a_target_that_vanished_is_not_the_files_fault(bench: Bench, drive: FakeDrive) -> None:
    """An outcome folder that was deleted or unshared during the run stops it, and says whom to share with."""
    drive.hidden.add("matched")
    with pytest.raises(ConfigError) as caught:
        move(bench)
    assert (caught.value.code, caught.value.ids) == ("folder_not_found", {"folder": "matched"})
    assert bench.waits == []


def test_a_refusal_for_another_reason_is_kept(bench: Bench, drive: FakeDrive) -> None:
    """A request that Drive does not understand is not taken for a question of permissions."""
    drive.fail("bad_request", on=UPDATE)
    with pytest.raises(FileFault, match="drive_bad_request"):
        move(bench)
