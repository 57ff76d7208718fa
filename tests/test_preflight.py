"""Wrong permissions, keys and addresses, found at the start of a run by real calls to a sandbox's Drive and
Logiqs.

The whole command turns each of these lines into exit code 2 (tests/end_to_end); here they are only raised.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from blocks import GoogleDriveCredentials
from blocks.google_drive import ServiceAccountKey
from mailroom.config.settings import load_settings
from mailroom.errors import ConfigError
from mailroom.run import context
from mailroom.run.context import RunContext
from mailroom.run.options import RunOptions
from mailroom.sandbox.launcher import Sandbox
from tests.run.no_readers import NoReaders
from tests.sandbox_thread import SandboxThread
from tests.service_accounts import add_service_account

EMAIL = "mailroom@made-up-project.iam.gserviceaccount.com"
USER = "scans@firm.example"


@pytest.fixture(autouse=True)
def without_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is read."""
    monkeypatch.setattr(context, "ReaderPool", NoReaders)


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all these tests: an inbox in a folder of its own, and no files."""
    with SandboxThread.start(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, open and well-behaved at the start of each test."""
    shared_sandbox.share(top_of(shared_sandbox), "fileOrganizer")
    shared_sandbox.share(inbox_of(shared_sandbox), "fileOrganizer")
    yield shared_sandbox
    for system in ("drive", "logiqs"):
        shared_sandbox.behave(system, clear=True)


@pytest.fixture(scope="module")
def key(shared_sandbox: Sandbox) -> dict[str, str]:
    """A service account's JSON key that the sandbox accepts, also for one user."""
    return add_service_account(shared_sandbox, EMAIL, [USER])


def inbox_of(sandbox: Sandbox) -> str:
    """The id of the sandbox's inbox."""
    return str(sandbox.settings()["drive"]["inbox_id"])


def top_of(sandbox: Sandbox) -> str:
    """The id of the folder that the inbox is in."""
    [inbox] = [item for item in sandbox.state()["files"] if item["id"] == inbox_of(sandbox)]
    return str(inbox["parents"][0])


def preflight(
    sandbox: Sandbox,
    tmp_path: Path,
    drive: dict[str, Any] | None = None,
    logiqs: dict[str, Any] | None = None,
    *,
    dry_run: bool = False,
) -> None:
    """Open an run on the sandbox with other settings than its own, and make its preflight."""
    given = sandbox.settings()
    settings = load_settings(
        drive={"calls_per_second": 1000, **given["drive"], **(drive or {})},
        logiqs={"calls_per_second": 1000, **given["logiqs"], **(logiqs or {})},
        ledger_url=f"sqlite:///{tmp_path / 'ledger.sqlite3'}",
        state_dir=tmp_path,
        retry_delay=0,
    )
    with RunContext.open("run", settings, RunOptions(dry_run=dry_run)) as run:
        run.preflight()


def refused(sandbox: Sandbox, tmp_path: Path, *settings: dict[str, Any]) -> ConfigError:
    """The one line that the preflight ends with."""
    with pytest.raises(ConfigError) as error:
        preflight(sandbox, tmp_path, *settings)
    assert "\n" not in str(error.value)
    assert "made-up-secret" not in str(error.value)
    return error.value


def signs_with(key: dict[str, str], **more: Any) -> dict[str, Any]:
    """Settings with a key instead of the sandbox's token."""
    return {"access_token": None, "service_account_info": SecretStr(json.dumps(key)), **more}


def test_a_service_account_signs_from_a_file_and_from_a_block(
    sandbox: Sandbox, key: dict[str, str], tmp_path: Path
) -> None:
    """The key file, the JSON in a block, and a user to act for: each gets through to the end."""
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key))
    preflight(sandbox, tmp_path, {"access_token": None, "service_account_file": path})
    block = GoogleDriveCredentials(
        credential=ServiceAccountKey(service_account_info=SecretStr(json.dumps(key))), subject=USER
    )
    preflight(sandbox, tmp_path, {"access_token": None, **block.settings()})


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("invalid_grant", "drive_key_revoked"),
        ("short_lived_token", "clock_wrong"),
        ("unauthorized_client", "drive_subject_not_authorised"),
    ],
)
def test_a_refused_service_account_says_why(
    sandbox: Sandbox, key: dict[str, str], tmp_path: Path, fault: str, code: str
) -> None:
    """A deleted key, a wrong clock and a missing delegation are three different things to do."""
    sandbox.fault("drive", fault)
    assert refused(sandbox, tmp_path, signs_with(key)).code == code


