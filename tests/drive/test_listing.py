"""Listing: the query, every page, shared drives, and pages that cannot be relied on."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.drive import PageTokenRejected
from mailroom.drive.listing import (
    FOLDER,
    PDF,
    build_children_query,
    build_named_query,
)
from mailroom.errors import FileFault, Transient
from mailroom.sandbox.drive.query import find_parent, parse
from tests.drive.conftest import Bench
from tests.drive.fake_drive import FakeDrive

LIST = "drive.files.list"


def test_the_query_is_the_one_that_drive_documents() -> None:
    """What is in one folder and not in the trash; since counts from midnight UTC, and is about files."""
    plain = "'1AbC' in parents and trashed = false"
    assert build_children_query("1AbC") == plain
    a_folder = f"mimeType = '{FOLDER}'"
    since = build_children_query("1AbC", date(2026, 11, 1))
    assert since == f"{plain} and ({a_folder} or createdTime >= '2026-11-01T00:00:00')"
    left_out = build_children_query("1AbC", not_named=["A", "B"])
    assert left_out == f"{plain} and (mimeType != '{FOLDER}' or (name != 'A' and name != 'B'))"
    assert build_named_query(["A", "B"], "1AbC") == f"{plain} and {a_folder} and (name = 'A' or name = 'B')"


@settings(deadline=None)
@given(name=st.text(min_size=1), parent=st.text(min_size=1), other=st.text())
def test_no_name_or_id_breaks_out_of_its_quotes(name: str, parent: str, other: str) -> None:
    """Whatever is in a name or an id, Drive reads it back as it was."""
    named = parse(build_named_query([name], parent))
    children = parse(build_children_query(parent, date(2026, 11, 1), [name]))
    item = {"name": name, "parents": [parent], "mimeType": FOLDER}
    assert (named(item), children(item)) == (True, False)
    assert children({**item, "mimeType": PDF, "createdTime": "2026-11-01T00:00:00.000Z"})
    elsewhere = {**item, "parents": [other]}
    assert (named(elsewhere), children({**elsewhere, "name": ""})) == (other == parent, other == parent)
    assert find_parent(build_named_query([name, other], parent)) == parent


def all_files(bench: Bench, folder_id: str, since: date | None = None) -> list[str]:
    """Every file's id, over as many pages as there are."""
    found: list[str] = []
    token: str | None = None
    while True:
        page = bench.client.list_children(folder_id, page_token=token, since=since)
        found += [file.id for file in page.files]
        if (token := page.next_token) is None:
            return found


def test_pages_are_followed_to_the_end(bench: Bench, drive: FakeDrive) -> None:
    """Seven files on pages of three are all listed, though the server gives fewer than asked."""
    names = [drive.add_pdf(f"f{n}", b"x") for n in range(7)]
    assert all_files(bench, "inbox") == names
    drive.largest_page = 2
    assert all_files(bench, "inbox") == names
    assert {call.parameters["pageSize"] for call in drive.calls(LIST)} == {"3"}


def test_a_page_tells_files_subfolders_and_what_is_not_read(bench: Bench, drive: FakeDrive) -> None:
    """Of this folder alone, without the trash and subfolders of certain names; names are not asked for."""
    drive.add_folder("sub", "inbox")
    drive.add_pdf("wanted", b"x", name="CP2000_MATCHED")
    drive.add_pdf("below", b"x", "sub")
    drive.add_pdf("trashed", b"x", trashed=True)
    drive.add_folder("output", "inbox", name="CP2000_MATCHED")
    drive._add("letter", "application/vnd.google-apps.document", "inbox")
    drive._add("photo", "image/jpeg", "inbox", name="MILLER John.jpg", size="1")
    drive._add("gone", "text/plain", "inbox", trashed=True)
    whole = replace(bench.client, settings=bench.client.settings.model_copy(update={"page_size": 9}))
    page = whole.list_children("inbox", not_named=["CP2000_MATCHED", "it's"])
    assert ([file.id for file in page.files], page.ids, page.next_token) == (["wanted"], ["sub"], None)
    assert page.skipped == ["letter", "photo"]
    assert "name" not in drive.calls(LIST)[-1].parameters["fields"]
    page = replace(whole, images=True).list_children("inbox")
    assert ([file.id for file in page.files], page.skipped) == (["wanted", "photo"], ["letter"])
    assert page.ids == ["sub", "output"]


