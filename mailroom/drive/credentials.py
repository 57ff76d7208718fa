"""What signs the calls to Drive: an access token, or a service account's key from a file or a block.

A key is checked when the run starts, and what is wrong with it is said without quoting it. Whether Google
accepts it shows at the first call.
"""

# google-auth ships no types.
# mypy: allow-untyped-calls

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from google.auth.credentials import Credentials
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
    "external_account": "a workload identity configuration",
    "impersonated_service_account": "an impersonation configuration",
}
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


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


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
        return path.expanduser().read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
    except (OSError, RuntimeError) as error:
        problem = _PROBLEMS.get(type(error), type(error).__name__)
    raise config_error("drive_key_missing", path=str(path), problem=problem)


_PROBLEMS: dict[type[Exception], str] = {
    FileNotFoundError: "there is no such file",
    PermissionError: "no permission",
    IsADirectoryError: "it is a folder",
    # expanduser: ~ where this user has no home.
    RuntimeError: "this user has no home folder",
}
