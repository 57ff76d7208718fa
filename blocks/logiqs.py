"""The Logiqs credential, and the match service's, as a Prefect block."""

from __future__ import annotations

from typing import Any

from prefect.blocks.abstract import CredentialsBlock
from pydantic import ConfigDict, Field, HttpUrl, SecretStr, field_validator

from mailroom.call_retries import RetryPolicy
from mailroom.config.api_settings import LogiqsSettings
from mailroom.config.block_names import TYPES
from mailroom.crm.logiqs import LogiqsClient
from mailroom.http_client import TimedClient
from mailroom.rate_limit import CallMeter, TokenBucket


class LogiqsCredentials(CredentialsBlock):
    """Signs calls to one Logiqs tenant and to the firm's match service.

    Example:
        Load stored credentials:
        ```python
        from blocks import LogiqsCredentials

        logiqs = LogiqsCredentials.load("BLOCK_NAME").get_client()
        ```
    """

    # An error would quote a key.
    model_config = ConfigDict(hide_input_in_errors=True)

    _block_type_name = "Logiqs Credentials"
    _block_type_slug = TYPES["logiqs"]
    _description = (
        "Lets the mail room file documents and create tasks in Logiqs. Name the block `mailroom`. "
        "Scopes of the key: case.read, case.write, task.write, activity.read, activity.write."
    )
    _documentation_url = HttpUrl("https://docs.prefect.io/v3/concepts/blocks")

    base_url: str = Field(
        min_length=1,
        title="Base URL",
        description="Your tenant's address, for example https://TENANT.logiqsapi.com/publicapi/V4/.",
    )
    api_key: SecretStr = Field(
        min_length=1, title="API key", description="The public API key that you made in Logiqs."
    )
    secret_token: SecretStr = Field(
        min_length=1, title="Secret token", description="The secret that Logiqs showed when the key was made."
    )
    match_url: str = Field(
        default="",
        title="Match service URL",
        description="The complete address of your firm's match service. Leave it empty if you import your cases.",
    )
    match_api_key: SecretStr = Field(
        default=SecretStr(""),
        title="Match service key",
        description="The key that the match service expects in the header X-API-Key, if it needs one.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_empty(cls, value: Any) -> Any:
        """What a person sees as an empty field is one, whatever spaces it holds."""
        bare = value.get_secret_value() if isinstance(value, SecretStr) else value
        return "" if bare is None or (isinstance(bare, str) and not bare.strip()) else value

    def get_client(self) -> LogiqsClient:
        """A client that leaves at least a tenth of a second between its calls, for scripts of the firm."""
        settings = LogiqsSettings.model_validate(self.settings())
        bucket = TokenBucket(settings.calls_per_second, CallMeter())
        return LogiqsClient(settings, TimedClient(settings.timeout_seconds), bucket, RetryPolicy())

    def settings(self) -> dict[str, Any]:
        """The values as the mail room's settings name them; secrets stay wrapped."""
        names = ("base_url", "api_key", "secret_token", "match_url", "match_api_key")
        return {name: value for name in names if (value := getattr(self, name))}
