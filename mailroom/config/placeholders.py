"""Settings that still hold a placeholder of the example in docs/setup.md: named, and no value is shown."""

from __future__ import annotations

from collections.abc import Mapping

from mailroom.config.unknown_names import PREFIX
from mailroom.errors import ConfigError

# What the example has for a value that each firm must find out.
PLACEHOLDER = "…"


def refuse_placeholders(given: Mapping[str, str], source: str) -> None:
    """Check that no setting still has the placeholder.

    Args:
        given: all names that the source holds, with their values.
        source: where they come from, in words.

    Raises:
        ConfigError: names the settings that have it.
    """
    settings = {name.upper(): value for name, value in given.items() if name.upper().startswith(PREFIX)}
    if left := sorted(name for name, value in settings.items() if PLACEHOLDER in value):
        raise ConfigError(
            "placeholder_left",
            what=f"The placeholder {PLACEHOLDER} is still in {', '.join(left)} (from {source}).",
            fix="Put the value in its place, or remove the setting (docs/setup.md).",
        )
