"""A page as a grey picture of bounded size, for whoever reads scans. Looks at nothing in it.

Rendering is refused before it allocates: a picture bomb of a few kilobytes takes a gigabyte to unpack.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import reduce

import pypdfium2
from PIL import Image, ImageChops

from mailroom.errors import FileFault
from mailroom.notices.page_kind import pdfium
from mailroom.privacy.client_data import ClientData

# 200 dots per inch: the smallest print of a notice is 25 dots high then.
SCALE = 200 / 72
# Below this the smallest print is no longer read.
LEAST_SCALE = 90 / 72
# A letter page at 200 dots per inch has 3.7 million.
MOST_PIXELS = 6_000_000
# A letter page in colour at 600 dots per inch has 34 million, and takes 130 MB to unpack.
MOST_IMAGE_PIXELS = 50_000_000
# A scanner that keeps print and paper apart draws several; drawn over and over, one image takes minutes.
MOST_PIXELS_DRAWN = 150_000_000
# Text enlarged beyond the scanner's dots is none the clearer, and costs.
FINEST_GAIN = 1.6


@dataclass(frozen=True, repr=False)
class Picture(ClientData):
    """Grey pixels, row by row, one byte each; ``scale`` is dots per point."""

    width: int
    height: int
    scale: float
    pixels: bytes


def rendered(page: pypdfium2.PdfPage) -> tuple[Image.Image, float]:
    """The page as a grey image, and its dots per point. Coloured ink is gone from it.

    Raises:
        FileFault: ``page_too_large`` or ``image_too_large``.
    """
    image, scale = as_people_see_it(page)
    return without_colour(image), scale


def as_people_see_it(page: pypdfium2.PdfPage) -> tuple[Image.Image, float]:
    """The page as an image with its colours, and its dots per point.

    Raises:
        FileFault: ``page_too_large`` or ``image_too_large``.
    """
    width, height = page.get_size()
    scale = min(SCALE, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    if scale < LEAST_SCALE:
        raise FileFault("page_too_large")
    drawn = 0
    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        across, down = image.get_px_size()
        drawn += across * down
        if across * down > MOST_IMAGE_PIXELS or drawn > MOST_PIXELS_DRAWN:
            raise FileFault("image_too_large")
    with closing(page.render(scale=scale, rev_byteorder=True)) as bitmap:
        return bitmap.to_pil(), scale


def without_colour(image: Image.Image) -> Image.Image:
    """Grey, and coloured ink as white as paper: a stamp goes, and the black letters under it stay."""
    if image.mode == "L":
        return image
    channels = image.convert("RGB").split()
    lightest, darkest = reduce(ImageChops.lighter, channels), reduce(ImageChops.darker, channels)
    return ImageChops.add(lightest, ImageChops.subtract(lightest, darkest))


def picture(image: Image.Image, scale: float, turn: int = 0, until: float = 1.0) -> Picture:
    """The upper part of an image after it was turned counter-clockwise by so many degrees."""
    if turn:
        image = image.rotate(turn, expand=True)
    if until < 1:
        image = image.crop((0, 0, image.width, max(32, round(image.height * until))))
    return Picture(image.width, image.height, scale, image.tobytes())
