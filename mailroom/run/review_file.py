"""The spreadsheet of `mailroom review` on disk: read as a whole, replaced as a whole, for its owner only.

Only a folder that an administrator has given to a group shares it with that group.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from mailroom.errors import ConfigError
from mailroom.run.review_workbook import MOST_BYTES

# The mode of a file that only its owner reads, which is that of a new temporary file.
OWN = 0o600


def is_open_elsewhere(path: Path) -> bool:
    """Whether a spreadsheet program has it open: Excel and LibreOffice leave a file beside it."""
    marks = (f"~${path.name}", f".~lock.{path.name}#")
    return any((path.parent / mark).exists() for mark in marks)


def load_file(path: Path) -> bytes:
    """Return the file's bytes.

    Raises:
        ConfigError: it is not a file, cannot be read, or a spreadsheet program has it open.
    """
    if is_open_elsewhere(path):
        raise ConfigError(
            "review_workbook_open",
            what=f"{path} is open in a spreadsheet program.",
            fix="Save and close it there; then start again.",
        )
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            "no_such_path", what=f"{path} cannot be read: {error.strerror}.", fix="Name an exported workbook."
        ) from None


def choose_mode(folder: Path) -> int:
    """Return the mode of a list in a shared folder: 0600; with the set-group-ID bit, also for its group.

    Files in such a folder belong to its group, as whoever set the bit wanted. Others never read the list.
    """
    mode = folder.stat().st_mode
    return OWN | (mode & 0o060 if mode & stat.S_ISGID else 0)


def replace_file(path: Path, content: bytes, mode: int = OWN) -> None:
    """Write the file with this mode, so that there is always a whole one.

    Raises:
        ConfigError: it cannot be written.
    """
    name = ""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".review-", suffix=".tmp")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if mode != OWN:
                os.fchmod(descriptor, mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise ConfigError(
            "out_not_writable",
            what=f"{path} cannot be written: {error.strerror}.",
            fix="Name a file in a folder that you can write to.",
        ) from None
