"""The Google Drive credential as a Prefect block."""

from __future__ import annotations

import json
from typing import Any

from prefect.blocks.abstract import CredentialsBlock
from prefect.types import SecretDict
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator

from mailroom.config.api_settings import DriveSettings
from mailroom.config.block_names import TYPES
from mailroom.drive import DriveConnection


class ServiceAccountKey(BaseModel):
    """The key itself. The form has a tab for each of the three credentials, named by the title."""

    model_config = ConfigDict(title="Key (JSON)")

    service_account_info: SecretStr = Field(
        title="Service account key (JSON)",
        description="The whole content of the JSON key file, from the Google Cloud console.",
    )


class ServiceAccountKeyFile(BaseModel):
    """Where the key is. Also for the configuration of a workload identity."""

    model_config = ConfigDict(title="Key file")

    service_account_file: str = Field(
        title="Service account key file",
        description="The path of the key file on the machine that runs the flow.",
    )


class AccessToken(BaseModel):
    """A token that was made elsewhere."""

    model_config = ConfigDict(title="Access token")

    access_token: SecretStr = Field(
        title="Access token",
        description="Only to try the mail room: an OAuth token expires after about an hour.",
    )


CREDENTIALS = (ServiceAccountKey, ServiceAccountKeyFile, AccessToken)


class GoogleDriveCredentials(CredentialsBlock):
    """Signs calls to Google Drive: with a service account's key (JSON or a file) or an access token.

    The credential may also be given directly, as ``service_account_info``, ``service_account_file`` or
    ``access_token``; so it is in blocks that an earlier version saved.

    Example:
        Load stored credentials:
        ```python
        from blocks import GoogleDriveCredentials

        drive = GoogleDriveCredentials.load("BLOCK_NAME").get_client()
        ```
    """

    # An error would quote the key.
    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name = "Google Drive Credentials"
    _block_type_slug = TYPES["drive"]
    # Prefect's form cuts off what is longer than five lines of its side panel, some 170 characters.
    _description = (
        "Lets the mail room read and move files in Google Drive. Name the block `mailroom`. "
        "Share the inbox with the service account's e-mail as Editor."
    )
    _documentation_url = HttpUrl(
        "https://developers.google.com/workspace/guides/create-credentials#service-account"
    )

    credential: ServiceAccountKey | ServiceAccountKeyFile | AccessToken = Field(
        title="Credential", description="Choose one of the three."
    )
    subject: str = Field(
        default="",
        title="Act for (e-mail)",
        description="Only with domain-wide delegation: the user whose Drive is read. Otherwise leave it empty.",
    )

    @model_validator(mode="before")
    @classmethod
    def _take_one_credential(cls, values: Any) -> Any:
        """Take the one that is filled in; a field that a person opened in the form and left empty is not."""
        given = {name: _unwrap(value) for name, value in {**values, **_nested(values)}.items()}
        names = [name for kind in CREDENTIALS for name in kind.model_fields]
        filled_in = [name for name in names if not _is_blank(given.get(name))]
        if len(filled_in) != 1:
            found = "several are filled in" if filled_in else "none is filled in"
            raise ValueError(f"Fill in one of the key (JSON), the key file and the access token; {found}.")
        name = filled_in[0]
        value = json.dumps(given[name]) if isinstance(given[name], dict) else given[name]
        if not isinstance(value, str):
            raise ValueError(f"{name} is not text.")
        if name == "service_account_info" and not _is_object(value):
            raise ValueError(f"{name} is not the whole content of a JSON key file.")
        others = {other: values[other] for other in values if other not in (*names, "credential")}
        if others.get("subject") is None:
            others.pop("subject", None)
        return {**others, "credential": {name: value}}

    def get_client(self) -> Any:
        """A googleapiclient Drive v3 resource of the calling thread; not to be shared with another one."""
        return DriveConnection(DriveSettings.model_validate(self.settings())).service()

    def settings(self) -> dict[str, Any]:
        """The values as the mail room's settings name them; secrets stay wrapped."""
        subject = self.subject.strip()
        return {**dict(self.credential), **({"subject": subject} if subject else {})}


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the credential that a form or a saved block has."""
    credential = values.get("credential")
    if isinstance(credential, BaseModel | dict):
        return dict(credential)
    return {}


def _unwrap(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr | SecretDict) else value


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _is_blank(value: Any) -> bool:
    return value is None or value == {} or (isinstance(value, str) and not value.strip())
