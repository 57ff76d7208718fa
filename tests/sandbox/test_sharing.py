"""The sandbox's Drive honours rights as Drive does, and tells of them."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mailroom.sandbox.drive_server import DriveServer
from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.sharing import Sharing
from mailroom.sandbox.store import FOLDER, Store
from tests.sandbox.test_servers import BEARER, served

CAPABILITIES = "parents,capabilities(canAddChildren,canRemoveChildren,canMoveChildrenWithinDrive,canEdit)"


class Place:
    """A Drive with an inbox, a folder beside it and a file, asked over HTTP."""

    def __init__(self, directory: Path) -> None:
        self.store = Store(directory)
        self.top = self.store.add_folder("top", None)
        self.inbox = self.store.add_folder("inbox", self.top)
        self.beside = self.store.add_folder("beside", self.top)
        self.file = self.store.add_file("a.pdf", self.inbox, b"%PDF")
        self.server = DriveServer(self.store, "token", Behaviour(), {})

    def asked(self, method: str, path: str, **parts: object) -> httpx.Response:
        """One call."""
        with served(self.server.app()) as root, httpx.Client(base_url=root, headers=BEARER) as client:
            return client.request(method, path, **parts)  # type: ignore[arg-type]

    def move(self) -> httpx.Response:
        """The file out of the inbox into the folder beside it."""
        params = {"addParents": self.beside, "removeParents": self.inbox}
        return self.asked("PATCH", f"/drive/v3/files/{self.file}", params=params)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The Drive."""
    made = Place(tmp_path)
    yield made
    made.store.close()


def reason(answer: httpx.Response) -> str:
    """Google's word for a refusal."""
    return str(answer.json()["error"]["errors"][0]["reason"])


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("writer", [True, True, True, True]),
        ("contributor", [True, True, False, False]),
        ("reader", [False, False, False, False]),
    ],
)
def test_capabilities_tell_the_right(place: Place, role: str, told: list[bool]) -> None:
    """The parent's right holds for what lies in it."""
    place.server.sharing.share(place.top, role)
    found = place.asked("GET", f"/drive/v3/files/{place.inbox}", params={"fields": CAPABILITIES}).json()
    names = ("canEdit", "canAddChildren", "canRemoveChildren", "canMoveChildrenWithinDrive")
    assert [found["capabilities"][name] for name in names] == told


def test_on_a_shared_drive_another_capability_counts(tmp_path: Path) -> None:
    """As the reference says: canRemoveChildren is not used there."""
    store = Store(tmp_path)
    folder = store.add_folder("x", None, drive_id="D1")
    sharing = Sharing(store)
    assert sharing.allows("canMoveChildrenWithinDrive", folder)
    assert not sharing.allows("canRemoveChildren", folder)
    with pytest.raises(ValueError, match="owner"):
        sharing.share(folder, "owner")
    store.close()


def test_what_is_not_shared_is_not_there(place: Place) -> None:
    """Neither asked for, nor listed, nor as a parent."""
    place.server.sharing.share(place.top, "none")
    place.server.sharing.share(place.inbox, "writer")
    assert place.asked("GET", f"/drive/v3/files/{place.beside}").status_code == 404
    names = [item["name"] for item in place.asked("GET", "/drive/v3/files").json()["files"]]
    assert names == ["inbox", "a.pdf"]
    found = place.asked("GET", f"/drive/v3/files/{place.inbox}", params={"fields": "parents"}).json()
    assert found["parents"] == []
    assert place.move().status_code == 404


@pytest.mark.parametrize(
    ("where", "role", "said"),
    [
        ("inbox", "reader", "insufficientFilePermissions"),
        ("inbox", "contributor", "insufficientFilePermissions"),
        ("beside", "reader", "insufficientParentPermissions"),
    ],
)
def test_a_move_needs_both_rights(place: Place, where: str, role: str, said: str) -> None:
    """Out of the one folder, and into the other."""
    place.server.sharing.share(getattr(place, where), role)
    answer = place.move()
    assert (answer.status_code, reason(answer)) == (403, said)
    place.server.sharing.share(getattr(place, where), "writer")
    assert place.move().status_code == 200


def test_a_folder_is_created_only_with_the_right(place: Place) -> None:
    """Its parent's."""
    place.server.sharing.share(place.top, "reader")
    body = {"name": "x", "mimeType": FOLDER, "parents": [place.top]}
    answer = place.asked("POST", "/drive/v3/files", json=body)
    assert (answer.status_code, reason(answer)) == (403, "insufficientParentPermissions")
