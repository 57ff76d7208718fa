"""The files under the paths of a command line; opens none of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

# Device and inode, which tell whether two paths are one file.
Identity = tuple[int, int]


@dataclass(frozen=True)
class FoundFile:
    """A file and its name relative to the path that it was found under."""

    path: Path
    name: str


def find_files(
    paths: Iterable[Path], passing_over: Identity | None = None
) -> tuple[list[FoundFile], list[Path]]:
    """Return every regular file under each path, by name, and the folders that cannot be listed.

    Args:
        paths: files and folders that exist.
        passing_over: device and inode of the file that is being written.
    """
    found: list[FoundFile] = []
    unlisted: list[Path] = []
    for path in paths:
        if path.is_dir():
            under = sorted(_walk(path, unlisted))
            found += [FoundFile(each, each.relative_to(path).as_posix()) for each in under]
        elif path.is_file():
            found.append(FoundFile(path, path.name))
    if passing_over is not None:
        found = [each for each in found if identity_of(each.path) != passing_over]
    return found, unlisted


def _walk(folder: Path, unlisted: list[Path]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        unlisted.append(Path(error.filename))

    for parent, _, names in os.walk(folder, onerror=note):
        for name in names:
            path = Path(parent, name)
            if _may_be_regular(path):
                yield path


def _may_be_regular(path: Path) -> bool:
    """Whether it is a regular file; one that vanished after it was listed counts as one."""
    try:
        return S_ISREG(path.lstat().st_mode)
    except OSError:
        return True


def identity_of(path: Path) -> Identity | None:
    """Device and inode, None for a file that has vanished."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
