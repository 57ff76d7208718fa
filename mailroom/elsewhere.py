"""What others hold of the settings, such as a Prefect server: found by entry points, since the core knows none.

An entry point of the group ``mailroom.settings`` is a function that gives values nested as the settings are. The
daily run does not come here: its flow knows where it runs.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from mailroom.settings import Settings, load_settings

GROUP = "mailroom.settings"


def settings_of_every_source() -> Settings:
    """The settings as a deployment's run on this machine has them.

    Raises:
        ConfigError: one cannot be used, or who holds them does not answer.
    """
    values: dict[str, object] = {}
    for entry in entry_points(group=GROUP):
        values |= entry.load()()
    return load_settings(blocks=values)
