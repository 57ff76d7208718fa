"""What type of file it is by its first bytes, whatever its name.

Nothing is unpacked here, so any process may use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FileType:
    """A type of file that may be filed: how its name ends, and its media type."""

    suffix: str
    media_type: str


PDF = FileType(".pdf", "application/pdf")
JPEG = FileType(".jpg", "image/jpeg")
PNG = FileType(".png", "image/png")
TIFF = FileType(".tif", "image/tiff")
IMAGES = {b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG, b"II*\x00": TIFF, b"MM\x00*": TIFF}
# Stands near the start of the images that ``extract --explain`` draws, and in no scan.
EXPLAINED = "mailroom extract --explain"


def find_image_type(head: bytes) -> FileType | None:
    """Return the type of the image that begins so, None for anything else."""
    return next((found for start, found in IMAGES.items() if head.startswith(start)), None)


def find_file_type(path: Path) -> FileType:
    """Return the type of a file that was read: an image or a PDF."""
    with path.open("rb") as file:
        return find_image_type(file.read(16)) or PDF
