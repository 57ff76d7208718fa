"""Credentials, addresses, and connections that threads share."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from googleapiclient.http import MediaInMemoryUpload
from pydantic import SecretStr

from mailroom.config.api_settings import DriveSettings
from mailroom.drive import DriveConnection
from mailroom.drive.credentials import load_credentials
from mailroom.drive.transport import request_token
from mailroom.errors import ConfigError
from tests.drive.conftest import Bench, bench_on
from tests.drive.fake_drive import TOKEN, FakeDrive

ACCOUNT = "mailroom@made-up-project.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def private_key() -> str:
    """A key that was made for this test."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return encoded.decode()


@pytest.fixture
def key(drive: FakeDrive, private_key: str) -> dict[str, str]:
    """A service account's key whose tokens come from the fake Drive's server."""
    return {
        "type": "service_account",
        "client_email": ACCOUNT,
        "token_uri": f"{drive.root_url}token",
        "private_key_id": "1",
        "private_key": private_key,
    }


def with_key(drive: FakeDrive, **settings: Any) -> Bench:
    """A client that signs with a service account."""
    return bench_on(DriveSettings(root_url=drive.root_url, timeout_seconds=5, **settings))


def test_a_key_file_signs_and_its_token_requests_are_not_counted(
    drive: FakeDrive, key: dict[str, str], tmp_path: Path
) -> None:
    """One token request comes before the first call; the meter knows of the two Drive calls only."""
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key), encoding="utf-8")
    bench = with_key(drive, service_account_file=path)
    bench.client.get_folder("inbox")
    bench.client.get_folder("matched")
    assert bench.connection.account == ACCOUNT
    assert (drive.token_requests, bench.meter.calls, len(drive.sent)) == (1, 2, 2)


def test_a_refused_token_is_renewed_once(drive: FakeDrive, key: dict[str, str]) -> None:
    """After a 401 a fresh token is fetched and the call sent again; both calls are counted."""
    bench = with_key(drive, service_account_info=SecretStr(json.dumps(key)))
    bench.client.get_folder("inbox")
    drive.tokens = {"another"}
    bench.client.get_folder("inbox")
    assert (drive.token_requests, bench.meter.calls) == (2, 3)
    assert bench.waits == []


def test_credentials_that_stay_refused_are_for_a_person(drive: FakeDrive, key: dict[str, str]) -> None:
    """A second 401 in a row ends in a configuration error with what to do, and is not repeated."""
    bench = with_key(drive, service_account_info=SecretStr(json.dumps(key)))
    drive.fail("unauthorized", times=9)
    with pytest.raises(ConfigError, match="rejects the credentials") as caught:
        bench.client.get_folder("inbox")
    assert caught.value.code == "drive_credentials_rejected"
    assert len(drive.sent) == 2


def test_a_token_that_is_refused_cannot_be_renewed(drive: FakeDrive, settings: DriveSettings) -> None:
    """An access token that ran out ends the run at the first 401."""
    drive.tokens = set()
    with pytest.raises(ConfigError, match=r"has expired .* MAILROOM_DRIVE__ACCESS_TOKEN"):
        bench_on(settings).client.get_folder("inbox")
    assert len(drive.sent) == 1


