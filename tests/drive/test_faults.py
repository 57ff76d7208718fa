"""What each answer of Drive means, by the table in Google's and rclone's error lists."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import httpx
import pytest
from google.auth.exceptions import RefreshError, TransportError
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.config.block_names import DRIVE_BLOCK
from mailroom.drive import faults
from mailroom.drive.faults import judge_status, judge_transport_error
from mailroom.errors import ConfigError, FileFault, MailroomError, RunStop, Transient

SECRET = "MILLER John 738-12-3456.pdf"


def body_of(reason: str) -> bytes:
    """Drive v3's error body."""
    error = {"domain": "usageLimits", "reason": reason, "message": SECRET}
    return json.dumps({"error": {"errors": [error], "code": 403, "message": SECRET}}).encode()


@pytest.mark.parametrize(
    ("status", "reason", "kind", "code"),
    [
        (403, "userRateLimitExceeded", Transient, "drive_rate_limited"),
        (403, "rateLimitExceeded", Transient, "drive_rate_limited"),
        (429, "rateLimitExceeded", Transient, "drive_rate_limited"),
        (500, "internalError", Transient, "drive_unavailable"),
        (502, "x", Transient, "drive_unavailable"),
        (503, "backendError", Transient, "drive_unavailable"),
        (504, "x", Transient, "drive_unavailable"),
        (408, "x", Transient, "drive_unavailable"),
        (403, "dailyLimitExceeded", RunStop, "daily_limit_exceeded"),
        (403, "downloadQuotaExceeded", RunStop, "download_quota_exceeded"),
        (403, "quotaExceeded", RunStop, "quota_exceeded"),
        (403, "storageQuotaExceeded", RunStop, "storage_quota_exceeded"),
        (403, "teamDriveFileLimitExceeded", RunStop, "shared_drive_full"),
        (403, "numChildrenInNonRootLimitExceeded", RunStop, "folder_full"),
        (403, "sharingRateLimitExceeded", Transient, "sharing_rate_limited"),
        (403, "cannotDownloadAbusiveFile", FileFault, "cannot_download_abusive_file"),
        (403, "fileNotDownloadable", FileFault, "file_not_downloadable"),
        (403, "insufficientFilePermissions", FileFault, "insufficient_file_permissions"),
        (403, "someReasonOfTomorrow", FileFault, "drive_forbidden"),
        (403, "accessNotConfigured", ConfigError, "drive_api_disabled"),
        (403, "insufficientPermissions", ConfigError, "drive_scope_missing"),
        (403, "domainPolicy", ConfigError, "drive_domain_policy"),
        (404, "notFound", FileFault, "vanished"),
        (401, "authError", ConfigError, "drive_credentials_rejected"),
        (400, "invalid", FileFault, "drive_bad_request"),
        (416, "requestedRangeNotSatisfiable", Transient, "download_corrupt"),
        (302, "x", Transient, "drive_unexpected_answer"),
        (410, "x", Transient, "drive_unexpected_answer"),
    ],
)
def test_each_status_and_reason_has_its_kind(
    status: int, reason: str, kind: type[MailroomError], code: str
) -> None:
    """Status and reason decide what is done about a fault, and nothing of the answer's words is kept."""
    fault = judge_status(status, {}, body_of(reason))
    assert type(fault) is kind
    assert fault.code == code
    assert SECRET not in f"{fault!r} {fault} {vars(fault)}"


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b'{"error": {"code": 403, "status": "RESOURCE_EXHAUSTED"}}', Transient, "drive_rate_limited"),
        (
            b'{"error": {"status": "PERMISSION_DENIED", "details": [{"reason": "RATE_LIMIT_EXCEEDED"}]}}',
            Transient,
            "drive_rate_limited",
        ),
        (
            b'{"error": {"status": "PERMISSION_DENIED", "details": [{}, {"reason": "SERVICE_DISABLED"}]}}',
            ConfigError,
            "drive_api_disabled",
        ),
        (b'{"error": {"message": "User Rate Limit Exceeded"}}', Transient, "drive_rate_limited"),
        (
            b'{"error": {"message": "Quota exceeded for quota metric Queries"}}',
            Transient,
            "drive_rate_limited",
        ),
        (b'{"error": {"code": 403, "message": "Forbidden"}}', FileFault, "drive_forbidden"),
        (b'[{"error": {"errors": [{"reason": "notFound"}]}}]', FileFault, "vanished"),
        (b"<html>Forbidden: MILLER</html>", Transient, "drive_unexpected_answer"),
        (b'{"error": "access_denied status"}', Transient, "drive_unexpected_answer"),
        (b"[]", Transient, "drive_unexpected_answer"),
        (b"null", Transient, "drive_unexpected_answer"),
        (b"\xff\xfe", Transient, "drive_unexpected_answer"),
        (b"", Transient, "drive_unexpected_answer"),
    ],
)
def test_a_403_in_every_form_it_comes_in(body: bytes, kind: type[MailroomError], code: str) -> None:
    """Without errors[] the details, the status or the message tell; what is not Google's JSON may pass."""
    fault = judge_status(403, {}, body)
    assert type(fault) is kind
    assert fault.code == code


