"""The Google Drive credential as a Prefect block."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

from prefect.blocks.abstract import CredentialsBlock
from prefect.types import SecretDict
from pydantic import Field, HttpUrl, SecretStr, model_validator

from mailroom.config.api_settings import DriveSettings
from mailroom.config.block_names import TYPES
from mailroom.drive import DriveConnection


class GoogleDriveCredentials(CredentialsBlock):
    """Signs calls to Google Drive: with a service account's key (JSON or a file) or an access token.

    Example:
        Load stored credentials:
        ```python
        from blocks import GoogleDriveCredentials

        drive = GoogleDriveCredentials.load("BLOCK_NAME").get_client()
        ```
    """

    _block_type_name = "Google Drive Credentials"
    _block_type_slug = TYPES["drive"]
    _description = (
        "Lets the mail room read its inbox folder in Google Drive and move files out of it. Name the block "
        "`mailroom` and fill in **one** of the key (JSON), the key file and the access token. Share the inbox "
        "folder, and preferably its parent folder, with the service account's e-mail as Editor."
    )
    # Of Prefect's own Google Cloud blocks.
    _logo_url = HttpUrl(
        "https://cdn.sanity.io/images/3ugk85nk/production/10424e311932e31c477ac2b9ef3d53cefbaad708-250x250.png"
    )
    _documentation_url = HttpUrl(
        "https://developers.google.com/workspace/guides/create-credentials#service-account"
    )

    service_account_info: SecretDict | None = Field(
        default=None,
        title="Service account key (JSON)",
        description="The whole content of the JSON key file, from the Google Cloud console.",
    )
    service_account_file: Path | None = Field(
        default=None,
        title="Service account key file",
        description="Instead of the content: the path of the key file on the machine that runs the flow.",
    )
    subject: str | None = Field(
        default=None,
        title="Act for (e-mail)",
        description="Only with domain-wide delegation: the user whose Drive is read. Otherwise leave it empty.",
    )
    access_token: SecretStr | None = Field(
        default=None,
        title="Access token",
        description="Instead of a service account, to try the mail room: an OAuth token, which expires after about an hour.",
    )

    @model_validator(mode="before")
    @classmethod
    def _blank_is_absent(cls, values: Any) -> Any:
        """A field that a person opened in the form and left empty counts as not filled in."""
        return {name: value for name, value in values.items() if not _is_blank(value)}

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        given = [self.service_account_info, self.service_account_file, self.access_token]
        filled_in = sum(value is not None for value in given)
        if filled_in != 1:
            found = "several are filled in" if filled_in else "none is filled in"
            raise ValueError(f"Fill in one of the key (JSON), the key file and the access token; {found}.")
        return self

    def get_client(self) -> Any:
        """A googleapiclient Drive v3 resource of the calling thread; not to be shared with another one."""
        return DriveConnection(DriveSettings.model_validate(self.settings())).service()

    def settings(self) -> dict[str, Any]:
        """The values as the mail room's settings name them; secrets stay wrapped."""
        values = {name: getattr(self, name) for name in ("service_account_file", "subject", "access_token")}
        if self.service_account_info:
            info = self.service_account_info.get_secret_value()
            values["service_account_info"] = SecretStr(json.dumps(info))
        return {name: value for name, value in values.items() if value is not None}


def _is_blank(value: object) -> bool:
    """Whether it is empty text or an empty object, wrapped as a secret or not."""
    bare = value.get_secret_value() if isinstance(value, SecretStr | SecretDict) else value
    return bare == {} or (isinstance(bare, str) and not bare.strip())