def test_a_deleted_key_is_refused_by_its_signature(
    sandbox: Sandbox, key: dict[str, str], tmp_path: Path
) -> None:
    """The account has another key by now."""
    newer = add_service_account(sandbox, "rotated@made-up-project.example")
    older = {**newer, "private_key": key["private_key"]}
    assert refused(sandbox, tmp_path, signs_with(older)).code == "drive_key_revoked"


def test_a_user_that_the_account_may_not_act_for(
    sandbox: Sandbox, key: dict[str, str], tmp_path: Path
) -> None:
    """Without domain-wide delegation for that user."""
    error = refused(sandbox, tmp_path, signs_with(key, subject="boss@firm.example"))
    assert error.code == "drive_subject_not_authorised"


def test_an_access_token_that_ran_out(sandbox: Sandbox, tmp_path: Path) -> None:
    """Drive answers 401, and nothing can renew it."""
    error = refused(sandbox, tmp_path, {"access_token": SecretStr("made-up-secret")})
    assert error.code == "drive_access_token_rejected"
    assert "has expired" in error.what


def test_a_folder_that_is_not_shared_names_the_e_mail(
    sandbox: Sandbox, key: dict[str, str], tmp_path: Path
) -> None:
    """The person reads with whom to share it."""
    sandbox.share(inbox_of(sandbox), "none")
    error = refused(sandbox, tmp_path, signs_with(key))
    assert error.code == "folder_not_found"
    assert EMAIL in error.what
    assert f"Share it with {EMAIL}" in error.fix


def test_an_inbox_for_reading_only_is_found_before_anything_is_filed(
    sandbox: Sandbox, key: dict[str, str], tmp_path: Path
) -> None:
    """By its capabilities; a dry run only reads, and goes."""
    sandbox.share(inbox_of(sandbox), "reader")
    error = refused(sandbox, tmp_path, signs_with(key))
    assert error.code == "folder_read_only"
    assert EMAIL in error.fix
    preflight(sandbox, tmp_path, signs_with(key), dry_run=True)


def test_no_permission_to_make_the_outcome_folders(tmp_path: Path) -> None:
    """The parent is there for reading only: share it, or name folders of one's own."""
    with SandboxThread.start(tmp_path / "new") as sandbox:
        sandbox.share(top_of(sandbox), "reader")
        sandbox.share(inbox_of(sandbox), "writer")
        error = refused(sandbox, tmp_path)
        assert error.code == "folder_not_creatable"
        assert "MAILROOM_DRIVE__MATCHED_ID" in error.fix
        # Where the parent is not there at all, they are made in the inbox.
        sandbox.share(top_of(sandbox), "none")
        preflight(sandbox, tmp_path)
        made = {item["name"]: item["parents"] for item in sandbox.state()["files"]}
        assert made["CP2000_REVIEW"] == [inbox_of(sandbox)]


def test_an_outcome_folder_for_reading_only(sandbox: Sandbox, tmp_path: Path) -> None:
    """Found by name, or named by its id: nothing could be moved into it."""
    preflight(sandbox, tmp_path)
    review = next(item["id"] for item in sandbox.state()["files"] if item["name"] == "CP2000_REVIEW")
    sandbox.share(review, "reader")
    for settings in ({}, {"review_id": review}):
        assert refused(sandbox, tmp_path, settings).code == "folder_not_writable"
    preflight(sandbox, tmp_path, dry_run=True)
    sandbox.share(review, "fileOrganizer")


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize(("call", "scope"), [("case", "case.read"), ("activities", "activity.read")])
def test_a_scope_for_reading_is_missed_at_the_start(
    sandbox: Sandbox, tmp_path: Path, call: str, scope: str, status: int
) -> None:
    """Logiqs refuses in two ways."""
    sandbox.fault("logiqs", "missing_scope", match=call, value=status)
    error = refused(sandbox, tmp_path)
    assert error.code == "logiqs_scope_missing"
    assert f"lacks the scope {scope}." in error.what


