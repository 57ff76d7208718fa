"""`mailroom extract --explain FILE [--png OUT.png]`: page 1 with the sources of the fields boxed.

The reading child opens, reads and draws; this module only asks for the image and writes it. It holds personal
data, so only its owner can read it.
"""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from mailroom.cli.private_file import open_for_owner
from mailroom.cli.wrapping import print_line
from mailroom.config.settings import load_settings
from mailroom.document.file_type import EXPLAINED
from mailroom.errors import ConfigError
from mailroom.notices import Reading
from mailroom.notices.reader_pool import ReaderPool

PNG = b"\x89PNG\r\n\x1a\n"
# The mark of our images is in their first bytes.
HEAD = 128
# A person waits for one file: more time than in a run.
DEADLINE = 60.0


def run_explain(path: Path, png: Path | None) -> int:
    """Draw the image and say where it is.

    Args:
        path: the file to be shown.
        png: where the image goes; None: FILE's name with .explained.png, in the working directory.

    Returns:
        0 when it was written, 1 when there is no page to show or OUT could not be written completely, 130
        when stopped by Ctrl-C.

    Raises:
        ConfigError: there is no such file, a setting is malformed, or OUT cannot be created or
            is a file, but not an image of `--explain`.
    """
    console = Console(stderr=True, highlight=False)
    out = png or Path(f"{path.stem}.explained.png")
    if not path.is_file():
        raise ConfigError("no_such_path", what=f"There is no file {path}.", fix="Name one file.")
    check_replaceable(out)
    settings = load_settings()
    try:
        with ReaderPool(
            1, DEADLINE, confidence=settings.reading_confidence, images=settings.read_images
        ) as pool:
            reading, image = pool.explain(path)
    except KeyboardInterrupt:
        print_line(console, "Stopped.")
        return 130
    return write_explanation(str(path), reading, image, out, console)


def write_explanation(name: str, reading: Reading, image: bytes | None, out: Path, console: Console) -> int:
    """Write the image, say what was read of the file with this name, and return the exit code."""
    said = f"{reading.outcome}, {reading.error}" if reading.error else reading.outcome
    if reading.page_ranges:
        parts = ", ".join(f"{first} to {last}" for first, last in reading.page_ranges)
        said = f"{said} (parts of the file: pages {parts})"
    if image is None:
        print_line(console, f"{name}: {said}; there is no page to show.")
        return 1
    try:
        _write(out, image)
    except OSError as error:
        print_line(console, f"{out} could not be written: {error.strerror}.")
        return 1
    print_line(console, f"{name}: {said}. {out} shows it; it holds personal data.")
    for field, causes in reading.doubts.items():
        print_line(console, f"In doubt: {field}, since {'; '.join(cause.words for cause in causes)}.")
    return 0


def check_replaceable(out: Path) -> None:
    """Refuse to replace anything but an earlier image of `--explain`: a scan may be named by mistake.

    Raises:
        ConfigError: it would be replaced, or cannot be written.
    """
    try:
        if out.is_file():
            with out.open("rb") as file:
                head = file.read(HEAD)
            is_ours = head.startswith(PNG) and EXPLAINED.encode() in head
            fault = None if is_ours or not head else "exists and is not an image of --explain"
        else:
            fault = "is not a file" if out.exists() else _folder_fault(out)
    except OSError as error:
        fault = f"cannot be written: {error.strerror}"
    if fault:
        raise ConfigError("out_not_writable", what=f"{out} {fault}.", fix="Name another file with --png.")


def _folder_fault(out: Path) -> str | None:
    usable = out.parent.is_dir() and os.access(out.parent, os.W_OK)
    return None if usable else "cannot be written: the folder does not exist or is not writable"


def _write(out: Path, image: bytes) -> None:
    with os.fdopen(open_for_owner(out), "wb") as file:
        file.write(image)
