"""Scratch and disk: whether they can be written to, lie in memory where they should, and have room.

And the engine that reads scans: whether it can be loaded.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from mailroom.config.settings import Settings
from mailroom.crm.logiqs.client import LARGEST_DOCUMENT
from mailroom.doctor.lines import Line, note, ok, wrong
from mailroom.errors import ConfigError
from mailroom.notices.ocr.pool import engine_loads
from mailroom.notices.ocr.tesseract import tesseract, works
from mailroom.privacy.scratch import check_base, find_default_base

IN_MEMORY = frozenset({"tmpfs", "ramfs"})
MEBIBYTE = 2**20
# The ledger grows by some kilobytes a file; five logs of 5 MB are kept.
STATE_LEAST, STATE_FEW = 50 * MEBIBYTE, 500 * MEBIBYTE
MOUNTS = Path("/proc/mounts")


def check_scratch(settings: Settings) -> Line:
    """Can a file be written there, and is it memory?"""
    place = settings.scratch_dir or find_default_base()
    if not can_be_written(place):
        return wrong(
            "scratch",
            f"{place} cannot be written to.",
            "Set MAILROOM_SCRATCH_DIR to an existing directory that you may write to.",
        )
    try:
        check_base(place)
    except ConfigError as error:
        return wrong("scratch", error.what, error.mend)
    kind = filesystem(place)
    if kind in IN_MEMORY:
        return ok("scratch", f"{place} is in memory ({kind}) and can be written to")
    how = f"is on a disk ({kind})" if kind else "is not known to be in memory"
    return note(
        "scratch",
        f"{place} can be written to, and {how}: PDFs lie there while they are read and sent.",
        "Set MAILROOM_SCRATCH_DIR to a RAM-backed directory such as /dev/shm, or encrypt that disk.",
    )


def filesystem(place: Path) -> str | None:
    """The kind of file system that a directory lies on; None where the system does not tell (macOS)."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    resolved, found = place.resolve(), (0, "")
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        # Spaces in a path are written as \040.
        where = Path(point.replace("\\040", " "))
        if resolved.is_relative_to(where) and len(where.parts) >= found[0]:
            found = (len(where.parts), kind)
    return found[1] or None


def check_scans() -> Line:
    """Can the engine that reads scans be loaded, as a run would load it?"""
    if engine_loads():
        return _second_reader()
    return note(
        "scans",
        "The engine that reads scans cannot be loaded: they go to REVIEW, files with text are still read.",
        "Run uv sync again (it installs rapidocr, onnxruntime and opencv), and give the machine 2 GB of memory.",
    )


def _second_reader() -> Line:
    """Tesseract need not be there; where it is and does not work, somebody meant it to."""
    loaded = "the engine that reads them can be loaded"
    if tesseract() is None:
        return ok("scans", f"{loaded}; Tesseract, which could confirm those in doubt, is not installed")
    if works():
        return ok("scans", f"{loaded}; Tesseract is asked about scans in doubt")
    return note(
        "scans",
        "Tesseract is installed and reads nothing, so scans in doubt are not read a second time.",
        "Install its English model (Debian: tesseract-ocr-eng), or set TESSDATA_PREFIX to where it lies.",
    )


def check_disk(settings: Settings) -> list[Line]:
    """The room of the state directory and of scratch."""
    return [_state(settings), _scratch_room(settings)]


def _state(settings: Settings) -> Line:
    topic, place = "disk: state", existing(settings.state_dir)
    if not can_be_written(place):
        return wrong(
            topic,
            f"The state directory {settings.state_dir} cannot be written to.",
            "Set MAILROOM_STATE_DIR to a directory that you may write to.",
        )
    free = shutil.disk_usage(place).free
    words = f"{size(free)} free for {settings.state_dir} (ledger, logs)"
    if free < STATE_LEAST:
        return wrong(topic, words, f"Free some space there: at least {size(STATE_LEAST)}.")
    return note(topic, words, "Free some space there.") if free < STATE_FEW else ok(topic, words)


def _scratch_room(settings: Settings) -> Line:
    topic, place = "disk: scratch", settings.scratch_dir or find_default_base()
    if not _is_there(place) or not place.is_dir():
        return wrong(
            topic,
            f"{place} is no directory.",
            "Set MAILROOM_SCRATCH_DIR to an existing directory that you may write to.",
        )
    free = shutil.disk_usage(place).free
    at_once = settings.files_at_once * min(settings.drive.slots, settings.logiqs.slots)
    needed = at_once * LARGEST_DOCUMENT
    words = f"{size(free)} free in {place}"
    if free >= needed:
        return ok(topic, words)
    words += f"; {at_once} files at once of 6 MB each need {size(needed)}"
    mend = "Give it more (a container: --shm-size), or lower MAILROOM_FILES_AT_ONCE."
    return wrong(topic, words, mend) if free < LARGEST_DOCUMENT else note(topic, words, mend)


def can_be_written(directory: Path) -> bool:
    """Tried with a file that is gone at once: rights alone do not tell of a file system that is read-only."""
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"-")
            file.flush()
    except OSError:
        return False
    return True


def existing(path: Path) -> Path:
    """The path, or the nearest directory above it that is there."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if _is_there(place))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # A name that is too long, or a directory that may not be looked into.
        return False


def size(count: int) -> str:
    """Bytes in words."""
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count // MEBIBYTE} MB"
