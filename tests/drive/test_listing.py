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
    build_others_query,
)
from mailroom.errors import FileFault, Transient
from tests.drive.conftest import Bench
from tests.drive.fake_drive import FakeDrive, _terms

LIST = "drive.files.list"


def test_the_query_is_the_one_that_drive_documents() -> None:
    """PDFs of a folder that are not in the trash; since counts from midnight UTC."""
    plain = "'1AbC' in parents and mimeType = 'application/pdf' and trashed = false"
    assert build_children_query("1AbC", PDF) == plain
    since = build_children_query("1AbC", PDF, date(2026, 11, 1))
    assert since == f"{plain} and createdTime >= '2026-11-01T00:00:00'"


def test_images_are_asked_for_beside_pdfs() -> None:
    """In brackets, so that the other conditions hold for all of them."""
    assert build_children_query("1AbC", (PDF, "image/png")) == (
        "'1AbC' in parents and (mimeType = 'application/pdf' or mimeType = 'image/png') and trashed = false"
    )


@settings(deadline=None)
@given(name=st.text(min_size=1), parent=st.text(min_size=1))
def test_no_name_or_id_breaks_out_of_its_quotes(name: str, parent: str) -> None:
    """Whatever is in a name or an id, Drive reads it back as it was."""
    terms = _terms(build_named_query(name, parent))
    assert terms == {
        "name": [name],
        "parents": [parent],
        "mimeType": [FOLDER],
        "trashed": ["false"],
    }
    assert _terms(build_children_query(parent, PDF, date(2026, 11, 1)))["parents"] == [parent]
    assert _terms(build_others_query(parent, [PDF], [name]))["not named"] == [name]


def all_files(bench: Bench, folder_id: str, **asked: date) -> list[str]:
    """Every file's id, over as many pages as there are."""
    found: list[str] = []
    token: str | None = None
    while True:
        page = bench.client.list_files(folder_id, page_token=token, **asked)
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


def test_only_pdfs_of_this_folder_are_listed(bench: Bench, drive: FakeDrive) -> None:
    """Other kinds, other folders, the trash and subfolders stay out."""
    drive.add_folder("sub", "inbox")
    drive.add_pdf("wanted", b"x")
    drive.add_pdf("below", b"x", "sub")
    drive.add_pdf("trashed", b"x", trashed=True)
    drive.add_folder("output", "inbox", name="CP2000_MATCHED")
    drive._add("letter", "application/vnd.google-apps.document", "inbox")
    drive._add("photo", "image/jpeg", "inbox", name="MILLER John.jpg")
    drive._add("gone", "text/plain", "inbox", trashed=True)
    assert all_files(bench, "inbox") == ["wanted"]
    page = bench.client.list_folders("inbox", not_named=["CP2000_MATCHED", "it's"])
    assert (page.files, page.ids, page.next_token) == ([], ["sub"], None)
    assert page.skipped == ["letter", "photo"]
    assert "name" not in drive.calls(LIST)[-1].parameters["fields"]
    images = replace(bench.client, images=True)
    assert images.list_folders("inbox").skipped == ["letter"]


def test_since_leaves_older_files_out(bench: Bench, drive: FakeDrive) -> None:
    """Files created before midnight UTC of the day are not listed."""
    drive.add_pdf("old", b"x", createdTime="2026-10-31T23:59:59.000Z")
    drive.add_pdf("new", b"x", createdTime="2026-11-01T00:00:00.000Z")
    assert all_files(bench, "inbox", since=date(2026, 11, 1)) == ["new"]


def test_a_listed_file_has_what_the_ledger_needs_and_no_name(bench: Bench, drive: FakeDrive) -> None:
    """Size, MD5, parent and time come from Drive; the name is not even asked for."""
    drive.add_pdf("f1", b"seven b", name="MILLER John.pdf")
    (file,) = bench.client.list_files("inbox").files
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
    (file,) = bench.client.list_files("inbox").files
    assert (file.size, file.md5) == (None, None)


def test_the_parent_is_an_id_and_no_alias(bench: Bench, drive: FakeDrive) -> None:
    """Files of "root" carry the root folder's own id, since a move needs it."""
    drive.add_pdf("f1", b"x", "root-id")
    assert bench.client.list_files("root").files[0].parent_id == "root-id"


def test_a_folder_on_a_shared_drive_is_asked_for_there(bench: Bench, drive: FakeDrive) -> None:
    """The drive is looked up once for a folder that nobody has looked at, and known for its subfolders."""
    drive.add_folder("shared", None, driveId="D1")
    drive.add_folder("sub", "shared", driveId="D1")
    drive.add_pdf("f1", b"x", "sub", driveId="D1")
    assert bench.client.list_folders("shared").ids == ["sub"]
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
        bench.client.list_files(folder_id)
    assert len(drive.sent) == 4
    assert drive.calls(LIST)[0].parameters["spaces"] == "drive"
    assert all(call.parameters["supportsAllDrives"] == "true" for call in drive.sent)
    assert all(call.parameters["includeItemsFromAllDrives"] == "true" for call in drive.calls(LIST))


def test_an_incomplete_search_does_not_pass(bench: Bench, drive: FakeDrive) -> None:
    """It is asked again, and stays an error when Drive continues saying so."""
    drive.add_pdf("f1", b"x")
    drive.fail("incomplete_search", on=LIST)
    assert len(bench.client.list_files("inbox").files) == 1
    drive.fail("incomplete_search", on=LIST, times=9)
    with pytest.raises(Transient, match="listing_incomplete"):
        bench.client.list_files("inbox")
    assert bench.meter.retries == 4


def test_a_rejected_page_token_asks_for_page_one(bench: Bench) -> None:
    """It is told at once, without repeats, and names the folder; the scan begins the folder again."""
    for listed in (bench.client.list_files, bench.client.list_folders):
        with pytest.raises(PageTokenRejected) as caught:
            listed("inbox", page_token="b2xk")
        assert caught.value.ids == {"folder": "inbox"}
        assert isinstance(caught.value, Transient)
    assert bench.waits == []


def test_a_bad_request_without_a_token_is_not_a_token_fault(bench: Bench, drive: FakeDrive) -> None:
    """A 400 on page one is not about a page token."""
    drive.fail("bad_request", on=LIST)
    with pytest.raises(FileFault, match="drive_bad_request"):
        bench.client.list_files("inbox")


def test_a_folder_that_vanished_is_told_by_its_id(bench: Bench, drive: FakeDrive) -> None:
    """A subfolder that was deleted, or is not shared any more, concerns only itself."""
    bench.client.get_folder("inbox")
    drive.hidden.add("inbox")
    for folder_id in ("inbox", "never-there"):
        with pytest.raises(FileFault) as caught:
            bench.client.list_files(folder_id)
        assert (caught.value.code, caught.value.ids) == ("folder_vanished", {"folder": folder_id})


@pytest.mark.parametrize("fault", ["nameless_files", "odd_size", "page_of_a_proxy"])
def test_a_page_in_another_form_is_asked_for_again(bench: Bench, drive: FakeDrive, fault: str) -> None:
    """An answer that is not a listing does not count as an empty or a broken page."""
    drive.add_pdf("f1", b"x")
    drive.fail(fault, on=LIST)
    assert [file.id for file in bench.client.list_files("inbox").files] == ["f1"]
    assert bench.meter.retries == 1
