"""The sandbox's Drive behaves like the real one."""

from typing import Any

import httpx
import pytest

from mailroom.sandbox.drive.server import REFUSALS
from mailroom.sandbox.faults import Behaviour, Fault
from mailroom.sandbox.seeding import ensure_inbox
from mailroom.sandbox.store import FOLDER, Store
from tests.sandbox.clients import list_files

QUERY = "'{}' in parents and mimeType = 'application/pdf' and trashed = false"


def test_the_inbox_is_listed_by_pages_to_the_end(drive: httpx.Client, store: Store) -> None:
    """The last page has no token, and only the selected fields are returned."""
    asked = {
        "q": QUERY.format(ensure_inbox(store)),
        "pageSize": 2,
        "fields": "nextPageToken,files(id,parents)",
    }
    names, token = [], ""
    for size in (2, 2, 1):
        page = list_files(drive, pageToken=token, **asked).json()
        assert [set(item) for item in page["files"]] == [{"id", "parents"}] * size
        names += [item["id"] for item in page["files"]]
        token = page.get("nextPageToken")
    assert token is None
    assert len(set(names)) == 5


def test_results_shift_while_files_are_moved_out(drive: httpx.Client, store: Store) -> None:
    """Paging and moving at the same time loses files, as in the real Drive."""
    inbox, asked = ensure_inbox(store), {"q": QUERY.format(ensure_inbox(store)), "pageSize": 2}
    page = list_files(drive, **asked).json()
    for item in page["files"]:
        store.change_file(item["id"], parents=[])
    rest = list_files(drive, pageToken=page["nextPageToken"], **asked).json()
    assert len(rest["files"]) == 1
    assert inbox


@pytest.mark.parametrize("token", ["forged", "~!!~e30=", "~!!~WzEsICJ4Il0="])
def test_a_forged_page_token_is_rejected(drive: httpx.Client, token: str) -> None:
    """The server answers 400, as Drive does."""
    assert list_files(drive, pageToken=token).status_code == 400


def test_a_page_token_belongs_to_its_query(drive: httpx.Client) -> None:
    """A token is rejected with another query."""
    token = list_files(drive, q="trashed = false", pageSize=1).json()["nextPageToken"]
    assert list_files(drive, q="trashed = true", pageToken=token).status_code == 400


@pytest.mark.parametrize(
    "params", [{"pageSize": 0}, {"pageSize": 1001}, {"q": "what"}, {"fields": "a("}, {"orderBy": "x"}]
)
def test_an_invalid_listing_is_refused_as_by_google(drive: httpx.Client, params: dict[str, Any]) -> None:
    """The response is 400 with Google's error body."""
    answer = list_files(drive, **params)
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == "invalid"


def test_listings_are_ordered(drive: httpx.Client) -> None:
    """By name, also descending; folders by their type."""
    names = [item["name"] for item in list_files(drive, orderBy="folder,name desc").json()["files"]]
    assert [name for name in names if name.endswith(".pdf")] == [f"{n}.pdf" for n in (4, 3, 2, 1, 0)]
    assert set(list_files(drive).json()["files"][0]) == {"kind", "id", "name", "mimeType"}


