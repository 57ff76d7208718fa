"""Drive: the credential and its permissions in each folder, without writing."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from mailroom.call_retries import RetryPolicy
from mailroom.config.settings import Settings
from mailroom.doctor.drive import _FolderChecks, check_drive
from mailroom.doctor.lines import Line
from mailroom.drive import DriveClient, DriveConnection
from mailroom.rate_limit import CallMeter, TokenBucket
from mailroom.sandbox.launcher import Sandbox
from tests.service_accounts import add_service_account

ACCOUNT = "mailroom@sandbox.example"


def checked(settings: Settings) -> dict[str, Line]:
    """The lines by their topics."""
    return {line.topic: line for line in check_drive(settings.drive)}


def folder(sandbox: Sandbox, name: str) -> str:
    """The id of the folder of this name."""
    return next(str(item["id"]) for item in sandbox.state()["files"] if item["name"] == name)


@pytest.fixture
def parent(sandbox: Sandbox) -> str:
    """The parent folder of the inbox."""
    files = {item["id"]: item for item in sandbox.state()["files"]}
    return str(files[folder(sandbox, "CP2000_INBOX")]["parents"][0])


def moves_and_creates(sandbox: Sandbox) -> Iterator[str]:
    """Calls to Drive that write."""
    return (kind for _, kind in sandbox.calls("drive") if kind in ("move", "create"))


def test_all_well_and_nothing_written(settings: Settings, sandbox: Sandbox) -> None:
    """The account is named; missing outcome folders are created by the first run, not by the doctor."""
    lines = checked(settings)
    assert list(lines) == [
        "Drive credential",
        "Drive inbox",
        "CP2000_MATCHED",
        "CP2000_UNMATCHED",
        "CP2000_REVIEW",
    ]
    assert ACCOUNT in lines["Drive credential"].words
    assert [line.level for line in lines.values()] == ["ok", "ok", "note", "note", "note"]
    assert "the first run on the real systems creates it beside the inbox" in lines["CP2000_REVIEW"].words
    assert not list(moves_and_creates(sandbox))


def test_a_new_ledger_beside_another_one_is_wrong(settings: Settings) -> None:
    """The folder of matched files names the other one, which has filed. A ledger that is here may be it."""
    bucket = TokenBucket(100, CallMeter())
    drive = DriveClient(settings.drive, DriveConnection(settings.drive), bucket, RetryPolicy(()))
    inbox = drive.get_folder(str(settings.drive.inbox_id))
    matched = replace(inbox, id="matched", properties={"MR-MADEUP": "3.12"})
    for has_ledger, level in ((False, "wrong"), (True, "ok")):
        checks = _FolderChecks(drive, settings.drive, ACCOUNT, has_ledger)
        line = checks._check_folder("CP2000_MATCHED", matched, "found beside the inbox")
        assert line.level == level
        assert ("another ledger of the mail room has filed" in line.words) is not has_ledger


def test_without_a_credential_nothing_is_asked(settings: Settings) -> None:
    """The lines say what to set, for the inbox too; the rest is not checked."""
    settings.drive.access_token = settings.drive.inbox_id = None
    lines = checked(settings)
    assert [line.level for line in lines.values()] == ["wrong", "wrong", "note", "note", "note"]
    assert "MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE" in lines["Drive credential"].fix
    assert "MAILROOM_DRIVE__INBOX_ID" in lines["Drive inbox"].words


def test_a_rejected_token_is_wrong(settings: Settings) -> None:
    """By a real call; the folders are not asked for."""
    settings.drive.access_token = SecretStr("made-up")
    lines = checked(settings)
    assert "rejects the access token" in lines["Drive credential"].words
    assert "not checked" in lines["Drive inbox"].words


@pytest.mark.parametrize(
    ("fault", "said"),
    [("server_error", "does not answer"), ("daily_limit", "quota"), ("forbidden", "refused the request")],
)
def test_an_error_of_drive_is_one_line(settings: Settings, sandbox: Sandbox, fault: str, said: str) -> None:
    """An outage, a quota that is used up, a refusal."""
    sandbox.fault("drive", fault, match="about")
    assert said in checked(settings)["Drive credential"].words


def test_a_missing_inbox_is_reported(settings: Settings) -> None:
    """And the folders beside it cannot be found."""
    settings.drive.inbox_id = None
    lines = checked(settings)
    assert "Not set: MAILROOM_DRIVE__INBOX_ID" in lines["Drive inbox"].words
    assert "beside the inbox" in lines["CP2000_MATCHED"].words


def test_a_folder_that_is_not_shared(settings: Settings, sandbox: Sandbox) -> None:
    """The message says with whom to share it."""
    sandbox.share(settings.drive.inbox_id or "", "none")
    line = checked(settings)["Drive inbox"]
    assert (line.level, "not shared" in line.words, "Share it" in line.fix) == ("wrong", True, True)


def test_an_inbox_that_files_cannot_leave(settings: Settings, sandbox: Sandbox) -> None:
    """Shared for reading only: the line names the account and the permission that it needs."""
    sandbox.share(settings.drive.inbox_id or "", "reader")
    line = checked(settings)["Drive inbox"]
    assert (line.level, "nothing could be moved out of it" in line.words) == ("wrong", True)
    assert f"Share it with {ACCOUNT} as Editor" in line.fix


def test_a_service_account_is_named(settings: Settings, sandbox: Sandbox) -> None:
    """By the e-mail of its key, since folders are shared with it."""
    email = "mailroom@firm.iam.gserviceaccount.com"
    settings.drive.access_token = None
    settings.drive.service_account_info = SecretStr(json.dumps(add_service_account(sandbox, email)))
    sandbox.share(settings.drive.inbox_id or "", "reader")
    lines = checked(settings)
    assert email in lines["Drive credential"].words
    assert email in lines["Drive inbox"].fix


def test_outcome_folders_that_cannot_be_created(settings: Settings, sandbox: Sandbox, parent: str) -> None:
    """The inbox may be written to, its parent only read."""
    sandbox.share(parent, "reader")
    lines = checked(settings)
    assert lines["Drive inbox"].level == "ok"
    assert ACCOUNT in lines["CP2000_MATCHED"].words
    assert "REVIEW_ID" in lines["CP2000_REVIEW"].fix


def test_a_parent_that_is_not_shared(settings: Settings, sandbox: Sandbox, parent: str) -> None:
    """The folders are made in the inbox then, as a run does."""
    sandbox.share(parent, "none")
    assert "in the inbox" in checked(settings)["CP2000_MATCHED"].words


def test_outcome_folders_that_are_set(settings: Settings, sandbox: Sandbox, parent: str) -> None:
    """Correct, read-only, missing, and the inbox itself."""
    settings.drive.matched_id = parent
    settings.drive.unmatched_id = settings.drive.inbox_id
    settings.drive.review_id = "no-such-folder"
    lines = checked(settings)
    assert (lines["CP2000_MATCHED"].level, "from the settings" in lines["CP2000_MATCHED"].words) == (
        "ok",
        True,
    )
    assert "the inbox itself" in lines["CP2000_UNMATCHED"].words
    assert "does not exist or is not shared" in lines["CP2000_REVIEW"].words
    sandbox.share(parent, "reader")
    assert "nothing could be moved into it" in checked(settings)["CP2000_MATCHED"].words


def test_outcome_folders_that_are_found(settings: Settings, sandbox: Sandbox, parent: str) -> None:
    """Beside the inbox, by their names."""
    import httpx  # noqa: PLC0415 - this test alone makes a folder by hand

    token = settings.drive.access_token
    assert token is not None
    made = httpx.post(
        f"{settings.drive.root_url}drive/v3/files",
        json={"name": "CP2000_REVIEW", "mimeType": "application/vnd.google-apps.folder", "parents": [parent]},
        headers={"Authorization": f"Bearer {token.get_secret_value()}"},
    ).json()["id"]
    line = checked(settings)["CP2000_REVIEW"]
    assert (line.level, made in line.words) == ("ok", True)
    sandbox.share(made, "reader")
    assert checked(settings)["CP2000_REVIEW"].level == "wrong"


def test_a_folder_that_may_not_be_listed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drive reports this permission separately."""
    from mailroom.drive import DriveClient  # noqa: PLC0415 - this test alone looks inside

    look = DriveClient.get_folder
    monkeypatch.setattr(
        DriveClient,
        "get_folder",
        lambda client, folder: replace(look(client, folder), can_list_children=False),
    )
    assert "cannot be listed" in checked(settings)["Drive inbox"].words
