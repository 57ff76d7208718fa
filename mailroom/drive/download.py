"""One file's bytes from Drive to a path: in chunks, resumed after a break, and verified at the end.

Memory holds one chunk. What the bytes are is not looked at. The file is made for its owner only (0600) and
has to be removed by the caller, also after a failure.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from googleapiclient.http import HttpRequest, MediaIoBaseDownload

from mailroom.drive.faults import CORRUPT, UNEXPECTED, config_error, run_stop
from mailroom.errors import Transient

T = TypeVar("T")


class FileOnDisk:
    """The file on disk: never more than ``size`` bytes, hashed as they are written."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size
        self._begin()

    def write(self, chunk: bytes) -> int:
        """Write a chunk and return its length, as `MediaIoBaseDownload` asks of a file.

        Raises:
            Transient: the chunk goes beyond the size, so the server does not send what was asked for.
            RunStop, ConfigError: it cannot be written to the disk.
        """
        if self.written + len(chunk) > self._size:
            raise Transient(CORRUPT)
        _use_disk(lambda: _write_all(self._descriptor, chunk))
        self.written += len(chunk)
        self._sha256.update(chunk)
        self._md5.update(chunk)
        return len(chunk)

    def restart(self) -> None:
        """Forget what was written."""
        _use_disk(lambda: os.ftruncate(self._descriptor, 0))
        _use_disk(lambda: os.lseek(self._descriptor, 0, os.SEEK_SET))
        self._begin()

    def verify(self, md5: str | None) -> str:
        """Return the SHA-256 in hex of what was written.

        Raises:
            Transient: the size, or the MD5 where Drive gave one, is not the file's.
        """
        if self.written != self._size or (md5 is not None and self._md5.hexdigest() != md5.lower()):
            raise Transient(CORRUPT)
        return self._sha256.hexdigest()

    def _begin(self) -> None:
        self.written = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)


class Download:
    """One file's download. `resume` may be called again after a `Transient`: it continues where it broke."""

    def __init__(
        self, request: Callable[[], HttpRequest], file: FileOnDisk, md5: str | None, chunk_bytes: int
    ) -> None:
        self._request = request
        self._file = file
        self._md5 = md5
        self._chunk_bytes = chunk_bytes
        self._media = self._new_media()

    def resume(self) -> str:
        """Fetch what is missing.

        Returns:
            The SHA-256 in hex of the verified file.

        Raises:
            Transient: a chunk broke, and the next call begins with it; or ``download_corrupt``, what came is
                not the file, and the next call begins at the first byte.
        """
        try:
            while not self._next_chunk():
                pass
            return self._file.verify(self._md5)
        except Transient as fault:
            if fault.code == CORRUPT:
                self._file.restart()
                self._media = self._new_media()
            raise

    def _next_chunk(self) -> bool:
        before = self._file.written
        try:
            _, done = self._media.next_chunk()
        except ValueError:
            # A Content-Range without a number.
            raise Transient(UNEXPECTED) from None
        if not done and self._file.written == before:
            # An empty chunk: asking again at once would never end.
            raise Transient(UNEXPECTED)
        return bool(done)

    def _new_media(self) -> MediaIoBaseDownload:
        media: MediaIoBaseDownload = MediaIoBaseDownload(
            self._file, self._request(), chunksize=self._chunk_bytes
        )
        return media


def open_on_disk(path: Path) -> int:
    """Create or empty the file at ``path``, for its owner only; the caller closes the descriptor.

    Raises:
        RunStop: the disk is full.
        ConfigError: it cannot be written to.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW

    def opened() -> int:
        descriptor = os.open(path, flags, 0o600)
        os.fchmod(descriptor, 0o600)
        return descriptor

    return _use_disk(opened)


def _write_all(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]


def _use_disk(act: Callable[[], T]) -> T:
    """Do something on the disk; its faults are kept apart from the network's, which are OSErrors too."""
    try:
        return act()
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    raise run_stop("scratch_full") if is_full else config_error("scratch_unwritable")
