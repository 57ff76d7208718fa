"""An image file (JPEG, PNG, TIFF with its pages) as a document whose pages are all scans.

Its size is taken from its head, and refused before anything is unpacked. Reading the pictures is for others.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from mailroom.errors import FileFault
from mailroom.notices.page_kind import PageKind
from mailroom.notices.pictures import LEAST_SCALE, MOST_IMAGE_PIXELS, MOST_PIXELS, SCALE, without_colour
from mailroom.notices.sheet import Sheet

FORMATS = ("JPEG", "PNG", "TIFF")
MOST_PAGES = 200
LONG_SIDE = 11 * 72
# Dots per inch that a scanner or a fax machine may have used; others were put there by a camera or nobody.
LIKELY_DPI = (72, 1200)
# What Pillow raises for files that are not what they should be.
LIBRARY_FAULTS = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError,
    NotImplementedError, RuntimeError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip


@dataclass(frozen=True)
class ImageFile:
    """An image file; pages count from 0. Each page is unpacked when it is asked for, and nothing of it is kept."""

    path: Path
    page_count: int

    def notes(self) -> list[str]:
        """Nothing: an image holds nothing but its pages that anybody would open."""
        return []

    def kind(self, _index: int) -> PageKind:
        """A scan."""
        return "scan"

    def flat_text(self, _index: int) -> str:
        """None."""
        return ""

    def sheet(self, _index: int) -> Sheet:
        """There is no text layer to be read.

        Raises:
            FileFault: ``no_text_layer``.
        """
        raise FileFault("no_text_layer")

    def quick_sheet(self, index: int) -> Sheet:
        """Likewise."""
        return self.sheet(index)

    def image(self, index: int) -> tuple[Image.Image, float]:
        """A page in grey without coloured ink, and its dots per point; raises as `coloured_image` does."""
        image, scale = self.coloured_image(index)
        return without_colour(image), scale

    def coloured_image(self, index: int) -> tuple[Image.Image, float]:
        """A page with its colours, and its dots per point.

        Raises:
            FileFault: ``image_too_large``, ``broken_image``, ``too_much_memory``.
        """
        with _opened(self.path) as image, _faults_as_codes():
            image.seek(index)
            _check_size(image)
            return _as_paper(image)


@contextmanager
def opened_image(path: Path) -> Iterator[ImageFile]:
    """Open the file.

    Raises:
        FileFault: ``broken_image``, ``image_too_large``, ``too_many_pages``, ``too_much_memory``.
    """
    with _opened(path) as image, _faults_as_codes():
        _check_size(image)
        pages = _page_count(image)
    yield ImageFile(path, pages)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    # This module's own limit is lower, and has its own code.
    Image.MAX_IMAGE_PIXELS = None
    with _faults_as_codes():
        image = Image.open(path, formats=FORMATS)
    with image:
        yield image


def _page_count(image: Image.Image) -> int:
    """Pages of a TIFF, one of anything else; a file that says that it has very many is not counted to its end."""
    if image.format != "TIFF":
        return 1
    for index in range(MOST_PAGES + 1):
        try:
            image.seek(index)
        except EOFError:
            return index
    raise FileFault("too_many_pages")


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MOST_IMAGE_PIXELS:
        raise FileFault("image_too_large")
    if min(image.size) < 1:
        raise FileFault("broken_image")


def _as_paper(image: Image.Image) -> tuple[Image.Image, float]:
    """Upright and square, at most as large as a rendered page."""
    across, down = _dpi(image)
    scale = min(SCALE, across / 72, (MOST_PIXELS / (image.width * image.height)) ** 0.5 * across / 72)
    scale = max(scale, LEAST_SCALE * 0.8)
    size = (round(image.width / across * 72 * scale), round(image.height / down * 72 * scale))
    # A JPEG is unpacked no larger than it is needed.
    image.draft("RGB", size)
    white = _on_white(image).resize(
        size, Image.Resampling.BOX if size[0] < image.width else Image.Resampling.BICUBIC
    )
    upright = ImageOps.exif_transpose(white) if image.format == "JPEG" else white
    return upright.convert("RGB"), scale


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, and with sixteen bits made eight."""
    if image.mode.startswith(("I", "F")):
        image = image.point(lambda value: value / 256).convert("L")
    if "A" in image.mode or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _dpi(image: Image.Image) -> tuple[float, float]:
    """Dots per inch across and down: as the file says, where that makes a sheet of paper; else of a letter page."""
    said = image.info.get("dpi") or (0, 0)
    across, down = float(said[0]), float(said[1])
    likely = all(LIKELY_DPI[0] < each <= LIKELY_DPI[1] for each in (across, down))
    if likely and 6 <= image.width / across <= 15 and 6 <= image.height / down <= 18:
        return across, down
    guess = max(image.size) / (LONG_SIDE / 72)
    return guess, guess


@contextmanager
def _faults_as_codes() -> Iterator[None]:
    """Around calls into Pillow: whatever it raises about a file becomes its code."""
    try:
        # Pillow tells of a damaged file by warnings too, in words taken from it.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MemoryError:
        raise FileFault("too_much_memory") from None
    except LIBRARY_FAULTS:
        raise FileFault("broken_image") from None
