"""``python -m mailroom extract --explain FILE [--png OUT.png]``: page 1 as a picture with each field's evidence boxed.

For people who would rather look. Opening, reading and drawing happen in the reading child; this only asks for the
picture and writes it. It holds personal data, so it is for its owner only.
"""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from mailroom.config.settings import load_settings
from mailroom.document.file_type import EXPLAINED
from mailroom.errors import ConfigError
from mailroom.notices.pool import ReaderPool

PNG = b"\x89PNG\r\n\x1a\n"
# So many bytes of a picture of ours hold its mark.
HEAD = 128
# A person waits, and looks at one file: more than a run gives it.
DEADLINE = 60.0


def run_explain(path: Path, png: Path | None) -> int:
    """Draw the image and say where it is.

    Args:
        path: the file to be shown.
        png: where the image goes; None: FILE's name with .explained.png, in the working directory.

    Returns:
        0 when it was written, 1 when there is no page to show or OUT could not be written to its end, 130 when
        stopped by Ctrl-C.

    Raises:
        ConfigError: there is no such file, a setting is malformed, or OUT cannot be created or
            is something else than a picture of ours.
    """
    console = Console(stderr=True, highlight=False)
    out = png or Path(f"{path.stem}.explained.png")
    if not path.is_file():
        raise ConfigError("no_such_path", what=f"There is no file {path}.", mend="Name one file.")
    _check_replaceable(out)
    settings = load_settings()
    try:
        with ReaderPool(
            1, DEADLINE, confidence=settings.reading_confidence, images=settings.read_images
        ) as pool:
            reading, picture = pool.explain(path)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    said = f"{reading.outcome}, {reading.error}" if reading.error else reading.outcome
    if picture is None:
        console.print(f"{path}: {said}; there is no page to show.", soft_wrap=True)
        return 1
    try:
        _write(out, picture)
    except OSError as error:
        console.print(f"{out} could not be written: {error.strerror}.", soft_wrap=True)
        return 1
    console.print(f"{path}: {said}. {out} shows it; it holds personal data.", soft_wrap=True)
    return 0


def _check_replaceable(out: Path) -> None:
    """An earlier picture of ours is replaced, as people expect of a named output; a scan named by mistake is not."""
    try:
        if out.is_file():
            with out.open("rb") as file:
                head = file.read(HEAD)
            is_ours = head.startswith(PNG) and EXPLAINED.encode() in head
            fault = None if is_ours or not head else "is there already, and is no picture of --explain's"
        else:
            fault = "is no file" if out.exists() else _folder_fault(out)
    except OSError as error:
        fault = f"cannot be written: {error.strerror}"
    if fault:
        raise ConfigError("out_not_writable", what=f"{out} {fault}.", mend="Name another file with --png.")


def _folder_fault(out: Path) -> str | None:
    usable = out.parent.is_dir() and os.access(out.parent, os.W_OK)
    return None if usable else "cannot be written: there is no such folder, or it may not be written to"


def _write(out: Path, picture: bytes) -> None:
    """For its owner only from its first byte on."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        os.ftruncate(descriptor, 0)
        file.write(picture)
