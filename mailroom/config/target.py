"""Which systems a command works on: the built-in sandbox, or the firm's Drive and Logiqs. Decided only here.

A command line works on the real systems when the environment or ``.env`` names them completely, or with
``--real``; then Prefect blocks and variables count too. Blocks alone never make a plain command real: they
are saved once and forgotten, and a new terminal must not file documents because of them. A deployment always
asks for the real systems, and never falls back to the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from mailroom.config.block_names import NAME, TYPES
from mailroom.config.settings import (
    CREDENTIALS,
    MATCH_SERVICE,
    Settings,
    load_settings,
    missing_for_real_systems,
)
from mailroom.config.sources import Sources
from mailroom.config.unknown_names import PREFIX
from mailroom.errors import ConfigError

Systems = Literal["sandbox", "real"]
HasIndex = Callable[[Settings], bool]

SANDBOX_LINE = "Sandbox: nothing leaves this machine"
COMMAND_LINE = "the command line"
INBOX = "MAILROOM_DRIVE__INBOX_ID"
# What decides where data goes: each part with the settings that may give it.
PARTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Drive credential": tuple(("drive", name) for name in CREDENTIALS),
    "Drive inbox": (("drive", "inbox_id"),),
    "Logiqs address": (("logiqs", "base_url"),),
    "Logiqs key": (("logiqs", "api_key"),),
    "Logiqs token": (("logiqs", "secret_token"),),
    "match service": (("logiqs", "match_url"),),
    "match service key": (("logiqs", "match_api_key"),),
    "Drive address": (("drive", "root_url"),),
    "Drive user": (("drive", "subject"),),
    "MATCHED folder": (("drive", "matched_id"),),
    "UNMATCHED folder": (("drive", "unmatched_id"),),
    "REVIEW folder": (("drive", "review_id"),),
    "ledger": (("ledger_url",), ("state_dir",)),
    "ledger key": (("ledger_key",),),
}


@dataclass(frozen=True)
class TargetRequest:
    """What the command line asks for; ``inboxes`` are folder ids that replace the configured inbox."""

    real: bool = False
    sandbox: bool = False
    inboxes: Sequence[str] = ()


@dataclass(frozen=True)
class Target:
    """The systems, the settings that lead to them, and the source of every part that is set.

    ``hint`` tells of stored settings that are not used, in one line; None where there are none.
    """

    systems: Systems
    settings: Settings
    inboxes: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    hint: str | None = None

    @property
    def is_real(self) -> bool:
        """Whether documents are filed in the firm's own systems."""
        return self.systems == "real"

    def describe(self, inboxes: Sequence[str] = (), account: str = "") -> str:
        """The line that names the target on a screen.

        Args:
            inboxes: the inbox folders as a person knows them, ``NAME (ID)``; default: their ids.
            account: who Drive is asked as; default: not named.
        """
        if not self.is_real:
            return SANDBOX_LINE
        named = " and ".join(inboxes or self.inboxes) or "not set"
        address = self.settings.logiqs.base_url or ""
        tenant = tenant_of(address) or urlsplit(address).netloc.rpartition("@")[2] or "not set"
        return (
            f"Real systems: Drive inbox {named}{f' as {account}' if account else ''}, "
            f"Logiqs tenant {tenant}, "
            f"settings from {' and '.join(dict.fromkeys(self.sources.values()))}"
        )


def decide_target(
    request: TargetRequest, stored: Sources | None = None, has_index: HasIndex = lambda _settings: False
) -> Target:
    """Decide on which systems a command works.

    Args:
        request: what the command line, or a deployment, asks for.
        stored: what a Prefect server stores of the settings; None where none was asked.
        has_index: whether the ledger of these settings has a case index, so that no match service is needed.

    Raises:
        ConfigError: the settings cannot be used, name the real systems only in part, or come partly from the
            environment and partly from blocks without ``--real``.
    """
    stored = stored or Sources()
    if request.real:
        return _real_target(request, stored, has_index)
    near = load_settings()
    missing = list_missing(near, has_index)
    if request.sandbox or missing is None:
        return Target("sandbox", near, hint=None if request.sandbox else tell_of_stored(stored))
    if _still_missing(missing, request):
        raise _partly_configured(missing)
    of_all_sources = load_settings(blocks=stored.merge())
    differing = _differences(near.model_dump(), of_all_sources.model_dump())
    # An inbox of the command line replaces every other one.
    if unused := [name for name in differing if name != INBOX or not request.inboxes]:
        raise _mixed_sources(unused)
    return _real_target(request, Sources(), has_index)


