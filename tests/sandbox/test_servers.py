"""The sandbox's Drive and Logiqs, asked in process: they behave as the real ones were seen to."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from mailroom.sandbox.drive.server import REFUSALS, DriveServer
from mailroom.sandbox.faults import Behaviour, Fault
from mailroom.sandbox.logiqs.server import LogiqsServer
from mailroom.sandbox.seeding import add_case, ensure_inbox
from mailroom.sandbox.store import FOLDER, Store

BEARER = {"Authorization": "Bearer token"}
BASIC = {"Authorization": "Basic " + base64.b64encode(b"key:secret").decode()}
PUBLIC = "/publicapi/V4"
QUERY = "'{}' in parents and mimeType = 'application/pdf' and trashed = false"


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The application on a port of the loopback address, in a thread of this process."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    bound.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An inbox with five files, a case with an officer and a spouse, and one without anything."""
    made = Store(tmp_path / "state")
    inbox = ensure_inbox(made)
    for number in range(5):
        made.add_file(f"{number}.pdf", inbox, b"%PDF" + bytes([number]) * 20)
    officer = {"SetOfficerID": 7, "StatusID": 2, "CellPhone": "(555) 555-0100", "Email": "a@example.com"}
    names = {"FirstName": "Jo", "LastName": "O'Brien", "SpouseLastName": "Quill", "SpouseSSN": "735-00-4321"}
    add_case(made, {"CaseID": 41, "SSN": "734-00-1234", **names, **officer})
    add_case(made, {"CaseID": 42, "LastName": "Smith", "SSN": "736-00-1234"})
    yield made
    made.close()


@pytest.fixture
def behaviour() -> Behaviour:
    """Well-behaved until a test says otherwise."""
    return Behaviour()


@pytest.fixture
def drive(store: Store, behaviour: Behaviour) -> Iterator[httpx.Client]:
    """The Drive, asked with its token."""
    links = {"drive": "http://d/", "logiqs": "http://l/"}
    app = DriveServer(store, "token", behaviour, links).app()
    with served(app) as root, httpx.Client(base_url=root, headers=BEARER) as client:
        yield client


@pytest.fixture
def logiqs(store: Store, behaviour: Behaviour) -> Iterator[httpx.Client]:
    """The Logiqs, asked with its key."""
    app = LogiqsServer(store, "key", "secret", "match-key", behaviour, {}).app()
    with served(app) as root, httpx.Client(base_url=root, headers=BASIC) as client:
        yield client


def listing(drive: httpx.Client, **params: Any) -> httpx.Response:
    """``files.list``."""
    return drive.get("/drive/v3/files", params=params)


def test_the_inbox_is_listed_by_pages_to_the_end(drive: httpx.Client, store: Store) -> None:
    """The last page has no token, and only the fields asked for come."""
    asked = {
        "q": QUERY.format(ensure_inbox(store)),
        "pageSize": 2,
        "fields": "nextPageToken,files(id,parents)",
    }
    names, token = [], ""
    for size in (2, 2, 1):
        page = listing(drive, pageToken=token, **asked).json()
        assert [set(item) for item in page["files"]] == [{"id", "parents"}] * size
        names += [item["id"] for item in page["files"]]
        token = page.get("nextPageToken")
    assert token is None
    assert len(set(names)) == 5


def test_results_shift_while_files_are_moved_out(drive: httpx.Client, store: Store) -> None:
    """Paging and moving at the same time loses files, as in the real Drive."""
    inbox, asked = ensure_inbox(store), {"q": QUERY.format(ensure_inbox(store)), "pageSize": 2}
    page = listing(drive, **asked).json()
    for item in page["files"]:
        store.change_file(item["id"], parents=[])
    rest = listing(drive, pageToken=page["nextPageToken"], **asked).json()
    assert len(rest["files"]) == 1
    assert inbox


@pytest.mark.parametrize("token", ["forged", "~!!~e30=", "~!!~WzEsICJ4Il0="])
def test_a_forged_page_token_is_rejected(drive: httpx.Client, token: str) -> None:
    """400, as Drive answers."""
    assert listing(drive, pageToken=token).status_code == 400


def test_a_page_token_belongs_to_its_query(drive: httpx.Client) -> None:
    """With another query it is rejected."""
    token = listing(drive, q="trashed = false", pageSize=1).json()["nextPageToken"]
    assert listing(drive, q="trashed = true", pageToken=token).status_code == 400


