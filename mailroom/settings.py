"""All settings, their defaults, bounds and sources; nothing here opens a connection or a file but ``.env``.

Sources, the first that has a value wins: the environment (``MAILROOM_``, nested by ``__``), ``.env`` in the
working directory, Prefect blocks and variables (handed in as ``blocks``, since the core knows no Prefect),
defaults. A value that cannot be used is named with its source, and never shown: it may be a secret.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from mailroom.errors import ConfigError

GOOGLE_ROOT = "https://www.googleapis.com/"
PREFIX = "MAILROOM_"


def default_state_dir() -> Path:
    """``$XDG_STATE_HOME/mailroom``, else ``~/.local/state/mailroom``: ledger, logs, sandboxes."""
    base = os.environ.get("XDG_STATE_HOME", "").strip()
    return (Path(base) if base else Path.home() / ".local" / "state") / "mailroom"


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _web_address(value: object) -> object:
    """An http(s) address; paths are appended to it, so it ends in a slash."""
    if not isinstance(value, str):
        return value
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// (or http:// for a server on this machine)")
    return value if value.endswith("/") else f"{value}/"


def _whole_address(value: object) -> object:
    if isinstance(value, str) and not value.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// (or http:// for a server on this machine)")
    return value


Blankable = BeforeValidator(_blank_is_none)
OptionalText = Annotated[str | None, Blankable]
OptionalSecret = Annotated[SecretStr | None, Blankable]
OptionalPath = Annotated[Path | None, Blankable]
OptionalRoot = Annotated[str | None, BeforeValidator(_web_address), Blankable]
OptionalAddress = Annotated[str | None, BeforeValidator(_whole_address), Blankable]


class ApiSettings(BaseModel):
    """What both APIs have: a quota in calls a second, cut into equal slots, and a time-out in seconds."""

    calls_per_second: float = Field(default=10, gt=0, le=10_000)
    slots: int = Field(default=5, ge=1, le=1_000)
    timeout_seconds: float = Field(default=60, gt=0, le=600)

    @property
    def share(self) -> float:
        """Calls a second that the holder of one slot may spend."""
        return self.calls_per_second / self.slots


class DriveSettings(ApiSettings):
    """Google Drive: where it is, who asks, and the folders."""

    root_url: Annotated[str, BeforeValidator(_web_address)] = GOOGLE_ROOT
    access_token: OptionalSecret = None
    service_account_file: OptionalPath = None
    service_account_info: OptionalSecret = None
    subject: OptionalText = None
    inbox_id: OptionalText = None
    matched_id: OptionalText = None
    unmatched_id: OptionalText = None
    review_id: OptionalText = None
    page_size: int = Field(default=100, ge=1, le=1_000)
    chunk_bytes: int = Field(default=1_048_576, ge=1_024, le=104_857_600)

    @property
    def has_credential(self) -> bool:
        """Whether anything is set that can sign a call."""
        return bool(self.access_token or self.service_account_file or self.service_account_info)


class LogiqsSettings(ApiSettings):
    """The Logiqs CRM of one tenant, and the firm's match service, whose calls count in."""

    base_url: OptionalRoot = None
    api_key: OptionalSecret = None
    secret_token: OptionalSecret = None
    match_url: OptionalAddress = None
    match_api_key: OptionalSecret = None


