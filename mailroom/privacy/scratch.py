"""Temporary files for PDFs while they are read and sent: in memory if possible, removed as soon as possible.

Each run has a directory with mode 0700. Its name tells only which process made it; the files have random
names. The next start removes what a killed run left. It does not touch the directory of a live run, nor one
of another machine or container that shares the file system, unless nothing was written there for two days.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from mailroom.errors import ConfigError
from mailroom.privacy.processes import is_alive, pid_namespace_id, read_start_ticks

log = logging.getLogger(__name__)

MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
# Whether a process on another machine or in another container is alive is unknown here. A run creates files
# in its directory all the time, so a directory without any change for this long is left over.
FOREIGN_SECONDS = 2 * 24 * 3600.0


class Scratch:
    """One run's scratch directory; a context manager, safe for threads."""

    def __init__(self, base: Path | None = None) -> None:
        where = (base or find_default_base()).resolve()
        check_base(base or where)
        for each in {where, MEMORY, Path(tempfile.gettempdir())}:
            # The killed run may have used another base directory.
            sweep(each)
        pid = os.getpid()
        maker = f"{os.getuid()}-{pid_namespace_id()}-{pid}-{read_start_ticks(pid)}"
        self._directory = where / f"mailroom-{maker}-{secrets.token_hex(4)}"
        try:
            self._directory.mkdir(mode=0o700)
        except OSError:
            raise _make_config_error(f"The mail room cannot create a directory in {where}.") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def directory(self) -> Path:
        """Return the run's own directory, for data that needs more than one file."""
        return self._directory

    @contextmanager
    def file(self) -> Iterator[Path]:
        """Yield the path of a file that does not exist yet; it is removed at the end of the block."""
        path = self._directory / secrets.token_hex(16)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the directory and everything in it."""
        if not _remove(self._directory):
            log.error("The scratch directory could not be removed. The next start tries again.")


def sweep(base: Path) -> int:
    """Remove the directories in ``base`` that dead runs of this user left, and return how many."""
    return sum(_is_left_over(path) and _remove(path) for path in base.glob(f"mailroom-{os.getuid()}-*"))


def _is_left_over(path: Path) -> bool:
    """Return whether the path is a scratch directory of this user whose run is over."""
    try:
        status = path.lstat()
        _, _, where, pid, ticks, _ = path.name.split("-")
        run = (int(pid), int(ticks))
    except (OSError, ValueError):
        return False
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        return False
    if where != pid_namespace_id():
        return time.time() - status.st_mtime > FOREIGN_SECONDS
    return not is_alive(*run)


def _remove(path: Path) -> bool:
    shutil.rmtree(path, ignore_errors=True)
    return not path.exists()


def find_default_base() -> Path:
    """Return a RAM-backed directory if there is one, else the system's temporary directory."""
    return MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())


def check_base(base: Path) -> None:
    """Check that no other user can replace a directory that is created in ``base``.

    Raises:
        ConfigError: ``base`` is missing, is not a directory, or another user may change its entries.
    """
    trusted = {0, os.getuid()}
    try:
        named, real = base.lstat(), base.stat()
    except OSError:
        raise _make_config_error(f"The scratch directory {base} does not exist.") from None
    if not stat.S_ISDIR(real.st_mode):
        raise _make_config_error(f"{base} is not a directory.")
    if named.st_uid not in trusted or real.st_uid not in trusted:
        raise _make_config_error(f"{base} belongs to another user.")
    if real.st_mode & 0o022 and not real.st_mode & stat.S_ISVTX:
        raise _make_config_error(f"Other users may rename and remove files in {base}.")


def _make_config_error(what: str) -> ConfigError:
    return ConfigError(
        "scratch_unusable",
        what=what,
        fix="Set MAILROOM_SCRATCH_DIR to an existing directory that belongs to you and only you can write to.",
    )
