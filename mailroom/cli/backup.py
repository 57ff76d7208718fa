"""`mailroom ledger backup PATH`: a consistent copy of the ledger, and what else a restore needs."""

from __future__ import annotations

from pathlib import Path

from mailroom.cli.keys import SETTING
from mailroom.cli.ledger_settings import load_ledger_settings
from mailroom.cli.wrapping import write_line
from mailroom.ledger.backup import back_up_ledger
from mailroom.ledger.opening import find_key_file, name_ledger


def run_backup(path: Path, *, real: bool) -> int:
    """Copy the ledger to a new file, say where its key is, and return the exit code.

    Raises:
        ConfigError: there is no ledger, it cannot be copied, or the copy cannot be written.
    """
    settings = load_ledger_settings(real=real)
    write_line(f"Ledger: {name_ledger(settings)}")
    size = back_up_ledger(settings, path)
    write_line(f"Copied to {path} ({size / 1_000_000:.1f} MB).")
    key = find_key_file(settings)
    where = f"in {key.path}" if key is not None else SETTING
    write_line(
        f"The copy cannot be opened without the ledger's key ({where}): back that up too, in another place."
    )
    return 0