class Settings(BaseSettings):
    """Every setting of the mail room; see the README's table."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        # A value of the wrong kind is a secret as likely as not.
        hide_input_in_errors=True,
    )

    drive: DriveSettings = DriveSettings()
    logiqs: LogiqsSettings = LogiqsSettings()
    batch_size: int = Field(default=100, ge=1, le=1_000)
    files_at_once: int = Field(default=8, ge=1, le=64)
    readers: int = Field(default_factory=lambda: max(1, min(8, os.cpu_count() or 1)), ge=1, le=64)
    retries: int = Field(default=3, ge=0, le=10)
    retry_delay: float = Field(default=2.0, ge=0, le=60)
    letter_types: list[str] = ["CP2000"]
    task_user_ids: list[int] = []
    task_to_officer: bool = True
    dispatch: Literal["inline"] = "inline"
    lists_dir: OptionalPath = None
    ledger_url: OptionalText = None
    ledger_key: OptionalSecret = None
    scratch_dir: OptionalPath = None
    state_dir: Path = Field(default_factory=default_state_dir)

    @model_validator(mode="after")
    def _one_drive_credential(self) -> Self:
        if self.drive.service_account_file and self.drive.service_account_info:
            # The file named in the environment wins over the block's info: sources nearer to the person do.
            self.drive.service_account_info = None
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class hands it in
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is handed in as ``blocks`` stands last, behind the environment and ``.env``."""
        assert isinstance(init_settings, InitSettingsSource)  # noqa: S101 - pydantic-settings' own class
        handed_in = dict(init_settings.init_kwargs)
        blocks = InitSettingsSource(settings_cls, handed_in.pop("blocks", {}))
        direct = InitSettingsSource(settings_cls, handed_in)
        return direct, env_settings, dotenv_settings, blocks


def load_settings(blocks: dict[str, Any] | None = None, **overrides: Any) -> Settings:
    """Read all sources.

    Args:
        blocks: values from Prefect blocks, nested as the settings are; weaker than the environment.
        overrides: values from a command line; stronger than everything.

    Raises:
        ConfigError: a value cannot be used; names the setting and the source it came from.
    """
    try:
        return Settings(blocks=blocks or {}, **overrides)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        path = [str(part) for part in first["loc"]]
        name = PREFIX + "__".join(path[:2] if path[0] in ("drive", "logiqs") else path[:1]).upper()
        problem = first["msg"].removeprefix("Value error, ")
        raise _malformed(name, _source_of(name, path, blocks or {}), problem) from None
    except SettingsError as error:
        # Its text is 'error parsing value for field "task_user_ids" from source "EnvSettingsSource"'.
        field = str(error).split('"')[1] if '"' in str(error) else "?"
        name = PREFIX + field.upper()
        raise _malformed(name, _source_of(name, [field], blocks or {}), "is not valid JSON") from None


def _malformed(name: str, source: str, problem: str) -> ConfigError:
    return ConfigError(
        "malformed_setting",
        what=f"{name} (from {source}) cannot be used: {problem}.",
        mend="Correct it there; the README's table of settings says what it takes.",
    )


def _source_of(name: str, path: list[str], blocks: dict[str, Any]) -> str:
    """Which source the value of the setting came from, in the words of a person who has to mend it."""
    if any(key.upper() == name for key in os.environ):
        return "the environment"
    dotenv = Path(".env")
    if dotenv.is_file() and name in dotenv.read_text(encoding="utf-8", errors="replace").upper():
        return ".env"
    inner: Any = blocks
    for part in path:
        inner = inner.get(part) if isinstance(inner, dict) else None
    return "a Prefect block" if inner is not None else "the command line"


def missing_for_real_systems(settings: Settings) -> list[str] | None:
    """What a real run still lacks: an empty list when configured, None when nothing at all is."""
    drive, logiqs = settings.drive, settings.logiqs
    have = {
        "MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE or MAILROOM_DRIVE__ACCESS_TOKEN": drive.has_credential,
        "MAILROOM_DRIVE__INBOX_ID": bool(drive.inbox_id),
        "MAILROOM_LOGIQS__BASE_URL": bool(logiqs.base_url),
        "MAILROOM_LOGIQS__API_KEY": bool(logiqs.api_key),
        "MAILROOM_LOGIQS__SECRET_TOKEN": bool(logiqs.secret_token),
        "MAILROOM_LOGIQS__MATCH_URL": bool(logiqs.match_url),
    }
    others = (drive.root_url != GOOGLE_ROOT, drive.subject, drive.matched_id, drive.unmatched_id)
    if not any(have.values()) and not any((*others, drive.review_id, logiqs.match_api_key)):
        return None
    return [name for name, is_set in have.items() if not is_set]
