"""All settings, their defaults, bounds and sources; nothing here opens a connection or a file but ``.env``.

Sources, the first that has a value wins: the environment (``MAILROOM_``, nested by ``__``), ``.env`` in the
working directory, Prefect blocks and variables (handed in as ``blocks``, since the core knows no Prefect),
defaults. A value that cannot be used is named with its source, and never shown: it may be a secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from mailroom.call_retries import RETRIES, RETRY_DELAY_SECONDS
from mailroom.config.api_settings import GOOGLE_ROOT, DriveSettings, LogiqsSettings
from mailroom.config.ocr_threshold import READING_CONFIDENCE
from mailroom.config.placeholders import refuse_placeholders
from mailroom.config.setting_types import AbsolutePath, OptionalPath, OptionalSecret, OptionalText, in_words
from mailroom.config.unknown_names import PREFIX, refuse_unknown, setting_names
from mailroom.errors import ConfigError

# The sources on this machine, in the words of messages.
ENVIRONMENT, DOTENV = "the environment", ".env"
# What a real run needs to find cases, in the words of messages.
MATCH_SERVICE = (
    "MAILROOM_LOGIQS__MATCH_URL (and MAILROOM_LOGIQS__MATCH_API_KEY if the service needs a key), "
    "or a case index (mailroom cases import)"
)
# The project's folder.
HOME = Path(__file__).parents[2]


def dotenv_file() -> Path:
    """``.env`` in the working directory; if there is none, the one beside the README.

    A job that a scheduler starts in another folder must find what a person set, and not run on the sandbox.
    """
    here = Path(".env")
    return here if here.is_file() else HOME / ".env"


# Each of these signs calls to Drive. The first source that has any of them is used, and no other source's.
CREDENTIALS = ("access_token", "service_account_file", "service_account_info")


def default_state_dir() -> Path:
    """``$XDG_STATE_HOME/mailroom``, else ``~/.local/state/mailroom``: ledger, logs, sandboxes."""
    base = Path(os.environ.get("XDG_STATE_HOME", "").strip())
    # The XDG Base Directory Specification: a relative path is invalid and ignored.
    return (base if base.is_absolute() else Path.home() / ".local" / "state") / "mailroom"


class _Dotenv(DotEnvSettingsSource):
    """``.env`` with its values as they are written.

    pydantic-settings has no switch for that: it replaces ``${…}`` in a secret, in single quotes too.
    """

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in _dotenv().items()}


class Settings(BaseSettings):
    """Every setting of the mail room. docs/settings.md is generated from the docstrings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file_encoding="utf-8",
        extra="ignore",
        # A value of the wrong type may well be a secret.
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    drive: DriveSettings = DriveSettings()
    logiqs: LogiqsSettings = LogiqsSettings()
    batch_size: int = Field(default=100, ge=1, le=1_000)
    """At most this many files in a batch."""
    files_at_once: int = Field(default=8, ge=1, le=64)
    """Files of a batch that are processed at the same time."""
    readers: int = Field(
        default_factory=lambda: max(1, min(8, os.cpu_count() or 1)),
        ge=1,
        le=64,
        json_schema_extra=in_words("the number of cores, at most 8"),
    )
    """Processes that read PDFs."""
    reading_confidence: float = Field(default=READING_CONFIDENCE, ge=0.5, le=0.99)
    """Confidence that the least clear character of a scanned value must reach. Below it, a person checks
    the value."""
    retries: int = Field(default=RETRIES, ge=0, le=10)
    """Retries of a task, and of a call that may be repeated."""
    retry_delay: float = Field(default=RETRY_DELAY_SECONDS, ge=0, le=60)
    """Seconds before the first retry; each later one waits twice as long (2, 4, 8)."""
    run_hours: float = Field(default=12, gt=0, le=168)
    """Time limit of a run, in hours. It then stops as after Ctrl-C; the next run continues."""
    letter_types: list[str] | None = Field(
        default=None, json_schema_extra=in_words("every type of the table of letter types")
    )
    """JSON list of the letter types that are filed, each under its own type and deadline. Other letters go
    to CP2000_REVIEW."""
    read_images: bool = False
    """Read and file images in the inbox (JPEG, PNG, TIFF with all its pages) like scans; `extract` reads
    them too. When false, they stay in the inbox and `extract` reports `not_a_pdf`."""
    task_user_ids: list[int] = []
    """JSON list of the ids of the Logiqs users that get the task."""
    task_to_officer: bool = True
    """Without `MAILROOM_TASK_USER_IDS`: the case's officer gets the task, if the CRM names one."""
    dispatch: Literal["inline", "deployment"] = "inline"
    """Where a real run's files are filed: `inline`, in its own process; `deployment` (scaling.md), by the
    workers of a work pool, which needs a ledger in PostgreSQL."""
    lists_dir: OptionalPath = None
    """Folder of `review.xlsx`, in which people decide about files: each real run carries out what was decided
    there, and writes the new list (operations.md)."""
    ledger_url: OptionalText = Field(
        default=None, json_schema_extra=in_words("a SQLite file in the state directory")
    )
    """SQLAlchemy URL of the ledger's database."""
    ledger_key: OptionalSecret = Field(
        default=None,
        json_schema_extra=in_words(
            "a key made at the first use, in a file beside the SQLite file (mode 0600)"
        ),
    )
    """The key that encrypts the ledger (ledger.md). Required with a database other than SQLite; may
    also be in the block `secret/mailroom-ledger-key`."""
    scratch_dir: OptionalPath = Field(
        default=None,
        json_schema_extra=in_words("in memory (`/dev/shm`) if possible, else the temporary directory"),
    )
    """Folder for PDFs while they are read and sent."""
    state_dir: AbsolutePath = Field(
        default_factory=default_state_dir,
        json_schema_extra=in_words("`~/.local/state/mailroom`, or `mailroom` in `$XDG_STATE_HOME`"),
    )
    """Folder of the ledger, the logs and the sandboxes."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class hands it in
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Give ``blocks`` the lowest precedence, after the environment and ``.env``."""
        assert isinstance(dotenv_settings, DotEnvSettingsSource)  # noqa: S101 - pydantic-settings' own class
        assert isinstance(init_settings, InitSettingsSource)  # noqa: S101 - pydantic-settings' own class
        handed_in = dict(init_settings.init_kwargs)
        blocks = InitSettingsSource(settings_cls, handed_in.pop("blocks", {}))
        direct = InitSettingsSource(settings_cls, handed_in)
        return direct, env_settings, _Dotenv(settings_cls, dotenv_settings.env_file), blocks


