"""What signs the calls to Drive: an access token, a service account's key, or a workload identity.

Key and configuration come from a file or a block. They are checked when the run starts, and what is wrong
with them is said without quoting them. Whether Google accepts them shows at the first call.
"""

# google-auth ships no types.
# mypy: allow-untyped-calls

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from google.auth import identity_pool, impersonated_credentials
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import credentials as oauth2
from google.oauth2 import service_account

from mailroom.config.api_settings import DriveSettings
from mailroom.drive.faults import config_error

SCOPE = "https://www.googleapis.com/auth/drive"

# What else the Cloud console and gcloud produce as JSON, by a name in it or by its "type".
_OTHER_KINDS = {
    "installed": "an OAuth client secret (of a desktop app)",
    "web": "an OAuth client secret (of a web app)",
    "authorized_user": "a person's gcloud login",
    "impersonated_service_account": "an impersonation configuration",
}
KEYLESS = "external_account"
_NEEDED = ("client_email", "private_key", "token_uri")


def load_credentials(settings: DriveSettings) -> Credentials:
    """Return the credential that is set.

    Raises:
        ConfigError: none is set, or a key cannot be read or is of another kind.
    """
    if settings.access_token is not None:
        return oauth2.Credentials(settings.access_token.get_secret_value())
    if settings.service_account_file is not None:
        text = _read_key_file(settings.service_account_file)
        source = "The file of MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE"
    elif settings.service_account_info is not None:
        text, source = settings.service_account_info.get_secret_value(), "The service account's JSON"
    else:
        raise config_error("drive_credentials_missing")
    key = _parse(text)
    if isinstance(key, dict) and key.get("type") == KEYLESS:
        return _load_keyless(key, source, settings.subject)
    problem = _find_problem(key)
    if problem is None:
        # The library's own message may quote the key. A key of another kind fails only when it signs.
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            signer = service_account.Credentials.from_service_account_info(
                key, scopes=[SCOPE], subject=settings.subject
            )
            signer.sign_bytes(b"")
            found: Credentials = signer
            return found
        problem = "a key whose private part is damaged"
    raise config_error("drive_key_malformed", source=source, problem=problem)


def _load_keyless(info: dict[str, Any], source: str, subject: str | None) -> Credentials:
    """Return the credential of a workload identity, which acts as a service account.

    For a user (``subject``), Google signs in that account's place, which needs the role Service Account Token
    Creator on it.
    """
    where = info.get("credential_source")
    if not isinstance(where, dict) or not {"file", "url"} & where.keys():
        raise config_error("drive_identity_unsupported", source=source)
    try:
        identity = identity_pool.Credentials.from_info(info, scopes=[SCOPE])
    except (ValueError, TypeError, AttributeError, GoogleAuthError):
        # The library's own message may quote the configuration.
        raise config_error("drive_identity_unsupported", source=source) from None
    account = identity.service_account_email
    if account is None:
        raise config_error("drive_identity_without_account", source=source)
    if subject is None:
        keyless: Credentials = identity
        return keyless
    plain = {name: value for name, value in info.items() if name != "service_account_impersonation_url"}
    for_user: Credentials = impersonated_credentials.Credentials(
        identity_pool.Credentials.from_info(plain), account, [SCOPE], subject=subject
    )
    return for_user


def _parse(text: str) -> Any:
    try:
        key = json.loads(text.removeprefix("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None
    if isinstance(key, dict) and isinstance(key.get("private_key"), str):
        # A copy through an environment file or a shell often escapes the line ends once more.
        key["private_key"] = key["private_key"].replace("\\n", "\n")
    return key


def _find_problem(key: Any) -> str | None:
    """What the JSON is instead of a service account's key, in words; None when it has a key's form."""
    if not isinstance(key, dict):
        return "something that is not a JSON object"
    for name, kind in _OTHER_KINDS.items():
        if name in key or key.get("type") == name:
            return kind
    missing = [name for name in _NEEDED if not isinstance(key.get(name), str) or not key[name]]
    return f"JSON without {' and '.join(missing)}" if missing else None


def _read_key_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return ""
    except OSError as error:
        problem = _PROBLEMS.get(type(error), type(error).__name__)
    raise config_error("drive_key_missing", path=str(path), problem=problem)


_PROBLEMS: dict[type[Exception], str] = {
    FileNotFoundError: "there is no such file",
    PermissionError: "no permission",
    IsADirectoryError: "it is a folder",
}
