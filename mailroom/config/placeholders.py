"""Finds settings that still hold a placeholder of the example in docs/setup.md; no value is shown."""

from __future__ import annotations

from collections.abc import Mapping

from mailroom.config.unknown_names import PREFIX
from mailroom.errors import ConfigError

# In the example, this is a value that each firm must find out.
PLACEHOLDER = "…"


def refuse_placeholders(given: Mapping[str, str], source: str) -> None:
    """Check that no setting still has the placeholder.

    Args:
        given: all names that the source holds, with their values.
        source: the origin of the settings, in words.

    Raises:
        ConfigError: a setting has it; the error names all of them.
    """
    settings = {name.upper(): value for name, value in given.items() if name.upper().startswith(PREFIX)}
    if left := sorted(name for name, value in settings.items() if PLACEHOLDER in value):
        raise ConfigError(
            "placeholder_left",
            what=f"The placeholder {PLACEHOLDER} is still in {', '.join(left)} (from {source}).",
            fix="Replace it with the value, or remove the setting (docs/setup.md).",
        )
