"""Where PDFs lie while they are read and sent: in memory where the system has it, gone as soon as done.

A directory for each run, 0700, its name telling whose it is and nothing else; files with random names. What a
killed run left is swept at the next start; a live run's is not touched.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from mailroom.errors import ConfigError
from mailroom.privacy.processes import is_alive, start_ticks

MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it


class Scratch:
    """One run's scratch directory; a context manager, safe for threads."""

    def __init__(self, base: Path | None = None) -> None:
        where = base or default_base()
        sweep(where)
        name = f"mailroom-{os.getuid()}-{os.getpid()}-{start_ticks(os.getpid())}-{secrets.token_hex(4)}"
        self._directory = where / name
        try:
            self._directory.mkdir(mode=0o700)
        except OSError:
            raise ConfigError(
                "scratch_unusable",
                what=f"No scratch directory can be made in {where}.",
                mend="Set MAILROOM_SCRATCH_DIR to an existing directory that you may write to.",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def directory(self) -> Path:
        """The run's own directory, for what needs more than a file."""
        return self._directory

    @contextmanager
    def file(self) -> Iterator[Path]:
        """A path that nothing stands at yet; what is written there is gone after the block."""
        path = self._directory / secrets.token_hex(16)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the directory with all that is in it."""
        shutil.rmtree(self._directory, ignore_errors=True)


def sweep(base: Path) -> int:
    """Remove the directories that dead runs of this user left in ``base``; how many there were."""
    swept = 0
    for path in base.glob(f"mailroom-{os.getuid()}-*"):
        numbers = path.name.split("-")[2:4]
        if len(numbers) == 2 and all(part.isdigit() for part in numbers):
            pid, ticks = map(int, numbers)
            if not is_alive(pid, ticks):
                shutil.rmtree(path, ignore_errors=True)
                swept += 1
    return swept


def default_base() -> Path:
    """A RAM-backed directory where there is one, else the system's temporary directory."""
    return MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