@pytest.mark.parametrize(
    "params", [{"pageSize": 0}, {"pageSize": 1001}, {"q": "what"}, {"fields": "a("}, {"orderBy": "x"}]
)
def test_a_wrong_listing_is_refused_as_google_does(drive: httpx.Client, params: dict[str, Any]) -> None:
    """400 with Google's error body."""
    answer = listing(drive, **params)
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == "invalid"


def test_listings_are_ordered(drive: httpx.Client) -> None:
    """By name, downwards too; folders by their kind."""
    names = [item["name"] for item in listing(drive, orderBy="folder,name desc").json()["files"]]
    assert [name for name in names if name.endswith(".pdf")] == [f"{n}.pdf" for n in (4, 3, 2, 1, 0)]
    assert set(listing(drive).json()["files"][0]) == {"kind", "id", "name", "mimeType"}


def test_bytes_come_whole_and_by_ranges(drive: httpx.Client, store: Store) -> None:
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


def test_metadata_and_who_asks(drive: httpx.Client, store: Store) -> None:
    """Sizes are texts; an unknown file is Google's 404; the account is named."""
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


def test_a_file_has_exactly_one_parent(drive: httpx.Client, store: Store) -> None:
    """Moved by adding and removing in one call; a second parent is refused, an unknown one too."""
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
    """An unknown parent is 404; files are not created this way."""
    assert drive.post("/drive/v3/files", json={"mimeType": FOLDER, "parents": ["none"]}).status_code == 404
    assert drive.post("/drive/v3/files", json={"mimeType": "text/plain"}).status_code == 400


def test_a_shared_drives_files_say_where_they_lie(store: Store, drive: httpx.Client) -> None:
    """What lies below a shared drive's folder carries its id."""
    root = store.add_folder("Shared", None, drive_id="drive-1")
    file_id = store.add_file("x.pdf", root, b"x")
    assert drive.get(f"/drive/v3/files/{file_id}", params={"fields": "driveId"}).json() == {
        "driveId": "drive-1"
    }


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_come_in_googles_shape(drive: httpx.Client, behaviour: Behaviour, name: str) -> None:
    """Each fault has its status and reason, once, and then it is over."""
    behaviour.faults.append(Fault(name, times=1))
    status, reason, _ = REFUSALS[name]
    answer = listing(drive)
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (status, reason)
    assert listing(drive).status_code == 200


def test_without_the_token_nothing_is_told(drive: httpx.Client) -> None:
    """401."""
    assert drive.get("/drive/v3/files", headers={"Authorization": "Bearer x"}).status_code == 401


def test_other_faults_of_the_drive(drive: httpx.Client, behaviour: Behaviour, store: Store) -> None:
    """Error bodies that are not Google's, wrong bytes, ranges that are not heeded, searches not complete."""
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
    page = listing(drive, pageSize=1).json()
    assert page["incompleteSearch"]
    assert listing(drive, pageSize=1, pageToken=page["nextPageToken"]).status_code == 400


def test_the_quota_is_answered_as_the_systems_do(
    drive: httpx.Client, logiqs: httpx.Client, behaviour: Behaviour
) -> None:
    """Beyond the rate: Drive's 403, Logiqs' 429 with Retry-After."""
    behaviour.rate, behaviour.latency = 1, 0.001
    answers = [listing(drive) for _ in range(3)]
    assert answers[-1].json()["error"]["errors"][0]["reason"] == "userRateLimitExceeded"
    answer = logiqs.get(f"{PUBLIC}/Case/CaseInfo", params={"CaseID": 41})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


def test_the_admin_sets_faults_and_sees_calls(drive: httpx.Client) -> None:
    """Only with the sandbox's token."""
    assert drive.get("/_sandbox/calls").status_code == 403
    mine = {"X-Sandbox-Token": "token"}
    set_up = {"name": "server_error", "times": 1, "match": "list", "rate": None, "latency": 0}
    assert drive.post("/_sandbox/faults", json=set_up, headers=mine).json() == {"faults": 1}
    assert drive.get("/_sandbox/calls", headers=mine).json()["unspent"] == ["server_error"]
    assert listing(drive).status_code == 500
    assert [kind for _, kind in drive.get("/_sandbox/calls", headers=mine).json()["calls"]] == ["list"]
    assert drive.get("/_sandbox/calls", headers=mine).json()["unspent"] == []
    assert drive.post("/_sandbox/faults", json={"clear": True}, headers=mine).json() == {"faults": 0}
    state = drive.get("/_sandbox/state", headers=mine).json()
    assert len(state["files"]) == 7
    assert len(state["cases"]) == 2


