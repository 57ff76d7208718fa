"""An image file (JPEG, PNG, TIFF with its pages) as a document whose pages are all scans.

Its size is read from its head, and checked before anything is unpacked.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from mailroom.document.base import LIBRARY_FAULTS, Document
from mailroom.document.page_layout import PageLayout
from mailroom.document.page_limits import MAX_IMAGE_PIXELS, MAX_PAGES, MAX_PIXELS
from mailroom.document.page_type import PageType
from mailroom.document.rendering import LEAST_SCALE, SCALE
from mailroom.errors import FileFault

FORMATS = ("JPEG", "PNG", "TIFF")
LONG_SIDE = 11 * 72
# Dots per inch that a scanner or a fax machine may have used; others are from a camera or a default.
LIKELY_DPI = (72, 1200)
PILLOW_FAULTS = (*LIBRARY_FAULTS, OSError, SyntaxError, RuntimeError, Image.DecompressionBombError)


@dataclass(frozen=True)
class ImageFile(Document):
    """An image file; pages count from 0.

    Each page is unpacked when it is asked for, and nothing of it is kept.
    """

    path: Path
    page_count: int

    def page_type(self, _index: int) -> PageType:
        """Return that the page is a scan."""
        return "scan"

    def flat_text(self, _index: int) -> str:
        """Return no text: there is no text layer."""
        return ""

    def layout(self, _index: int) -> PageLayout:
        """Fail: there is no text layer to be read.

        Raises:
            FileFault: ``no_text_layer``.
        """
        raise FileFault("no_text_layer")

    def colour_image(self, index: int) -> tuple[Image.Image, float]:
        """Return a page with its colours, and its dots per point.

        Raises:
            FileFault: ``image_too_large``, ``broken_image``, ``too_much_memory``.
        """
        with _opened(self.path) as image:
            image.seek(index)
            _check_size(image)
            return _scale_page(image)


@contextmanager
def open_image(path: Path) -> Iterator[ImageFile]:
    """Open the file.

    Raises:
        FileFault: ``broken_image``, ``image_too_large``, ``too_many_pages``, ``too_much_memory``.
    """
    with _opened(path) as image:
        _check_size(image)
        pages = _count_pages(image)
    yield ImageFile(path, pages)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Yield the image; whatever Pillow raises about it becomes its code."""
    # This module's own limit is lower, and has its own code.
    Image.MAX_IMAGE_PIXELS = None
    try:
        # Pillow also warns of a damaged file, in words taken from it.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                yield image
    except MemoryError:
        raise FileFault("too_much_memory") from None
    except PILLOW_FAULTS:
        raise FileFault("broken_image") from None


def _count_pages(image: Image.Image) -> int:
    """Return the pages of a TIFF, 1 for anything else; counting stops at the limit."""
    if image.format != "TIFF":
        return 1
    for index in range(MAX_PAGES + 1):
        try:
            image.seek(index)
        except EOFError:
            return index
    raise FileFault("too_many_pages")


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_IMAGE_PIXELS:
        raise FileFault("image_too_large")
    if min(image.size) < 1:
        raise FileFault("broken_image")


def _scale_page(image: Image.Image) -> tuple[Image.Image, float]:
    """Return the page upright, at most as large as a rendered page, and its dots per point."""
    across, down = _find_dpi(image)
    scale = min(SCALE, across / 72, (MAX_PIXELS / (image.width * image.height)) ** 0.5 * across / 72)
    scale = max(scale, LEAST_SCALE * 0.8)
    size = (round(image.width / across * 72 * scale), round(image.height / down * 72 * scale))
    # A JPEG is unpacked no larger than it is needed.
    image.draft("RGB", size)
    how = Image.Resampling.BOX if size[0] < image.width else Image.Resampling.BICUBIC
    white = _put_on_white(image).resize(size, how)
    upright = ImageOps.exif_transpose(white) if image.format == "JPEG" else white
    return upright.convert("RGB"), scale


def _put_on_white(image: Image.Image) -> Image.Image:
    """Return the image without transparency, and with eight bits instead of sixteen."""
    if image.mode.startswith(("I", "F")):
        image = image.point(lambda value: value / 256).convert("L")
    if "A" in image.mode or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _find_dpi(image: Image.Image) -> tuple[float, float]:
    """Return the dots per inch across and down: as the file says, where that is a paper size.

    Else of a letter page.
    """
    said = image.info.get("dpi") or (0, 0)
    across, down = float(said[0]), float(said[1])
    likely = all(LIKELY_DPI[0] < each <= LIKELY_DPI[1] for each in (across, down))
    if likely and 6 <= image.width / across <= 15 and 6 <= image.height / down <= 18:
        return across, down
    guess = max(image.size) / (LONG_SIDE / 72)
    return guess, guess
