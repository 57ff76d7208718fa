"""The Logiqs credential, and the match service's, as a Prefect block."""

from __future__ import annotations

from typing import Any

import httpx
from prefect.blocks.abstract import CredentialsBlock
from pydantic import Field, SecretStr

from mailroom.logiqs import LogiqsClient
from mailroom.quota import CallMeter, Repeats, TokenBucket
from mailroom.settings import LogiqsSettings


class LogiqsCredentials(CredentialsBlock):
    """Signs calls to one Logiqs tenant and to the firm's match service."""

    _block_type_name = "Logiqs Credentials"
    _block_type_slug = "logiqs-credentials"
    _description = "Lets the mail room find cases, upload documents and create tasks in Logiqs."

    base_url: str = Field(
        title="Base URL", description="For example https://TENANT.logiqsapi.com/publicapi/V4/"
    )
    api_key: SecretStr = Field(title="API key", description="The tenant's public API key.")
    secret_token: SecretStr = Field(title="Secret token", description="The secret that belongs to the key.")
    match_url: str | None = Field(
        default=None, title="Match service URL", description="The whole address that a match is posted to."
    )
    match_api_key: SecretStr | None = Field(default=None, title="Match service key")

    def get_client(self) -> LogiqsClient:
        """A client that keeps to a tenth of a second between its calls; for use by scripts of the firm."""
        settings = LogiqsSettings.model_validate(self.settings())
        bucket = TokenBucket(settings.calls_per_second, CallMeter())
        return LogiqsClient(settings, httpx.Client(timeout=settings.timeout_seconds), bucket, Repeats())

    def settings(self) -> dict[str, Any]:
        """The values as the mail room's settings name them; secrets stay wrapped."""
        names = ("base_url", "api_key", "secret_token", "match_url", "match_api_key")
        return {name: value for name in names if (value := getattr(self, name)) is not None}