def test_who_folders_have_to_be_shared_with(drive: FakeDrive, key: dict[str, str]) -> None:
    """The account's e-mail; with a subject, the user; with a token, nobody is known by name."""
    info = SecretStr(json.dumps(key))
    assert with_key(drive, service_account_info=info).connection.share_with == ACCOUNT
    for_user = with_key(drive, service_account_info=info, subject="scans@firm.example").connection
    assert for_user.share_with == f"scans@firm.example (for whom {ACCOUNT} acts)"
    with_token = with_key(drive, access_token=SecretStr(TOKEN)).connection
    assert with_token.account is None
    assert with_token.share_with == "the account of the access token"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "something that is not a JSON object"),
        (b"not json", "something that is not a JSON object"),
        (b"[]", "something that is not a JSON object"),
        (b"[" * 100_000, "something that is not a JSON object"),
        (b"\xff\xfe", "something that is not a JSON object"),
        (b'{"installed": {"client_secret": "made-up"}}', "an OAuth client secret"),
        (b'{"web": {"client_secret": "made-up"}}', "an OAuth client secret"),
        (b'{"type": "authorized_user", "refresh_token": "made-up"}', "a person's gcloud login"),
        (b'{"client_email": "made-up"}', "JSON without private_key and token_uri"),
        (b'{"client_email": "made-up", "private_key": 1, "token_uri": ""}', "JSON without private_key and"),
    ],
)
def test_a_file_that_is_not_a_key_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    """A key file with something else in it says what it is instead, and quotes nothing of it."""
    path = tmp_path / "key.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        DriveConnection(DriveSettings(service_account_file=path))
    assert caught.value.code == "drive_key_malformed"
    assert f"not a service account's JSON key but {said}" in caught.value.what
    assert "MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE" in str(caught.value)
    assert "made-up" not in str(caught.value)


@pytest.mark.parametrize("change", ["byte-order mark", "escaped line ends", "real line ends"])
def test_a_key_that_was_copied_is_accepted(
    drive: FakeDrive, key: dict[str, str], change: str, tmp_path: Path
) -> None:
    """Windows editors write a byte-order mark; environment files and shells change the line ends."""
    text = json.dumps(key)
    if change == "byte-order mark":
        text = f"\ufeff{text}"
    elif change == "escaped line ends":
        text = json.dumps({**key, "private_key": key["private_key"].replace("\n", "\\n")})
    else:
        text = text.replace("\\n", "\n")
    path = tmp_path / "key.json"
    path.write_text(text, encoding="utf-8")
    for settings in ({"service_account_file": path}, {"service_account_info": SecretStr(text)}):
        assert with_key(drive, **settings).client.get_folder("inbox").id == "inbox"


KEYLESS = {
    "type": "external_account",
    "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k8s",
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    "token_url": "https://sts.googleapis.com/v1/token",
    "service_account_impersonation_url": (
        f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken"
    ),
}


@pytest.mark.parametrize("subject", [None, "scans@firm.example"])
def test_a_workload_identity_signs_without_a_key(tmp_path: Path, subject: str | None) -> None:
    """Google's token service gives a token for the service account, or for the user that it acts for."""
    (tmp_path / "token").write_text("made-up-token-of-the-cluster")
    info = {**KEYLESS, "credential_source": {"file": str(tmp_path / "token")}}
    answers = {
        "sts.googleapis.com": {"access_token": "federated", "expires_in": 3600, "token_type": "Bearer"},
        "iamcredentials.googleapis.com": {
            "accessToken": TOKEN,
            "expireTime": "2099-01-01T00:00:00Z",
            "signedJwt": "signed",
        },
        "oauth2.googleapis.com": {"access_token": TOKEN, "expires_in": 3600},
    }
    asked: list[str] = []

    def send(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.host}{request.url.path.rpartition('/')[2]}")
        return httpx.Response(200, json=answers[request.url.host])

    keyless = DriveSettings(service_account_info=SecretStr(json.dumps(info)), subject=subject)
    credentials = load_credentials(keyless)
    with httpx.Client(transport=httpx.MockTransport(send)) as client:
        credentials.refresh(partial(request_token, client))
    assert credentials.token == TOKEN
    signs = ["iamcredentials.googleapis.com" + f"{ACCOUNT}:signJwt", "oauth2.googleapis.comtoken"]
    assert asked[0] == "sts.googleapis.comtoken"
    assert asked[1:] == (
        signs if subject else [f"iamcredentials.googleapis.com{ACCOUNT}:generateAccessToken"]
    )
    assert DriveConnection(keyless).account == ACCOUNT


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"credential_source": {"executable": {"command": "made-up"}}}, "drive_identity_unsupported"),
        ({"credential_source": {"environment_id": "aws1"}}, "drive_identity_unsupported"),
        ({"service_account_impersonation_url": None}, "drive_identity_without_account"),
        ({"credential_source": {"file": "made-up", "url": "made-up"}}, "drive_identity_unsupported"),
    ],
)
def test_a_workload_identity_that_cannot_be_used_says_what_works(change: dict[str, Any], code: str) -> None:
    """Nothing of the configuration is quoted."""
    info = {**KEYLESS, "credential_source": {"file": "/made-up"}, **change}
    with pytest.raises(ConfigError) as caught:
        load_credentials(DriveSettings(service_account_info=SecretStr(json.dumps(info))))
    assert caught.value.code == code
    assert "made-up" not in str(caught.value)


