"""The settings of both APIs: Google Drive, and Logiqs with the firm's match service.

docs/settings.md is generated from the docstrings of the settings.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mailroom.config.setting_types import (
    OptionalAddress,
    OptionalEmail,
    OptionalPath,
    OptionalRoot,
    OptionalSecret,
    OptionalText,
    OptionalToken,
    Root,
    in_words,
)
from mailroom.rate_limit import compute_share

GOOGLE_ROOT = "https://www.googleapis.com/"


class ApiSettings(BaseModel):
    """What both APIs have: a quota in calls a second, split into equal slots, and a timeout in seconds."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    calls_per_second: float = Field(default=10, gt=0, le=10_000)
    """The API's quota: calls per second of all runs together."""
    slots: int = Field(default=5, ge=1, le=1_000)
    """How many equal shares the quota is split into; each task that calls the API holds one."""
    timeout_seconds: float = Field(default=60, gt=0, le=600)
    """Time limit of one call, in seconds."""

    @property
    def share(self) -> float:
        """Calls a second that the holder of one slot may spend."""
        return compute_share(self.calls_per_second, self.slots)


class DriveSettings(ApiSettings):
    """Google Drive: where it is, who asks, and the folders."""

    root_url: Root = GOOGLE_ROOT
    """Every Drive call goes to an address under this one."""
    access_token: OptionalToken = None
    """A bearer token, instead of a service account. Google's live about an hour."""
    service_account_file: OptionalPath = None
    """Path of the service account's key file (JSON), or of a workload identity configuration."""
    service_account_info: OptionalSecret = None
    """The content of that file, instead of its path. Meant for the Prefect block."""
    subject: OptionalText = None
    """E-mail of the user that the service account acts for (domain-wide delegation)."""
    inbox_id: OptionalText = None
    """Id of the inbox folder: the last part of its address in the browser. Subfolders are read too."""
    matched_id: OptionalText = Field(
        default=None,
        json_schema_extra=in_words("`CP2000_MATCHED` beside the inbox, found by name or created"),
    )
    """Id of the folder for filed documents."""
    unmatched_id: OptionalText = Field(
        default=None, json_schema_extra=in_words("`CP2000_UNMATCHED`, found or created in the same way")
    )
    """Id of the folder for notices without a case."""
    review_id: OptionalText = Field(
        default=None, json_schema_extra=in_words("`CP2000_REVIEW`, found or created in the same way")
    )
    """Id of the folder for files that need a person."""
    page_size: int = Field(default=100, ge=1, le=1_000)
    """Files and folders on one page of a listing."""
    chunk_bytes: int = Field(default=1_048_576, ge=1_024, le=104_857_600)
    """Bytes that one download request asks for."""

    @property
    def has_credential(self) -> bool:
        """Whether anything is set that can sign a call."""
        return bool(self.access_token or self.service_account_file or self.service_account_info)


class LogiqsSettings(ApiSettings):
    """The Logiqs CRM of one tenant, and the firm's match service, whose calls count in."""

    base_url: OptionalRoot = None
    """Your tenant's address, for example `https://TENANT.logiqsapi.com/publicapi/V4/`."""
    api_key: OptionalToken = None
    """The public API key. Scopes: `case.read`, `case.write`, `task.write`, `activity.read`."""
    secret_token: OptionalToken = None
    """The secret token that Logiqs showed when the key was made."""
    case_statuses: list[Annotated[int, Field(ge=0, le=1_000_000)]] = []
    """JSON list of the StatusIDs whose cases `mailroom cases sync` copies into the case index."""
    report_email: OptionalEmail = None
    """E-mail address that Logiqs asks for with its activity report. If it is set, each run reads that report
    and closes the deadlines whose tasks are completed. Logiqs may send the report there too."""
    match_url: OptionalAddress = None
    """The whole address of your firm's match service (match-service.md)."""
    match_api_key: OptionalToken = None
    """The key that the match service expects in the header `X-API-Key`, if it needs one."""
