"""Output files with personal data: only their owner can read them."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISREG


def open_for_owner(path: Path) -> int:
    """Open a file for writing, empty and with mode 0600 from its first byte on; return its descriptor.

    A pipe or a device keeps its mode.

    Raises:
        OSError: it cannot be created or written.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    if S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, 0o600)
        os.ftruncate(descriptor, 0)
    return descriptor
