"""Lets a reading process take the time of a scan. ``bench/fleet.py`` puts this folder in PYTHONPATH.

More workers than cores can be measured so, with files that take almost no processor time.
"""

from __future__ import annotations

import sys
import time
from typing import Any

# The processor seconds of a scan when the goals for a fleet were set.
SECONDS = 2.2


def take_longer() -> None:
    """Let each file that this process reads take so many seconds more."""
    from mailroom.notices import reader  # noqa: PLC0415 - only in reading processes

    read_file = reader.read_file

    def read_slowly(*arguments: Any, **options: Any) -> Any:
        time.sleep(SECONDS)
        return read_file(*arguments, **options)

    reader.read_file = read_slowly


if "mailroom.notices.reader_process" in sys.orig_argv:
    take_longer()
