"""The settings of commands that touch only the ledger: the real ledger, also without ``--real``."""

from __future__ import annotations

from mailroom.cli.wrapping import write_line
from mailroom.config.settings import Settings, load_settings
from mailroom.config.unknown_names import PREFIX
from mailroom.errors import ConfigError
from mailroom.ledger import Ledger
from mailroom.ledger.opening import name_ledger, open_existing_ledger
from mailroom.orchestration.stored_settings import read_stored_settings

# What says which ledger it is, and opens it.
OF_THE_LEDGER = ("ledger_url", "ledger_key", "state_dir")


def open_named_ledger(*, real: bool) -> Ledger:
    """Print the path of the real ledger, and open it; it is a context manager.

    Raises:
        ConfigError: as `load_ledger_settings`; there is no ledger, or it cannot be opened.
    """
    settings = load_ledger_settings(real=real)
    write_line(f"Ledger: {name_ledger(settings)}")
    return open_existing_ledger(settings)


def load_ledger_settings(*, real: bool) -> Settings:
    """The settings that lead to the real ledger: those of this machine; with ``real``, stored ones too.

    Raises:
        ConfigError: a setting cannot be used; with ``real``, the Prefect server does not answer; without, the
            ledger's URL or key is only in a block or variable.
    """
    of_all_sources = load_settings(blocks=read_stored_settings(real=real).merge())
    if real:
        return of_all_sources
    near = load_settings()
    only_stored = [name for name in OF_THE_LEDGER if getattr(near, name) != getattr(of_all_sources, name)]
    if only_stored:
        names = " and ".join(f"{PREFIX}{name.upper()}" for name in only_stored)
        raise ConfigError(
            "ledger_settings_stored",
            what=f"{names} for the real ledger can only be read from a Prefect block or variable.",
            fix="Add --real to read blocks and variables.",
        )
    return near
