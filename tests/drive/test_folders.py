"""Folders: looked at, found by name, created once, and what is said when one is not there."""

from __future__ import annotations

import pytest

from mailroom.errors import ConfigError, Transient
from tests.drive.conftest import Bench
from tests.drive.fake_drive import FakeDrive


def found(bench: Bench, name: str, parent_id: str) -> str | None:
    """The id of the folder of this name."""
    folder = bench.client.find_folders([name], parent_id).get(name)
    return folder.id if folder else None


def test_a_folder_is_described(bench: Bench, drive: FakeDrive) -> None:
    """Id, name, parent, shared drive and whether anything may be put there."""
    drive.add_folder("shared", None, driveId="D1", capabilities={"canAddChildren": False})
    inbox, shared = bench.client.get_folder("inbox"), bench.client.get_folder("shared")
    assert (inbox.id, inbox.name, inbox.parent_id, inbox.drive_id) == ("inbox", "inbox", "root-id", None)
    assert (shared.parent_id, shared.drive_id) == (None, "D1")
    assert (inbox.can_add_children, shared.can_add_children) == (True, False)
    assert "inbox" not in repr(inbox)


@pytest.mark.parametrize(
    ("capabilities", "moves"),
    [
        ({}, True),
        ({"canRemoveChildren": True, "canMoveChildrenWithinDrive": True}, True),
        ({"canRemoveChildren": False, "canMoveChildrenWithinDrive": False}, False),
        ({"canMoveChildrenWithinDrive": False}, False),
        ({"canRemoveChildren": False, "canMoveChildrenWithinDrive": True}, True),
    ],
)
def test_what_drive_does_not_report_is_not_an_obstacle(
    bench: Bench, drive: FakeDrive, capabilities: dict[str, bool], moves: bool
) -> None:
    """Only where every capability that is told says no, files cannot be moved out."""
    drive.add_folder("shared", capabilities={"canListChildren": False, **capabilities})
    folder = bench.client.get_folder("shared")
    assert (folder.can_move_children, folder.can_list_children) == (moves, False)
    assert folder.can_add_children


def test_root_is_an_alias(bench: Bench) -> None:
    """The alias gives the folder's own id."""
    assert bench.client.get_folder("root").id == "root-id"


@pytest.mark.parametrize("fault", ["not_found", "no_permission"])
def test_a_folder_that_is_not_shared_says_what_to_do(bench: Bench, drive: FakeDrive, fault: str) -> None:
    """Whether Drive says 404 or 403, the person reads whom to share the folder with."""
    drive.fail(fault)
    with pytest.raises(ConfigError) as caught:
        bench.client.get_folder("inbox")
    assert caught.value.code == "folder_not_found"
    assert "not shared with the account of the access token" in caught.value.what
    assert "Content manager" in caught.value.fix


def test_a_files_id_is_not_taken_for_a_folders(bench: Bench, drive: FakeDrive) -> None:
    """An id copied from a file's address is named as such."""
    drive.add_pdf("f1", b"x")
    with pytest.raises(ConfigError, match="belongs to a file, not to a folder"):
        bench.client.get_folder("f1")


def test_a_folder_in_the_trash_is_not_an_inbox(bench: Bench, drive: FakeDrive) -> None:
    """A trashed folder would list nothing for ever."""
    drive.add_folder("old", trashed=True)
    with pytest.raises(ConfigError, match="is in the trash"):
        bench.client.get_folder("old")


def test_a_folder_is_found_by_its_exact_name(bench: Bench, drive: FakeDrive) -> None:
    """Case counts, though not for Drive; of several the oldest; elsewhere and in the trash do not count."""
    drive.add_folder("lower", name="cp2000_matched", createdTime="2020-01-01T00:00:00.000Z")
    drive.add_folder("younger", name="CP2000_MATCHED", createdTime="2026-01-02T00:00:00.000Z")
    drive.add_folder("older", name="CP2000_MATCHED", createdTime="2026-01-01T00:00:00.000Z")
    drive.add_folder("elsewhere", "inbox", name="CP2000_MATCHED", createdTime="2019-01-01T00:00:00.000Z")
    drive.add_folder("gone", name="CP2000_MATCHED", createdTime="2019-01-01T00:00:00.000Z", trashed=True)
    assert found(bench, "CP2000_MATCHED", "root-id") == "older"
    assert found(bench, "CP2000_REVIEW", "root-id") is None
    drive.largest_page = 1
    assert found(bench, "CP2000_MATCHED", "root-id") == "older"