def test_a_chance_is_a_chance() -> None:
    """A fault with a probability strikes some calls and not others, and no call that it does not match."""
    behaviour = Behaviour(faults=[Fault("x", probability=0.5, match="list")])
    struck = [bool(behaviour.hits("x", "list")) for _ in range(200)]
    assert 60 < sum(struck) < 140
    assert not behaviour.hits("x", "get")
    assert not behaviour.hits("y", "list")


# Logiqs


def form(content: bytes = b"%PDF", name: str = "File") -> dict[str, Any]:
    """A document's upload."""
    return {"files": {name: ("IRS.pdf", content, "application/pdf")}, "data": {"Comment": "words"}}


def test_documents_are_taken_as_tenants_do(logiqs: httpx.Client, store: Store) -> None:
    """CaseID in the query string, a part named File, at most 6 MB, an existing case; an activity is left."""
    path = f"{PUBLIC}/Documents/CaseDocument"
    assert logiqs.post(path, **form()).status_code == 404
    known: dict[str, Any] = {"params": {"CaseID": 41}}
    done = logiqs.post(path, **known, **form()).json()
    assert done["Success"]
    assert done["data"]["CaseDocumentID"] == 1
    assert not logiqs.post(path, **known, **form(name="Document")).json()["Success"]
    assert not logiqs.post(path, **known, content=b"no form").json()["Success"]
    assert not logiqs.post(path, **known, **form(b"0" * (6 * 1024 * 1024 + 1))).json()["Success"]
    assert logiqs.post(path, params={"CaseID": 99}, **form()).status_code == 404
    assert store.read_document(1) == b"%PDF"
    shown = logiqs.get(f"{PUBLIC}/CaseActivity/Activity", params={"CaseID": 41}).json()["data"]
    assert [row["Comment"] for row in shown] == ["words"]
    assert logiqs.get("/document/1").content == b"%PDF"
    assert logiqs.get("/document/2").status_code == 404


TASK = {
    "CaseID": 41,
    "Subject": "s",
    "TaskType": 1,
    "DueDate": "2026-12-01T00:00:00Z",
    "Reminder": "2026-11-24T00:00:00Z",
    "UserID": [7],
    "PriorityID": 3,
}


def test_tasks_are_checked(logiqs: httpx.Client) -> None:
    """A right one is created with 201; each wrong part is refused."""
    path = f"{PUBLIC}/Task/Task"
    assert logiqs.post(path, json=TASK).json()["Data"] == {"TaskID": 1}
    wrong = [("CaseID", "41"), ("Subject", ""), ("TaskType", 3), ("DueDate", "2026-12-01"), ("UserID", "7"),
             ("UserID", ["7"]), ("PriorityID", 9), ("Reminder", None)]  # fmt: skip
    for name, value in wrong:
        assert logiqs.post(path, json={**TASK, name: value}).status_code == 400, name
    assert logiqs.post(path, content=b"{").status_code == 400
    assert logiqs.post(path, json={**TASK, "CaseID": 99}).status_code == 404


def test_cases_are_found_as_the_api_allows(logiqs: httpx.Client) -> None:
    """By id, status, phone and e-mail; the officer only when asked for; unknown ones are 404."""
    case = logiqs.get(f"{PUBLIC}/Case/CaseInfo", params={"CaseID": 41, "details": "setofficerid"}).json()[
        "data"
    ]
    assert (case["LastName"], case["SetOfficerID"]) == ("O'Brien", 7)
    assert "SetOfficerID" not in logiqs.get(f"{PUBLIC}/Case/CaseInfo", params={"CaseID": 41}).json()["data"]
    assert logiqs.get(f"{PUBLIC}/Case/CaseInfo").status_code == 404
    assert len(logiqs.get(f"{PUBLIC}/Case/GetCasesByStatus", params={"StatusID": 2}).json()["Data"]) == 1
    assert (
        len(logiqs.get(f"{PUBLIC}/Find/FindCaseByPhone", params={"phone": "5555550100"}).json()["Data"]) == 1
    )
    assert (
        len(logiqs.get(f"{PUBLIC}/Find/FindCaseByEmail", params={"email": "A@example.com"}).json()["Data"])
        == 1
    )
    assert logiqs.get(f"{PUBLIC}/Find/FindCaseByEmail").status_code == 400