def test_bytes_are_returned_whole_and_by_range(drive: httpx.Client, store: Store) -> None:
    """200, 206 with Content-Range, 416 past the end; a 0-byte file has no range."""
    file_id = store.add_file("x.pdf", ensure_inbox(store), b"0123456789")
    empty = store.add_file("e.pdf", ensure_inbox(store), b"")
    path, media = f"/drive/v3/files/{file_id}", {"alt": "media"}
    assert drive.get(path, params=media).content == b"0123456789"
    part = drive.get(path, params=media, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert drive.get(path, params=media, headers={"Range": "bytes=8-"}).content == b"89"
    beyond = drive.get(path, params=media, headers={"Range": "bytes=10-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */10")
    none = drive.get(f"/drive/v3/files/{empty}", params=media, headers={"Range": "bytes=0-9"})
    assert none.status_code == 416
    folder = drive.get(f"/drive/v3/files/{ensure_inbox(store)}", params=media)
    assert folder.json()["error"]["errors"][0]["reason"] == "fileNotDownloadable"


def test_metadata_and_the_callers_account(drive: httpx.Client, store: Store) -> None:
    """Sizes are strings; an unknown file is Google's 404; the account has an address."""
    file_id = store.add_file("x.pdf", ensure_inbox(store), b"0123456789")
    fields = {"fields": "size,md5Checksum,parents"}
    known = drive.get(f"/drive/v3/files/{file_id}", params=fields).json()
    assert known == {
        "size": "10",
        "md5Checksum": "781e5e245d69b566979b86e28d23f2c7",
        "parents": [ensure_inbox(store)],
    }
    assert drive.get("/drive/v3/files/none").json()["error"]["errors"][0]["reason"] == "notFound"
    assert "@" in drive.get("/drive/v3/about", params={"fields": "user"}).json()["user"]["emailAddress"]


def test_a_file_in_a_trashed_folder_is_in_the_trash(drive: httpx.Client, store: Store) -> None:
    """Drive says of the file that it is trashed, but not explicitly: only the folder is."""
    inbox = ensure_inbox(store)
    path = f"/drive/v3/files/{store.add_file('x.pdf', inbox, b'x')}"
    shown = {"fields": "trashed,explicitlyTrashed"}
    drive.patch(f"/drive/v3/files/{inbox}", json={"trashed": True})
    assert drive.get(path, params=shown).json() == {"trashed": True, "explicitlyTrashed": False}
    drive.patch(path, json={"trashed": True})
    assert drive.get(path, params=shown).json() == {"trashed": True, "explicitlyTrashed": True}


def test_a_file_has_exactly_one_parent(drive: httpx.Client, store: Store) -> None:
    """A move adds and removes in one call; a second or unknown parent is refused."""
    file_id = store.add_file("x.pdf", ensure_inbox(store), b"x")
    body = {"name": "CP2000_MATCHED", "mimeType": FOLDER, "parents": [ensure_inbox(store)]}
    target = drive.post("/drive/v3/files", json=body).json()["id"]
    path = f"/drive/v3/files/{file_id}"
    assert (
        drive.patch(path, params={"addParents": target}).json()["error"]["errors"][0]["reason"]
        == "cannotAddParent"
    )
    moved = drive.patch(
        path, params={"addParents": target, "removeParents": ensure_inbox(store), "fields": "parents"}
    )
    assert moved.json() == {"parents": [target]}
    assert drive.patch(path, params={"addParents": "none"}).status_code == 404
    assert drive.patch(path, json={"name": "y.pdf", "trashed": True, "id": "z"}).json()["name"] == "y.pdf"
    assert drive.patch("/drive/v3/files/none").status_code == 404


def test_folders_are_created_only_where_they_can_be(drive: httpx.Client) -> None:
    """An unknown parent is 404; only folders can be created."""
    assert drive.post("/drive/v3/files", json={"mimeType": FOLDER, "parents": ["none"]}).status_code == 404
    assert drive.post("/drive/v3/files", json={"mimeType": "text/plain"}).status_code == 400


def test_files_of_a_shared_drive_have_its_id(store: Store, drive: httpx.Client) -> None:
    """Files below a shared drive's folder have the drive's id."""
    root = store.add_folder("Shared", None, drive_id="drive-1")
    file_id = store.add_file("x.pdf", root, b"x")
    assert drive.get(f"/drive/v3/files/{file_id}", params={"fields": "driveId"}).json() == {
        "driveId": "drive-1"
    }


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_have_googles_format(drive: httpx.Client, behaviour: Behaviour, name: str) -> None:
    """Each fault has its status and reason, and hits once."""
    behaviour.faults.append(Fault(name, times=1))
    status, reason, _ = REFUSALS[name]
    answer = list_files(drive)
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (status, reason)
    assert list_files(drive).status_code == 200


def test_a_call_without_the_token_is_refused(drive: httpx.Client) -> None:
    """The response is 401."""
    assert drive.get("/drive/v3/files", headers={"Authorization": "Bearer x"}).status_code == 401


def test_other_faults_of_the_drive(drive: httpx.Client, behaviour: Behaviour, store: Store) -> None:
    """Error bodies that are not Google's, wrong bytes, ignored ranges, incomplete searches."""
    file_id = store.add_file("x.pdf", ensure_inbox(store), b"0123456789")
    ask: dict[str, Any] = {
        "url": f"/drive/v3/files/{file_id}",
        "params": {"alt": "media"},
        "headers": {"Range": "bytes=0-4"},
    }
    for name in (
        "not_json_error",
        "bare_forbidden",
        "ignore_range",
        "corrupt_body",
        "short_body_without_length",
    ):
        behaviour.faults.append(Fault(name, times=1))
    answers = [drive.get(**ask) for _ in range(5)]
    assert [answer.status_code for answer in answers[:2]] == [502, 403]
    assert sorted(answer.content for answer in answers[2:]) == sorted([b"01234", b"0123456789", b"11234"])
    behaviour.faults = [Fault("incomplete_search", times=1), Fault("reject_page_token", times=1)]
    page = list_files(drive, pageSize=1).json()
    assert page["incompleteSearch"]
    assert list_files(drive, pageSize=1, pageToken=page["nextPageToken"]).status_code == 400
