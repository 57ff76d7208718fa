"""Checks this machine: scratch and state directory, their free space, and the engine that reads scans."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from mailroom.config.settings import Settings
from mailroom.crm.logiqs.client import LARGEST_DOCUMENT
from mailroom.doctor.lines import Line, note, ok, wrong
from mailroom.document.ocr.pool import does_engine_load
from mailroom.document.ocr.tesseract import find_tesseract, works
from mailroom.errors import ConfigError
from mailroom.privacy.scratch import check_base, find_default_base

IN_MEMORY = frozenset({"tmpfs", "ramfs"})
MEBIBYTE = 2**20
# The ledger grows by a few kilobytes for each file; five logs of 5 MB are kept.
STATE_LEAST, STATE_FEW = 50 * MEBIBYTE, 500 * MEBIBYTE
MOUNTS = Path("/proc/mounts")


def check_scratch(settings: Settings) -> Line:
    """Return a line that says whether the scratch directory can be used, and whether it is in memory."""
    place = settings.scratch_dir or find_default_base()
    if not can_be_written(place):
        return wrong(
            "scratch",
            f"{place} cannot be written to.",
            "Set MAILROOM_SCRATCH_DIR to an existing directory that you can write to.",
        )
    try:
        check_base(place)
    except ConfigError as error:
        return wrong("scratch", error.what, error.fix)
    kind = find_filesystem(place)
    if kind in IN_MEMORY:
        return ok("scratch", f"{place} can be written to and is in memory ({kind})")
    how = f"is on a disk ({kind})" if kind else "may be on a disk"
    return note(
        "scratch",
        f"{place} can be written to and {how}. PDFs are stored there while they are read and sent.",
        "Set MAILROOM_SCRATCH_DIR to a directory in memory such as /dev/shm, or encrypt the disk.",
    )


def find_filesystem(place: Path) -> str | None:
    """Return the type of the file system of a directory; None where the system does not report it (macOS)."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    resolved, found = place.resolve(), (0, "")
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        # A space in a path is written as \040.
        where = Path(point.replace("\\040", " "))
        if resolved.is_relative_to(where) and len(where.parts) >= found[0]:
            found = (len(where.parts), kind)
    return found[1] or None


def check_scans() -> Line:
    """Return a line that says whether the OCR engine can be loaded, as a run would load it."""
    if does_engine_load():
        return _check_tesseract()
    return note(
        "scans",
        "The OCR engine cannot be loaded. Scans go to CP2000_REVIEW; PDFs with text are still read.",
        "Run `uv sync` again (it installs rapidocr, onnxruntime and opencv). The machine needs 2 GB of memory.",
    )


def _check_tesseract() -> Line:
    """Return a line about Tesseract, which is optional: a note if it is installed and does not work."""
    loaded = "the OCR engine can be loaded"
    if find_tesseract() is None:
        return ok(
            "scans",
            f"{loaded}; Tesseract is not installed (as a second reader it would leave fewer scans for people)",
        )
    if works():
        return ok("scans", f"{loaded}; Tesseract is the second reader for doubtful scans")
    return note(
        "scans",
        "Tesseract is installed but does not work, so doubtful scans are not read a second time.",
        "Install its English model (Debian: tesseract-ocr-eng), or set TESSDATA_PREFIX to the folder of the model.",
    )


def check_disk(settings: Settings) -> list[Line]:
    """Return two lines: the free space of the state directory, and of scratch."""
    return [_check_state_space(settings), _check_scratch_space(settings)]


def _check_state_space(settings: Settings) -> Line:
    topic, place = "disk: state", find_existing(settings.state_dir)
    if not can_be_written(place):
        return wrong(
            topic,
            f"The state directory {settings.state_dir} cannot be written to.",
            "Set MAILROOM_STATE_DIR to a directory that you can write to.",
        )
    free = shutil.disk_usage(place).free
    words = f"{format_size(free)} free for {settings.state_dir} (ledger, logs)"
    if free < STATE_LEAST:
        return wrong(topic, words, f"Free at least {format_size(STATE_LEAST)} on this disk.")
    return note(topic, words, "Free some space on this disk.") if free < STATE_FEW else ok(topic, words)


def _check_scratch_space(settings: Settings) -> Line:
    topic, place = "disk: scratch", settings.scratch_dir or find_default_base()
    if not _is_there(place) or not place.is_dir():
        return wrong(
            topic,
            f"{place} is not a directory.",
            "Set MAILROOM_SCRATCH_DIR to an existing directory that you can write to.",
        )
    free = shutil.disk_usage(place).free
    at_once = settings.files_at_once * min(settings.drive.slots, settings.logiqs.slots)
    needed = at_once * LARGEST_DOCUMENT
    words = f"{format_size(free)} free in {place}"
    if free >= needed:
        return ok(topic, words)
    words += (
        f"; {at_once} files at the same time, {LARGEST_DOCUMENT // 10**6} MB each, need {format_size(needed)}"
    )
    fix = "Give it more space (in a container: --shm-size), or lower MAILROOM_FILES_AT_ONCE."
    return wrong(topic, words, fix) if free < LARGEST_DOCUMENT else note(topic, words, fix)


def can_be_written(directory: Path) -> bool:
    """Return whether a file can be written in a directory; tried, since a file system may be read-only."""
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"-")
            file.flush()
    except OSError:
        return False
    return True


def find_existing(path: Path) -> Path:
    """Return the path, or the nearest directory above it that exists."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if _is_there(place))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # The name is too long, or a directory above may not be read.
        return False


def format_size(count: int) -> str:
    """Return a number of bytes in MB or GB."""
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count // MEBIBYTE} MB"