def test_several_folders_are_found_in_one_call(bench: Bench, drive: FakeDrive) -> None:
    """Each by its own name; one that is not among them is looked for alone, so that it is not made twice."""
    for name in ("CP2000_MATCHED", "CP2000_REVIEW", "CP2000_OTHER"):
        drive.add_folder(f"id of {name}", name=name)
    names = ["CP2000_MATCHED", "CP2000_REVIEW"]
    bench.client.get_folder("root-id")
    found = bench.client.find_folders(names, "root-id")
    assert {name: folder.id for name, folder in found.items()} == {name: f"id of {name}" for name in names}
    assert len(drive.calls("drive.files.list")) == 1
    assert set(bench.client.find_folders([*names, "CP2000_UNMATCHED"], "root-id")) == set(names)
    assert len(drive.calls("drive.files.list")) == 3


def test_what_one_call_showed_before_is_not_asked_for_again(bench: Bench, drive: FakeDrive) -> None:
    """Only what it did not show is looked for, alone."""
    drive.add_folder("made before", name="CP2000_MATCHED")
    bench.client.get_folder("root-id")
    names = ["CP2000_MATCHED", "CP2000_REVIEW"]
    known = bench.client.find_named(names, "root-id")
    drive.add_folder("made since", name="CP2000_REVIEW")
    found = bench.client.find_folders(names, "root-id", known)
    assert {name: folder.id for name, folder in found.items()} == dict(
        zip(names, ("made before", "made since"), strict=True)
    )
    assert len(drive.calls("drive.files.list")) == 2


def test_the_parent_of_a_known_folder_needs_no_look(bench: Bench, drive: FakeDrive) -> None:
    """A folder beside the inbox is searched for in one call, on the inbox's drive."""
    drive.add_folder("D1", None, driveId="D1")
    drive.add_folder("scans", "D1", driveId="D1")
    drive.add_folder("done", "D1", driveId="D1", name="CP2000_MATCHED")
    bench.client.get_folder("scans")
    assert found(bench, "CP2000_MATCHED", "D1") == "done"
    assert len(drive.sent) == 2


def test_a_parent_that_is_not_shared_is_for_a_person(bench: Bench, drive: FakeDrive) -> None:
    """Looking in a folder that is not there says so, as looking at it does."""
    drive.hidden.add("inbox")
    with pytest.raises(ConfigError) as caught:
        bench.client.find_folders(["x"], "inbox")
    assert caught.value.code == "folder_not_found"


def test_a_folder_is_created_in_its_parent(bench: Bench, drive: FakeDrive) -> None:
    """Its name may hold anything."""
    made = bench.client.create_folder("O'Brien \\ Söhne", "inbox")
    assert drive.files[made]["parents"] == ["inbox"]
    assert found(bench, "O'Brien \\ Söhne", "inbox") == made


@pytest.mark.parametrize("executed", [True, False])
def test_a_folder_is_not_made_twice(bench: Bench, drive: FakeDrive, executed: bool) -> None:
    """After a lost answer it is looked for first, whether it was made or not."""
    drive.fail("no_answer", on="drive.files.create", executed=executed)
    made = bench.client.create_folder("CP2000_REVIEW", "root-id")
    named = [key for key, item in drive.files.items() if item["name"] == "CP2000_REVIEW"]
    assert named == [made]
    assert len(drive.calls("drive.files.create")) == (1 if executed else 2)


def test_an_answer_without_an_id_is_not_taken(bench: Bench, drive: FakeDrive) -> None:
    """An empty answer to a creation is looked into, and raised when it stays so."""
    drive.fail("no_id", on="drive.files.create", times=9)
    with pytest.raises(Transient, match="drive_unexpected_answer"):
        bench.client.create_folder("CP2000_REVIEW", "root-id")


def test_a_folder_that_may_not_be_created_says_what_to_do(bench: Bench, drive: FakeDrive) -> None:
    """Without permission to add to the parent, the settings to use instead are named."""
    drive.fail("no_permission", on="drive.files.create")
    with pytest.raises(ConfigError) as caught:
        bench.client.create_folder("CP2000_REVIEW", "root-id")
    assert caught.value.code == "folder_not_creatable"
    assert "MAILROOM_DRIVE__MATCHED_ID" in caught.value.fix