def test_since_leaves_older_files_out(bench: Bench, drive: FakeDrive) -> None:
    """Files created before midnight UTC of the day are not listed; older subfolders are."""
    drive.add_folder("sub", "inbox", createdTime="2020-01-01T00:00:00.000Z")
    drive.add_pdf("old", b"x", createdTime="2026-10-31T23:59:59.000Z")
    drive.add_pdf("new", b"x", createdTime="2026-11-01T00:00:00.000Z")
    assert all_files(bench, "inbox", since=date(2026, 11, 1)) == ["new"]
    assert bench.client.list_children("inbox", since=date(2026, 11, 1)).ids == ["sub"]


def test_a_listed_file_has_what_the_ledger_needs_and_no_name(bench: Bench, drive: FakeDrive) -> None:
    """Size, MD5, parent and time come from Drive; the name is not even asked for."""
    drive.add_pdf("f1", b"seven b", name="MILLER John.pdf")
    (file,) = bench.client.list_children("inbox").files
    assert (file.id, file.parent_id, file.size) == ("f1", "inbox", 7)
    assert file.md5 == hashlib.md5(b"seven b", usedforsecurity=False).hexdigest()
    assert file.created == datetime(2026, 11, 2, 8, 15, 30, tzinfo=UTC)
    assert "name" not in drive.calls(LIST)[0].parameters["fields"]
    assert "MILLER" not in repr(file)


def test_what_is_still_there_is_listed_in_one_call(bench: Bench, drive: FakeDrive) -> None:
    """Of several folders and of a time, both ends included; pages to the end; the trash left out."""
    drive.add_folder("sub", "inbox")
    drive.largest_page = 2
    drive.add_pdf("before", b"x", createdTime="2026-11-01T08:59:59.999Z")
    drive.add_pdf("first", b"x", createdTime="2026-11-01T09:00:00.250Z")
    drive.add_pdf("below", b"x", "sub", createdTime="2026-11-01T09:30:00.000Z")
    drive.add_pdf("trashed", b"x", createdTime="2026-11-01T09:30:00.000Z", trashed=True)
    drive.add_pdf("last", b"x", createdTime="2026-11-01T10:00:00.750Z")
    drive.add_pdf("after", b"x", createdTime="2026-11-01T10:00:02.000Z")
    times = datetime(2026, 11, 1, 9, 0, 0, 250_000, UTC), datetime(2026, 11, 1, 10, 0, 0, 750_000, UTC)
    assert bench.client.list_present(["inbox", "sub"], *times) == {"first", "below", "last"}
    assert len(drive.calls(LIST)) == 2


def test_folders_of_two_drives_are_asked_for_there(bench: Bench, drive: FakeDrive) -> None:
    """A call for each drive."""
    drive.add_folder("shared", None, driveId="D1")
    drive.add_pdf("f1", b"x", "shared", driveId="D1")
    drive.add_pdf("f2", b"x")
    now = datetime(2026, 11, 2, 8, 15, 30, tzinfo=UTC)
    assert bench.client.list_present({"inbox", "shared"}, now, now) == {"f1", "f2"}


def test_a_file_without_size_or_md5_is_listed_too(bench: Bench, drive: FakeDrive) -> None:
    """What Drive leaves out is unknown: neither an empty file nor an error for the whole page."""
    drive._add("odd", PDF, "inbox")
    (file,) = bench.client.list_children("inbox").files
    assert (file.size, file.md5) == (None, None)


