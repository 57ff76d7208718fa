"""The Google Drive credential as a Prefect block."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

from prefect.blocks.abstract import CredentialsBlock
from prefect.types import SecretDict
from pydantic import Field, SecretStr, model_validator

from mailroom.drive import DriveConnection
from mailroom.settings import DriveSettings


class GoogleDriveCredentials(CredentialsBlock):
    """Signs calls to Google Drive: with a service account's key (JSON or a file) or an access token."""

    _block_type_name = "Google Drive Credentials"
    _block_type_slug = "google-drive-credentials"
    _description = "Lets the mail room read its inbox folder in Google Drive and move files out of it."

    service_account_info: SecretDict | None = Field(
        default=None, title="Service account key (JSON)", description="The content of the key file."
    )
    service_account_file: Path | None = Field(
        default=None,
        title="Service account key file",
        description="Its path on the machine that runs the flow.",
    )
    subject: str | None = Field(
        default=None, title="Act for", description="E-mail of the user it acts for (domain-wide delegation)."
    )
    access_token: SecretStr | None = Field(
        default=None, title="Access token", description="In place of a service account; lives about an hour."
    )

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        given = [self.service_account_info, self.service_account_file, self.access_token]
        if sum(value is not None for value in given) != 1:
            raise ValueError("Fill in one of the key (JSON), the key file and the access token, not several.")
        return self

    def get_client(self) -> Any:
        """A googleapiclient Drive v3 resource of the calling thread; not to be shared with another one."""
        return DriveConnection(DriveSettings.model_validate(self.settings())).service()

    def settings(self) -> dict[str, Any]:
        """The values as the mail room's settings name them; secrets stay wrapped."""
        info = self.service_account_info
        values = {
            "service_account_info": SecretStr(json.dumps(info.get_secret_value())) if info else None,
            "service_account_file": self.service_account_file,
            "subject": self.subject,
            "access_token": self.access_token,
        }
        return {name: value for name, value in values.items() if value is not None}
