"""The sandbox's Drive: folders that are not shared or only for reading, and service accounts."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.auth import crypt, jwt

from mailroom.sandbox.drive.server import DriveServer
from mailroom.sandbox.drive.tokens import DRIVE_SCOPE, GRANT
from mailroom.sandbox.faults import Behaviour, Fault
from mailroom.sandbox.seeding import ensure_inbox
from mailroom.sandbox.store import FOLDER, Store
from tests.sandbox.clients import BEARER, list_files, serve
from tests.service_accounts import create_service_account

EMAIL = "mailroom@made-up-project.iam.gserviceaccount.com"
CHILDREN = "'{}' in parents and trashed = false"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with a file in the inbox."""
    made = Store(tmp_path / "state")
    made.add_file("1.pdf", ensure_inbox(made), b"%PDF")
    yield made
    made.close()


@pytest.fixture
def server(store: Store) -> DriveServer:
    """A Drive on this store."""
    return DriveServer(store, "token", Behaviour(), {})


@pytest.fixture
def drive(server: DriveServer) -> Iterator[httpx.Client]:
    """A client of the Drive, with its token."""
    with serve(server.app()) as root, httpx.Client(base_url=root, headers=BEARER) as client:
        yield client


def get_capabilities(drive: httpx.Client, file_id: str) -> dict[str, bool]:
    """Return a folder's capabilities."""
    asked = {"fields": "capabilities"}
    told: dict[str, bool] = drive.get(f"/drive/v3/files/{file_id}", params=asked).json()["capabilities"]
    return told


def read_reason(answer: httpx.Response) -> tuple[int, str]:
    """Return status and Google's reason of a refusal."""
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def move(drive: httpx.Client, file_id: str, source: str, target: str) -> httpx.Response:
    """Move a file with ``files.update``."""
    return drive.patch(f"/drive/v3/files/{file_id}", params={"addParents": target, "removeParents": source})


def test_a_read_only_folder_allows_no_changes(drive: httpx.Client, server: DriveServer, store: Store) -> None:
    """Files can be listed and downloaded, not moved or created; the capabilities say so."""
    inbox = ensure_inbox(store)
    [file] = store.list_files(inbox)
    other = store.add_folder("other", None)
    assert all(get_capabilities(drive, inbox)[name] for name in ("canAddChildren", "canRemoveChildren"))
    server.permissions.share(inbox, "reader")
    told = get_capabilities(drive, inbox)
    assert told["canListChildren"]
    assert not any(told[name] for name in ("canAddChildren", "canRemoveChildren", "canEdit"))
    assert len(list_files(drive, q=CHILDREN.format(inbox)).json()["files"]) == 1
    assert drive.get(f"/drive/v3/files/{file['id']}", params={"alt": "media"}).content == b"%PDF"
    assert read_reason(move(drive, file["id"], inbox, other)) == (403, "insufficientFilePermissions")
    loose = store.add_file("2.pdf", other, b"%PDF")
    assert read_reason(move(drive, loose, other, inbox)) == (403, "insufficientParentPermissions")
    body = {"name": "x", "mimeType": FOLDER, "parents": [inbox]}
    assert read_reason(drive.post("/drive/v3/files", json=body)) == (403, "insufficientParentPermissions")


def test_folders_that_are_not_shared_are_not_found(
    drive: httpx.Client, server: DriveServer, store: Store
) -> None:
    """404 for the folder and below it; a shared folder below it is found, without a parent."""
    inbox = ensure_inbox(store)
    [file] = store.list_files(inbox)
    parent = store.find_file(inbox)["parents"][0]
    server.permissions.share(parent, "none")
    for file_id in (parent, inbox, file["id"]):
        assert read_reason(drive.get(f"/drive/v3/files/{file_id}")) == (404, "notFound")
    assert read_reason(list_files(drive, q=CHILDREN.format(inbox))) == (404, "notFound")
    server.permissions.share(inbox, "writer")
    assert drive.get(f"/drive/v3/files/{inbox}", params={"fields": "id,parents"}).json() == {"id": inbox}
    assert [item["id"] for item in list_files(drive).json()["files"]] == [inbox, file["id"]]


def test_a_contributor_of_a_shared_drive_adds_but_does_not_move(
    drive: httpx.Client, server: DriveServer, store: Store
) -> None:
    """That is Google's role "writer" on shared drives; a content manager can move files."""
    top = store.add_folder("drive", None, drive_id="D1")
    source, target = store.add_folder("source", top), store.add_folder("target", top)
    file = store.add_file("1.pdf", source, b"%PDF")
    server.permissions.share(top, "writer")
    told = get_capabilities(drive, source)
    assert (told["canAddChildren"], told["canMoveChildrenWithinDrive"]) == (True, False)
    assert "canRemoveChildren" not in told
    assert read_reason(move(drive, file, source, target)) == (403, "insufficientFilePermissions")
    server.permissions.share(top, "fileOrganizer")
    assert move(drive, file, source, target).status_code == 200