def load_settings(blocks: dict[str, Any] | None = None, **overrides: Any) -> Settings:
    """Read all sources.

    Args:
        blocks: values from Prefect blocks, nested as the settings are; the environment takes precedence.
        overrides: values from a command line; they take precedence over everything.

    Raises:
        ConfigError: a value cannot be used or is a placeholder, or a name is not a setting; the message has
        the name and its source.
    """
    known = list(setting_names(Settings))
    for source, given in ((ENVIRONMENT, dict(os.environ)), (DOTENV, _dotenv())):
        refuse_unknown(given, source, known)
        refuse_placeholders(given, source)
    blocks = blocks or {}
    try:
        blocks = _credential_of_nearest(blocks, overrides)
        return Settings(_env_file=dotenv_file(), blocks=blocks, **overrides)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        path = [str(part) for part in first["loc"]]
        name = PREFIX + "__".join(path[:2] if path[0] in ("drive", "logiqs") else path[:1]).upper()
        problem = first["msg"].removeprefix("Value error, ")
        raise _malformed(name, _source_of(name, path, blocks), problem) from None
    except SettingsError as error:
        # Its text is 'error parsing value for field "task_user_ids" from source "EnvSettingsSource"'.
        field = str(error).split('"')[1] if '"' in str(error) else "?"
        name = PREFIX + field.upper()
        raise _malformed(name, _source_of(name, [field], blocks), "is not valid JSON") from None