def tell_of_stored(stored: Sources) -> str | None:
    """The line about stored settings that a command does not use; None where nothing is stored."""
    if not any(_is_set(value) for value in (stored.blocks, stored.variables)):
        return None
    return "Prefect blocks or variables of the mail room exist. They are not used here; --real uses them."


def list_missing(settings: Settings, has_index: HasIndex) -> list[str] | None:
    """As `missing_for_real_systems`, without the match service where the ledger has a case index."""
    missing = missing_for_real_systems(settings)
    if missing and MATCH_SERVICE in missing and has_index(settings):
        missing.remove(MATCH_SERVICE)
    return missing


def require_real(
    settings: Settings, request: TargetRequest, has_index: HasIndex = lambda _settings: False
) -> None:
    """Make sure that the settings name the real systems completely.

    Raises:
        ConfigError: names what is missing, and where it can be set.
    """
    missing = list_missing(settings, has_index)
    if missing is None or _still_missing(missing, request):
        raise not_configured(missing)


def tenant_of(base_url: str) -> str | None:
    """The tenant that an address names: the first part of its host's name; None where it is an IP address."""
    name, dot, _ = (urlsplit(base_url).hostname or "").partition(".")
    return name if dot and not name.isdigit() else None


def not_configured(missing: Sequence[str] | None) -> ConfigError:
    """The error that names what a real run lacks, and the block that it can be set in."""
    absent = [
        f"the block {kind}/{NAME}"
        for part, kind in TYPES.items()
        if any(_is_in_block(n, part) for n in missing or ())
    ]
    blocks = " and ".join(absent) if absent else "a Prefect variable"
    return ConfigError(
        "not_configured",
        what=f"Drive and Logiqs are not fully configured; missing: {', '.join(missing)}."
        if missing
        else "Drive and Logiqs are not configured: nothing is set for them.",
        fix=f"Set them in the environment, in .env, or in {blocks if missing else 'the Prefect blocks'} "
        "(docs/setup.md)." + ("" if missing else " If they are in blocks, add --real."),
    )


def _real_target(request: TargetRequest, stored: Sources, has_index: HasIndex) -> Target:
    settings = load_settings(blocks=stored.merge())
    require_real(settings, request, has_index)
    found = {part: stored.find_source(*paths, skip_blank=True) for part, paths in PARTS.items()}
    sources = {part: source for part, source in found.items() if source is not None}
    if request.inboxes:
        sources["Drive inbox"] = COMMAND_LINE
    inboxes = tuple(request.inboxes) or (settings.drive.inbox_id or "",)
    return Target("real", settings, inboxes, sources)


def _still_missing(missing: Sequence[str], request: TargetRequest) -> bool:
    return bool(set(missing) - ({INBOX} if request.inboxes else set()))


def _partly_configured(missing: Sequence[str]) -> ConfigError:
    error = not_configured(missing)
    return ConfigError(
        error.code,
        what=error.what,
        fix="Set them in the environment or in .env; or add --real, which also uses Prefect blocks and "
        "variables; or add --sandbox to run on the built-in sandbox (docs/setup.md).",
    )


def _mixed_sources(names: Sequence[str]) -> ConfigError:
    return ConfigError(
        "mixed_sources",
        what="The environment names the real systems, and Prefect blocks or variables hold more settings: "
        f"{', '.join(names)}.",
        fix="Add --real to use these too, or set them in the environment or in .env.",
    )


def _differences(ours: Mapping[str, Any], theirs: Mapping[str, Any], prefix: str = PREFIX) -> Iterator[str]:
    for name, value in ours.items():
        if isinstance(value, Mapping):
            yield from _differences(value, theirs[name], f"{prefix}{name.upper()}__")
        elif value != theirs[name]:
            yield f"{prefix}{name.upper()}"


def _is_set(value: object) -> bool:
    return any(map(_is_set, value.values())) if isinstance(value, Mapping) else value is not None


def _is_in_block(name: str, part: str) -> bool:
    """Whether a missing setting can be set in the block of this part; the inbox is a variable's."""
    return name.startswith(f"{PREFIX}{part.upper()}__") and name != INBOX
