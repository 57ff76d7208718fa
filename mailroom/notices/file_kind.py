"""What kind of file it is by its first bytes, whatever it is called. Nothing is unpacked here, so any process may ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileKind:
    """A kind of file that may be filed: how its name ends, and its media type."""

    suffix: str
    media_type: str


PDF = FileKind(".pdf", "application/pdf")
JPEG, PNG, TIFF = (
    FileKind(".jpg", "image/jpeg"),
    FileKind(".png", "image/png"),
    FileKind(".tif", "image/tiff"),
)
IMAGES = {b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG, b"II*\x00": TIFF, b"MM\x00*": TIFF}
# Stands near the start of the pictures that ``extract --explain`` draws, and in no scan.
EXPLAINED = "mailroom extract --explain"
MEDIA_TYPES = {kind.suffix: kind.media_type for kind in (PDF, JPEG, PNG, TIFF)}


def image_kind(head: bytes) -> FileKind | None:
    """The kind of image that begins so; None for anything else."""
    return next((kind for start, kind in IMAGES.items() if head.startswith(start)), None)


def kind_of(path: Path) -> FileKind:
    """Image or PDF; what was read as neither would not be filed."""
    with path.open("rb") as file:
        return image_kind(file.read(16)) or PDF