def logiqs_root(sandbox: Sandbox) -> str:
    """The sandbox's Logiqs without the API's path."""
    return str(sandbox.settings()["logiqs"]["base_url"]).removesuffix("publicapi/V4/")


def test_another_tenants_address_or_key(sandbox: Sandbox, tmp_path: Path) -> None:
    """A tenant does not know another one's key."""
    error = refused(sandbox, tmp_path, {}, {"api_key": SecretStr("made-up-secret")})
    assert error.code == "logiqs_credentials_rejected"
    assert "MAILROOM_LOGIQS__BASE_URL: it is your tenant's" in error.fix


def test_a_key_that_the_match_service_does_not_know(sandbox: Sandbox, tmp_path: Path) -> None:
    """It is another key than Logiqs'."""
    error = refused(sandbox, tmp_path, {}, {"match_api_key": SecretStr("made-up-secret")})
    assert error.code == "match_key_rejected"
    assert "MAILROOM_LOGIQS__MATCH_API_KEY" in error.fix


@pytest.mark.parametrize("path", ["", "publicapi/", "publicapi/V3/", "match"])
def test_a_base_url_without_the_apis_path(sandbox: Sandbox, tmp_path: Path, path: str) -> None:
    """404 says that there is no such route, not that there is no such case."""
    error = refused(sandbox, tmp_path, {}, {"base_url": logiqs_root(sandbox) + path})
    assert error.code == "base_url_not_logiqs"
    assert "https://TENANT.logiqsapi.com/publicapi/V4/" in error.fix


def test_a_missing_slash_and_older_hosts_go(sandbox: Sandbox, tmp_path: Path) -> None:
    """The slash is put there; a host's name is not looked at, since the older ones are still served."""
    preflight(sandbox, tmp_path, {}, {"base_url": logiqs_root(sandbox) + "publicapi/V4"})
    by_name = logiqs_root(sandbox).replace("127.0.0.1", "localhost")
    preflight(sandbox, tmp_path, {}, {"base_url": by_name + "publicapi/V4/"})


@pytest.mark.parametrize(
    ("fault", "said"),
    [("html", "web page"), ("no_route", "answers 404"), ("elsewhere", "login page")],
)
@pytest.mark.parametrize(
    ("call", "code", "setting"),
    [
        ("case", "base_url_not_logiqs", "MAILROOM_LOGIQS__BASE_URL"),
        ("match", "match_url_not_the_service", "MAILROOM_LOGIQS__MATCH_URL"),
    ],
)
def test_an_address_where_something_else_answers(
    sandbox: Sandbox, tmp_path: Path, call: str, code: str, setting: str, fault: str, said: str
) -> None:
    """A web page, nothing, or a redirect to a login page."""
    sandbox.fault("logiqs", fault, match=call)
    error = refused(sandbox, tmp_path)
    assert error.code == code
    assert said in error.what
    assert setting in error.fix


def test_folders_of_any_name(sandbox: Sandbox, tmp_path: Path) -> None:
    """Slashes, line breaks, emoji and 300 characters in the names of inbox and parent change nothing."""
    given = sandbox.settings()["drive"]
    for name in ("IRS/2026\n\r\t📬 'ours' \\ \"theirs\"", "x" * 300):
        for folder in (inbox_of(sandbox), top_of(sandbox)):
            httpx.patch(
                f"{given['root_url']}drive/v3/files/{folder}",
                json={"name": name},
                headers={"Authorization": f"Bearer {given['access_token']}"},
            ).raise_for_status()
        preflight(sandbox, tmp_path)
