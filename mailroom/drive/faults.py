"""What to do about each fault of Google Drive, or of the connection to it.

One table (faults.toml) from Google's ``reason`` to the tree of `mailroom.errors`, with the texts for a
person. What an answer says in words is read here to tell faults apart and goes no further: it may quote a
file's name. The transport judges every answer before googleapiclient sees it, because that one logs bodies it
cannot parse and stumbles over odd ones (a 403 whose ``error`` is a string is a TypeError there).

Sources: Google's page "Resolve errors" of the Drive API, and rclone's Drive backend.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import httpx
from google.auth.exceptions import GoogleAuthError, TransportError

from mailroom.call_retries import parse_retry_after
from mailroom.errors import ConfigError, FileFault, MailroomError, RunStop, Transient
from mailroom.http_client import explain_connection

# What the connection to Drive raises, and what a request for a token does.
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, GoogleAuthError)

UNREACHABLE = "drive_unreachable"
UNAVAILABLE = "drive_unavailable"
UNEXPECTED = "drive_unexpected_answer"
RATE_LIMITED = "drive_rate_limited"
CORRUPT = "download_corrupt"
CHANGED = "content_changed"
TRASHED = "trashed"
MOVED_ELSEWHERE = "moved_elsewhere"
VANISHED = "vanished"
MOVE_FORBIDDEN = "move_forbidden"
BAD_REQUEST = "drive_bad_request"
FORBIDDEN = "drive_forbidden"
CREDENTIALS_REJECTED = "drive_credentials_rejected"

# Faults that say of Drive as a whole that it does not work.
OUTAGES = (UNREACHABLE, UNAVAILABLE)

# Statuses that say enough without their body. Only bytes that the listing promised are asked for, so a 416
# means that the file is shorter than it was listed.
_PERMANENT = {400: BAD_REQUEST, 404: VANISHED}
_TEMPORARY = {408: UNAVAILABLE, 416: CORRUPT, 429: RATE_LIMITED}

# Google names no time for it; sharing limits are counted by the day.
SHARING_WAIT_SECONDS = 3600.0

_RATE = ("userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED")
_CONTINUES = "Nothing is lost. The next run continues where this one stopped."

_TABLES: dict[str, dict[str, Any]] = tomllib.loads(
    (files(__package__) / "faults.toml").read_text(encoding="utf-8")
)
_CONFIGURATION, _STOPS, _FILE_FAULTS = (_TABLES[name] for name in ("configuration", "stops", "file_faults"))


def config_error(code: str, **values: str) -> ConfigError:
    """Return the error of this code with its texts.

    Args:
        code: a code that faults.toml has texts for.
        values: fill the texts' placeholders; a ``folder``'s id is also one of the error's ids.
    """
    texts = {name: text.format(**values) for name, text in _TABLES["texts"][code].items()}
    ids = {"folder": values["folder"]} if "folder" in values else {}
    return ConfigError(code, **texts, **ids)


def run_stop(code: str) -> RunStop:
    """Return the error of this code, which stops the run, with its texts."""
    return RunStop(code, **{"fix": _CONTINUES, **_TABLES["texts"][code]})


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
        return config_error(CREDENTIALS_REJECTED)
    if status in _PERMANENT:
        return FileFault(_PERMANENT[status])
    code = _TEMPORARY.get(status, UNAVAILABLE if status >= 500 else UNEXPECTED)
    return Transient(code, retry_after=wait)


def judge_transport_error(error: Exception) -> MailroomError:
    """Return the error for an exception of `TRANSPORT_ERRORS`: no answer, half an answer, or no token."""
    if (found := explain_connection(error, "Google Drive")) is not None:
        return found
    is_about_token = isinstance(error, GoogleAuthError) and not isinstance(error, TransportError)
    if is_about_token and not getattr(error, "retryable", False):
        return _token_refused(str(error.args[0]) if error.args else "")
    return Transient(UNREACHABLE)


def _token_refused(said: str) -> ConfigError:
    """Return the error for a token server that issues no token.

    Args:
        said: google-auth's "code: description" (RFC 6749, 5.2). Seen of Google's server: ``invalid_grant``
            for a deleted key ("Invalid JWT Signature."), for a wrong clock ("… Token must be a short-lived
            token …") and for an unknown user ("Invalid email or User ID"); ``unauthorized_client`` for a user
            that the account may not act for.
    """
    oauth_code, _, words = said.partition(": ")
    signs = _TABLES["grant_refusals"] if oauth_code == "invalid_grant" else {}
    found = (code for sign, code in signs.items() if sign in words)
    return config_error(next(found, _TABLES["token_refusals"].get(oauth_code, CREDENTIALS_REJECTED)))


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
        return run_stop(_STOPS[reason])
    if reason in _CONFIGURATION:
        return config_error(_CONFIGURATION[reason])
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
