"""Renders a page as an image of bounded size, for OCR and for people.

A page is refused before memory is allocated: an image bomb of a few kilobytes takes a gigabyte to unpack.
"""

from __future__ import annotations

from contextlib import closing
from functools import reduce

import pypdfium2
from PIL import Image, ImageChops

from mailroom.document.ocr.engine import PageImage
from mailroom.document.page_limits import MAX_IMAGE_PIXELS, MAX_PIXELS, MAX_PIXELS_DRAWN
from mailroom.document.page_objects import pdfium
from mailroom.errors import FileFault

# 200 dots per inch: the smallest print of a notice is 25 dots high then.
SCALE = 200 / 72
# Below this the smallest print can no longer be read.
LEAST_SCALE = 90 / 72


def render_colour(page: pypdfium2.PdfPage) -> tuple[Image.Image, float]:
    """Return the page as an image with its colours, and its dots per point.

    Raises:
        FileFault: ``page_too_large`` or ``image_too_large``.
    """
    width, height = page.get_size()
    scale = min(SCALE, (MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
    if scale < LEAST_SCALE:
        raise FileFault("page_too_large")
    check_images(page)
    with closing(page.render(scale=scale, rev_byteorder=True)) as bitmap:
        return bitmap.to_pil(), scale


def check_images(page: pypdfium2.PdfPage) -> None:
    """Raise `FileFault`, ``image_too_large``, where rendering a page would unpack too many pixels."""
    drawn = 0
    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        across, down = image.get_px_size()
        drawn += across * down
        if across * down > MAX_IMAGE_PIXELS or drawn > MAX_PIXELS_DRAWN:
            raise FileFault("image_too_large")


def render_grey(page: pypdfium2.PdfPage, scale: float, *, annotations: bool = True) -> Image.Image:
    """Return a page, whose images were checked, in grey at so many dots per point or fewer."""
    width, height = page.get_size()
    scale = min(scale, (MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
    with closing(page.render(scale=scale, grayscale=True, draw_annots=annotations)) as bitmap:
        image: Image.Image = bitmap.to_pil()
        return image


def remove_colour(image: Image.Image) -> Image.Image:
    """Return the image in grey without coloured ink: a stamp goes, the black print under it stays."""
    if image.mode == "L":
        return image
    channels = image.convert("RGB").split()
    lightest, darkest = reduce(ImageChops.lighter, channels), reduce(ImageChops.darker, channels)
    return ImageChops.add(lightest, ImageChops.subtract(lightest, darkest))


def crop(
    image: Image.Image, scale: float, turn: int = 0, until: float = 1.0, since: float = 0.0
) -> PageImage:
    """Turn an image counter-clockwise by so many degrees, and return a strip of it.

    From the share ``since`` of its height to the share ``until``.
    """
    if turn:
        image = image.rotate(turn, expand=True)
    if since > 0 or until < 1:
        top = round(image.height * since)
        image = image.crop((0, top, image.width, max(top + 32, round(image.height * until))))
    return PageImage(image.width, image.height, scale, image.tobytes())