def test_a_misspelt_role_is_refused(server: DriveServer, store: Store) -> None:
    """A test with a misspelt role would prove nothing."""
    with pytest.raises(ValueError, match="editor"):
        server.permissions.share(ensure_inbox(store), "editor")


def sign_assertion(key: dict[str, str], **claims: Any) -> str:
    """Return the assertion that a client signs to get a token."""
    now = int(time.time())
    said = {"iss": EMAIL, "aud": key["token_uri"], "scope": DRIVE_SCOPE, "iat": now, "exp": now + 3600}
    signer = crypt.RSASigner.from_service_account_info(key)
    signed: bytes = jwt.encode(signer, {**said, **claims})
    return signed.decode()


def request_token(drive: httpx.Client, signed: str) -> httpx.Response:
    """Return the answer to ``POST /token``."""
    return drive.post("/token", data={"grant_type": GRANT, "assertion": signed})


@pytest.fixture
def key(drive: httpx.Client) -> dict[str, str]:
    """The key of a registered account that can act for one user."""
    made, public_key = create_service_account(EMAIL, "http://127.0.0.1/token")
    told = {"email": EMAIL, "public_key": public_key, "subjects": ["scans@firm.example"]}
    admin = {"X-Sandbox-Token": "token"}
    assert drive.post("/_sandbox/accounts", json=told, headers=admin).status_code == 200
    return made


def test_a_signed_assertion_gets_a_token_that_drive_accepts(drive: httpx.Client, key: dict[str, str]) -> None:
    """For itself and for a user that it can act for; no other token is accepted."""
    for claims in ({}, {"sub": "scans@firm.example"}):
        answer = request_token(drive, sign_assertion(key, **claims)).json()
        assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)
        bearer = {"Authorization": f"Bearer {answer['access_token']}"}
        assert drive.get("/drive/v3/files", headers=bearer).status_code == 200
    assert drive.get("/drive/v3/files", headers={"Authorization": "Bearer other"}).status_code == 401


@pytest.mark.parametrize(
    ("claims", "code", "words"),
    [
        ({"iss": "other@made-up"}, "invalid_grant", "Signature"),
        ({"iat": time.time() - 7200, "exp": time.time() - 3600}, "invalid_grant", "short-lived"),
        ({"iat": time.time() + 3600, "exp": time.time() + 7200}, "invalid_grant", "short-lived"),
        ({"exp": time.time() + 7200}, "invalid_grant", "short-lived"),
        ({"sub": "boss@firm.example"}, "unauthorized_client", "unauthorized"),
        ({"scope": "https://www.googleapis.com/auth/gmail.send"}, "unauthorized_client", "unauthorized"),
    ],
)
def test_an_invalid_assertion_is_refused_as_by_google(
    drive: httpx.Client, key: dict[str, str], claims: dict[str, Any], code: str, words: str
) -> None:
    """Unknown accounts, wrong clocks, other users."""
    answer = request_token(drive, sign_assertion(key, **claims))
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == code
    assert words in answer.json()["error_description"]


def test_a_forged_assertion_is_refused(drive: httpx.Client, key: dict[str, str]) -> None:
    """Another key's signature, no signature, no JWT, no grant."""
    other, _ = create_service_account(EMAIL, key["token_uri"])
    head, claims, _ = sign_assertion(key).split(".")
    for forged in (sign_assertion(other), f"{head}.{claims}.", "made-up", f"{claims}.{claims}.{claims}"):
        assert request_token(drive, forged).json()["error"] == "invalid_grant"
    assert drive.post("/token", data={"grant_type": "password"}).status_code == 400


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("invalid_grant", "invalid_grant"),
        ("short_lived_token", "invalid_grant"),
        ("unauthorized_client", "unauthorized_client"),
    ],
)
def test_the_token_server_refuses_by_name(
    drive: httpx.Client, server: DriveServer, key: dict[str, str], fault: str, code: str
) -> None:
    """The fault hits the token server only, and its requests do not count as calls to Drive."""
    server.behaviour.faults.append(Fault(fault, times=1))
    assert request_token(drive, sign_assertion(key)).json()["error"] == code
    assert request_token(drive, sign_assertion(key)).status_code == 200
    assert server.behaviour.calls == []
    assert json.loads(drive.get("/drive/v3/files").content)["files"]