def test_activities_can_be_added(logiqs: httpx.Client) -> None:
    """To a case that there is."""
    path = f"{PUBLIC}/CaseActivity/Activity"
    assert logiqs.post(path, json={"CaseID": 41, "Subject": "s"}).json()["data"] == {"ActivityID": 1}
    assert logiqs.post(path, json={"CaseID": 99}).status_code == 404
    assert logiqs.get(path).json()["data"] == []


def match(logiqs: httpx.Client, name: str, digits: str, key: str | None = "match-key") -> httpx.Response:
    """Ask the match service."""
    headers = {"X-API-Key": key} if key else {}
    return logiqs.post("/match", json={"lastName": name, "last4SSN": digits}, headers=headers)


def test_the_match_service_finds_cases(logiqs: httpx.Client, store: Store) -> None:
    """By surname as the IRS writes it and the SSN's last four, the spouse's too; near ones; several."""
    exact = match(logiqs, "OBRIEN", "1234").json()
    assert (exact["matchType"], exact["caseData"]["data"]["CaseID"]) == ("exact", 41)
    assert match(logiqs, "QUILL", "4321").json()["matchFound"]
    assert not match(logiqs, "OBRIEN", "9999").json()["matchFound"]
    add_case(store, {"CaseID": 43, "LastName": "OBrien", "SSN": "737-00-1234"})
    assert len(match(logiqs, "OBRIEN", "1234").json()["candidates"]) == 2
    assert match(logiqs, "X", "1", None).json()["detail"] == "X-API-Key header is missing."
    assert match(logiqs, "X", "1", "wrong").json()["detail"] == "Invalid or expired API Key."


def test_faults_of_the_logiqs(logiqs: httpx.Client, behaviour: Behaviour, store: Store) -> None:
    """Before the call is carried out, and after it."""
    path = f"{PUBLIC}/Task/Task"
    assert logiqs.post(path, json=TASK, headers={"Authorization": "Basic x"}).status_code == 401
    expected = {
        "unauthorized": 401,
        "missing_scope": 200,
        "success_false": 200,
        "server_error": 500,
        "html": 200,
    }
    for name, status in expected.items():
        behaviour.faults = [Fault(name, times=1)]
        assert logiqs.post(path, json=TASK).status_code == status
    assert not store.list_rows("tasks")
    behaviour.faults = [Fault("server_error_after", times=1), Fault("invalid_json_after_write", times=2)]
    assert logiqs.post(path, json=TASK).status_code == 500
    assert not logiqs.post(path, json=TASK).text.endswith("}}")
    behaviour.faults = [Fault("hang_after_write", times=1, value=0.01), Fault("no_activities")]
    assert logiqs.post(path, json=TASK).status_code == 201
    assert len(store.list_rows("tasks")) == 3
    assert len(store.list_rows("activities")) == 2
    behaviour.faults = [Fault("no_cases_by_status", times=1), Fault("match_incomplete", times=1)]
    assert logiqs.get(f"{PUBLIC}/Case/GetCasesByStatus").status_code == 404
    assert "data" not in match(logiqs, "X", "1").json()["caseData"]


def test_the_pages_show_what_is_there_and_escape_it(
    drive: httpx.Client, logiqs: httpx.Client, store: Store
) -> None:
    """Names come from people's own folders."""
    file_id = store.add_file("<script>alert(1)</script>.pdf", ensure_inbox(store), b"%PDF")
    store.add_folder("empty", ensure_inbox(store))
    page = drive.get("/").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "http://l/" in page
    assert drive.get(f"/view/{file_id}").content == b"%PDF"
    assert drive.get("/view/none").status_code == 404
    assert "none yet" in logiqs.get("/").text
    logiqs.post(f"{PUBLIC}/Task/Task", json=TASK)
    logiqs.post(f"{PUBLIC}/Documents/CaseDocument", params={"CaseID": 41}, **form())
    page = logiqs.get("/").text
    assert "urgent" in page
    assert "/document/1" in page
    assert "O&#x27;Brien" in page
