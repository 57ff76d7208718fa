"""Where settings come from: the environment, ``.env``, Prefect blocks, Prefect variables; the first one
wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from mailroom.config.settings import Settings, dotenv_file

ENVIRONMENT, DOTENV, BLOCK, VARIABLE = "the environment", ".env", "a Prefect block", "a Prefect variable"
STORED = (BLOCK, VARIABLE)
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Sources:
    """What a Prefect server stores, nested as the settings are; the environment and ``.env`` are read
    here.
    """

    blocks: Values = field(default_factory=dict)
    variables: Values = field(default_factory=dict)

    def merge(self) -> dict[str, Any]:
        """Blocks over variables, as `load_settings` takes them."""
        values = {**self.variables}
        for part, inner in self.blocks.items():
            values[part] = {**values.get(part, {}), **inner} if isinstance(inner, Mapping) else inner
        return values

    def in_order(self) -> list[tuple[str, Values]]:
        """Every source with its values, the strongest first."""
        return [
            (ENVIRONMENT, EnvSettingsSource(Settings)()),
            (DOTENV, DotEnvSettingsSource(Settings, env_file=dotenv_file())()),
            (BLOCK, self.blocks),
            (VARIABLE, self.variables),
        ]

    def find_source(self, *paths: Sequence[str]) -> str | None:
        """The strongest source that has a value for any of the settings; None when all have their
        defaults.
        """
        return next((name for name, values in self.in_order() if any(_holds(values, p) for p in paths)), None)


def _holds(values: Values, path: Sequence[str]) -> bool:
    inner: Any = values
    for part in path:
        if not isinstance(inner, Mapping) or part not in inner:
            return False
        inner = inner[part]
    return True
