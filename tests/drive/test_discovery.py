"""The check against Google's document lets only documented calls pass; it is what the other tests rely on."""

import pytest

from tests.drive.discovery import Violation, checked

FILES = "drive/v3/files"


def test_documented_calls_pass() -> None:
    """A listing and a download are known by their method's id."""
    listing = checked("GET", FILES, {"q": ["x"], "fields": ["files(id,capabilities(canEdit))"]}, b"")
    assert listing.method_id == "drive.files.list"
    media = checked("GET", f"{FILES}/abc", {"alt": ["media"]}, b"")
    assert (media.method_id, media.parameters["fileId"], media.is_media) == ("drive.files.get", "abc", True)


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "drive/v2/files", {}, b""),
        ("PUT", FILES, {}, b""),
        ("GET", FILES, {"pagesize": ["10"]}, b""),
        ("GET", FILES, {"pageSize": ["ten"]}, b""),
        ("GET", FILES, {"pageSize": ["1001"]}, b""),
        ("GET", FILES, {"pageToken": [""]}, b""),
        ("GET", FILES, {"supportsAllDrives": ["True"]}, b""),
        ("GET", FILES, {"supportsTeamDrives": ["true"]}, b""),
        ("GET", FILES, {"q": ["a", "b"]}, b""),
        ("GET", FILES, {"alt": ["xml"]}, b""),
        ("GET", FILES, {"alt": ["media"]}, b""),
        ("GET", FILES, {"fields": ["files(id,colour)"]}, b""),
        ("GET", FILES, {"fields": ["items"]}, b""),
        ("GET", FILES, {"fields": ["files(id"]}, b""),
        ("GET", f"{FILES}/abc", {"fields": ["capabilities(canFly)"]}, b""),
        ("GET", "drive/v3/about", {}, b'{"name": "x"}'),
        ("GET", "drive/v3/files/abc/export", {}, b""),
        ("POST", FILES, {}, b'{"colour": "red"}'),
        ("POST", FILES, {}, b'{"parents": "abc"}'),
    ],
)
def test_undocumented_calls_do_not(method: str, path: str, query: dict[str, list[str]], body: bytes) -> None:
    """A wrong path, parameter, type, bound, enum, mask, body or a missing parameter is a violation."""
    with pytest.raises(Violation):
        checked(method, path, query, body)
