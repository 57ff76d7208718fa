"""Where settings come from: the environment, ``.env``, Prefect blocks, Prefect variables; the first one
wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mailroom.config.settings import environment_sources

STORED = BLOCK, VARIABLE = "a Prefect block", "a Prefect variable"
Values = Mapping[str, Any]
# Marks a value that a source does not have; None is a value.
MISSING = object()


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
        return [*environment_sources(), (BLOCK, self.blocks), (VARIABLE, self.variables)]

    def find_source(self, *paths: Sequence[str], skip_blank: bool = False) -> str | None:
        """The strongest source that has a value for any of the settings; None when all have their defaults.

        Args:
            paths: each setting as a path of names.
            skip_blank: whether a blank value counts as none.
        """
        for name, values in self.in_order():
            found = [value for path in paths if (value := _look_up(values, path)) is not MISSING]
            if any(not (skip_blank and isinstance(value, str) and not value.strip()) for value in found):
                return name
        return None


def _look_up(values: Values, path: Sequence[str]) -> Any:
    inner: Any = values
    for part in path:
        if not isinstance(inner, Mapping) or part not in inner:
            return MISSING
        inner = inner[part]
    return inner