def test_the_parent_is_an_id_and_no_alias(bench: Bench, drive: FakeDrive) -> None:
    """Files of "root" carry the root folder's own id, since a move needs it."""
    drive.add_pdf("f1", b"x", "root-id")
    assert bench.client.list_children("root").files[0].parent_id == "root-id"


def test_a_folder_on_a_shared_drive_is_asked_for_there(bench: Bench, drive: FakeDrive) -> None:
    """The drive is looked up once for a folder that nobody has looked at, and known for its subfolders."""
    drive.add_folder("shared", None, driveId="D1")
    drive.add_folder("sub", "shared", driveId="D1")
    drive.add_pdf("f1", b"x", "sub", driveId="D1")
    assert bench.client.list_children("shared").ids == ["sub"]
    assert all_files(bench, "sub") == ["f1"]
    assert all_files(bench, "shared") == []
    assert len(drive.calls("drive.files.get")) == 1
    assert {call.parameters["driveId"] for call in drive.calls(LIST)} == {"D1"}
    assert all("spaces" not in call.parameters for call in drive.calls(LIST))


def test_a_folder_that_was_looked_at_needs_no_second_look(bench: Bench, drive: FakeDrive) -> None:
    """After `folder` a listing is one call, on My Drive as on a shared one."""
    drive.add_folder("shared", None, driveId="D1")
    for folder_id in ("inbox", "shared"):
        bench.client.get_folder(folder_id)
        bench.client.list_children(folder_id)
    assert len(drive.sent) == 4
    assert drive.calls(LIST)[0].parameters["spaces"] == "drive"
    assert all(call.parameters["supportsAllDrives"] == "true" for call in drive.sent)
    assert all(call.parameters["includeItemsFromAllDrives"] == "true" for call in drive.calls(LIST))


def test_an_incomplete_search_does_not_pass(bench: Bench, drive: FakeDrive) -> None:
    """It is asked again, and stays an error when Drive continues saying so."""
    drive.add_pdf("f1", b"x")
    drive.fail("incomplete_search", on=LIST)
    assert len(bench.client.list_children("inbox").files) == 1
    drive.fail("incomplete_search", on=LIST, times=9)
    with pytest.raises(Transient, match="listing_incomplete"):
        bench.client.list_children("inbox")
    assert bench.meter.retries == 4


def test_a_rejected_page_token_asks_for_page_one(bench: Bench) -> None:
    """It is told at once, without repeats, and names the folder; the scan begins the folder again."""
    with pytest.raises(PageTokenRejected) as caught:
        bench.client.list_children("inbox", page_token="b2xk")
    assert caught.value.ids == {"folder": "inbox"}
    assert isinstance(caught.value, Transient)
    assert bench.waits == []


def test_a_bad_request_without_a_token_is_not_a_token_fault(bench: Bench, drive: FakeDrive) -> None:
    """A 400 on page one is not about a page token."""
    drive.fail("bad_request", on=LIST)
    with pytest.raises(FileFault, match="drive_bad_request"):
        bench.client.list_children("inbox")


def test_a_folder_that_vanished_is_told_by_its_id(bench: Bench, drive: FakeDrive) -> None:
    """A subfolder that was deleted, or is not shared any more, concerns only itself."""
    bench.client.get_folder("inbox")
    drive.hidden.add("inbox")
    for folder_id in ("inbox", "never-there"):
        with pytest.raises(FileFault) as caught:
            bench.client.list_children(folder_id)
        assert (caught.value.code, caught.value.ids) == ("folder_vanished", {"folder": folder_id})


@pytest.mark.parametrize("fault", ["nameless_files", "odd_size", "page_of_a_proxy"])
def test_a_page_in_another_form_is_asked_for_again(bench: Bench, drive: FakeDrive, fault: str) -> None:
    """An answer that is not a listing does not count as an empty or a broken page."""
    drive.add_pdf("f1", b"x")
    drive.fail(fault, on=LIST)
    assert [file.id for file in bench.client.list_children("inbox").files] == ["f1"]
    assert bench.meter.retries == 1