def test_a_broken_private_key_is_not_quoted(key: dict[str, str]) -> None:
    """A key whose private part is damaged, or of a kind that Google does not use, is refused unseen."""
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for private in ("-----BEGIN made up", elliptic.decode()):
        broken = json.dumps({**key, "private_key": private})
        with pytest.raises(ConfigError) as caught:
            DriveConnection(DriveSettings(service_account_info=SecretStr(broken)))
        assert "private part is damaged" in caught.value.what
        assert "made up" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    """A missing key file, or a directory in its place, is named with the setting to fix."""
    with pytest.raises(ConfigError) as caught:
        DriveConnection(DriveSettings(service_account_file=tmp_path / name))
    assert caught.value.code == "drive_key_missing"
    assert str(tmp_path / name) in caught.value.what


def test_no_credential_at_all_is_named() -> None:
    """Without any credential the settings to choose from are named."""
    with pytest.raises(ConfigError) as caught:
        DriveConnection(DriveSettings())
    assert caught.value.code == "drive_credentials_missing"


def test_every_address_lies_under_the_root(bench: Bench, settings: DriveSettings) -> None:
    """Calls, downloads and uploads all go to the root that is set."""
    files = bench.connection.files(bench.bucket)
    upload = files.create(body={"name": "x"}, media_body=MediaInMemoryUpload(b"x"))
    requests = [files.get(fileId="a"), files.get_media(fileId="a"), files.list(), upload]
    assert all(request.uri.startswith(settings.root_url) for request in requests)


def test_googles_own_root_is_the_default() -> None:
    """With nothing set, calls go to www.googleapis.com over TLS."""
    service = DriveConnection(DriveSettings(access_token=SecretStr(TOKEN))).service()
    assert service.files().list().uri.startswith("https://www.googleapis.com/drive/v3/files?")


def test_connections_are_kept(bench: Bench, drive: FakeDrive) -> None:
    """Calls one after another go over one connection, whatever thread sends them."""
    drive.add_pdf("f1", b"x" * 3000)
    for _ in range(3):
        bench.client.list_children("inbox")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(bench.client.list_children, "inbox").result()
        pool.submit(bench.client.list_children, "inbox").result()
    assert len({call.connection for call in drive.sent}) == 1


def test_threads_work_side_by_side(bench: Bench, drive: FakeDrive) -> None:
    """Many threads share a client, and every call is answered and counted."""
    gate = threading.Barrier(8)

    def look(_: int) -> str:
        gate.wait()
        return bench.client.get_folder("inbox").id

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look, range(8))) == ["inbox"] * 8
    assert bench.meter.calls == len(drive.sent) == 8


def test_a_thread_may_work_for_one_bucket_after_another(settings: DriveSettings, drive: FakeDrive) -> None:
    """A connection serves several clients in turn, and each one's bucket counts its own calls."""
    one, other = bench_on(settings), bench_on(settings)
    on_the_same = replace(other.client, connection=one.connection)
    one.client.get_folder("inbox")
    on_the_same.get_folder("inbox")
    on_the_same.get_folder("inbox")
    assert (one.meter.calls, other.meter.calls) == (1, 2)
    assert len({call.connection for call in drive.sent}) == 1


def test_the_bare_service_is_there_for_other_uses(bench: Bench, drive: FakeDrive) -> None:
    """Without a bucket the service's calls are signed, and not counted."""
    got = bench.connection.service().files().get(fileId="inbox", fields="id").execute()
    assert got == {"id": "inbox"}
    assert (bench.meter.calls, len(drive.sent)) == (0, 1)
