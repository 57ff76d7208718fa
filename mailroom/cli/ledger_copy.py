"""`mailroom ledger copy`: the ledger moves into another database, as a rule from SQLite to PostgreSQL."""

from __future__ import annotations

from mailroom.cli.ledger_settings import load_ledger_settings
from mailroom.cli.wrapping import write_line
from mailroom.config.settings import Settings
from mailroom.ledger.copying import copy_ledger
from mailroom.ledger.opening import (
    carry_record,
    find_key_file,
    find_ledger_file,
    find_ledger_url,
    name_url,
    require_ledger,
)


def run_copy(source: str | None, target: str, *, trial: bool, real: bool) -> int:
    """Copy the ledger into the database ``target``, and return the exit code.

    Args:
        source: the URL of the ledger; None: as the settings say.
        target: the URL of an empty database, or of one that an interrupted copy has begun to fill.
        trial: compare both, and leave the old ledger in use.
        real: settings also from Prefect blocks.

    Raises:
        ConfigError: as `copy_ledger`; there is no ledger, or a URL cannot be used.
    """
    settings = load_ledger_settings(real=real)
    old = settings if source is None else _with_url(settings, source)
    require_ledger(old)
    new = _with_url(settings, target)
    new_url = find_ledger_url(new)
    write_line(f"Ledger: {name_url(find_ledger_url(old))}")
    write_line(f"Copy: {name_url(new_url)}")
    copy_ledger(
        find_ledger_url(old),
        new_url,
        trial=trial,
        show=lambda table, rows: write_line(
            f"{table}: {rows:,} {'row' if rows == 1 else 'rows'}, the same in both"
        ),
    )
    if trial:
        write_line(
            "Trial: the old ledger stays in use, and no run can use the copy. "
            "Start the command without --trial to update the copy and move to it."
        )
        return 0
    carry_record(old, new)
    write_line("No run can use the old ledger any more. Set MAILROOM_LEDGER_URL to the new one.")
    key = find_key_file(old)
    if key is not None and find_ledger_file(new_url) is None:
        write_line(
            f"Set MAILROOM_LEDGER_KEY, or the block secret/mailroom-ledger-key, to the content of {key.path}."
        )
    elif key is not None:
        write_line(f"Copy {key.path} into the folder of the new file.")
    return 0


def _with_url(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"ledger_url": url})