def _dotenv() -> dict[str, str]:
    """What ``.env`` sets, names in upper case.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        file = dotenv_file()
        values = dotenv_values(file, encoding="utf-8-sig", interpolate=False) if file.is_file() else {}
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            "dotenv_unreadable",
            what="The file .env in this folder, or beside the README, cannot be read as text in UTF-8.",
            fix="Allow this user to read it, save it as UTF-8, or delete it.",
        ) from None
    return {name.upper(): value or "" for name, value in values.items()}


def environment_sources() -> list[tuple[str, dict[str, Any]]]:
    """The environment and ``.env``, each with its values, nested as the settings are; the stronger first.

    Raises:
        SettingsError: a value is not valid JSON.
    """
    dotenv = _Dotenv(Settings, env_file=dotenv_file())
    return [(ENVIRONMENT, EnvSettingsSource(Settings)()), (DOTENV, dotenv())]


def _credential_of_nearest(blocks: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """The blocks without their Drive credential when the environment has one: it wins, of whatever kind.

    Raises:
        ConfigError: one source names several.
        SettingsError: a value is not valid JSON.
    """
    near: dict[str, Any] = {}
    for _, values in reversed(environment_sources()):
        near |= values.get("drive", {})
    given = {name for name in CREDENTIALS if str(near.get(name) or "").strip()}
    if given >= {"service_account_file", "service_account_info"}:
        raise _several_credentials(
            f"{PREFIX}DRIVE__SERVICE_ACCOUNT_FILE and …SERVICE_ACCOUNT_INFO are both set."
        )
    stored = blocks.get("drive", {})
    if given or any(overrides.get("drive", {}).get(name) for name in CREDENTIALS):
        return {**blocks, "drive": {name: stored[name] for name in stored if name not in CREDENTIALS}}
    if sum(bool(stored.get(field)) for field in CREDENTIALS) > 1:
        raise _several_credentials("The Prefect block and variables give several credentials for Drive.")
    return blocks


def _several_credentials(what: str) -> ConfigError:
    return ConfigError("several_drive_credentials", what=what, fix="Keep one and remove the others.")


def _malformed(name: str, source: str, problem: str) -> ConfigError:
    return ConfigError(
        "malformed_setting",
        what=f"{name} (from {source}) cannot be used: {problem}.",
        fix="Correct it there; docs/settings.md says what is accepted.",
    )


def _source_of(name: str, path: list[str], blocks: dict[str, Any]) -> str:
    """Which source the value of the setting came from, in words for the person who has to fix it."""
    for source, given in ((ENVIRONMENT, os.environ), (DOTENV, _dotenv())):
        if not {name, name.rpartition("__")[0]}.isdisjoint(key.upper() for key in given):
            return source
    inner: Any = blocks
    for part in path:
        inner = inner.get(part) if isinstance(inner, dict) else None
    return "a Prefect block" if inner is not None else "the command line"


def missing_for_real_systems(settings: Settings) -> list[str] | None:
    """What a real run still lacks: an empty list when configured, None when nothing at all is."""
    have, drive = _set_for_real_systems(settings), settings.drive
    others = (drive.root_url != GOOGLE_ROOT, drive.subject, drive.matched_id, drive.unmatched_id)
    if not any(have.values()) and not any((*others, drive.review_id, settings.logiqs.match_api_key)):
        return None
    return [name for name, is_set in have.items() if not is_set]


def names_for_real_systems() -> list[str]:
    """The settings that a real run needs."""
    return list(_set_for_real_systems(Settings.model_construct()))


def _set_for_real_systems(settings: Settings) -> dict[str, bool]:
    """The settings that a real run needs, and whether each is set."""
    drive, logiqs = settings.drive, settings.logiqs
    return {
        "MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE or MAILROOM_DRIVE__ACCESS_TOKEN": drive.has_credential,
        "MAILROOM_DRIVE__INBOX_ID": bool(drive.inbox_id),
        "MAILROOM_LOGIQS__BASE_URL": bool(logiqs.base_url),
        "MAILROOM_LOGIQS__API_KEY": bool(logiqs.api_key),
        "MAILROOM_LOGIQS__SECRET_TOKEN": bool(logiqs.secret_token),
        MATCH_SERVICE: bool(logiqs.match_url),
    }
