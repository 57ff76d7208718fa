"""Names that look like settings and are not: a misspelt one would leave its default in effect, unseen.

Only names are looked at here, never values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel
from rapidfuzz import fuzz, process, utils

from mailroom.errors import ConfigError

PREFIX = "MAILROOM_"
# Not a setting: prefect.yaml uses it for the project's folder on a worker's machine.
RESERVED = frozenset({"MAILROOM_HOME"})
# What Kubernetes and Docker set in every container for a service that somebody called "mailroom".
SERVICE_LINK = re.compile(r"MAILROOM_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP)(_\w+)?)?)")
# Names less alike than this (rapidfuzz, 0 to 100) are not misspellings of each other.
ALIKE = 65.0


def setting_names(model: type[BaseModel], prefix: str = PREFIX) -> Iterator[str]:
    """Every setting of the model as the environment names it, those of a part with the part before them."""
    for field, info in model.model_fields.items():
        name = f"{prefix}{field.upper()}"
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from setting_names(info.annotation, f"{name}__")
        else:
            yield name


def refuse_unknown(given: Iterable[str], source: str, known: Iterable[str], *, parts: bool = True) -> None:
    """Check that every name with the prefix, in upper or lower case, is that of a setting.

    Args:
        given: all names that the source holds.
        source: where they come from, in words.
        known: the settings' names.
        parts: whether a whole part may be given as JSON, as ``MAILROOM_DRIVE``.

    Raises:
        ConfigError: names the unknown ones, each with the setting that is most like it.
    """
    settings = sorted(known)
    whole = {name.rpartition("__")[0] for name in settings} if parts else set()
    unknown = sorted(name for name in given if _is_unknown(name.upper(), {*settings, *whole}))
    if not unknown:
        return
    named = ", ".join(_shown(name) for name in unknown)
    meant = [name for name in (nearest(one.upper(), settings) for one in unknown) if name]
    suggestion = f" Did you mean {', '.join(dict.fromkeys(meant))}?" if meant else ""
    verb = "is not a mail room setting" if len(unknown) == 1 else "are not mail room settings"
    raise ConfigError(
        "unknown_setting",
        what=f"{named} (from {source}) {verb}.{suggestion}",
        fix="Remove or rename it; docs/settings.md lists all settings.",
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The setting whose name is most like this one; None when none is."""
    bare = {one: one.removeprefix(PREFIX) for one in known}
    found = process.extractOne(
        name.removeprefix(PREFIX),
        bare,
        scorer=fuzz.token_sort_ratio,
        processor=utils.default_process,
        score_cutoff=ALIKE,
    )
    return found[2] if found else None


def _is_unknown(name: str, known: set[str]) -> bool:
    return name.startswith(PREFIX) and name not in known | RESERVED and not SERVICE_LINK.fullmatch(name)


def _shown(name: str) -> str:
    return "".join(mark if mark.isprintable() else "?" for mark in name)[:100]
