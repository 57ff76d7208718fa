"""Where PDFs lie while they are read and sent: in memory where the system has it, gone as soon as done.

A directory for each run, 0700, its name telling whose it is and nothing else; files with random names. What a
killed run left is swept at the next start; a live run's is not touched, nor, while it may be alive, one of another
machine or container that shares the place.
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
from types import TracebackType
from typing import Self

from mailroom.errors import ConfigError
from mailroom.privacy.processes import is_alive, pid_namespace_id, read_start_ticks

log = logging.getLogger(__name__)

MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
# Whether a process of another machine or container lives cannot be told from here. A run at work makes files in
# its directory all the time, so one that nothing happened in for so long is left over.
FOREIGN_SECONDS = 2 * 24 * 3600.0


class Scratch:
    """One run's scratch directory; a context manager, safe for threads."""

    def __init__(self, base: Path | None = None) -> None:
        where = (base or find_default_base()).resolve()
        check_base(base or where)
        for each in {where, MEMORY, Path(tempfile.gettempdir())}:
            # The place may have been another one when a run was killed.
            sweep(each)
        parts = (
            os.getuid(),
            pid_namespace_id(),
            os.getpid(),
            read_start_ticks(os.getpid()),
            secrets.token_hex(4),
        )
        self._directory = where / "-".join(map(str, ("mailroom", *parts)))
        try:
            self._directory.mkdir(mode=0o700)
        except OSError:
            raise _make_config_error(f"No scratch directory can be made in {where}.") from None

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
        if not _remove(self._directory):
            log.error("The scratch directory could not be removed; the next start tries again.")


def sweep(base: Path) -> int:
    """Remove the directories that dead runs of this user left in ``base``; how many there were."""
    return sum(_is_left_over(path) and _remove(path) for path in base.glob(f"mailroom-{os.getuid()}-*"))


def _is_left_over(path: Path) -> bool:
    """Whether it is a directory that a run of this user made, and that run is over."""
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
    """A RAM-backed directory where there is one, else the system's temporary directory."""
    return MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())


def check_base(base: Path) -> None:
    """Nobody but this user and the system's own may put something else in the place of our directory.

    Raises:
        ConfigError: it is missing, or in other hands.
    """
    trusted = {0, os.getuid()}
    try:
        named, real = base.lstat(), base.stat()
    except OSError:
        raise _make_config_error(f"There is no scratch directory {base}.") from None
    if not stat.S_ISDIR(real.st_mode):
        raise _make_config_error(f"{base} is no directory.")
    if named.st_uid not in trusted or real.st_uid not in trusted:
        raise _make_config_error(f"{base} is another user's.")
    if real.st_mode & 0o022 and not real.st_mode & stat.S_ISVTX:
        raise _make_config_error(f"Others may rename and remove what lies in {base}.")


def _make_config_error(what: str) -> ConfigError:
    return ConfigError(
        "scratch_unusable",
        what=what,
        mend="Set MAILROOM_SCRATCH_DIR to an existing directory of your own that only you may write to.",
    )