@settings(deadline=None)
@given(status=st.integers(300, 599), body=st.binary(max_size=200), header=st.text(max_size=40))
def test_no_answer_breaks_the_judging(status: int, body: bytes, header: str) -> None:
    """Whatever comes back, it becomes an error of the tree."""
    assert isinstance(judge_status(status, {"retry-after": header}, body), MailroomError)


def odd(inner: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """Objects with the names that an error body has."""
    return st.dictionaries(
        st.sampled_from(["error", "errors", "details", "reason", "status", "message"]), inner
    )


@settings(deadline=None)
@given(body=st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | odd(inner)))
def test_no_json_breaks_the_judging(body: object) -> None:
    """Nor does JSON of another shape."""
    assert isinstance(judge_status(403, {}, json.dumps(body).encode()), MailroomError)


def test_retry_after_is_kept_for_what_may_pass() -> None:
    """429, 403 and 5xx carry the seconds that the server asked for; a sharing limit an hour at least."""
    for status in (429, 503):
        fault = judge_status(status, {"retry-after": "7"}, b"")
        assert isinstance(fault, Transient)
        assert fault.retry_after == 7.0
    limited = judge_status(403, {"retry-after": "9"}, body_of("rateLimitExceeded"))
    assert isinstance(limited, Transient)
    assert limited.retry_after == 9.0
    sharing = judge_status(403, {"retry-after": "7"}, body_of("sharingRateLimitExceeded"))
    assert isinstance(sharing, Transient)
    assert sharing.retry_after == 3600.0


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("timed out"),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.WriteError("pipe"),
        httpx.RemoteProtocolError("MILLER"),
        httpx.DecodingError("x"),
        httpx.TooManyRedirects("too many"),
        httpx.ProxyError("502 Bad Gateway"),
        TransportError("no way"),
        RefreshError("internal_failure", retryable=True),
    ],
)
def test_a_broken_way_is_transient(error: Exception) -> None:
    """Timeouts, broken connections, TLS errors and unknown hosts may pass by themselves."""
    fault = judge_transport_error(error)
    assert type(fault) is Transient
    assert fault.code == "drive_unreachable"


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ("invalid_grant: Invalid JWT Signature.", "drive_key_revoked", "deleted or disabled"),
        ("invalid_grant: Invalid grant: account not found", "drive_key_revoked", "deleted or disabled"),
        ("deleted_client: The OAuth client was deleted.", "drive_key_revoked", "Create a new JSON key"),
        (
            "invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes)",
            "clock_wrong",
            "clock",
        ),
        ("invalid_grant: Invalid email or User ID", "drive_subject_unknown", "MAILROOM_DRIVE__SUBJECT"),
        ("unauthorized_client: Client is unauthorized", "drive_subject_not_authorised", "client id"),
        ("access_denied: Requested client not authorized.", "drive_subject_not_authorised", "client id"),
        ("invalid_scope: Bad", "drive_scope_missing", "scope"),
        ("<html>", "drive_credentials_rejected", "MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE"),
        ("", "drive_credentials_rejected", "MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE"),
    ],
)
def test_a_refused_token_is_for_a_person(said: str, code: str, words: str) -> None:
    """A token server that says no is a configuration error that says why, and nothing of its answer."""
    fault = judge_transport_error(RefreshError(f"{said} {SECRET}" if said else said))
    assert isinstance(fault, ConfigError)
    assert fault.code == code
    assert words in str(fault)
    assert SECRET not in str(fault)


def test_every_text_is_of_a_code_that_is_used_and_every_such_code_has_texts() -> None:
    """The codes of the tables that name no file's fault, and those that the package names in its calls."""
    tables = dict(faults._TABLES)
    texts = set(tables.pop("texts"))
    listed = {code for name, table in tables.items() if name != "file_faults" for code in table.values()}
    source = "".join(path.read_text(encoding="utf-8") for path in Path(faults.__file__).parent.glob("*.py"))
    called = set(re.findall(r'(?:config_error|run_stop)\(\s*"(\w+)"', source)) | {faults.CREDENTIALS_REJECTED}
    assert listed | called == texts


@pytest.mark.parametrize("code", sorted(faults._TABLES["texts"]))
def test_every_text_is_one_sentence_with_known_placeholders(code: str) -> None:
    """Errors hold ids, paths of settings and accounts, and nothing else."""
    for text in faults._TABLES["texts"][code].values():
        fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert fields <= {"folder", "account", "path", "source", "problem"}
        assert text.endswith(".")


def test_the_texts_name_the_block_that_there_is() -> None:
    """A renamed block is renamed in the table too."""
    table = Path(faults.__file__).with_suffix(".toml").read_text(encoding="utf-8")
    assert set(re.findall(r"[a-z-]+-credentials/\w+", table)) == {DRIVE_BLOCK}
