"""What to do about each fault of Google Drive, or of the connection to it.

One table from HTTP status and Google's ``reason`` to the tree of `mailroom.errors`. What an answer says in
words is read here to tell faults apart and goes no further: it may quote a file's name. The transport judges
every answer before googleapiclient sees it, because that one logs bodies it cannot parse and stumbles over
odd ones (a 403 whose ``error`` is a string is a TypeError there).

Sources: Google's page "Resolve errors" of the Drive API, and rclone's Drive backend.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any

import httplib2
from google.auth.exceptions import GoogleAuthError, TransportError

from mailroom.errors import ConfigError, FileFault, MailroomError, RunStop, Transient
from mailroom.rate_limit import parse_retry_after

# What the connection to Drive raises: sockets and TLS (OSError), broken answers, httplib2's own, token
# requests.
TRANSPORT_ERRORS = (OSError, http.client.HTTPException, httplib2.HttpLib2Error, GoogleAuthError)

UNREACHABLE = "drive_unreachable"
UNAVAILABLE = "drive_unavailable"
UNEXPECTED = "drive_unexpected_answer"
RATE_LIMITED = "drive_rate_limited"
CORRUPT = "download_corrupt"
VANISHED = "vanished"
BAD_REQUEST = "drive_bad_request"
FORBIDDEN = "drive_forbidden"
CREDENTIALS_REJECTED = "drive_credentials_rejected"

# Statuses that say enough without their body. Only bytes that the listing promised are asked for, so a 416
# means that the file is shorter than it was listed.
_PERMANENT = {400: BAD_REQUEST, 404: VANISHED}
_TEMPORARY = {408: UNAVAILABLE, 416: CORRUPT, 429: RATE_LIMITED}

# Google names no time for it; sharing limits are counted by the day.
SHARING_WAIT_SECONDS = 3600.0

_RATE = frozenset(
    {"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"},
)

_STOPS = {
    "dailyLimitExceeded": ("daily_limit_exceeded", "The Cloud project's Drive quota for today is used up."),
    "downloadQuotaExceeded": (
        "download_quota_exceeded",
        "Drive allows no more downloads for now: its download quota is used up.",
    ),
    "quotaExceeded": ("quota_exceeded", "A quota of the Drive account is used up."),
    "storageQuotaExceeded": ("storage_quota_exceeded", "The Drive account's storage is full."),
    "teamDriveFileLimitExceeded": (
        "shared_drive_full",
        "The shared drive is full: it holds as many files as Google allows.",
    ),
    "numChildrenInNonRootLimitExceeded": (
        "folder_full",
        "A Drive folder that files are moved to is full: it holds as many files as Google allows.",
    ),
}

# Every one of these is about the one file; the code is the file's reason.
_FILE_FAULTS = {
    "cannotDownloadAbusiveFile": "cannot_download_abusive_file",
    "cannotDownloadFile": "cannot_download_file",
    "fileNotDownloadable": "file_not_downloadable",
    "insufficientFilePermissions": "insufficient_file_permissions",
    "insufficientParentPermissions": "insufficient_parent_permissions",
    "appNotAuthorizedToFile": "app_not_authorized_to_file",
    "cannotAddParent": "cannot_add_parent",
    "fileOwnerNotMemberOfTeamDrive": "owner_not_member_of_shared_drive",
    "fileWriterTeamDriveMoveInDisabled": "move_into_shared_drive_disabled",
    "notFound": VANISHED,
}

_CONFIG = {
    "accessNotConfigured": (
        "drive_api_disabled",
        "The Google Drive API is not enabled in the credential's Cloud project.",
        "Enable it in the Cloud console under APIs & Services, and wait a few minutes.",
    ),
    "insufficientPermissions": (
        "drive_scope_missing",
        "The Drive credential does not carry the scope https://www.googleapis.com/auth/drive.",
        "Create the access token, or the domain-wide delegation, with that scope.",
    ),
    "domainPolicy": (
        "drive_domain_policy",
        "The domain's administrators do not allow this app to use Drive.",
        "Ask them to allow it in the Workspace admin console.",
    ),
}
_CONFIG["SERVICE_DISABLED"] = _CONFIG["accessNotConfigured"]
_CONFIG["ACCESS_TOKEN_SCOPE_INSUFFICIENT"] = _CONFIG["insufficientPermissions"]

_DELEGATION = (
    "Authorise the service account's client id for the scope https://www.googleapis.com/auth/drive in the "
    "Workspace admin console (Security, API controls, Domain-wide delegation), or leave the subject empty."
)
# By the OAuth code of the token server.
_TOKEN_REFUSED = {
    "invalid_client": (
        "drive_key_revoked",
        "Google does not accept the service account's key: the key, or its account, was deleted or disabled.",
        "Make a new JSON key, and set its path or renew the block google-drive-credentials/mailroom.",
    ),
    "clock": (
        "clock_wrong",
        "Google does not accept the service account's signature: this machine's clock is wrong.",
        "Set the clock (for example: timedatectl set-ntp true), and start again.",
    ),
    "subject": (
        "drive_subject_unknown",
        "Google does not know the user for whom the service account acts.",
        "Correct MAILROOM_DRIVE__SUBJECT, or the field Act for of the block google-drive-credentials/mailroom.",
    ),
    "unauthorized_client": (
        "drive_subject_not_authorised",
        "The service account may not act for the user that MAILROOM_DRIVE__SUBJECT or the block names.",
        _DELEGATION,
    ),
    "invalid_scope": _CONFIG["insufficientPermissions"],
}
_TOKEN_REFUSED["access_denied"] = _TOKEN_REFUSED["unauthorized_client"]
_TOKEN_REFUSED["deleted_client"] = _TOKEN_REFUSED["disabled_client"] = _TOKEN_REFUSED["invalid_client"]
# All of these are "invalid_grant"; only Google's words tell them apart.
_GRANT_REFUSED = {"short-lived": "clock", "User ID": "subject", "impersonation": "subject"}


def judge_status(status: int, headers: Mapping[str, str], body: bytes) -> MailroomError:
    """Return the error for an answer whose status is not 2xx.

    Args:
        status: the HTTP status.
        headers: the answer's headers, names in lower case.
        body: the answer's body, JSON or not.

    Returns:
        The error to raise. It holds constants of this module and nothing from the answer but the seconds
        of its Retry-After.
    """
    wait = parse_retry_after(headers.get("retry-after"))
    if status == 403:
        return _judge_403(_list_reasons(body), wait)
    if status == 401:
        return credentials_rejected()
    if status in _PERMANENT:
        return FileFault(_PERMANENT[status])
    code = _TEMPORARY.get(status, UNAVAILABLE if status >= 500 else UNEXPECTED)
    return Transient(code, retry_after=wait)


def judge_transport_error(error: Exception) -> MailroomError:
    """Return the error for an exception of `TRANSPORT_ERRORS`: no answer, half an answer, or no token."""
    if isinstance(error, httplib2.ProxiesUnavailableError):
        return ConfigError(
            "drive_proxy_unsupported",
            what="The environment names a proxy for Drive, and the package that speaks to it is missing.",
            fix="Install PySocks (uv pip install pysocks), or add the host to no_proxy.",
        )
    is_about_token = isinstance(error, GoogleAuthError) and not isinstance(error, TransportError)
    if is_about_token and not getattr(error, "retryable", False):
        return _token_refused(str(error.args[0]) if error.args else "")
    return Transient(UNREACHABLE)


def credentials_rejected() -> ConfigError:
    """Return the error for a credential that Drive, or the token server, does not accept."""
    return ConfigError(
        CREDENTIALS_REJECTED,
        what="Google Drive rejects the credentials.",
        fix=(
            "Set a valid MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE or a fresh MAILROOM_DRIVE__ACCESS_TOKEN "
            "(or renew the block google-drive-credentials/mailroom), and check this machine's clock."
        ),
    )


def access_token_rejected() -> ConfigError:
    """Return the error for an access token that Drive does not accept and nothing can renew."""
    return ConfigError(
        "drive_access_token_rejected",
        what="Google Drive rejects the access token: it has expired (one lives about an hour) or was revoked.",
        fix=(
            "Set a fresh MAILROOM_DRIVE__ACCESS_TOKEN (or renew the block google-drive-credentials/mailroom); "
            "a service account's key does not expire."
        ),
    )


def _token_refused(said: str) -> ConfigError:
    """Return the error for a token server that issues no token.

    Args:
        said: google-auth's "code: description" (RFC 6749, 5.2). Seen of Google's server: ``invalid_grant``
            for a deleted key ("Invalid JWT Signature."), for a wrong clock ("… Token must be a short-lived
            token …") and for an unknown user ("Invalid email or User ID"); ``unauthorized_client`` for a user
            that the account may not act for.
    """
    oauth_code, _, words = said.partition(": ")
    if oauth_code == "invalid_grant":
        found = [reason for sign, reason in _GRANT_REFUSED.items() if sign in words]
        code, what, fix = _TOKEN_REFUSED[found[0] if found else "invalid_client"]
    elif oauth_code in _TOKEN_REFUSED:
        code, what, fix = _TOKEN_REFUSED[oauth_code]
    else:
        return credentials_rejected()
    return ConfigError(code, what=what, fix=fix)


def _judge_403(reasons: list[str] | None, wait: float | None) -> MailroomError:
    if reasons is None:
        # Not Google's JSON: a proxy or a front end answers, and nothing says that it is about this file.
        return Transient(UNEXPECTED, retry_after=wait)
    judged = (_judge_reason(reason, wait) for reason in reasons)
    return next((fault for fault in judged if fault is not None), FileFault(FORBIDDEN))


def _judge_reason(reason: str, wait: float | None) -> MailroomError | None:
    if reason in _RATE:
        return Transient(RATE_LIMITED, retry_after=wait)
    if reason == "sharingRateLimitExceeded":
        return Transient("sharing_rate_limited", retry_after=max(wait or 0.0, SHARING_WAIT_SECONDS))
    if reason in _STOPS:
        code, what = _STOPS[reason]
        return RunStop(code, what=what, fix="Nothing is lost. The next run continues where this one stopped.")
    if reason in _CONFIG:
        code, what, fix = _CONFIG[reason]
        return ConfigError(code, what=what, fix=fix)
    return FileFault(_FILE_FAULTS[reason]) if reason in _FILE_FAULTS else None


def _list_reasons(body: bytes) -> list[str] | None:
    """Return the reasons in an error body, the most specific first; None when it is not Google's JSON.

    Three forms are in use: ``error.errors[].reason`` (Drive v3), ``error.details[].reason`` and
    ``error.status`` (newer front ends), and a bare ``error.message``.
    """
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return None
    if isinstance(parsed, list) and parsed:
        parsed = parsed[0]
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return None
    found = [
        *_list_named(error.get("errors")),
        *_list_named(error.get("details")),
        str(error.get("status", "")),
    ]
    message = str(error.get("message", "")).lower()
    if "rate limit" in message or "quota exceeded for quota metric" in message:
        found.append("rateLimitExceeded")
    return found


def _list_named(items: object) -> list[str]:
    if not isinstance(items, list):
        return []
    return [str(item["reason"]) for item in items if isinstance(item, dict) and "reason" in item]
